//! What all services must have.

use super::{BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE};
use crate::harness::stack::{resolved, services, shipped_file, shipped_text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SERVICES: [&str; 15] = [
    "alloy",
    "copilot-api",
    "copilot-temporal",
    "copilot-ui",
    "copilot-worker",
    "elasticsearch",
    "elasticsearch-setup",
    "grafana",
    "loki",
    "mimir",
    "temporal-frontend",
    "temporal-history",
    "temporal-matching",
    "temporal-ui",
    "temporal-worker",
];

/// Those that sign tokens for a cluster, or call AWS.
const SERVICES_WITH_AWS: [&str; 8] = [
    "copilot-api",
    "copilot-temporal",
    "copilot-worker",
    "grafana",
    "temporal-frontend",
    "temporal-history",
    "temporal-matching",
    "temporal-worker",
];

const EMULATORS: [&str; 2] = ["dsql-copilot", "dsql-monitored"];

fn names<'a>(all: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Vec<&'a str> {
    all.into_iter().map(|(name, _)| name).collect()
}

fn volumes(service: &Value) -> &[Value] {
    service["volumes"].as_array().map_or(&[], Vec::as_slice)
}

fn mounts<'a>(service: &'a Value, source: &str) -> Vec<&'a Value> {
    let of = |volume: &&Value| volume["source"] == source;
    volumes(service).iter().filter(of).collect()
}

#[test]
fn there_are_fifteen_services_and_two_emulators_for_the_clusters() {
    let Some(base) = resolved(&[BASE_COMPOSE_FILE], &[]) else {
        return;
    };
    assert_eq!(names(services(&base)), SERVICES);
    assert_eq!(base["name"], "copilot-dev");
    let local = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]).unwrap();
    let expected: BTreeSet<_> = SERVICES.into_iter().chain(EMULATORS).collect();
    assert_eq!(names(services(&local)), Vec::from_iter(expected));
    let other = resolved(&[BASE_COMPOSE_FILE], &[("COMPOSE_PROJECT_NAME", "second")]).unwrap();
    assert_eq!(other["name"], "second");
    let of_alloy = &other["services"]["alloy"]["environment"]["COMPOSE_PROJECT_NAME"];
    assert_eq!(of_alloy, "second");
}

#[test]
fn one_variable_moves_the_platform_of_all() {
    for (variables, platform) in [
        (&[][..], "linux/arm64"),
        (&[("COPILOT_PLATFORM", "linux/amd64")][..], "linux/amd64"),
    ] {
        let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], variables) else {
            return;
        };
        for (name, service) in services(&project) {
            assert_eq!(service["platform"], platform, "{name}");
        }
    }
}

#[test]
fn every_image_is_pinned_in_one_place() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    let text =
        shipped_text("dev/docker-compose.yml") + &shipped_text("dev/docker-compose.local.yml");
    for (name, service) in services(&project) {
        let image = service["image"].as_str().unwrap();
        let tag = image.rsplit_once(':').expect(image).1;
        assert!(!tag.is_empty() && tag != "latest", "{name}: {image}");
        assert_eq!(text.matches(image).count(), 1, "{image}");
        let built = ["temporal-dsql-runtime:test", "temporal-sre-copilot:dev"].contains(&image);
        // No registry has those.
        assert_eq!(service["pull_policy"] == "never", built, "{name}");
    }
    let emulator = project["services"]["dsql-copilot"]["image"]
        .as_str()
        .unwrap();
    let recipe = shipped_text("recipes/_lib/postgres.rhai");
    assert!(
        recipe.contains(&format!("EMULATOR = \"{emulator}\";")),
        "{emulator}"
    );
}

#[test]
fn aws_credentials_reach_those_that_need_them_and_no_other() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    let mut found = Vec::new();
    for (name, service) in services(&project) {
        for mount in mounts(service, "/home/someone/.aws") {
            assert_eq!(mount["read_only"], true, "{name}");
            assert_eq!(mount["bind"]["create_host_path"], false, "{name}");
            let home = match name {
                "grafana" => "/usr/share/grafana",
                _ => service["environment"]["HOME"].as_str().unwrap(),
            };
            assert_eq!(mount["target"], format!("{home}/.aws"), "{name}");
            found.push(name);
        }
        let has = service["environment"].get("AWS_PROFILE").is_some();
        assert_eq!(has, SERVICES_WITH_AWS.contains(&name), "{name}");
    }
    assert_eq!(found, SERVICES_WITH_AWS);
    let moved = resolved(&[BASE_COMPOSE_FILE], &[("COPILOT_AWS_DIR", ".aws-local")]).unwrap();
    let folder = shipped_file("dev/.aws-local");
    let mounts = mounts(&moved["services"]["grafana"], &folder.to_string_lossy()).len();
    assert_eq!(mounts, 1);
}

#[test]
fn keys_of_the_shell_do_not_reach_emulators() {
    let shell = [
        ("AWS_PROFILE", "of-the-shell"),
        ("AWS_ACCESS_KEY_ID", "of-the-shell"),
        ("AWS_SECRET_ACCESS_KEY", "of-the-shell"),
        ("AWS_SESSION_TOKEN", "of-the-shell"),
    ];
    let Some(base) = resolved(&[BASE_COMPOSE_FILE], &shell) else {
        return;
    };
    let local = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &shell).unwrap();
    for name in SERVICES_WITH_AWS {
        for (variable, value) in shell {
            let of = |project: &Value| project["services"][name]["environment"][variable].clone();
            assert_eq!(of(&base), value, "{name}: {variable}");
            let instead = if variable == "AWS_PROFILE" {
                "local"
            } else {
                ""
            };
            assert_eq!(of(&local), instead, "{name}: {variable}");
        }
    }
    assert!(!local["services"].to_string().contains("of-the-shell"));
}

