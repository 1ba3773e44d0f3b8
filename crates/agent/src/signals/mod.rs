//! The signals of a cluster: their Prometheus queries, limits and readings.

mod measured;
mod table;
mod thresholds;

pub use {
    measured::{BACKGROUND_PREFIX, Measured, Reading, ServiceReading},
    table::{BACKGROUND_FAILURES_QUERY, Kind, SERVICES, SIGNALS, Signal, signal},
    thresholds::Thresholds,
};
