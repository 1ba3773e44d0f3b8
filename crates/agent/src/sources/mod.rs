//! The sources of observations: Prometheus (Mimir) and Loki.

mod http;
mod loki;
mod prometheus;

pub use {
    http::Http,
    loki::{LOG_PATTERNS, LogFinding, Loki, Pattern},
    prometheus::{Prometheus, queries},
};
