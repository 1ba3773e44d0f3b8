//! What every integration test stands on: a repository of its own, the built binary, an
//! environment with nothing in it, and exact output.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test file uses the part of the harness that it needs"
)]

pub mod alloy;
pub mod chain;
pub mod completing;
mod docker;
pub mod document;
pub mod findings;
pub mod gates;
mod live;
mod ports;
mod processes;
pub mod rendering;
mod repo;
mod run;
mod servers;
mod shell;
mod skipped;
pub mod stack;
pub mod stage;
mod terminal;
mod text;

pub use docker::{
    Away, Docker, compose_plugin, docker, find, has_compose, lock, path_of, succeeds,
};
pub use live::Live;
pub use nix::sys::signal::Signal;
pub use ports::free_port;
pub use processes::{Marker, eventually};
pub use repo::Repo;
pub use run::{Ended, Test};
pub use servers::Aws;
pub use shell::Shell;
pub use skipped::{allowed_to_be_skipped, skipped};
pub use terminal::Terminal;
pub use text::{plain, unindent};
