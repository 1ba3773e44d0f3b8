//! The metrics of the stack, as a real run had them.

use super::names::{Exporter, Kind, series};
use super::{read, table};
use std::collections::{BTreeMap, BTreeSet};

/// The values of a label; `None` where they are too many for a list.
pub(crate) type Values = Option<BTreeSet<String>>;

/// Labels with their values.
pub(crate) type Labels = BTreeMap<String, Values>;

/// When a metric is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    /// As long as its service runs.
    Always,
    /// From the first event of its kind on.
    Event,
    /// Never: the server has code for it, which has no effect.
    Never,
    /// While this variable is set to `true`, which it is not by default.
    Off(String),
}

pub(crate) struct Metric {
    pub(crate) kind: Kind,
    /// What the scrape adds among them; without `le`.
    pub(crate) labels: Labels,
}

/// A series that can be asked for.
pub(crate) struct Series {
    /// The metric it belongs to.
    pub(crate) family: String,
    /// Every label it can have.
    pub(crate) labels: Labels,
    /// Its names with each exporter; more than one if they differ.
    pub(crate) names: BTreeSet<String>,
    /// True if `rate` makes sense of it.
    pub(crate) grows: bool,
    /// When it is there.
    pub(crate) presence: Presence,
}

/// All metrics, by family and by the names of their series.
#[derive(Default)]
pub(crate) struct Catalog {
    pub(crate) metrics: BTreeMap<String, Metric>,
    pub(crate) series: BTreeMap<String, Series>,
}

fn set<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    values.into_iter().map(str::to_owned).collect()
}

/// `label=one|two other=(9 values)`, or `label other` without values.
fn labels(column: &str) -> Labels {
    let column = column.replace(" values)", ")");
    let words = column.split([' ', ',']);
    words
        .filter(|word| !word.is_empty() && *word != "-")
        .map(|word| match word.split_once('=') {
            Some((label, values)) if !values.starts_with('(') => {
                (label.to_owned(), Some(set(values.split('|'))))
            }
            Some((label, _)) => (label.to_owned(), None),
            None => (word.to_owned(), None),
        })
        .collect()
}

/// What a scrape of these jobs adds.
fn scraped<'a>(jobs: impl IntoIterator<Item = &'a str>) -> Labels {
    Labels::from([
        ("cluster".to_owned(), Some(set(["monitored", "copilot"]))),
        ("instance".to_owned(), None),
        ("job".to_owned(), Some(set(jobs))),
    ])
}

/// What each series of the Temporal server has in these services.
fn of_server(services: &[&str]) -> Labels {
    let jobs: Vec<_> = services
        .iter()
        .map(|service| format!("temporal-{service}"))
        .collect();
    let jobs = jobs.iter().map(String::as_str).chain(["copilot-temporal"]);
    let mut labels = scraped(jobs);
    let services = services.iter().copied();
    labels.insert("service_name".to_owned(), Some(set(services)));
    labels
}

const SERVICES: [&str; 4] = ["frontend", "history", "matching", "worker"];

impl Catalog {
    /// From the tables in `tests/data`.
    pub(crate) fn load() -> Self {
        let mut all = Self::default();
        for row in table(&read("tests/data/real-metrics.tsv"), "\t") {
            let [family, kind, services, own] = row[..] else {
                panic!("not a row of real-metrics.tsv: {row:?}");
            };
            let services: Vec<_> = services.split(',').collect();
            let mut labels = labels(own);
            labels.extend(of_server(&services));
            all.add(family, Kind::of(kind), &Presence::Always, labels);
        }
        for row in table(&read("tests/data/absent-metrics.txt"), " | ") {
            let [family, kind, own, when, _reason] = row[..] else {
                panic!("not a row of absent-metrics.txt: {row:?}");
            };
            let presence = match when.split_once(' ') {
                None if when == "event" => Presence::Event,
                None if when == "never" => Presence::Never,
                Some(("off", variable)) => Presence::Off(variable.to_owned()),
                _ => panic!("not when a metric is there: {when}"),
            };
            if let Some(seen) = all.metrics.get(family) {
                assert_eq!([kind, own], ["-", "-"], "{family} is in real-metrics.tsv");
                assert_eq!(presence, Presence::Event, "{family} was seen");
                let (kind, labels) = (seen.kind, seen.labels.clone());
                all.add(family, kind, &presence, labels);
            } else {
                let mut labels = labels(own);
                labels.extend(of_server(&SERVICES));
                all.add(family, Kind::of(kind), &presence, labels);
            }
        }
        for row in table(&read("tests/data/copilot-metrics.txt"), " | ") {
            let mut labels = labels(row[2]);
            labels.extend(scraped(["copilot-worker", "copilot-api"]));
            all.add(row[0], Kind::of(row[1]), &Presence::Always, labels);
        }
        // Every target has it, not only Temporal's, and no label but the scrape's.
        let mut labels = of_server(&SERVICES);
        labels.remove("service_name");
        if let Some(Some(jobs)) = labels.get_mut("job") {
            jobs.extend(["copilot-worker", "copilot-api"].map(str::to_owned));
        }
        all.add("up", Kind::Gauge, &Presence::Always, labels);
        all
    }

    fn add(&mut self, family: &str, kind: Kind, presence: &Presence, labels: Labels) {
        let now = series(family, kind, Exporter::Now);
        let newer = series(family, kind, Exporter::Newer);
        for ((now, part), (newer, _)) in now.into_iter().zip(newer) {
            let names = BTreeSet::from([now, newer]);
            for name in names.clone() {
                let mut labels = labels.clone();
                if part == "_bucket" {
                    labels.insert("le".to_owned(), None);
                }
                let series = Series {
                    family: family.to_owned(),
                    labels,
                    names: names.clone(),
                    grows: kind != Kind::Gauge,
                    presence: presence.clone(),
                };
                self.series.insert(name, series);
            }
        }
        let metric = Metric { kind, labels };
        self.metrics.insert(family.to_owned(), metric);
    }
}
