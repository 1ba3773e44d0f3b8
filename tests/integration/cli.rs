//! The command line: finding recipes, listing them, naming them, and help.

use crate::harness::{Live, Repo};

/// Two verbs, one of them in a group, and one that does not parse.
fn repo() -> Repo {
    Repo::new()
        .recipe(
            "hello",
            r#"
            //! Say hello.
            //!
            //! To whom you like, as often
            //! as you like.

            const PARAMS = [
                #{ name: "who", kind: "arg", required: true, help: "Whom to greet" },
                #{ name: "tone", kind: "option", short: "t", values: ["plain", "loud"], default_value: "plain", help: "How loud" },
                #{ name: "dry-humour", kind: "flag", help: "Less cheerful" },
            ];

            info(`hello ${who}`);
            "#,
        )
        .recipe("schema/setup", "//! Set up the schema.\ninfo(\"set up\");\n")
        .recipe("broken", "let x = ;\n")
}

#[test]
fn without_words_it_shows_help_and_that_is_a_mistake() {
    repo()
        .copilot([])
        .stderr(
            "
            Runs the Temporal SRE Copilot's development environment from editable recipes

            Usage: copilot <COMMAND>

            Commands:
              dev          Runs the development environment: each verb is a recipe in recipes/
              db           Sets up and looks at the Copilot's database, an Aurora DSQL cluster
              kb           Knowledge base: uploads its documents, and has Bedrock read them
              completions  Prints what makes a shell complete verbs, parameters, services and steps
              help         Shows help, or a topic: exit-codes

            Options:
              -h, --help     Print help
              -V, --version  Print version
        ",
        )
        .status(2)
        .run();
}

