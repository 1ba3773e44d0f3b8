//! A dashboard as Grafana reads it.

use serde_json::Value;
use std::path::Path;

/// The dashboards of the repository.
pub(crate) const SHIPPED_BOARDS: [&str; 3] = [
    "grafana/server/server.json",
    "grafana/dsql/persistence.json",
    "grafana/copilot/copilot.json",
];

/// One dashboard.
pub(crate) struct Board {
    pub(crate) json: Value,
}

/// A query of a panel.
pub(crate) struct Target<'a> {
    pub(crate) panel: &'a str,
    pub(crate) json: &'a Value,
}

impl Board {
    /// Reads a dashboard of the repository.
    pub(crate) fn read(path: &str) -> Self {
        let json = serde_json::from_str(&super::read(path));
        Self {
            json: json.unwrap_or_else(|error| panic!("{path}: {error}")),
        }
    }

    /// All that are shipped.
    pub(crate) fn shipped() -> Vec<Self> {
        SHIPPED_BOARDS.into_iter().map(Self::read).collect()
    }

    pub(crate) fn uid(&self) -> &str {
        text(&self.json, "uid")
    }

    /// Panels and rows, without what is in collapsed rows.
    pub(crate) fn top(&self) -> &[Value] {
        list(&self.json, "panels")
    }

    /// The rows that are collapsed.
    pub(crate) fn collapsed(&self) -> impl Iterator<Item = &Value> {
        self.top().iter().filter(|panel| panel["collapsed"] == true)
    }

    /// Panels and rows.
    pub(crate) fn panels(&self) -> impl Iterator<Item = &Value> {
        let hidden = |panel| [panel].into_iter().chain(list(panel, "panels"));
        self.top().iter().flat_map(hidden)
    }

    /// Panels without the rows.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Value> {
        self.panels().filter(|panel| text(panel, "type") != "row")
    }

    /// The panels of the first row, which a person looks at first.
    pub(crate) fn first_row(&self) -> impl Iterator<Item = &Value> {
        let mut rows = self.top().iter();
        rows.find(|panel| text(panel, "type") == "row");
        rows.take_while(|panel| text(panel, "type") != "row")
    }

    /// The panel with that title.
    pub(crate) fn panel(&self, title: &str) -> &Value {
        self.shown()
            .find(|panel| text(panel, "title") == title)
            .unwrap_or_else(|| panic!("there is no panel {title}"))
    }

    /// The queries of all panels.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target<'_>> {
        self.shown().flat_map(|panel| {
            list(panel, "targets").iter().map(|json| Target {
                panel: text(panel, "title"),
                json,
            })
        })
    }

    /// The entries of `templating.list`.
    pub(crate) fn variables(&self) -> &[Value] {
        list(&self.json["templating"], "list")
    }
}

/// The text at `key`, or "".
pub(crate) fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_default()
}

/// The list at `key`, or none.
pub(crate) fn list<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

/// The dashboards below `grafana/`, by their paths, sorted.
pub(crate) fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pattern = root.join("grafana/**/*.json");
    let mut files: Vec<_> = glob::glob(pattern.to_str().unwrap())
        .unwrap()
        .map(|path| {
            let path = path.unwrap();
            let path = path.strip_prefix(root).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    files.sort();
    files
}
