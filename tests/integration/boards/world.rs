//! A small cluster as time series, from `tests/data/busy-cluster.txt`.

use super::catalog::Catalog;
use super::names::{Exporter, Kind, base};
use super::{read, table};
use std::fmt::Write;

/// When the series begin, in seconds since 1970.
const START_UNIX_SECONDS: u32 = 1_795_000_000;
/// When they end.
pub(crate) const END_UNIX_SECONDS: u32 = START_UNIX_SECONDS + 20 * 60;
const INTERVAL_SECONDS: usize = 15;
/// Bounds of buckets in the unit of the metric.
const BUCKET_BOUNDS: [f64; 14] = [
    1., 2., 5., 10., 20., 50., 100., 200., 500., 1000., 2000., 5000., 10_000., 20_000.,
];
const BUCKET_BOUNDS_SECONDS: [f64; 9] = [0.005, 0.01, 0.05, 0.1, 0.5, 1., 5., 10., 30.];

/// What the cluster does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// What the file says.
    Busy,
    /// Nothing happens, and nothing has ever gone wrong.
    Idle,
}

/// What a series does, from the right side of a line.
struct Course<'a> {
    words: Vec<&'a str>,
    load: Load,
}

impl Course<'_> {
    fn number(&self, at: usize) -> f64 {
        let word = self.words[at].trim_end_matches("/s");
        word.parse().unwrap_or_else(|_| panic!("no number: {word}"))
    }

    /// How much a counter grows a second.
    fn rate(&self) -> f64 {
        match self.load {
            Load::Busy => self.number(0),
            Load::Idle => 0.,
        }
    }

    /// The value of a gauge.
    fn value(&self) -> f64 {
        if let Some(age) = self.words[0].strip_prefix("now-") {
            return f64::from(END_UNIX_SECONDS) - age.parse::<f64>().unwrap();
        }
        match (self.load, self.words.get(1)) {
            (Load::Idle, Some(&"idle")) => self.number(2),
            _ => self.number(0),
        }
    }
}

/// The series as `OpenMetrics` text.
pub(crate) fn open_metrics(catalog: &Catalog, load: Load, exporter: Exporter) -> String {
    let mut out = String::new();
    let text = read("tests/data/busy-cluster.txt");
    for row in table(&text) {
        let (left, right) = row[0].split_once(" : ").expect(row[0]);
        let words = right.split_whitespace().collect();
        let course = Course { words, load };
        if load == Load::Idle && right.ends_with("fault") {
            continue;
        }
        let mut left = left.split_whitespace();
        let name = left.next().unwrap();
        let metric = catalog
            .metrics
            .get(name)
            .unwrap_or_else(|| panic!("no metric {name}"));
        let known: Vec<_> = metric.labels.keys().map(String::as_str).collect();
        let labels = labels(left, &known);
        let base = base(name, metric.kind, exporter);
        match metric.kind {
            Kind::Gauge => samples(&mut out, &format!("{base}{{{labels}}}"), course.value(), 0.),
            Kind::Counter => samples(&mut out, &format!("{base}{{{labels}}}"), 7., course.rate()),
            Kind::Histogram => histogram(&mut out, base, &labels, &course),
        }
    }
    out.push_str("# EOF\n");
    out
}

/// `a="b"` each, with what the scrape adds; fails for one that the metric does not have.
fn labels<'a>(words: impl Iterator<Item = &'a str>, known: &[&str]) -> String {
    let mut out = String::new();
    for word in words {
        let (name, value) = word.split_once('=').expect(word);
        assert!(known.contains(&name), "{name} is none of {known:?}");
        if name == "job" {
            let cluster = if value.starts_with("copilot") {
                "copilot"
            } else {
                "monitored"
            };
            write!(out, "cluster=\"{cluster}\",instance=\"dev-{value}-1\",").unwrap();
        }
        write!(out, "{name}=\"{value}\",").unwrap();
    }
    out.trim_end_matches(',').to_owned()
}

fn histogram(out: &mut String, base: &str, labels: &str, course: &Course<'_>) {
    let bounds: &[f64] = if base.ends_with("_seconds") {
        &BUCKET_BOUNDS_SECONDS
    } else {
        &BUCKET_BOUNDS
    };
    let (rate, typical) = (course.rate(), course.number(2));
    for bound in bounds {
        let rate = if *bound >= typical { rate } else { 0. };
        let series = format!("{base}_bucket{{{labels},le=\"{bound:?}\"}}");
        samples(out, &series, if *bound >= typical { 7. } else { 0. }, rate);
    }
    samples(
        out,
        &format!("{base}_bucket{{{labels},le=\"+Inf\"}}"),
        7.,
        rate,
    );
    samples(out, &format!("{base}_count{{{labels}}}"), 7., rate);
    samples(
        out,
        &format!("{base}_sum{{{labels}}}"),
        7. * typical,
        rate * typical,
    );
}

fn samples(out: &mut String, series: &str, first: f64, rate: f64) {
    for time in (START_UNIX_SECONDS..=END_UNIX_SECONDS).step_by(INTERVAL_SECONDS) {
        let value = rate.mul_add(f64::from(time - START_UNIX_SECONDS), first);
        writeln!(out, "{series} {value} {time}").unwrap();
    }
}
