//! Help, of `copilot` and of each recipe.

use super::repo;
use crate::harness::assert_contains;

/// The help of `copilot` itself.
const COPILOT_HELP: &str = "
    Run the Temporal SRE Copilot's development environment from editable recipes

    Usage: copilot <COMMAND>

    Commands:
      dev          Run the development environment: each verb is a recipe in recipes/
      db           Set up and inspect the Copilot's database, an Aurora DSQL cluster
      kb           Upload the documents of the knowledge base and ingest them into Bedrock
      completions  Print a shell's completion script for verbs, parameters, services and steps
      help         Show the help of a command, or the topic exit-codes

    Options:
      -h, --help     Print help
      -V, --version  Print version
";

#[test]
fn without_words_it_shows_help_and_that_is_a_mistake() {
    repo().copilot([]).stderr(COPILOT_HELP).status(2).run();
}

#[test]
fn help_shows_the_commands() {
    for words in [vec!["--help"], vec!["-h"], vec!["help"]] {
        repo().copilot(words).stdout(COPILOT_HELP).run();
    }
}

#[test]
fn version() {
    for word in ["--version", "-V"] {
        repo().copilot([word]).stdout("copilot 0.1.0\n").run();
    }
}

#[test]
fn help_has_the_exit_codes() {
    repo()
        .copilot(["help", "exit-codes"])
        .stdout(
            "
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
            passed on: `copilot dev logs` exits with the code of `docker compose logs`.
        ",
        )
        .run();
}

#[test]
fn an_unknown_topic_has_its_nearest() {
    repo()
        .copilot(["help", "exit-code"])
        .stderr(
            "
            error: there is no help for `exit-code`
            hint: did you mean `exit-codes`?
        ",
        )
        .status(2)
        .run();
}

#[test]
fn an_unknown_command_is_refused() {
    repo()
        .copilot(["dve"])
        .stderr(
            "
            error: unrecognized subcommand 'dve'

            Usage: copilot <COMMAND>

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn dev_without_a_verb_lists_verbs_groups_and_what_is_broken() {
    let text = "
        Run the recipes of <repo>/recipes/

        Usage: copilot dev [OPTIONS] [VERB]

        Verbs:
          broken       broken: Unexpected ';'
          hello        Say hello.
          schema       A group of 1 verb
          api          List the functions that a recipe can call
          check        Check recipes without running them
          definitions  Write definition files for editors
          help         Show the help of `dev` or of a verb
          list         List the recipes
          new          Create a recipe
          run          Run a recipe by its name, such as schema/setup
          show         Show the parameters and steps of a recipe
          test         Run the tests of recipes, isolated from the real world

        Options:
              --repo <PATH>  Use the recipes/ of this repository [default: the nearest one at or above the
                             working directory]
          -h, --help         Print help

        `copilot dev VERB --help` shows the help of a verb. Every file in recipes/ is a verb.
    ";
    for line in ["", "--help", "-h", "help"] {
        repo().dev(line).stdout(text).run();
    }
    repo().copilot(["help", "dev"]).stdout(text).run();
}

#[test]
fn a_group_lists_its_verbs() {
    let text = "
        Run the recipes of <repo>/recipes/schema

        Usage: copilot dev schema [VERB]

        Verbs:
          setup  Set up the schema.

        Options:
          -h, --help  Print help

        `copilot dev VERB --help` shows the help of a verb. Every file in recipes/ is a verb.
    ";
    for line in ["schema", "schema --help", "help schema"] {
        repo().dev(line).stdout(text).run();
    }
}

#[test]
fn a_verb_has_a_help_of_its_own() {
    let text = "
        Say hello.

        To whom you like, as often
        as you like.

        Usage: copilot dev hello [OPTIONS] <WHO>

        Arguments:
          <WHO>
                  Whom to greet

        Options:
          -t, --tone <TONE>
                  How loud

                  [default: plain]
                  [possible values: plain, loud]

              --dry-humour
                  Less cheerful

          -h, --help
                  Print help (see a summary with '-h')

        Run options:
              --dry-run
                  Run only commands that read; print those that would change something

              --only <STEP>
                  Run only this step (repeatable)

              --skip <STEP>
                  Skip this step (repeatable)

              --resume
                  Skip the steps that the last run with these parameters completed

              --jobs <N>
                  Run up to N steps in parallel

          -y, --yes
                  Answer yes to every question

              --wait-for-lock
                  Wait until no other run changes things in this checkout

              --output <FORMAT>
                  Print text, or one JSON event per line

                  [default: text]
                  [possible values: text, json]

          -q, --quiet
                  Print only warnings and failures

          -v, --verbose
                  Print the commands that are run
    ";
    for line in ["hello --help", "help hello", "run hello --help"] {
        repo().dev(line).stdout(text).run();
    }
}

#[test]
fn the_short_help_of_a_verb() {
    repo()
        .dev("hello -h")
        .stdout("
            Say hello.

            Usage: copilot dev hello [OPTIONS] <WHO>

            Arguments:
              <WHO>  Whom to greet

            Options:
              -t, --tone <TONE>  How loud [default: plain] [possible values: plain, loud]
                  --dry-humour   Less cheerful
              -h, --help         Print help (see more with '--help')

            Run options:
                  --dry-run          Run only commands that read; print those that would change something
                  --only <STEP>      Run only this step (repeatable)
                  --skip <STEP>      Skip this step (repeatable)
                  --resume           Skip the steps that the last run with these parameters completed
                  --jobs <N>         Run up to N steps in parallel
              -y, --yes              Answer yes to every question
                  --wait-for-lock    Wait until no other run changes things in this checkout
                  --output <FORMAT>  Print text, or one JSON event per line [default: text] [possible values:
                                     text, json]
              -q, --quiet            Print only warnings and failures
              -v, --verbose          Print the commands that are run
        ")
        .run();
}

#[test]
fn the_help_of_a_verb_in_a_group() {
    let text = "Usage: copilot dev schema setup [OPTIONS]";
    for line in [
        "schema setup --help",
        "help schema setup",
        "help schema-setup",
    ] {
        let ended = repo().dev(line).any_stdout().run();
        assert!(ended.stdout.contains(text), "{line}: {}", ended.stdout);
        assert!(ended.stdout.starts_with("Set up the schema.\n"));
    }
}

#[test]
fn run_has_help_of_its_own() {
    let help = repo().dev("run --help").any_stdout().run();
    assert_contains(&help.stdout, "Usage: copilot dev run <NAME> [WORD]...");
}
