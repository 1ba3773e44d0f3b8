//! The shipped recipe `schema/setup` on two clusters, whole, in part and again.

use crate::clusters::{Image, Stage, report};
use crate::harness::free_port;

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
    assert!(dry.stderr.contains("would run: "), "{}", dry.stderr);
    assert_eq!(stage.repo.tree(), before);
    assert!(stage.docker.running().is_empty());

    let ended = stage
        .repo
        .dev("run schema-setup")
        .any_stdout()
        .any_stderr()
        .run();
    assert_eq!(
        report(&ended.stderr),
        [
            "unchanged runtime-image",
            "ok elasticsearch",
            "ok temporal-monitored",
            "ok temporal-copilot",
            "ok copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
        "{}",
        ended.stderr
    );
    assert_eq!(stage.docker.running(), ["elasticsearch"]);
    assert!(
        !ended.stderr.contains("not-to-be-shown"),
        "{}",
        ended.stderr
    );

    let again = stage
        .repo
        .dev("schema setup")
        .any_stdout()
        .any_stderr()
        .run();
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
    let ended = stage
        .repo
        .dev("run schema-setup")
        .any_stdout()
        .any_stderr()
        .status(1)
        .run();
    assert_eq!(
        report(&ended.stderr),
        [
            "unchanged runtime-image",
            "ok elasticsearch",
            "ok temporal-monitored",
            "failed temporal-copilot",
            "blocked copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
        "{}",
        ended.stderr
    );
    let said = format!("cannot reach localhost:{nobody}");
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);

    stage.configure(stage.dsql.port);
    let resumed = stage
        .repo
        .dev("run schema-setup --resume")
        .any_stdout()
        .any_stderr()
        .run();
    assert_eq!(
        report(&resumed.stderr),
        [
            "skipped runtime-image",
            "skipped elasticsearch",
            "skipped temporal-monitored",
            "ok temporal-copilot",
            "ok copilot-app",
            "skipped es-monitored",
            "skipped es-copilot",
        ],
        "{}",
        resumed.stderr
    );
}

#[test]
fn without_the_runtime_image_the_rest_is_set_up() {
    let Some(stage) = Stage::set() else { return };
    let _none = Image::none();
    let ended = stage
        .repo
        .dev("run schema-setup")
        .any_stdout()
        .any_stderr()
        .status(1)
        .run();
    assert_eq!(
        report(&ended.stderr),
        [
            "failed runtime-image",
            "ok elasticsearch",
            "blocked temporal-monitored",
            "blocked temporal-copilot",
            "blocked copilot-app",
            "ok es-monitored",
            "ok es-copilot",
        ],
        "{}",
        ended.stderr
    );
    let hint = "hint: run `copilot dev build runtime`";
    assert!(ended.stderr.contains(hint), "{}", ended.stderr);
}

#[test]
fn a_cluster_reached_by_a_url_keeps_its_dialect() {
    let Some(stage) = Stage::set() else { return };
    let port = stage.dsql.port;
    let repo = stage.repo.recipe(
        "by-url",
        &format!(
            r#"
            let cluster = #{{ url: "postgresql://admin:any@localhost:{port}/copilot", sslmode: "require" }};
            print(psql_dsql(cluster + #{{ file: "dev/schema/copilot.sql" }}).applied > 0);
            print(psql_dsql(cluster + #{{ file: "dev/schema/copilot.sql" }}).applied);
            "#
        ),
    );
    repo.dev("by-url").stdout("true\n0\n").any_stderr().run();
}
