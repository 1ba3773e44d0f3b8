//! `dev/.env.example` names every variable that any part reads, and no other.

use crate::harness::allowed_to_be_skipped;
use crate::harness::stack::{resolved, shipped_file, shipped_text};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What belongs to the shell of whoever runs a recipe.
const SHELL_VARIABLES: [&str; 3] = ["COMPOSE_PATH_SEPARATOR", "DOCKER_HOST", "PGPASSWORD"];

fn is_name(word: &str) -> bool {
    let part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(part)
}

/// The variables of the example with their values, those that are commented out too.
fn example() -> BTreeMap<String, String> {
    shipped_text("dev/.env.example")
        .lines()
        .filter_map(|line| line.strip_prefix('#').unwrap_or(line).split_once('='))
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Files under `folder` that end so, with their text; tests of recipes make up what they need.
fn texts(folder: &Path, end: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(texts(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}

/// `${NAME}` and `${NAME:-default}` of a Compose file, and the variables that it hands on as they are.
fn of_compose(text: &str) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for (at, _) in text.match_indices("${") {
        let inner = text[at + 2..].split('}').next().unwrap();
        match inner.split_once(":-") {
            Some((name, default)) => found.insert(name.to_owned(), Some(default.to_owned())),
            None => found.insert(inner.to_owned(), None),
        };
    }
    for line in text.lines() {
        if let Some(name) = line.trim().strip_suffix(':').filter(|name| is_name(name)) {
            found.insert(name.to_owned(), None);
        }
    }
    found
}

/// Names in quotes, and names that a map gives a value to.
fn of_recipe(text: &str) -> BTreeSet<String> {
    let quoted = text.split('"').map(str::to_owned);
    let keys = text
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(key, _)| key.to_owned());
    let given = |name: &String| is_name(name) && text.contains(&format!("{name}: env("));
    let keys: Vec<_> = keys.filter(|key| is_name(key) && !given(key)).collect();
    quoted.chain(keys).filter(|word| is_name(word)).collect()
}

fn used() -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for file in ["dev/docker-compose.yml", "dev/docker-compose.local.yml"] {
        used.extend(of_compose(&shipped_text(file)).into_keys());
    }
    for text in texts(&shipped_file("recipes"), ".rhai") {
        used.extend(of_recipe(&text));
    }
    for text in texts(&shipped_file("src/primitives"), ".rs") {
        for (at, call) in text.match_indices("lookup(call, \"") {
            let name = text[at + call.len()..].split('"').next().unwrap();
            used.insert(name.to_owned());
        }
    }
    for name in SHELL_VARIABLES {
        used.remove(name);
    }
    used
}

#[test]
fn the_example_names_what_is_used_and_nothing_else() {
    let example: BTreeSet<_> = example().into_keys().collect();
    let used = used();
    let unnamed: Vec<_> = used.difference(&example).collect();
    let unused: Vec<_> = example.difference(&used).collect();
    assert!(
        unnamed.is_empty() && unused.is_empty(),
        "used, not in the example: {unnamed:?}\nin the example, not used: {unused:?}"
    );
}

#[test]
fn the_example_and_compose_agree_on_defaults() {
    let example = example();
    let mut compared = 0;
    for (name, default) in of_compose(&shipped_text("dev/docker-compose.yml")) {
        let Some(default) = default.filter(|default| !default.is_empty()) else {
            continue;
        };
        // Left open there: what Compose then takes is no choice of the person.
        let open = ["AWS_PROFILE", "COMPOSE_PROJECT_NAME"].contains(&name.as_str());
        let expected = if open { "" } else { default.as_str() };
        assert_eq!(example[&name], expected, "{name}");
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn every_variable_is_explained() {
    let text = shipped_text("dev/.env.example");
    let mut above = "";
    for line in text.lines() {
        let is_variable = line
            .strip_prefix('#')
            .unwrap_or(line)
            .split_once('=')
            .is_some_and(|(name, _)| is_name(name));
        if is_variable {
            assert!(
                !above.is_empty(),
                "{line} stands without a comment over its group"
            );
        }
        above = line;
    }
}

#[test]
fn the_template_of_the_image_asks_for_nothing_that_services_do_not_get() {
    let template = shipped_file("dev/docker/persistence-dsql-elasticsearch.template.yaml");
    let Ok(template) = fs::read_to_string(template) else {
        return allowed_to_be_skipped("the template of the runtime image is not here");
    };
    let Some(project) = resolved(&["docker-compose.yml"], &[]) else {
        return;
    };
    // The entrypoint finds it.
    let own = "TEMPORAL_BROADCAST_ADDRESS";
    let names: BTreeSet<_> = of_compose(&template)
        .into_keys()
        .filter(|name| name != own && is_name(name))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for service in [
        "temporal-history",
        "temporal-matching",
        "temporal-frontend",
        "temporal-worker",
        "copilot-temporal",
    ] {
        let environment = project["services"][service]["environment"]
            .as_object()
            .unwrap();
        for name in &names {
            assert!(environment.contains_key(name), "{service}: {name}");
        }
    }
}

#[test]
fn the_agent_gets_every_variable_that_it_reads() {
    let text = shipped_text("crates/agent/src/config.rs");
    let list = text
        .split("pub const VARIABLES: &[&str] = &[")
        .nth(1)
        .unwrap();
    let list = list.split("];").next().unwrap();
    let read: BTreeSet<_> = of_recipe(list).into_iter().collect();
    assert!(read.len() > 15, "{read:?}");
    let Some(project) = resolved(&["docker-compose.yml"], &[]) else {
        return;
    };
    let given = |service: &str| -> BTreeSet<String> {
        let environment = &project["services"][service]["environment"];
        environment.as_object().unwrap().keys().cloned().collect()
    };
    let both = &given("copilot-worker") | &given("copilot-api");
    let missing: Vec<_> = read.difference(&both).collect();
    assert!(missing.is_empty(), "not given: {missing:?}");
    // Those of the AWS libraries, of `copilot kb` and of the Copilot that are no part of the agent's own.
    let others = [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "COPILOT_DATA_SOURCE_ID",
        "COPILOT_KB_BUCKET",
        "COPILOT_PROFILE_BUCKET",
        "HOME",
    ];
    let unread: Vec<_> = both.difference(&read).map(String::as_str).collect();
    assert_eq!(unread, others);
}
