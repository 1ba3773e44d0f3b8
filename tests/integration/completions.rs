//! Completion: what the entry point that shells call offers at each place.

use crate::harness::completing::repo;
use crate::harness::{Repo, compose_plugin, skipped};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What `word` can become after the words of `line`, without the help.
#[track_caller]
fn offered(repo: &Repo, line: &str, word: &str) -> Vec<String> {
    let word = format!("--word={word}");
    let words = ["complete", "zsh", &word, "--"];
    let ended = repo
        .copilot(words.into_iter().chain(line.split_whitespace()))
        .any_stdout()
        .run();
    let values = ended.stdout.lines();
    values
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn commands_verbs_and_groups() {
    let repo = repo();
    assert_eq!(
        offered(&repo, "", ""),
        ["dev", "db", "kb", "completions", "help"]
    );
    let verbs = offered(&repo, "dev", "");
    assert_eq!(
        verbs[..7],
        ["broken", "deploy", "schema", "run", "help", "list", "check"]
    );
    assert_eq!(offered(&repo, "dev schema", ""), ["drop", "setup"]);
    assert_eq!(offered(&repo, "dev help schema", ""), ["drop", "setup"]);
    assert_eq!(
        offered(&repo, "help", ""),
        ["dev", "db", "kb", "exit-codes"]
    );
    let recipes = ["broken", "deploy", "schema/drop", "schema/setup"];
    assert_eq!(offered(&repo, "dev run", ""), recipes);
    assert_eq!(offered(&repo, "dev check", ""), recipes);
    assert_eq!(offered(&repo, "dev check deploy", "").len(), 3);
    assert_eq!(offered(&repo, "dev show", ""), recipes);
    assert_eq!(offered(&repo, "dev test --output", ""), ["text", "json"]);
    assert_eq!(offered(&repo, "dev definitions --out", ""), [":files"]);
    assert!(offered(&repo, "dev api", "").contains(&"terraform_output".to_owned()));
    assert_eq!(
        offered(&repo, "completions", ""),
        ["bash", "zsh", "fish", "elvish", "powershell"]
    );
    assert_eq!(
        offered(&repo, "db", ""),
        ["setup-schema", "check-connection", "list-tables"]
    );
    let options = [
        "--endpoint",
        "--database",
        "--sslmode",
        "--output",
        "--help",
    ];
    assert_eq!(offered(&repo, "db list-tables -r x", ""), options);
    assert_eq!(
        offered(&repo, "db list-tables --output", ""),
        ["text", "json"]
    );
    assert_eq!(
        offered(&repo, "kb", ""),
        ["sync", "start-ingestion", "status", "list-jobs"]
    );
    assert_eq!(offered(&repo, "kb sync -b x --source", ""), [":files"]);
    let options = ["--job-id", "--ds-id", "--region", "--output", "--help"];
    assert_eq!(offered(&repo, "kb status -k x", "-"), options);
    assert_eq!(offered(&repo, "dev nope", ""), [""; 0]);
    assert_eq!(offered(&repo, "nope", ""), [""; 0]);
}

#[test]
fn summaries_come_with_them() {
    repo()
        .copilot(["complete", "zsh", "--word=", "--", "dev", "schema"])
        .stdout("drop\tDrop it.\nsetup\tSet it up.\n")
        .run();
}

#[test]
fn parameters_and_their_values() {
    let repo = repo();
    assert_eq!(offered(&repo, "dev deploy", ""), ["test", "live"]);
    assert_eq!(offered(&repo, "dev run deploy", ""), ["test", "live"]);
    assert_eq!(offered(&repo, "dev deploy test", ""), ["db", "web"]);
    assert_eq!(offered(&repo, "dev deploy --hard test web", ""), ["db"]);
    assert_eq!(offered(&repo, "dev deploy -t x test -- web", ""), ["db"]);
    assert_eq!(offered(&repo, "dev deploy --output", ""), ["text", "json"]);
    assert_eq!(
        offered(&repo, "dev deploy", "--output=j"),
        ["--output=text", "--output=json"]
    );
    assert_eq!(offered(&repo, "dev deploy -f", ""), [":files"]);
    assert_eq!(offered(&repo, "dev deploy --from", "a"), [":files"]);
    assert_eq!(offered(&repo, "dev --repo", ""), [":files"]);
    assert_eq!(offered(&repo, "dev deploy --tag", ""), [""; 0]);
    let options = offered(&repo, "dev deploy --hard --only x", "-");
    assert!(options.starts_with(&["--from".into(), "--tag".into(), "--dry-run".into()]));
    assert!(options.contains(&"--only".to_owned()));
    // Where nothing else can stand, an empty word is offered them too.
    assert_eq!(offered(&repo, "dev schema drop", "")[0], "--dry-run");
}

#[test]
fn steps_come_from_the_recipe_its_imports_and_the_recipes_it_calls() {
    let repo = repo();
    let steps = ["build", "push", "schema/setup:tables", "tell"];
    assert_eq!(offered(&repo, "dev deploy --only", ""), steps);
    assert_eq!(offered(&repo, "dev deploy -qy --skip", ""), steps);
    // As they are now.
    repo.write(
        "recipes/_lib/more.rhai",
        "fn last() { step(\"sing\", \"S\", || ()) }\n",
    );
    assert!(offered(&repo, "dev deploy --only", "").contains(&"sing".to_owned()));
    // A recipe that would not run still has steps.
    repo.write(
        "recipes/deploy.rhai",
        "nope();\nstep(\"a\", \"A\", || recipe(\"deploy\"));\n",
    );
    assert_eq!(offered(&repo, "dev deploy --only", ""), ["a"]);
}

#[test]
fn services_come_from_the_files_that_compose_would_read() {
    let repo = repo();
    repo.write(
        "dev/compose.override.yaml",
        "services:\n  debug: { image: z }\n",
    );
    assert_eq!(
        offered(&repo, "dev deploy test", ""),
        ["db", "debug", "web"]
    );
    repo.write("dev/.env", "COMPOSE_FILE=compose.yaml:more.yaml\n");
    repo.write("dev/more.yaml", "services:\n  cache:\n    image: z\n");
    assert_eq!(
        offered(&repo, "dev deploy test", ""),
        ["cache", "db", "web"]
    );
    repo.write("dev/.env", "COMPOSE_FILE=nowhere.yaml\n");
    assert_eq!(offered(&repo, "dev deploy test", "")[0], "--from");
}

#[test]
fn the_services_of_the_stack_are_those_that_compose_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(plugin) = compose_plugin() else {
        return skipped("Docker Compose");
    };
    let repo = Repo::new().recipe(
        "up",
        "const PARAMS = [#{ name: \"s\", kind: \"rest\", complete: \"services\" }];\nprint(s);\n",
    );
    let mut files = Vec::new();
    for file in ["docker-compose.yml", "docker-compose.local.yml"] {
        let file = root.join("dev").join(file);
        files.push(file.to_string_lossy().into_owned());
    }
    repo.write("dev/.env", format!("COMPOSE_FILE={}\n", files.join(":")));
    let mut compose = Command::new(plugin);
    compose.args(["config", "--services", "--no-interpolate"]);
    compose.env("COMPOSE_FILE", files.join(":"));
    let said = compose.current_dir(repo.path()).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let mut said: Vec<_> = said.lines().collect();
    said.sort_unstable();
    assert!(said.len() > 15, "{said:?}");
    assert_eq!(offered(&repo, "dev up", ""), said);
}

