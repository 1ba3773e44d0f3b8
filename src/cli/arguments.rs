//! Arguments that several commands share, and how a command line is parsed.

use crate::fault::{Error, Result};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::ffi::OsString;
use std::path::PathBuf;

/// Topics of `copilot help`, besides commands.
pub const TOPICS: [&str; 4] = ["dev", "db", "kb", "exit-codes"];

/// `--repo`.
pub fn repo() -> Arg {
    Arg::new("repo")
        .long("repo")
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .help("The repository whose recipes/ to use, instead of the nearest above")
}

/// `--output`, of commands that answer a question.
pub fn output() -> Arg {
    Arg::new("output")
        .long("output")
        .value_name("FORMAT")
        .value_parser(["text", "json"])
        .default_value("text")
        .help("Text, or JSON")
}

/// Parses `args` with `command`; help and version are printed and end as errors with code 0.
pub fn parse(command: &mut Command, args: Vec<OsString>) -> Result<ArgMatches> {
    command
        .try_get_matches_from_mut(args)
        .map_err(|error| Error::Arguments(Box::new(error)))
}

/// Prints the help of `command`; a reader that has gone away does not want it any more.
pub fn print_help(command: &mut Command) {
    let _gone = command.print_help();
}
