//! `copilot db`: manages the Copilot's state store, an Aurora DSQL cluster. Needs no repository.

mod answer;
mod cluster;
mod connection;
mod schema;
mod tables;
mod work;

use super::show;
use crate::fault::Result;
use clap::{ArgMatches, Command};
use cluster::Cluster;
use work::Work;

/// The command line of `copilot db`.
pub(super) fn command() -> Command {
    Command::new("db")
        .about("Set up and inspect the Copilot's database, an Aurora DSQL cluster")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(subcommand(
        "setup-schema",
        "Apply the Copilot's schema. Idempotent: existing objects are kept",
        ))
        .subcommand(subcommand(
        "check-connection",
        "Connect and print the server's version",
        ))
        .subcommand(subcommand(
        "list-tables",
        "List the tables of the schema `public` with their row counts",
        ))
        .after_help(
            "Credentials come from the AWS default chain: environment, profile, SSO, container, instance.\n\n\
             Examples:\n  \
             copilot db check-connection -e abc.dsql.eu-west-1.on.aws -d postgres\n  \
             AWS_PROFILE=prod copilot db setup-schema -e abc.dsql.eu-west-1.on.aws -d postgres",
        )
}

fn subcommand(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .args(cluster::options())
        .arg(super::arguments::output())
        .after_help(format!(
            "Example:\n  copilot db {name} --endpoint abc.dsql.eu-west-1.on.aws --database postgres"
        ))
}

/// Runs `copilot db` and gives the exit code.
pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let Some((name, matches)) = matches.subcommand() else {
        return Ok(0);
    };
    let cluster = Cluster::read(matches)?;
    let work = Work::begin()?;
    let answer = match name {
        "setup-schema" => schema::set_up(&cluster, &work)?,
        "check-connection" => connection::check(&cluster, &work)?,
        _ => tables::list(&cluster, &work)?,
    };
    if matches.get_one::<String>("output").map(String::as_str) == Some("json") {
        show::answer(&format!("{:#}", answer.json(&cluster)));
    } else {
        show::answer(&answer.text);
    }
    Ok(0)
}
