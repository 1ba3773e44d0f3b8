//! The table of exit codes that `copilot help exit-codes` prints.

/// What each exit code means.
pub const TABLE: &str = "\
Exit codes

    0  done
    1  a step or the recipe failed
    2  usage: unknown verb, bad parameter, a malformed line in dev/.env
    3  a recipe is invalid: it does not parse, or running it met a bug in it
    4  something needed is missing: a program, an engine, a variable, credentials
  129  interrupted by SIGHUP: the terminal went away
  130  interrupted by SIGINT: Ctrl-C
  143  interrupted by SIGTERM

A child's failure that no step and no catch handles passes its own exit code on:
`copilot dev logs` ends as `docker compose logs` did.";
