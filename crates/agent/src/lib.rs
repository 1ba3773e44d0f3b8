//! The Temporal SRE Copilot: a worker that watches a Temporal cluster, and an API that says what it
//! saw.
//!
//! Rules decide what state the cluster is in ([`health`], [`signals`]); a model may word the
//! explanation ([`explain`]); Grafana only shows.

#![forbid(unsafe_code)]

pub mod api;
pub mod config;
pub mod error;
pub mod explain;
pub mod health;
pub mod healthcheck;
pub mod signals;
pub mod sources;
pub mod stop;
pub mod store;
pub mod telemetry;
pub mod worker;
