//! The state of a cluster, and the rules by which it changes. Pure: no clock, no I/O.

mod limits;
mod machine;
mod memory;
mod starts;
mod state;

pub use {
    limits::{EASING_FACTOR, Level, Limits},
    machine::{
        CRITICAL_AFTER_READINGS, EASED_AFTER_READINGS, HAPPY_AFTER_READINGS, KNOWN_AFTER_READINGS,
        Machine, STRESSED_AFTER_READINGS,
    },
    memory::{ISSUE_AFTER_READINGS, Judged, Memory, SignalLevel, Trouble},
    starts::{RESTART_LIMIT, RESTART_WINDOW, SETTLING_TIME, Starts, is_settling},
    state::State,
};
