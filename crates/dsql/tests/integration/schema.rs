//! The Copilot's schema passes AWS's linter and applies to a real server.

use crate::support::{Certificate, Postgres};
use copilot_dsql::{
    ApplyOptions, ConnectOptions, Effect, Error, Event, Outcome, Script, Target, apply,
};

const SCHEMA_SQL: &str = include_str!("../../../../dev/schema/copilot.sql");

#[test]
fn is_clean_by_dsql_lint() {
    let findings: Vec<_> = dsql_lint::lint_sql(SCHEMA_SQL)
        .into_iter()
        .map(|finding| format!("{}: {}", finding.line, finding.message))
        .collect();
    assert_eq!(findings, Vec::<String>::new());
}

async fn run(url: &str, sql: &str) -> Result<Outcome, Error> {
    apply(
        &Target::url(url),
        &ConnectOptions::default(),
        Script {
            sql,
            name: Some("copilot.sql"),
        },
        &ApplyOptions::default(),
        &mut |_| {},
        std::future::pending(),
    )
    .await
}

#[tokio::test]
async fn is_applied_once_and_then_unchanged() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("schema");
    let statements = copilot_dsql::split(SCHEMA_SQL).expect("valid").len();

    let first = run(&url, SCHEMA_SQL).await.expect("applied");
    assert_eq!((first.applied, first.unchanged), (statements, 0));

    let mut effects = Vec::new();
    let again = apply(
        &Target::url(&url),
        &ConnectOptions::default(),
        Script {
            sql: SCHEMA_SQL,
            name: None,
        },
        &ApplyOptions::default(),
        &mut |event| {
            if let Event::Finished(done) = event {
                effects.push(done.effect);
            }
        },
        std::future::pending(),
    )
    .await
    .expect("applied");
    assert_eq!((again.applied, again.unchanged), (0, statements));
    assert_eq!(effects, vec![Effect::Unchanged; statements]);

    let tables = run(
        &url,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    .await
    .expect("listed");
    let names: Vec<_> = tables
        .rows
        .iter()
        .filter_map(|row| row["tablename"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "behaviour_profiles",
            "cluster_events",
            "health_assessments",
            "issues",
            "metrics_snapshots"
        ]
    );
}

#[tokio::test]
async fn two_at_once_both_succeed() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = server.database("race");
    let (one, two) = tokio::join!(run(&url, SCHEMA_SQL), run(&url, SCHEMA_SQL));
    let (one, two) = (one.expect("applied"), two.expect("applied"));
    let statements = copilot_dsql::split(SCHEMA_SQL).expect("valid").len();
    assert!(one.applied + two.applied >= statements);
}
