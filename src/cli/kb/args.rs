//! Defines the command lines of `copilot kb`.

use crate::cli::arguments::output;
use clap::{Arg, ArgAction, Command, value_parser};
use std::path::PathBuf;

/// The AWS region of the deployment.
pub(super) const DEFAULT_REGION: &str = "eu-west-1";

/// `copilot kb`.
pub(crate) fn command() -> Command {
    Command::new("kb")
        .about("Upload the documents of the knowledge base and ingest them into Bedrock")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(sync())
        .subcommand(start_ingestion())
        .subcommand(status())
        .subcommand(list_jobs())
}

fn sync() -> Command {
    Command::new("sync")
        .about("Upload all Markdown files of a folder to the bucket, under their relative paths")
        .after_help(
            "Examples:\n  \
             copilot kb sync --bucket my-docs --source runbooks\n  \
             copilot kb sync -b my-docs -s runbooks --delete --dry-run",
        )
        .arg(
            Arg::new("bucket")
                .long("bucket")
                .short('b')
                .value_name("NAME")
                .required(true)
                .help("The bucket of the knowledge base"),
        )
        .arg(
            Arg::new("source")
                .long("source")
                .short('s')
                .value_name("FOLDER")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .value_hint(clap::ValueHint::DirPath)
                .help("The folder with the Markdown files"),
        )
        .arg(flag(
            "delete",
            "Delete Markdown files of the bucket that are not in the folder; asks first",
        ))
        .arg(flag("yes", "Delete without asking").short('y'))
        .arg(flag(
            "dry-run",
            "Print what would be done, and change nothing",
        ))
        .arg(region())
        .arg(output())
}

fn start_ingestion() -> Command {
    Command::new("start-ingestion")
        .about("Start a job that ingests the bucket into the knowledge base")
        .after_help(
            "Examples:\n  \
             copilot kb start-ingestion --kb-id KB12345678 --ds-id DS12345678\n  \
             copilot kb start-ingestion -k KB12345678 -d DS12345678 --wait",
        )
        .arg(kb_id())
        .arg(ds_id().short('d').required(true))
        .arg(flag(
            "wait",
            "Wait for the job to end; exit code 1 unless it succeeds",
        ))
        .arg(region())
        .arg(output())
}

fn status() -> Command {
    Command::new("status")
        .about("Show the knowledge base, or an ingestion job with its counts")
        .after_help(
            "Examples:\n  \
             copilot kb status --kb-id KB12345678\n  \
             copilot kb status -k KB12345678 -j JOB1234567",
        )
        .arg(kb_id())
        .arg(
            Arg::new("job-id")
                .long("job-id")
                .short('j')
                .value_name("ID")
                .help("Show this job instead of the knowledge base"),
        )
        .arg(
            ds_id()
                .short('d')
                .requires("job-id")
                .help("The data source of the job; optional if there is only one"),
        )
        .arg(region())
        .arg(output())
}

fn list_jobs() -> Command {
    Command::new("list-jobs")
        .about("List the jobs of a data source, newest first")
        .after_help("Example:\n  copilot kb list-jobs -k KB12345678 -d DS12345678 --limit 3")
        .arg(kb_id())
        .arg(ds_id().short('d').required(true))
        .arg(
            Arg::new("limit")
                .long("limit")
                .short('l')
                .value_name("COUNT")
                .default_value("10")
                .value_parser(value_parser!(u32).range(1..))
                .help("The maximum number of jobs"),
        )
        .arg(region())
        .arg(output())
}

fn kb_id() -> Arg {
    Arg::new("kb-id")
        .long("kb-id")
        .short('k')
        .value_name("ID")
        .required(true)
        .help("The id of the knowledge base")
}

fn ds_id() -> Arg {
    Arg::new("ds-id")
        .long("ds-id")
        .value_name("ID")
        .help("The id of the data source")
}

fn region() -> Arg {
    Arg::new("region")
        .long("region")
        .short('r')
        .value_name("REGION")
        .default_value(DEFAULT_REGION)
        .help("The AWS region")
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}
