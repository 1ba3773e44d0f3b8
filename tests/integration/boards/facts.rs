//! What dashboards may rely on.

use super::board::{Board, text};
use super::catalog::Catalog;
use super::{read, table};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the repository says about the metrics that dashboards can use.
pub(crate) struct Facts {
    pub(crate) catalog: Catalog,
    /// The types of the datasources, by `uid`.
    pub(crate) datasources: BTreeMap<String, String>,
    /// The variables of the dashboards, by `uid`.
    pub(crate) boards: BTreeMap<String, BTreeSet<String>>,
    /// An answer of each path of the Copilot's API.
    pub(crate) api: Value,
    /// The metrics of AWS/AuroraDSQL.
    pub(crate) cloudwatch: BTreeSet<String>,
}

impl Facts {
    /// From the repository.
    pub(crate) fn load() -> Self {
        let boards = Board::shipped();
        Self {
            catalog: Catalog::load(),
            datasources: datasources(&read("dev/config/grafana-datasources.yaml")),
            boards: boards
                .iter()
                .map(|board| {
                    let names = board.variables().iter().map(|one| text(one, "name"));
                    (
                        board.uid().to_owned(),
                        names.map(str::to_owned).collect::<BTreeSet<_>>(),
                    )
                })
                .collect(),
            api: serde_json::from_str(&read("tests/data/copilot-api.json")).unwrap(),
            cloudwatch: table(&read("tests/data/cloudwatch-metrics.txt"))
                .map(|row| row[0].to_owned())
                .collect(),
        }
    }
}

/// `uid` and `type` of each item under `datasources:` of Grafana's provisioning file.
pub(crate) fn datasources(yaml: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut item: BTreeMap<&str, &str> = BTreeMap::new();
    let mut indent = None;
    let lines = yaml.lines().skip_while(|line| *line != "datasources:");
    for line in lines.skip(1).chain(["  - "]) {
        let bare = line.trim_start();
        let depth = line.len() - bare.len();
        if bare.starts_with("- ") && *indent.get_or_insert(depth) >= depth {
            if let (Some(uid), Some(kind)) = (item.get("uid"), item.get("type")) {
                found.insert((*uid).to_owned(), (*kind).to_owned());
            }
            item.clear();
        }
        if let Some((key, value)) = bare.trim_start_matches("- ").split_once(':') {
            let value = value.split(" #").next().unwrap_or(value).trim();
            // The first wins: further down a key may belong to `jsonData`.
            item.entry(key).or_insert(value.trim_matches(['"', '\'']));
        }
    }
    found
}
