//! The agent's own metrics and log.

mod log;
mod metrics;

pub use {
    log::{Severity, event},
    metrics::{Metrics, expose},
};
