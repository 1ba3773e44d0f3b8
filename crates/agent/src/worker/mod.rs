//! The worker: three workflows on the Copilot's own Temporal cluster that never end.

mod activities;
mod assessment;
mod findings;
mod observation;
mod run;
mod temporal;
mod workflows;

pub use {
    observation::{Observation, Tick},
    run::run,
};
