//! The table of exit codes that `copilot help exit-codes` prints.

/// The help topic `exit-codes`: what each exit code means.
pub(super) const EXIT_CODES_HELP: &str = "\
Exit codes

    0  success
    1  a step or the recipe failed
    2  usage error: an unknown verb, an invalid parameter, a malformed line in .env
    3  invalid recipe: it does not parse, or has a bug
    4  a prerequisite is missing: a program, an engine, a variable, credentials,
       the needed version of copilot; or another run changes things in this checkout
  129  interrupted by SIGHUP: the terminal was closed
  130  interrupted by SIGINT: Ctrl-C
  131  interrupted by SIGQUIT: Ctrl-\\
  141  the reader of the output closed the pipe, as `head` does
  143  interrupted by SIGTERM

If a program fails outside of steps and nothing catches the error, its exit code is
passed on: `copilot dev logs` exits with the code of `docker compose logs`.";
