//! The sources of observations: Prometheus (Mimir) and Loki.

mod http;
mod loki;
mod prometheus;

pub use {
    http::Http,
    loki::{LogFinding, Loki, PATTERNS, Pattern},
    prometheus::{Prometheus, queries},
};
