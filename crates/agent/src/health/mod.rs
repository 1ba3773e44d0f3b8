//! The state of a cluster, and the rules by which it changes. Pure: no clock, no network.

mod limits;
mod machine;
mod memory;
mod starts;
mod state;

pub use {
    limits::{EASE, Level, Limits},
    machine::{CRITICAL_AFTER, EASED_AFTER, HAPPY_AFTER, KNOWN_AFTER, Machine, STRESSED_AFTER},
    memory::{Judged, Memory, Sight, TROUBLE_AFTER, Trouble},
    starts::{SETTLES_WITHIN, STARTS, STARTS_WITHIN, Starts, settles},
    state::State,
};
