//! `--output json` and `--output github`.

use crate::harness::{Repo, assert_ends_with, assert_starts_with};
use serde_json::{Value, json};

fn wrong() -> Repo {
    Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"x\", kind: \"arg\" }];\nexec([\"a\"], #{ cwdd: 1 });\n",
        )
        .recipe("ok", "")
}

#[test]
fn as_json() {
    let ended = Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"x\", kind: \"arg\" }];\nexec([\"a\"], #{ cwdd: 1 });\n",
        )
        .recipe("ok", "")
        .dev("check --output json")
        .any_stdout()
        .status(3)
        .run();
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        found,
        json!({
            "v": 1,
            "files": 2,
            "problems": [
                {
                    "severity": "warning", "message": "the parameter `x` is never used",
                    "file": "recipes/it.rhai", "line": 1, "column": 26, "hint": null,
                },
                {
                    "severity": "error", "message": "`exec` has no option `cwdd`",
                    "file": "recipes/it.rhai", "line": 2, "column": 16, "hint": "did you mean `cwd`?",
                },
            ],
        })
    );
}

const GITHUB_ANNOTATIONS: &str = "
    ::warning file=recipes/it.rhai,line=1,col=26::the parameter `x` is never used
    ::error file=recipes/it.rhai,line=2,col=16::`exec` has no option `cwdd`%0Ahint: did you mean `cwd`?
";

#[test]
fn as_annotations_of_github() {
    let repo = wrong();
    repo.dev("check it --output github")
        .stdout(GITHUB_ANNOTATIONS)
        .status(3)
        .run();
    // In a job of GitHub Actions by themselves, beside the text.
    let ended = repo
        .dev("check it")
        .env("GITHUB_ACTIONS", "true")
        .stdout(GITHUB_ANNOTATIONS)
        .any_stderr()
        .status(3)
        .run();
    assert_ends_with(
        &ended.stderr,
        "\n1 problem and 1 warning in 1 recipe file\n",
    );
    repo.dev("check ok --output github").run();
}

#[test]
fn wrong_words_are_told_in_the_form_that_was_asked_for() {
    let repo = Repo::new().recipe("up", "exec([\"true\"]);\n");
    let json = r#"
        {
          "v": 1,
          "files": 0,
          "problems": [
            {
              "severity": "error",
              "message": "there is no recipe `upp`",
              "file": null,
              "line": null,
              "column": null,
              "hint": "did you mean `up`?"
            }
          ]
        }
    "#;
    repo.dev("check upp --output json")
        .stdout(json)
        .status(2)
        .run();
    repo.dev("check upp --output=json")
        .stdout(json)
        .status(2)
        .run();
    repo.dev("check upp --output github")
        .stdout("::error::there is no recipe `upp`%0Ahint: did you mean `up`?\n")
        .status(2)
        .run();
    let ended = repo
        .dev("check --upp --output json")
        .any_stdout()
        .status(2)
        .run();
    let found: serde_json::Value = serde_json::from_slice(&ended.raw).unwrap();
    let message = found["problems"][0]["message"].as_str().unwrap();
    assert_starts_with(message, "unexpected argument '--upp' found");
    repo.dev("check upp")
        .stderr("error: there is no recipe `upp`\nhint: did you mean `up`?\n")
        .status(2)
        .run();
}

#[test]
fn variables_that_cannot_be_set() {
    let repo = Repo::new().recipe(
        "it",
        "exec([\"touch\", \"made\"]);\nenv_set(\"dev/.env\", \"x\");\nenv_set(\"A\", #{ B: \"2\" });\nenv_set(#{ \"a b\": 1, C: [], D: true });\n",
    );
    repo.dev("it").any_stderr().status(3).run();
    assert!(!repo.path().join("made").exists());
    let checked = repo.dev("check").any_stderr().status(3).run().stderr;
    for said in [
        "`dev/.env` is not the name of a variable\n --> recipes/it.rhai:2:9\n",
        "`env_set`: the value of A is of type map, not text\n --> recipes/it.rhai:3:14\n",
        "`a b` is not the name of a variable\n --> recipes/it.rhai:4:12\n",
        "`env_set`: the value of C is of type array, not text\n --> recipes/it.rhai:4:25\n",
        "4 problems in 1 recipe file\n",
    ] {
        assert!(checked.contains(said), "{said}: {checked}");
    }
}