#[test]
fn alloy_alone_sees_the_engine() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    let mut found = Vec::new();
    for (name, service) in services(&project) {
        for mount in mounts(service, "/var/run/docker.sock") {
            assert_eq!(mount["read_only"], true, "{name}");
            found.push(name);
        }
        assert!(service.get("privileged").is_none(), "{name}");
    }
    assert_eq!(found, ["alloy"]);
}

#[test]
fn every_service_that_can_be_asked_has_a_health_check() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    // One ends, the other's image has nothing to ask with.
    let without = ["elasticsearch-setup", "mimir"];
    for (name, service) in services(&project) {
        let check = &service["healthcheck"];
        assert_eq!(check.is_null(), without.contains(&name), "{name}");
        if !check.is_null() {
            // Slow starts have their own time; later a failure counts within half a minute.
            let start_period = check["start_period"].as_str().unwrap();
            assert!(["2m0s", "3m0s"].contains(&start_period), "{name}: {check}");
            assert_eq!(check["interval"], "5s", "{name}: {check}");
            assert!(check["retries"].as_u64().unwrap() <= 3, "{name}: {check}");
            // Engines before 25 refuse it.
            assert!(check.get("start_interval").is_none(), "{name}: {check}");
        }
    }
}

#[test]
fn ports_are_on_this_machine_alone_and_can_be_moved() {
    let example = shipped_text("dev/.env.example");
    let variables: Vec<_> = example
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.ends_with("_PORT") && !name.starts_with('#'))
        .collect();
    let moved: Vec<_> = (20_000..)
        .take(variables.len())
        .map(|port| port.to_string())
        .collect();
    let moved: Vec<_> = variables
        .iter()
        .zip(&moved)
        .map(|((name, _), port)| (*name, port.as_str()))
        .collect();
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &moved) else {
        return;
    };
    let mut published = BTreeMap::new();
    for (name, service) in services(&project) {
        for port in service["ports"].as_array().map_or(&[][..], Vec::as_slice) {
            assert_eq!(port["host_ip"], "127.0.0.1", "{name}");
            let number = port["published"].as_str().unwrap().to_owned();
            assert_eq!(published.insert(number, name), None, "{name}");
        }
    }
    let expected: BTreeSet<_> = moved.iter().map(|(_, port)| (*port).to_owned()).collect();
    assert_eq!(published.into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn all_are_on_one_network_and_live_alike() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    assert_eq!(project["networks"].as_object().unwrap().len(), 1);
    for (name, service) in services(&project) {
        let networks: Vec<_> = service["networks"].as_object().unwrap().keys().collect();
        assert_eq!(networks, ["stack"], "{name}");
        let logging = &service["logging"];
        assert_eq!(logging["driver"], "json-file", "{name}");
        assert_eq!(logging["options"]["max-size"], "10m", "{name}");
        assert_eq!(logging["options"]["max-file"], "3", "{name}");
        // Its image has an init of its own.
        assert_eq!(service["init"], name != "elasticsearch", "{name}");
        let restart = if name == "elasticsearch-setup" {
            "no"
        } else {
            "unless-stopped"
        };
        assert_eq!(service["restart"], restart, "{name}");
    }
}

#[test]
fn memory_fits_docker_desktop_and_is_said_right() {
    let text = shipped_text("dev/docker-compose.yml");
    let recipe = shipped_text("recipes/_lib/prerequisites.rhai");
    let room = recipe.split("export const MEMORY = ").nth(1).unwrap();
    let room: u64 = room
        .split(';')
        .next()
        .unwrap()
        .replace('_', "")
        .parse()
        .unwrap();
    for files in [
        &[BASE_COMPOSE_FILE][..],
        &[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE][..],
    ] {
        let Some(project) = resolved(files, &[]) else {
            return;
        };
        let limits = services(&project).into_iter().map(|(name, service)| {
            let limit = service["mem_limit"].as_str().expect(name);
            limit.parse::<u64>().unwrap()
        });
        let sum: u64 = limits.sum();
        assert!(sum <= room, "{sum} is more than {room}");
        assert!(
            text.contains(&format!(" {} MiB", sum / 1024 / 1024)),
            "{sum}"
        );
    }
}

#[test]
fn every_file_that_is_mounted_is_there() {
    let Some(project) = resolved(&[BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE], &[]) else {
        return;
    };
    let root = shipped_file("dev");
    let mut count = 0;
    for (name, service) in services(&project) {
        for volume in volumes(service) {
            let source = volume["source"].as_str().unwrap();
            if volume["type"] == "bind" && source.starts_with(&*root.to_string_lossy()) {
                assert!(std::path::Path::new(source).exists(), "{name}: {source}");
                assert_eq!(volume["read_only"], true, "{name}: {source}");
                count += 1;
            }
        }
    }
    assert!(count >= 10, "{count} files");
}
