//! The store on a real PostgreSQL: idempotent writes, retention, and connecting.

use crate::support::{
    agent::Agent,
    postgres::{Certificate, Postgres},
};
use copilot_agent::{
    explain::{Facts, template},
    health::State,
    store::{Event, NewAssessment, NewIssue, NewSnapshot, Store, Trigger},
    telemetry::Metrics,
};
use copilot_dsql::Target;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

fn start() -> Option<(Postgres, Store)> {
    let postgres = Postgres::start(Certificate::Localhost)?;
    let target = Target::url(crate::support::store(&postgres, "copilot"));
    let store = Store::new(target, "test", 2, Metrics::worker().unwrap());
    Some((postgres, store))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.enable_all().build().unwrap().block_on(work)
}

fn at(minute: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_500_000).unwrap() + Duration::minutes(minute)
}

fn issue(text: &str) -> NewIssue {
    NewIssue {
        fingerprint: "signal:backlog_age".to_owned(),
        service: "matching".to_owned(),
        kind: "backlog_age".to_owned(),
        critical: false,
        title: "Tasks wait".to_owned(),
        evidence: json!({ "text": text }),
        cause: None,
        action: "Start more.".to_owned(),
    }
}

#[test]
fn the_same_observation_twice_is_one_row() {
    let Some((postgres, store)) = start() else {
        return;
    };
    let facts = Facts {
        cluster: "c".to_owned(),
        state: State::Happy,
        previous: None,
        since: at(0),
        at: at(0),
        signals: Vec::new(),
        just_started: Vec::new(),
        logs: Vec::new(),
        gap: None,
    };
    let explanation = template(&facts);
    let assessment = NewAssessment {
        cluster: "c",
        at: at(0),
        state: State::Happy,
        previous: State::Unknown,
        since: at(0),
        trigger: Trigger::Observation,
        signals: &[],
        logs: &[],
        explanation: &explanation,
    };
    let snapshot = NewSnapshot {
        cluster: "c",
        at: at(0),
        state: State::Happy,
        signals: Map::from_iter([("backlog_age".to_owned(), Value::Null)]),
        millis: 3,
    };
    run(async {
        assert!(store.write_assessment(&assessment).await.unwrap());
        assert!(!store.write_assessment(&assessment).await.unwrap());
        for _ in 0..2 {
            store.write_snapshot(&snapshot).await.unwrap();
            store
                .write_issues("c", "metrics", at(0), &[issue("40 s")])
                .await
                .unwrap();
        }
        let event = Event::start(at(0), "history", 1);
        assert!(store.write_event("c", &event).await.unwrap());
        assert!(!store.write_event("c", &event).await.unwrap());
        let later = Event::start(at(10), "history", 2);
        assert!(store.write_event("c", &later).await.unwrap());
        assert_eq!(
            store.events("c", at(0), at(10), 10).await.unwrap(),
            [later, event]
        );
        let starts = store.starts("c", at(20)).await.unwrap();
        assert_eq!(starts["history"], [at(10)]);
        let scheduled = NewAssessment {
            trigger: Trigger::Schedule,
            previous: State::Happy,
            ..assessment
        };
        assert!(store.write_assessment(&scheduled).await.unwrap());
    });
    let counts = "SELECT (SELECT count(*) FROM health_assessments), (SELECT count(*) FROM metrics_snapshots), \
                  (SELECT sum(occurrences) FROM issues), (SELECT missing FROM metrics_snapshots)";
    assert_eq!(
        postgres.psql_in("copilot", counts),
        "2|1|1|[\"backlog_age\"]"
    );
}

#[test]
fn an_issue_is_counted_ends_and_may_come_back() {
    let Some((postgres, store)) = start() else {
        return;
    };
    run(async {
        for minute in 0..3 {
            let issues = [issue(&format!("{minute} s"))];
            store
                .write_issues("c", "metrics", at(minute), &issues)
                .await
                .unwrap();
        }
        // Those of another source and of another cluster are left alone.
        store.write_issues("c", "logs", at(3), &[]).await.unwrap();
        store
            .write_issues("d", "metrics", at(3), &[])
            .await
            .unwrap();
        let open = store.open_issues("c", 10).await.unwrap();
        assert_eq!(
            (open.len(), open[0].evidence.as_str(), open[0].since),
            (1, "2 s", at(0))
        );
        store
            .write_issues("c", "metrics", at(4), &[])
            .await
            .unwrap();
        assert!(store.open_issues("c", 10).await.unwrap().is_empty());
        store
            .write_issues("c", "metrics", at(5), &[issue("9 s")])
            .await
            .unwrap();
    });
    let rows = "SELECT string_agg(occurrences || ' ' || (resolved_at IS NULL), ', ' ORDER BY opened_at) FROM issues";
    assert_eq!(postgres.psql_in("copilot", rows), "3 false, 1 true");
}

