//! The metrics that there really are.

use super::names::{Exporter, Kind, series};
use super::{read, table};
use std::collections::{BTreeMap, BTreeSet};

/// What the scrape adds to every series.
const SCRAPE: [&str; 3] = ["cluster", "instance", "job"];

/// A metric as its program defines it.
pub struct Metric {
    pub kind: Kind,
    /// Its own labels, without the scrape's and `le`.
    pub labels: BTreeSet<String>,
}

/// A series that can be asked for.
pub struct Series {
    /// The metric it belongs to.
    pub metric: String,
    /// `_bucket`, `_sum`, `_count` or "".
    pub part: &'static str,
    /// Every label it can have.
    pub labels: BTreeSet<String>,
    /// Its names with each exporter; more than one if they differ.
    pub names: BTreeSet<String>,
    /// True if `rate` makes sense of it.
    pub grows: bool,
}

/// All metrics, by the names in the code and by those in Prometheus.
#[derive(Default)]
pub struct Catalog {
    pub metrics: BTreeMap<String, Metric>,
    pub series: BTreeMap<String, Series>,
}

fn labels(column: &str) -> BTreeSet<String> {
    column
        .split(',')
        .filter(|label| !label.is_empty() && *label != "-")
        .map(str::to_owned)
        .collect()
}

impl Catalog {
    /// From the tables in `tests/data`.
    pub fn load() -> Self {
        let mut all = Self::default();
        let text = read("tests/data/metric-labels.txt");
        let unseen: BTreeMap<_, _> = table(&text).map(|row| (row[0], row[1])).collect();
        for row in table(&read("tests/data/temporal-metrics.txt")) {
            match row[..] {
                [name, kind, _, "yes", own] => all.add(name, Kind::of(kind), labels(own)),
                // Another server has it, ours has not.
                [_, _, _, _, _] => {}
                [name, kind, _] => {
                    let own = unseen.get(name).unwrap_or(&"service_name");
                    all.add(name, Kind::of(kind), labels(own));
                }
                _ => panic!("not a row of temporal-metrics.txt: {row:?}"),
            }
        }
        for row in table(&read("tests/data/copilot-metrics.txt")) {
            all.add(row[0], Kind::of(row[1]), labels(row[2]));
        }
        all.add("up", Kind::Gauge, BTreeSet::new());
        all
    }

    fn add(&mut self, name: &str, kind: Kind, own: BTreeSet<String>) {
        let now = series(name, kind, Exporter::Now);
        let newer = series(name, kind, Exporter::Newer);
        for ((now, part), (newer, _)) in now.into_iter().zip(newer) {
            let names = BTreeSet::from([now, newer]);
            for name_of_it in names.clone() {
                let mut labels = own.clone();
                labels.extend(SCRAPE.map(str::to_owned));
                if part == "_bucket" {
                    labels.insert("le".to_owned());
                }
                let series = Series {
                    metric: name.to_owned(),
                    part,
                    labels,
                    names: names.clone(),
                    grows: kind != Kind::Gauge,
                };
                self.series.insert(name_of_it, series);
            }
        }
        let metric = Metric { kind, labels: own };
        self.metrics.insert(name.to_owned(), metric);
    }
}
