//! What is asked of Prometheus (Mimir) about a cluster, and where it starts to count.

mod measured;
mod table;
mod thresholds;

pub use {
    measured::{BACKGROUND_PREFIX, Measured, Reading, ServiceReading},
    table::{BACKGROUND, Kind, SERVICES, SIGNALS, Signal, signal},
    thresholds::Thresholds,
};