#[test]
fn old_rows_are_deleted_but_not_the_newest_assessment() {
    let Some((postgres, store)) = start() else {
        return;
    };
    postgres.psql_in(
        "copilot",
        "INSERT INTO metrics_snapshots (cluster, taken_at, state, signals, missing, query_millis) \
         SELECT 'c', '2026-11-24T00:00:00Z'::timestamptz - i * interval '1 second', 'happy', '{}', '[]', 1 \
         FROM generate_series(0, 5999) i; \
         INSERT INTO health_assessments (idempotency_key, cluster, assessed_at, state, previous_state, state_since, \
          triggered_by, primary_signals, amplifiers, summary, explanation, confidence) \
         SELECT i::text, 'c', '2026-11-24T00:00:00Z'::timestamptz - i * interval '1 second', 'happy', 'happy', now(), \
          'schedule', '[]', '[]', '', '', 0.7 FROM generate_series(0, 2) i; \
         INSERT INTO issues (fingerprint, cluster, service, kind, severity, title, description, source, evidence, \
          opened_at, resolved_at) VALUES \
         ('a', 'c', 's', 'k', 'warning', '', '', 'logs', '{}', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'), \
         ('b', 'c', 's', 'k', 'warning', '', '', 'logs', '{}', '2026-01-01T00:00:00Z', NULL); \
         INSERT INTO cluster_events (cluster, happened_at, service, kind, description) VALUES \
         ('c', '2026-01-01T00:00:00Z', 's', 'start', ''), ('c', '2026-11-25T00:00:00Z', 's', 'start', '')",
    );
    let before = OffsetDateTime::parse(
        "2026-11-24T00:00:01Z",
        &time::format_description::well_known::Rfc3339,
    )
    .unwrap();
    let gone = run(store.delete_before(before)).unwrap();
    // All snapshots, two of three assessments, the issue that is over, one of two events.
    assert_eq!(gone, 6_000 + 2 + 1 + 1);
    let left = "SELECT (SELECT count(*) FROM metrics_snapshots), (SELECT idempotency_key FROM health_assessments), \
                (SELECT fingerprint FROM issues), (SELECT count(*) FROM cluster_events)";
    assert_eq!(postgres.psql_in("copilot", left), "0|0|b|1");
    assert_eq!(run(store.delete_before(before)).unwrap(), 0);
}

#[test]
fn the_store_may_be_a_dsql_cluster() {
    let Some(postgres) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    crate::support::store(&postgres, "copilot");
    let (port, ca) = (postgres.port.to_string(), postgres.ca.display().to_string());
    let status = |mode: &str, ca: &str| {
        let api = Agent::start(
            "api",
            &[
                ("COPILOT_DSQL_ENDPOINT", "localhost"),
                ("COPILOT_DSQL_PORT", &port),
                ("COPILOT_DSQL_DATABASE", "copilot"),
                ("DSQL_SSLMODE", mode),
                ("SSL_CERT_FILE", ca),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_PROFILE", ""),
                ("AWS_ACCESS_KEY_ID", "a"),
                ("AWS_SECRET_ACCESS_KEY", "b"),
            ],
        );
        crate::support::eventually("a clear answer", || {
            let page = api.get("/ready");
            (!page.text.contains("no answer within")).then_some((page.status, page.text))
        })
    };
    assert_eq!(
        status("verify-full", &ca),
        (200, r#"{"status":"ready"}"#.to_owned())
    );
    assert_eq!(status("require", "/nowhere").0, 200);
    let other = postgres.other_ca.display().to_string();
    let (code, text) = status("verify-full", &other);
    assert_eq!(code, 503);
    assert!(text.contains("store: "), "{text}");
}
