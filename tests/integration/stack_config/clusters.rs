//! The two clusters.

use super::{BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE};
use crate::harness::stack::{resolved, services, shipped_text};
use serde_json::Value;

#[test]
fn each_cluster_has_its_own_frontend_index_and_store() {
    let variables = [
        ("TEMPORAL_SQL_HOST", "one.on.aws"),
        ("COPILOT_DSQL_ENDPOINT", "two.on.aws"),
    ];
    let Some(base) = resolved(&[BASE_COMPOSE_FILE], &variables) else {
        return;
    };
    let local = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &variables).unwrap();
    let of = |project: &Value, service: &str, key: &str| {
        let value = &project["services"][service]["environment"][key];
        value
            .as_str()
            .unwrap_or_else(|| panic!("{service}: {key}"))
            .to_owned()
    };
    for service in ["history", "matching", "frontend", "worker"] {
        let name = format!("temporal-{service}");
        assert_eq!(of(&base, &name, "TEMPORAL_SERVICES"), service);
        assert_eq!(
            of(&base, &name, "TEMPORAL_PUBLIC_ADDRESS"),
            "temporal-frontend:7233"
        );
        assert_eq!(
            of(&base, &name, "ES_VISIBILITY_INDEX"),
            "temporal_visibility_v1_dev"
        );
        assert_eq!(of(&base, &name, "TEMPORAL_SQL_HOST"), "one.on.aws");
        assert_eq!(of(&local, &name, "TEMPORAL_SQL_HOST"), "dsql-monitored");
    }
    let name = "copilot-temporal";
    assert_eq!(
        of(&base, name, "TEMPORAL_SERVICES"),
        "history,matching,frontend,worker"
    );
    assert_eq!(
        of(&base, name, "TEMPORAL_PUBLIC_ADDRESS"),
        "copilot-temporal:7233"
    );
    assert_eq!(
        of(&base, name, "ES_VISIBILITY_INDEX"),
        "temporal_visibility_copilot_dev"
    );
    assert_eq!(of(&base, name, "TEMPORAL_SQL_HOST"), "two.on.aws");
    assert_eq!(of(&local, name, "TEMPORAL_SQL_HOST"), "dsql-copilot");
    for name in ["copilot-worker", "copilot-api"] {
        assert_eq!(of(&base, name, "TEMPORAL_ADDRESS"), "copilot-temporal:7233");
        assert_eq!(of(&base, name, "COPILOT_DSQL_ENDPOINT"), "two.on.aws");
        assert_eq!(of(&local, name, "COPILOT_DSQL_ENDPOINT"), "dsql-copilot");
        assert_eq!(of(&local, name, "COPILOT_DSQL_PORT"), "5432");
    }
    let recipe = shipped_text("recipes/_lib/elasticsearch.rhai");
    for index in of(&base, "elasticsearch-setup", "ES_VISIBILITY_INDEX").split(' ') {
        assert!(recipe.contains(&format!("\"{index}\"")), "{index}");
    }
}

#[test]
fn temporal_comes_after_elasticsearch_is_set_up() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    let condition = |service: &str, of: &str| {
        project["services"][service]["depends_on"][of]["condition"].clone()
    };
    assert_eq!(
        condition("elasticsearch-setup", "elasticsearch"),
        "service_healthy"
    );
    for (name, service) in services(&project) {
        if service["environment"].get("TEMPORAL_SERVICES").is_some() {
            let setup = condition(name, "elasticsearch-setup");
            assert_eq!(setup, "service_completed_successfully", "{name}");
            let cluster = if name == "copilot-temporal" {
                "dsql-copilot"
            } else {
                "dsql-monitored"
            };
            assert_eq!(condition(name, cluster), "service_healthy", "{name}");
        }
    }
    for (service, of) in [
        ("temporal-frontend", "temporal-history"),
        ("temporal-frontend", "temporal-matching"),
        ("temporal-worker", "temporal-frontend"),
        ("temporal-ui", "temporal-frontend"),
        ("copilot-ui", "copilot-temporal"),
        ("copilot-worker", "copilot-temporal"),
        ("copilot-api", "copilot-temporal"),
    ] {
        assert_eq!(condition(service, of), "service_healthy", "{service}");
    }
}
