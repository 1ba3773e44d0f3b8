//! What the agent says of itself: metrics and a log.

mod log;
mod metrics;

pub use {
    log::{Severity, event},
    metrics::{Metrics, expose},
};
