//! A set-up of Temporal's schema that ended half-way is finished by running it again; data is kept.

use crate::clusters::{Image, Stage, report};
use crate::harness::{Signal, assert_contains, docker, eventually};

/// What the stand-in for the tool does, in its order.
const STATEMENTS: [&str; 9] = [
    "CREATE TABLE schema_version (curr_version text)",
    "CREATE TABLE schema_update_history (new_version text)",
    "CREATE TABLE namespaces (id text)",
    "CREATE TABLE namespace_metadata (partition_id int, notification_version bigint)",
    "INSERT INTO namespace_metadata VALUES (54321, 1)",
    "CREATE TABLE shards (id text)",
    "CREATE TABLE executions (id text)",
    "CREATE TABLE current_executions (id text)",
    "CREATE TABLE tasks (id text)",
];

const SETUP_COMMAND: &str = "schema setup --only temporal-monitored";

impl Stage {
    /// The cluster has all that the tool creates, once.
    #[track_caller]
    fn assert_complete(&self) {
        let versions = "SELECT curr_version FROM schema_version";
        assert_eq!(self.answer("monitored", versions), "1.1");
        let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
        assert_eq!(self.answer("monitored", tables), "39");
        let rows = "SELECT count(*) FROM namespace_metadata";
        assert_eq!(self.answer("monitored", rows), "1");
    }

    /// Drops every table.
    fn empty(&self) {
        self.sql("monitored", "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC");
    }

    /// Runs the set-up, which has to end well.
    #[track_caller]
    fn set_up(&self) -> String {
        self.repo.dev(SETUP_COMMAND).any_output().run().stderr
    }

    /// The container of a tool that works.
    fn tools(&self) -> Vec<String> {
        let containers = docker(&["ps", "--no-trunc", "--format", "{{.ID}} {{.Command}}"]);
        let port = format!("--port {} ", self.dsql.port);
        let ours = containers.lines().filter(|line| line.contains(&port));
        ours.map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn whatever_an_interrupted_set_up_has_left_is_finished() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    for done in 0..=STATEMENTS.len() {
        stage.empty();
        for statement in &STATEMENTS[..done] {
            stage.sql("monitored", statement);
        }
        let said = stage.set_up();
        stage.assert_complete();
        let drops = said.contains("an earlier set-up did not finish");
        assert_eq!(drops, done > 0, "after {done}: {said}");
    }
}

#[test]
fn data_and_tables_of_others_are_named_and_kept() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    let cases = [
        (
            "CREATE TABLE executions (id text); INSERT INTO executions VALUES ('mine')",
            "has an unfinished schema, but rows in executions",
        ),
        (
            "CREATE TABLE namespaces (id text); CREATE TABLE mine (id text)",
            "has tables that are not Temporal's: mine",
        ),
    ];
    for (before, says) in cases {
        stage.empty();
        stage.sql("monitored", before);
        let tables = "SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables \
                      WHERE table_schema = 'public'";
        let there = stage.answer("monitored", tables);
        let ended = stage.repo.dev(SETUP_COMMAND).any_output().status(1).run();
        assert_contains(&ended.stderr, says);
        assert_contains(&ended.stderr, "hint: nothing was changed; ");
        assert_eq!(stage.answer("monitored", tables), there);
    }
}

#[test]
fn a_killed_set_up_is_waited_for_or_done_again() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        stage.empty();
        let mut live = stage.repo.start(SETUP_COMMAND);
        eventually("the tool at work", || !stage.tools().is_empty());
        live.signal(signal);
        live.wait();
        let said = stage.set_up();
        assert!(report(&said)[2].ends_with(" temporal-monitored"), "{said}");
        stage.assert_complete();
        eventually("no tool left", || stage.tools().is_empty());
    }
}

#[test]
fn two_set_ups_at_once_both_end_well() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    stage.empty();
    let waiting = format!("{SETUP_COMMAND} --wait-for-lock");
    let mut both = [waiting.as_str(); 2].map(|line| stage.repo.start(line));
    let ends = both.each_mut().map(|live| live.wait());
    assert_eq!(ends, [0, 0], "{}\n{}", both[0].stderr(), both[1].stderr());
    stage.assert_complete();
}

#[test]
fn overwrite_asks_about_what_it_drops_and_no_more() {
    let Some(stage) = Stage::set() else { return };
    let _image = Image::build();
    stage.set_up();
    stage.sql(
        "monitored",
        "INSERT INTO executions SELECT n FROM generate_series(1, 20) AS n",
    );
    let mut asked = stage
        .repo
        .terminal("schema setup --overwrite --only temporal-monitored");
    let question = format!(
        "Drop 39 tables (23 rows) of the monitored cluster (localhost:{}, database monitored)? [y/N]",
        stage.dsql.port
    );
    asked.wait_for(&question);
    asked.press("n\n");
    assert_eq!(asked.wait(), 0);
    assert_eq!(
        stage.answer("monitored", "SELECT count(*) FROM executions"),
        "20"
    );
    let ended = stage
        .repo
        .dev("schema setup --overwrite --only temporal-monitored --yes")
        .any_output()
        .run();
    assert_contains(&ended.stderr, "(23 rows) of the monitored cluster");
    stage.assert_complete();
    assert_eq!(
        stage.answer("monitored", "SELECT count(*) FROM executions"),
        "0"
    );
}
