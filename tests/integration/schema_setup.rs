//! The shipped recipe `schema/setup` on two clusters, whole, in part and again.

use crate::clusters::{Image, Stage, report};
use crate::harness::{assert_contains, free_port};

/// Runs `line`, which must end with `status` and this report; standard error.
#[track_caller]
fn setup(stage: &Stage, line: &str, status: i32, steps: [&str; 7]) -> String {
    let test = stage.repo.dev(line).any_output().status(status);
    let stderr = test.run().stderr;
    assert_eq!(report(&stderr), steps, "{stderr}");
    stderr
}

#[test]
fn every_schema_is_set_up_and_found_unchanged() {
    let Some(stage) = Stage::set() else { return };
    let image = Image::build();
    let before = stage.repo.tree();
    let dry = stage
        .repo
        .dev("run schema-setup --dry-run")
        .any_stderr()
        .run();
    assert_contains(&dry.stderr, "would run: ");
    assert_eq!(stage.repo.tree(), before);
    assert!(stage.docker.running().is_empty());

    let ended = setup(
        &stage,
        "run schema-setup",
        0,
        [
            "unchanged runtime-image",
            "ok elasticsearch",
            "ok temporal-monitored",
            "ok temporal-copilot",
            "ok copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
    );
    assert_eq!(stage.docker.running(), ["elasticsearch"]);
    assert!(!ended.contains("not-to-be-shown"), "{ended}");

    let again = stage.repo.dev("schema setup").any_output().run();
    assert!(
        report(&again.stderr)
            .iter()
            .all(|row| row.starts_with("unchanged ")),
        "{}",
        again.stderr
    );
    drop(image);
}

#[test]
fn one_cluster_away_and_then_resumed() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    let nobody = free_port();
    stage.configure(nobody);
    let ended = setup(
        &stage,
        "run schema-setup",
        1,
        [
            "unchanged runtime-image",
            "ok elasticsearch",
            "ok temporal-monitored",
            "failed temporal-copilot",
            "blocked copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
    );
    let said = format!("cannot reach localhost:{nobody}");
    assert_contains(&ended, &said);

    stage.configure(stage.dsql.port);
    setup(
        &stage,
        "run schema-setup --resume",
        0,
        [
            "skipped runtime-image",
            "skipped elasticsearch",
            "skipped temporal-monitored",
            "ok temporal-copilot",
            "ok copilot-app",
            "skipped es-monitored",
            "skipped es-copilot",
        ],
    );
}

#[test]
fn without_the_runtime_image_the_rest_is_set_up() {
    let Some(stage) = Stage::set() else { return };
    let _none = Image::none();
    let ended = setup(
        &stage,
        "run schema-setup",
        1,
        [
            "failed runtime-image",
            "ok elasticsearch",
            "blocked temporal-monitored",
            "blocked temporal-copilot",
            "blocked copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
    );
    let hint = "hint: run `copilot dev build runtime`";
    assert_contains(&ended, hint);
}

#[test]
fn a_cluster_reached_by_a_url_keeps_its_dialect() {
    let Some(stage) = Stage::set() else { return };
    let port = stage.dsql.port;
    let repo = stage.repo.recipe(
        "by-url",
        &format!(
            r#"
            let cluster = #{{ url: "postgresql://admin:any@localhost:{port}/copilot?sslmode=require" }};
            print(psql_dsql(cluster + #{{ file: "dev/schema/copilot.sql" }}).applied > 0);
            print(psql_dsql(cluster + #{{ file: "dev/schema/copilot.sql" }}).applied);
            "#
        ),
    );
    repo.dev("by-url").stdout("true\n0\n").any_stderr().run();
}
