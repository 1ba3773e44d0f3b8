//! The worker: three workflows that never end, on the Copilot's own Temporal cluster.

mod activities;
mod findings;
mod observation;
mod run;
mod temporal;
mod workflows;

pub use {
    observation::{Look, Observation},
    run::run,
};
