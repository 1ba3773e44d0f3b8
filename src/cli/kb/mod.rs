//! `copilot kb`: the documents of the knowledge base. Nothing of `copilot dev` is needed here.

mod args;
mod ask;
mod bar;
mod ingestion;
mod jobs;
mod report;
mod runtime;
mod sync;
mod text;

use crate::fault::Result;
use clap::ArgMatches;

pub use args::command;

/// Runs `copilot kb`.
pub fn run(matches: &ArgMatches) -> Result<u8> {
    match matches.subcommand() {
        Some(("sync", matches)) => sync::run(matches),
        Some(("start-ingestion", matches)) => ingestion::run(matches),
        Some(("status", matches)) => jobs::status(matches),
        Some(("list-jobs", matches)) => jobs::list(matches),
        // clap asks for one of them.
        _ => Ok(2),
    }
}
