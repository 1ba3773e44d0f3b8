//! Arguments that several commands share, and parsing of command lines.

use crate::fault::{Error, Result};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::ffi::OsString;
use std::path::PathBuf;

/// The topics of `copilot help`.
pub(super) const HELP_TOPICS: [&str; 4] = ["dev", "db", "kb", "exit-codes"];

/// `--repo`.
pub(super) fn repo() -> Arg {
    Arg::new("repo")
        .long("repo")
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .help("Use the recipes/ of this repository [default: the nearest one at or above the working directory]")
}

/// `--output`, for commands that print one result.
pub(super) fn output() -> Arg {
    Arg::new("output")
        .long("output")
        .value_name("FORMAT")
        .value_parser(["text", "json"])
        .default_value("text")
        .help("Print text or JSON")
}

/// Parses `args` with `command`. Help and version are errors with exit code 0.
pub(super) fn parse(command: &mut Command, args: Vec<OsString>) -> Result<ArgMatches> {
    command
        .try_get_matches_from_mut(args)
        .map_err(|error| Error::Arguments(Box::new(error)))
}

/// Prints the help of `command`; a closed pipe is not an error.
pub(super) fn print_help(command: &mut Command) {
    let _pipe_closed = command.print_help();
}