#[test]
fn help_shows_the_commands() {
    let text = "
        Runs the Temporal SRE Copilot's development environment from editable recipes

        Usage: copilot <COMMAND>

        Commands:
          dev          Runs the development environment: each verb is a recipe in recipes/
          db           Sets up and looks at the Copilot's database, an Aurora DSQL cluster
          kb           Knowledge base: uploads its documents, and has Bedrock read them
          completions  Prints what makes a shell complete verbs, parameters, services and steps
          help         Shows help, or a topic: exit-codes

        Options:
          -h, --help     Print help
          -V, --version  Print version
    ";
    for words in [vec!["--help"], vec!["-h"], vec!["help"]] {
        repo().copilot(words).stdout(text).run();
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

                0  done
                1  a step or the recipe failed
                2  usage: unknown verb, bad parameter, a malformed line in dev/.env
                3  a recipe is invalid: it does not parse, or running it met a bug in it
                4  something needed is missing: a program, an engine, a variable, credentials
              129  interrupted by SIGHUP: the terminal went away
              130  interrupted by SIGINT: Ctrl-C
              143  interrupted by SIGTERM

            A child's failure that no step and no catch handles passes its own exit code on:
            `copilot dev logs` ends as `docker compose logs` did.
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
        Runs the recipes of <repo>/recipes/

        Usage: copilot dev [OPTIONS] [VERB]

        Verbs:
          broken       broken: Unexpected ';'
          hello        Say hello.
          schema       A group of 1 verb
          api          Show what a recipe can call
          check        Check recipes without running them
          definitions  Write what an editor needs to know
          help         Show help, of `dev` or of a verb
          list         List the recipes
          new          Write a new recipe
          run          Run a recipe by its name: schema-setup, schema/setup
          show         Show a recipe and what it would run
          test         Run the tests of recipes; nothing outside is touched

        Options:
              --repo <PATH>  The repository whose recipes/ to use, instead of the nearest above
          -h, --help         Print help

        `copilot dev VERB --help` tells more of one. A file dropped into recipes/ is a verb at once.
    ";
    for line in ["", "--help", "-h", "help"] {
        repo().dev(line).stdout(text).run();
    }
    repo().copilot(["help", "dev"]).stdout(text).run();
}

#[test]
fn a_group_lists_its_verbs() {
    let text = "
        Runs the recipes of <repo>/recipes/schema

        Usage: copilot dev schema [VERB]

        Verbs:
          setup  Set up the schema.

        Options:
          -h, --help  Print help

        `copilot dev VERB --help` tells more of one. A file dropped into recipes/ is a verb at once.
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
                  Change nothing: run what only reads, print the rest

              --only <STEP>
                  Run only this step (repeatable)

              --skip <STEP>
                  Leave this step out (repeatable)

              --resume
                  Skip the steps that the last run with these parameters did

              --jobs <N>
                  Run up to N steps side by side

          -y, --yes
                  Answer yes to every question

              --output <FORMAT>
                  Text, or one JSON event a line

                  [default: text]
                  [possible values: text, json]

          -q, --quiet
                  Say only warnings and failures

          -v, --verbose
                  Show the commands that are run
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
                  --dry-run          Change nothing: run what only reads, print the rest
                  --only <STEP>      Run only this step (repeatable)
                  --skip <STEP>      Leave this step out (repeatable)
                  --resume           Skip the steps that the last run with these parameters did
                  --jobs <N>         Run up to N steps side by side
              -y, --yes              Answer yes to every question
                  --output <FORMAT>  Text, or one JSON event a line [default: text] [possible values: text,
                                     json]
              -q, --quiet            Say only warnings and failures
              -v, --verbose          Show the commands that are run
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
fn list_shows_every_verb() {
    repo()
        .dev("list")
        .stdout(
            "
            broken        broken: Unexpected ';' (recipes/broken.rhai:1:9)
            hello         Say hello.
            schema setup  Set up the schema.
        ",
        )
        .run();
}

#[test]
fn list_as_json_has_the_parameters() {
    repo()
        .dev("list --json")
        .stdout(
            r#"
            [
              {
                "name": "broken",
                "verb": "broken",
                "file": "recipes/broken.rhai",
                "broken": {
                  "message": "Unexpected ';'",
                  "line": 1,
                  "column": 9,
                  "hint": null
                }
              },
              {
                "name": "hello",
                "verb": "hello",
                "file": "recipes/hello.rhai",
                "summary": "Say hello.",
                "details": "To whom you like, as often\nas you like.",
                "params": [
                  {
                    "name": "who",
                    "kind": "arg",
                    "required": true,
                    "help": "Whom to greet"
                  },
                  {
                    "name": "tone",
                    "kind": "option",
                    "short": "t",
                    "default_value": "plain",
                    "required": false,
                    "values": [
                      "plain",
                      "loud"
                    ],
                    "help": "How loud"
                  },
                  {
                    "name": "dry-humour",
                    "kind": "flag",
                    "required": false,
                    "help": "Less cheerful"
                  }
                ]
              },
              {
                "name": "schema/setup",
                "verb": "schema setup",
                "file": "recipes/schema/setup.rhai",
                "summary": "Set up the schema.",
                "details": "",
                "params": []
              }
            ]
        "#,
        )
        .run();
}

#[test]
fn an_unknown_verb_has_its_nearest() {
    repo()
        .dev("helo")
        .stderr(
            "
            error: there is no verb `helo`
            hint: did you mean `copilot dev hello`?
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("run schema-setpu")
        .stderr(
            "
            error: there is no verb `schema-setpu`
            hint: did you mean `copilot dev schema setup`?
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("schema setpu")
        .stderr(
            "
            error: there is no verb `schema setpu`
            hint: did you mean `copilot dev schema setup`?
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("zzz")
        .stderr(
            "
            error: there is no verb `zzz`
            hint: `copilot dev list` lists the recipes
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("lst")
        .stderr(
            "
            error: there is no verb `lst`
            hint: did you mean `copilot dev list`?
        ",
        )
        .status(2)
        .run();
}

#[test]
fn run_needs_a_name() {
    repo()
        .dev("run")
        .stderr(
            "
            error: `copilot dev run` needs the name of a recipe
            hint: `copilot dev list` lists the recipes
        ",
        )
        .status(2)
        .run();
}

#[test]
fn an_unknown_parameter_has_its_nearest() {
    repo()
        .dev("hello you --tonne loud")
        .stderr(
            "
            error: unexpected argument '--tonne' found

              tip: a similar argument exists: '--tone'

            Usage: copilot dev hello --tone <TONE> <WHO>

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn an_unknown_value_has_its_nearest() {
    repo()
        .dev("hello you --tone lod")
        .stderr(
            "
            error: invalid value 'lod' for '--tone <TONE>'
              [possible values: plain, loud]

              tip: a similar value exists: 'loud'

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_missing_parameter_is_named() {
    repo()
        .dev("hello")
        .stderr(
            "
            error: the following required arguments were not provided:
              <WHO>

            Usage: copilot dev hello <WHO>

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_word_too_many_is_refused() {
    repo()
        .dev("hello you there")
        .stderr(
            "
            error: unexpected argument 'there' found

            Usage: copilot dev hello [OPTIONS] <WHO>

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn every_spelling_runs_the_recipe() {
    for line in [
        "schema setup",
        "run schema setup",
        "run schema-setup",
        "run schema/setup",
        "schema/setup",
        "schema-setup",
    ] {
        repo().dev(line).stderr("set up\n").run();
    }
}

#[test]
fn paths_are_no_names() {
    let repo = Repo::new().file("outside.rhai", "info(\"outside\");\n");
    repo.dev("run ../outside")
        .stderr(
            "
            error: `../outside` is a path, not the name of a recipe
            hint: recipes are named by their path under recipes/, as `schema/setup`
        ",
        )
        .status(2)
        .run();
    repo.dev("run schema/../../outside")
        .stderr(
            "
            error: `schema/../../outside` is a path, not the name of a recipe
            hint: recipes are named by their path under recipes/, as `schema/setup`
        ",
        )
        .status(2)
        .run();
    let absolute = repo.path().join("outside");
    repo.dev("run")
        .arg(absolute)
        .stderr(
            "
            error: `<repo>/outside` is a path, not the name of a recipe
            hint: recipes are named by their path under recipes/, as `schema/setup`
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_link_out_of_the_recipes_is_refused() {
    let repo = Repo::new()
        .file("outside.rhai", "info(\"outside\");\n")
        .file("elsewhere/there.rhai", "info(\"there\");\n");
    let repo = repo
        .link("recipes/link.rhai", "../outside.rhai")
        .link("recipes/folder", "../elsewhere");
    repo.dev("link")
        .stderr(
            "
            error: recipes/link.rhai is a link to a file outside recipes/
            hint: copy the file into recipes/
        ",
        )
        .status(2)
        .run();
    repo.dev("folder there")
        .stderr(
            "
            error: recipes/folder/there.rhai is a link to a file outside recipes/
            hint: copy the file into recipes/
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_link_within_the_recipes_is_a_verb() {
    let repo = repo().link("recipes/again.rhai", "schema/setup.rhai");
    repo.dev("again").stderr("set up\n").run();
}

#[test]
fn the_repository_is_the_nearest_above() {
    let repo = repo().file("deep/down/here.txt", "");
    repo.dev("schema setup")
        .cwd("deep/down")
        .stderr("set up\n")
        .run();
}

#[test]
fn the_repository_can_be_named() {
    let (here, there) = (Repo::new(), repo());
    let path = there.path().to_str().unwrap();
    here.copilot(["dev", "--repo", path, "schema", "setup"])
        .stderr("set up\n")
        .run();
    here.dev("schema setup")
        .env("COPILOT_REPO_ROOT", path)
        .stderr("set up\n")
        .run();
    // What is typed outranks what is set.
    here.copilot(["dev", "--repo", path, "schema", "setup"])
        .env("COPILOT_REPO_ROOT", "/nowhere")
        .stderr("set up\n")
        .run();
}

#[test]
fn a_named_repository_must_be_one() {
    repo()
        .dev("--repo nowhere list")
        .stderr(
            "
            error: --repo names nowhere, which has no recipes/ folder
        ",
        )
        .status(2)
        .run();
    repo()
        .dev("list")
        .env("COPILOT_REPO_ROOT", "nowhere")
        .stderr(
            "
            error: COPILOT_REPO_ROOT names nowhere, which has no recipes/ folder
        ",
        )
        .status(2)
        .run();
}

#[test]
fn without_recipes_it_says_where_it_looked() {
    let repo = Repo::new();
    for line in ["list", "up", ""] {
        repo.dev(line)
            .cwd("../home")
            .stderr(
                "
                error: no recipes/ folder in <around>/home or above it
                hint: run it inside the repository, or name it with --repo or COPILOT_REPO_ROOT
            ",
            )
            .status(4)
            .run();
    }
}

#[test]
fn a_file_dropped_in_is_a_verb_at_once() {
    let repo = repo();
    repo.dev("fresh").any_stderr().status(2).run();
    repo.write("recipes/fresh.rhai", "info(\"here\");");
    repo.dev("fresh").stderr("here\n").run();
    repo.write("recipes/a/group/verb.rhai", "info(\"there\");");
    repo.dev("a group verb").stderr("there\n").run();
}

#[test]
fn a_broken_neighbour_stops_nothing() {
    repo().dev("hello you").stderr("hello you\n").run();
    repo()
        .dev("broken")
        .stderr(
            "
            error: Unexpected ';'
             --> recipes/broken.rhai:1:9
              |
            1 | let x = ;
              |         ^
        ",
        )
        .status(3)
        .run();
    repo().dev("broken --help").any_stderr().status(3).run();
}

#[test]
fn what_is_not_text_is_broken_and_nothing_else() {
    let repo = repo();
    repo.write("recipes/bytes.rhai", b"info(\"\xff\");");
    repo.dev("hello you").stderr("hello you\n").run();
    repo.dev("bytes")
        .stderr(
            "
            error: the file is not UTF-8 text
             |
             = at recipes/bytes.rhai:1:7
        ",
        )
        .status(3)
        .run();
}

#[test]
fn names_with_an_underscore_are_shared_code() {
    let repo = repo()
        .recipe("_lib/stack", "fn f() {}\n")
        .recipe("_draft", "info(\"draft\");\n");
    repo.dev("_draft")
        .stderr(
            "
            error: there is no verb `_draft`
            hint: `copilot dev list` lists the recipes
        ",
        )
        .status(2)
        .run();
    repo.dev("run _lib/stack").any_stderr().status(2).run();
    let list = repo.dev("list").any_stdout().run();
    assert!(!list.stdout.contains('_'), "{}", list.stdout);
}

#[test]
fn a_recipe_cannot_take_the_place_of_a_command() {
    let repo = Repo::new().recipe("list", "//! Mine.\nfail(\"mine\");\n");
    repo.dev("list")
        .stdout("list  Mine.\n")
        .stderr(
            "warning: recipes/list.rhai is run by `copilot dev run list`: \
             `copilot dev list` is built in\n",
        )
        .run();
    // It still has a name.
    repo.dev("run list").any_stderr().status(1).run();
}

#[test]
fn what_looks_like_a_recipe_and_is_none_is_said() {
    let repo = Repo::new()
        .recipe("good", "//! Good.\n")
        .file("recipes/My Recipe.rhai", "print(1);")
        .file("recipes/_lib/Also-Not.rhai", "")
        .file("elsewhere.rhai", "print(1);");
    let link = |to: &str, name: &str| {
        let file = repo.path().join("recipes").join(name);
        std::os::unix::fs::symlink(repo.path().join(to), file).unwrap();
    };
    link("elsewhere.rhai", "linked.rhai");
    link("recipes/good.rhai", "again.rhai");
    repo.dev("list")
        .stdout("again  Good.\ngood   Good.\n")
        .stderr(
            "
            warning: recipes/My Recipe.rhai is not a verb: a verb is named with a-z, 0-9, - and _
            warning: recipes/linked.rhai is not a verb: it is a link to a file outside recipes/, or to none
        ",
        )
        .run();
}

#[test]
fn run_has_help_of_its_own() {
    let help = repo().dev("run --help").any_stdout().run();
    assert!(
        help.stdout
            .contains("Usage: copilot dev run <NAME> [WORD]..."),
        "{}",
        help.stdout
    );
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let repo = repo();
    let mut command = std::process::Command::new("sh");
    command
        .args([
            "-c",
            "\"$0\" dev list --json | true; \"$0\" dev --help | true",
        ])
        .arg(env!("CARGO_BIN_EXE_copilot"))
        .current_dir(repo.path());
    let mut live = Live::start(command);
    assert_eq!(live.wait(), 0);
    assert_eq!(live.stderr(), "");
}
