//! The Temporal SRE Copilot: a worker that observes a Temporal cluster, and an API that serves its
//! observations.
//!
//! Rules decide which state the cluster is in ([`health`], [`signals`]). A model may write the
//! explanation ([`explain`]), but never sets the state.

pub mod api;
pub mod config;
pub mod error;
pub mod explain;
pub mod health;
pub mod healthcheck;
pub mod signals;
pub mod sources;
mod stop;
pub mod store;
pub mod telemetry;
pub mod worker;
