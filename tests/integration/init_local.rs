//! `init --local`: the stack without AWS.

use crate::harness::stack::shipped_text;
use crate::harness::stage::shipped_stack;
use crate::harness::{Repo, assert_contains, has_compose};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const NEXT_STEPS_MESSAGE: &str = "ok: dev/.env uses the emulators; next: `copilot dev build`, `copilot dev schema setup`, `copilot dev up --wait`\n";

/// What a variable is set to in `dev/.env`; the last line that sets it counts.
fn value(repo: &Repo, name: &str) -> Option<String> {
    let text = repo.read("dev/.env");
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.next_back().map(str::to_owned)
}

#[test]
fn it_points_at_the_emulators_and_keeps_to_its_own_folder() {
    let repo = shipped_stack();
    let credentials = repo.read("../home/.aws/credentials");
    let before = repo.tree();
    repo.dev("init --local --dry-run").any_stderr().run();
    assert_eq!(repo.tree(), before);

    repo.dev("init --local")
        .stderr(&format!("ok: created dev/.env\n{NEXT_STEPS_MESSAGE}"))
        .run();
    for (name, expected) in [
        ("TEMPORAL_SQL_HOST", "localhost"),
        ("TEMPORAL_SQL_PORT", "15432"),
        ("TEMPORAL_SQL_CONTAINER_HOST", "dsql-monitored"),
        ("COPILOT_DSQL_ENDPOINT", "localhost"),
        ("COPILOT_DSQL_PORT", "15433"),
        ("COPILOT_DSQL_CONTAINER_HOST", "dsql-copilot"),
        ("DSQL_SSLMODE", "require"),
        ("AWS_PROFILE", "local"),
        ("COPILOT_AWS_DIR", ".aws-local"),
        ("GRAFANA_PORT", "3000"),
    ] {
        assert_eq!(value(&repo, name).as_deref(), Some(expected), "{name}");
    }
    let mode = |path: &str| {
        fs::metadata(repo.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("dev/.env"), 0o600);
    // Whoever runs in the containers reads it.
    assert_eq!(mode("dev/.aws-local/credentials"), 0o644);
    assert_eq!(repo.read("../home/.aws/credentials"), credentials);
    assert!(shipped_text(".gitignore").contains("\n/dev/.aws-local/\n"));

    let once = repo.tree();
    repo.dev("init --local")
        .stderr(&format!(
            "dev/.env has every variable\n{NEXT_STEPS_MESSAGE}"
        ))
        .run();
    assert_eq!(repo.tree(), once);
}

#[test]
fn compose_finds_both_files_wherever_it_is_started() {
    if !has_compose() {
        return;
    }
    let repo = shipped_stack();
    repo.dev("init --local").any_stderr().run();
    for (folder, words) in [(".", &["--project-directory", "dev"][..]), ("dev", &[])] {
        let output = Command::new("docker")
            .arg("compose")
            .args(words)
            .args(["config", "--services"])
            .current_dir(repo.path().join(folder))
            .env_clear()
            .envs(repo.environment())
            .output()
            .unwrap();
        let services = String::from_utf8(output.stdout).unwrap();
        assert_eq!(services.lines().count(), 17, "{folder}: {services}");
    }
}

#[test]
fn tokens_are_signed_with_its_credentials() {
    let recipe = r#"
        let token = dsql_token(#{ endpoint: "localhost", region: "eu-west-1" });
        print(token.contains("X-Amz-Credential=local%2F"));
    "#;
    let repo = shipped_stack()
        .recipe("it", recipe)
        .with("AWS_EC2_METADATA_DISABLED", "true");
    repo.dev("init --local").any_stderr().run();
    repo.dev("it").stdout("true\n").run();
}

#[test]
fn keys_of_the_shell_do_not_reach_containers_of_recipes() {
    let repo = shipped_stack().recipe(
        "it",
        r#"import "_lib/stack" as stack; print(stack::aws_env());"#,
    );
    let asked = || {
        let test = repo.dev("it").env("AWS_PROFILE", "of-the-shell");
        test.env("AWS_ACCESS_KEY_ID", "of-the-shell")
    };
    repo.write("dev/.env", "AWS_REGION=eu-west-1\n");
    let aws = r#"#{"AWS_ACCESS_KEY_ID": "of-the-shell", "AWS_PROFILE": "of-the-shell", "AWS_REGION": "eu-west-1"}"#;
    asked().stdout(&format!("{aws}\n")).run();
    repo.dev("init --local").any_stderr().run();
    let local = r#"#{"AWS_PROFILE": "local", "AWS_REGION": "eu-west-1"}"#;
    asked().stdout(&format!("{local}\n")).run();
}

#[test]
fn a_cluster_that_is_named_is_not_replaced_unasked() {
    let repo = shipped_stack();
    let text = shipped_text("dev/.env.example")
        + "TEMPORAL_SQL_HOST=mine.dsql.eu-west-1.on.aws\nCONTAINER_USER=1:1\n";
    repo.write("dev/.env", &text);
    let ended = repo
        .dev("init --local")
        .any_stderr()
        .any_stdout()
        .status(2)
        .run();
    assert_contains(&ended.stderr, "mine.dsql.eu-west-1.on.aws");
    assert_eq!(repo.read("dev/.env"), text);
    assert!(!repo.has("dev/.aws-local"));
    repo.dev("init --local --yes").any_stderr().run();
    assert_eq!(
        value(&repo, "TEMPORAL_SQL_HOST").as_deref(),
        Some("localhost")
    );
}