#[test]
fn a_word_that_no_shell_completes_is_refused() {
    Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"a\", kind: \"arg\", complete: \"servces\" }];\n",
        )
        .dev("it")
        .stderr(
            r#"
            error: `servces` is not a value of `complete`
             --> recipes/it.rhai:1:54
              |
            1 | const PARAMS = [#{ name: "a", kind: "arg", complete: "servces" }];
              |                                                      ^^^^^^^^^
              |
              = help: values are services, files
        "#,
        )
        .status(3)
        .run();
}

/// Nobody waits for a key: 30 ms, and ten times that in a build that is not optimised.
#[test]
fn completion_is_quick() {
    let repo = Repo::new().shipped_recipes();
    let words = [
        "complete",
        "bash",
        "--word=",
        "--",
        "dev",
        "bootstrap",
        "--only",
    ];
    let best = |words: &[&str], says: &str| {
        let took = || {
            let begin = Instant::now();
            let output = repo.command().args(words).output().unwrap();
            assert!(String::from_utf8_lossy(&output.stdout).contains(says));
            begin.elapsed()
        };
        (0..10).map(|_| took()).min().unwrap()
    };
    let (completing, listing) = (best(&words, "build\n"), best(&["dev", "list"], "bootstrap"));
    // `scripts/bench` has the figures; a run of the recipe would take a hundred times as long.
    assert!(completing < listing * 12, "{completing:?} and {listing:?}");
}
