//! Listing recipes, naming one, and its parameters on the command line.

use super::repo;
use crate::harness::Live;

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
    for (line, verb, hint) in [
        ("helo", "helo", "did you mean `copilot dev hello`?"),
        (
            "run schema-setpu",
            "schema-setpu",
            "did you mean `copilot dev schema setup`?",
        ),
        (
            "schema setpu",
            "schema setpu",
            "did you mean `copilot dev schema setup`?",
        ),
        ("zzz", "zzz", "`copilot dev list` lists the recipes"),
        ("lst", "lst", "did you mean `copilot dev list`?"),
    ] {
        let said = format!("error: there is no verb `{verb}`\nhint: {hint}\n");
        repo().dev(line).stderr(&said).status(2).run();
    }
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
