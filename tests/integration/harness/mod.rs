//! What every integration test stands on: a repository of its own, the built binary, an
//! environment with nothing in it, and exact output.

pub(crate) mod alloy;
pub(crate) mod chain;
pub(crate) mod completing;
mod docker;
pub(crate) mod document;
pub(crate) mod findings;
pub(crate) mod gates;
mod live;
pub(crate) mod lock;
mod ports;
#[path = "../../../crates/dsql/tests/support/mod.rs"]
pub(crate) mod postgres;
mod processes;
pub(crate) mod rendering;
mod repo;
mod run;
mod servers;
mod shell;
mod signals;
pub(crate) mod stack;
pub(crate) mod stage;
mod terminal;
mod text;

pub(crate) use docker::{
    Away, Docker, compose_plugin, docker, find, has_compose, path_of, succeeds,
};
pub(crate) use live::Live;
pub(crate) use nix::sys::signal::Signal;
pub(crate) use ports::free_port;
pub(crate) use processes::{Marker, eventually};
pub(crate) use repo::{Repo, one};
pub(crate) use run::{Ended, Test, dry_run, refused};
pub(crate) use servers::Aws;
pub(crate) use shell::Shell;
// Every test of the workspace says in one way what it skipped.
pub(crate) use postgres::skipped::{allowed_to_be_skipped, skipped};
pub(crate) use signals::default_signals;
pub(crate) use terminal::Terminal;
pub(crate) use text::{assert_contains, assert_ends_with, assert_starts_with, plain, unindent};
