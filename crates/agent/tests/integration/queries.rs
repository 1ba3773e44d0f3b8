//! The agent's queries follow the same rules as those of the dashboards: each reads series that a real
//! run had, with their labels, and in ways that make sense.

#[expect(dead_code, reason = "the dashboards' tests use all of it")]
#[path = "../../../../tests/integration/series/mod.rs"]
mod series;

use copilot_agent::{signals::Thresholds, sources::queries};
use series::{catalog::Catalog, promql};

#[test]
fn every_query_reads_known_series() {
    let catalog = Catalog::load();
    let thresholds = Thresholds::default();
    let mut found = Vec::new();
    let mut count = 0;
    for query in queries() {
        let query = thresholds.query(query, "monitored");
        let mut wrong = promql::problems(&query, &catalog);
        // Counted once a minute from the start on, this counter is the age of a process.
        wrong.retain(|wrong| {
            !wrong.starts_with("dd_namespace_registry_lock_latency_milliseconds only grows")
        });
        found.extend(wrong.into_iter().map(|wrong| format!("{wrong}: {query}")));
        count += 1;
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(count > 20, "only {count} queries");
}
