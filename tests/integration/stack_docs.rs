//! The tables of dev/README.md are what the Compose files and the example of `.env` say, and every
//! link of the documents leads somewhere.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The services of a Compose file, with what they take from elsewhere put in.
fn services(path: &str) -> Map<String, Value> {
    let file: Value = serde_saphyr::from_str(&text(path)).unwrap();
    file["services"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, service)| (name.clone(), merged(service)))
        .collect()
}

/// A mapping with its merge keys resolved.
fn merged(value: &Value) -> Value {
    let Value::Object(map) = value else {
        return value.clone();
    };
    let mut whole = Map::new();
    if let Some(Value::Object(base)) = map.get("<<").map(merged) {
        whole.extend(base);
    }
    let own = map.iter().filter(|(key, _)| *key != "<<");
    whole.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    Value::Object(whole)
}

const BASE_COMPOSE_FILE: &str = "dev/docker-compose.yml";
const LOCAL_COMPOSE_FILE: &str = "dev/docker-compose.local.yml";

/// The rows of the table under a heading of dev/README.md whose first cell has something in it,
/// without what Markdown adds.
fn table(heading: &str) -> Vec<Vec<String>> {
    let document = text("dev/README.md");
    let (_, after) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = after.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|line| {
        let inner = line.trim_matches('|');
        inner.split('|').map(plain).collect::<Vec<_>>()
    });
    let found: Vec<_> = cells.skip(1).filter(|row| !row[0].is_empty()).collect();
    assert!(found.len() > 3, "{heading}: {found:?}");
    found
}

/// A cell without code marks, and of a link its text.
fn plain(cell: &str) -> String {
    let cell = cell.trim().trim_matches('`');
    match cell.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((shown, _)) => shown.to_owned(),
        None => cell.to_owned(),
    }
}

#[test]
fn the_table_of_services_is_the_stack() {
    let mut there = BTreeMap::new();
    for path in [BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE] {
        for (name, service) in services(path) {
            // The overlay also adds to services of the base.
            if let Some(image) = service.get("image") {
                there.insert(name, image.as_str().unwrap().to_owned());
            }
        }
    }
    let told: BTreeMap<_, _> = table("Services")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(told, there);
    assert_eq!(services(BASE_COMPOSE_FILE).len(), 15);
}

/// `127.0.0.1:${NAME:-8080}:80` as 8080 and NAME.
fn published(port: &str) -> (String, String) {
    let parsed = port
        .strip_prefix("127.0.0.1:${")
        .and_then(|rest| rest.split_once('}'))
        .and_then(|(inside, _)| inside.split_once(":-"));
    let (variable, number) =
        parsed.unwrap_or_else(|| panic!("{port}: not 127.0.0.1:${{NAME:-…}}:…"));
    (number.to_owned(), variable.to_owned())
}

#[test]
fn the_table_of_ports_is_what_is_published() {
    let mut there = BTreeSet::new();
    for path in [BASE_COMPOSE_FILE, LOCAL_COMPOSE_FILE] {
        for (name, service) in services(path) {
            for port in service
                .get("ports")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let (number, variable) = published(port.as_str().unwrap());
                there.insert([number, variable, name.clone()]);
            }
        }
    }
    let told: BTreeSet<_> = table("Ports")
        .into_iter()
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone()])
        .collect();
    assert_eq!(told, there);
}

/// The variables of the example, also those that are left out by `#`: name, default, and whether
/// the lines above call it required.
fn variables() -> Vec<(String, String, bool)> {
    let mut found = Vec::new();
    let mut required = false;
    for line in text("dev/.env.example").lines() {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        match line.trim_start_matches('#').split_once('=') {
            Some((name, value)) if is_name(name) => {
                found.push((name.to_owned(), value.to_owned(), required));
                required = false;
            }
            _ => required = line.ends_with("Required."),
        }
    }
    found
}

#[test]
fn the_table_of_variables_is_the_example() {
    let told: Vec<_> = table("Variables")
        .into_iter()
        .map(|row| {
            assert!(row[2].len() > 5, "{} has no meaning", row[0]);
            (row[0].clone(), row[1].clone(), row[2].contains("Required"))
        })
        .collect();
    assert_eq!(told, variables());
}

#[test]
fn the_memory_that_is_named_is_the_sum_of_the_limits() {
    let sum = |path: &str| -> u64 {
        let all = services(path);
        let limits = all.values().filter_map(|it| it.get("mem_limit"));
        limits
            .map(|limit| {
                limit
                    .as_str()
                    .unwrap()
                    .trim_end_matches('m')
                    .parse::<u64>()
                    .unwrap()
            })
            .sum()
    };
    let base = sum(BASE_COMPOSE_FILE);
    let both = base + sum(LOCAL_COMPOSE_FILE);
    let told = text("dev/README.md").replace('\n', " ");
    let expected = format!("add up to {base} MiB, with the emulators to {both} MiB.");
    assert!(
        told.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains(&expected),
        "{expected}"
    );
}

#[test]
fn every_service_is_in_the_picture() {
    let document = text("dev/README.md");
    let picture = document.split("```mermaid\n").nth(1).unwrap();
    let picture = picture.split("```").next().unwrap();
    for name in services(BASE_COMPOSE_FILE).keys() {
        assert!(picture.contains(name.as_str()), "{name}");
    }
}

/// The documents of this repository that people read.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<_> = [
        "README.md",
        "AGENTS.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "dev/README.md",
        "grafana/README.md",
        "crates/dsql/README.md",
    ]
    .iter()
    .map(|path| root().join(path))
    .filter(|path| path.exists())
    .collect();
    let pages = fs::read_dir(root().join("docs")).unwrap();
    found.extend(
        pages
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file()),
    );
    found
}

/// The name that a heading is reached by.
fn anchor(heading: &str) -> String {
    let words = heading.trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut lost = Vec::new();
    for document in documents() {
        let here = fs::read_to_string(&document).unwrap();
        for target in here.split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() {
                document.clone()
            } else {
                document.with_file_name("").join(path)
            };
            let there = if file.is_dir() {
                Ok(String::new())
            } else {
                fs::read_to_string(&file)
            };
            let found = there.is_ok_and(|text| {
                heading.is_empty()
                    || text.lines().any(|line| {
                        line.starts_with('#') && anchor(line.trim_start_matches('#')) == heading
                    })
            });
            if !found {
                lost.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}
