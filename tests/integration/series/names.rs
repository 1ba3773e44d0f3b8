//! How OpenTelemetry's exporter for Prometheus names the series of a metric.

/// What kind of metric it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Has buckets.
    Histogram,
}

impl Kind {
    /// From a column of the tables.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            other => panic!("there is no kind of metric {other}"),
        }
    }
}

/// Which naming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exporter {
    /// The server's, `exporters/prometheus` v0.56: a unit of `1` is `_ratio`.
    Now,
    /// Later ones, on `otlptranslator`: `_ratio` is for gauges alone.
    Newer,
}

/// The name of `family`, as the server's exporter has it, with another exporter.
pub(crate) fn base(family: &str, kind: Kind, exporter: Exporter) -> &str {
    match (kind, exporter) {
        (Kind::Histogram, Exporter::Newer) => family.strip_suffix("_ratio").unwrap_or(family),
        _ => family,
    }
}

/// Each series' name, with the part of a histogram that it is (`_bucket`, `_sum`, `_count`, or "").
pub(crate) fn series(family: &str, kind: Kind, exporter: Exporter) -> Vec<(String, &'static str)> {
    let base = base(family, kind, exporter);
    let parts: &[&str] = match kind {
        Kind::Histogram => &["_bucket", "_sum", "_count"],
        Kind::Counter | Kind::Gauge => &[""],
    };
    parts
        .iter()
        .map(|part| (format!("{base}{part}"), *part))
        .collect()
}
