//! How the server's OpenTelemetry exporter for Prometheus names metrics.

/// What kind of metric it is, as the server's code defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Times, in milliseconds.
    Timer,
    /// Sizes, in bytes.
    Bytes,
    /// Numbers of things (unit `1`).
    Dimensionless,
    /// Not from the server: a histogram that is named in full already.
    Histogram,
}

impl Kind {
    /// From the second column of the tables.
    pub fn of(word: &str) -> Self {
        match word
            .rsplit('/')
            .next()
            .unwrap_or(word)
            .trim_end_matches('?')
        {
            "Counter" | "counter" => Self::Counter,
            "Gauge" | "gauge" => Self::Gauge,
            "Timer" => Self::Timer,
            "BytesHistogram" => Self::Bytes,
            "DimensionlessHistogram" => Self::Dimensionless,
            "histogram" => Self::Histogram,
            other => panic!("there is no kind of metric {other}"),
        }
    }

    /// True if it has buckets.
    pub fn is_histogram(self) -> bool {
        !matches!(self, Self::Counter | Self::Gauge)
    }
}

/// Which naming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exporter {
    /// The server's, `exporters/prometheus` v0.56: a unit of `1` is `_ratio`.
    Now,
    /// Later ones, on `otlptranslator`: `_ratio` is for gauges alone.
    Newer,
}

/// The name without the part of a histogram.
pub fn base(name: &str, kind: Kind, exporter: Exporter) -> String {
    let with = |suffix: &str| {
        if name.ends_with(suffix) {
            name.to_owned()
        } else {
            format!("{name}{suffix}")
        }
    };
    match (kind, exporter) {
        (Kind::Counter, _) => with("_total"),
        (Kind::Gauge | Kind::Histogram, _) | (Kind::Dimensionless, Exporter::Newer) => {
            name.to_owned()
        }
        (Kind::Timer, _) => with("_milliseconds"),
        (Kind::Bytes, _) => with("_bytes"),
        (Kind::Dimensionless, Exporter::Now) => with("_ratio"),
    }
}

/// Each series' name, with the part of a histogram that it is (`_bucket`, `_sum`, `_count`, or "").
pub fn series(name: &str, kind: Kind, exporter: Exporter) -> Vec<(String, &'static str)> {
    let base = base(name, kind, exporter);
    let parts: &[&str] = if kind.is_histogram() {
        &["_bucket", "_sum", "_count"]
    } else {
        &[""]
    };
    parts
        .iter()
        .map(|part| (format!("{base}{part}"), *part))
        .collect()
}
