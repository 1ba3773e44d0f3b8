//! `copilot kb`: manages the documents of the knowledge base. Needs no repository.

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

pub(super) use args::command;

/// Runs `copilot kb`.
pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    match matches.subcommand() {
        Some(("sync", matches)) => sync::run(matches),
        Some(("start-ingestion", matches)) => ingestion::run(matches),
        Some(("status", matches)) => jobs::status(matches),
        Some(("list-jobs", matches)) => jobs::list(matches),
        // clap requires a subcommand.
        _ => Ok(2),
    }
}
