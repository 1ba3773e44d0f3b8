//! The fixed part of the command line: `copilot`, `dev`, `db`, `kb`, `help`.

use super::arguments::{HELP_TOPICS, print_help, repo};
use super::{complete, db, exit_codes, kb, show};
use crate::fault::{Error, Result, did_you_mean};
use clap::{Arg, ArgAction, Command, value_parser};
use std::ffi::OsString;

/// The definition of `copilot` with its commands.
pub(super) fn program() -> Command {
    Command::new("copilot")
        .about("Run the Temporal SRE Copilot's development environment from editable recipes")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(dev())
        .subcommand(db::command())
        .subcommand(kb::command())
        .subcommand(complete::completions())
        .subcommand(complete::complete())
        .subcommand(
            Command::new("help")
                .about("Show the help of a command, or the topic exit-codes")
                .arg(Arg::new("topic").help("A command or a topic")),
        )
}

/// `copilot dev`, whose verbs are known only once the recipes are read.
pub(super) fn dev() -> Command {
    Command::new("dev")
        .about("Run the development environment: each verb is a recipe in recipes/")
        .allow_external_subcommands(true)
        .external_subcommand_value_parser(value_parser!(OsString))
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(repo())
        .arg(
            Arg::new("help")
                .long("help")
                .short('h')
                .action(ArgAction::SetTrue)
                .help("Print help"),
        )
}

/// `copilot help [TOPIC]`.
pub(super) fn help(program: &mut Command, topic: Option<&str>) -> Result<u8> {
    match topic {
        None => print_help(program),
        Some("exit-codes") => show::answer(exit_codes::EXIT_CODES_HELP),
        Some("dev") => return super::dev::help_of_group("", None),
        Some(name @ ("db" | "kb")) => {
            program.build();
            if let Some(command) = program.find_subcommand_mut(name) {
                print_help(command);
            }
        }
        Some(other) => {
            let hint = did_you_mean(other, HELP_TOPICS)
                .unwrap_or_else(|| format!("topics are {}", HELP_TOPICS.join(", ")));
            return Err(Error::usage(
                format!("there is no help for `{other}`"),
                Some(hint),
            ));
        }
    }
    Ok(0)
}
