//! `copilot kb sync`: uploads documents and deletes old ones.

use super::text::{count, wants_json};
use super::{ask, bar::Bar, report, runtime};
use crate::cli::show;
use crate::fault::{Error, Result};
use clap::ArgMatches;
use copilot_kb::{Options, Survey};
use std::path::PathBuf;

/// How many files are listed before the question.
const MAX_LISTED_FILES: usize = 10;

/// Whether to delete files of the bucket that are not in the folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delete {
    No,
    Ask,
    Yes,
}

struct Command {
    bucket: String,
    source: PathBuf,
    delete: Delete,
    dry_run: bool,
    json: bool,
}

/// Runs `copilot kb sync`.
pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let bucket = matches.get_one::<String>("bucket").cloned();
    let source = matches.get_one::<PathBuf>("source").cloned();
    let dry_run = matches.get_flag("dry-run");
    let command = Command {
        bucket: bucket.unwrap_or_default(),
        source: source.unwrap_or_default(),
        delete: if !matches.get_flag("delete") {
            Delete::No
        } else if matches.get_flag("yes") || dry_run {
            Delete::Yes
        } else {
            Delete::Ask
        },
        dry_run,
        json: wants_json(matches),
    };
    runtime::run(
        matches,
        |session| async move { command.run(&session).await },
    )
}

impl Command {
    async fn run(&self, session: &runtime::Session) -> Result<u8> {
        let survey = copilot_kb::survey(&session.config, &self.bucket, &self.source);
        let survey = session.wait(survey).await?;
        if let Some(error) = &survey.unlisted {
            if self.delete != Delete::No {
                return Err(runtime::failed(error));
            }
            show::say(&format!(
                "warning: {error}; uploading every file, since the bucket could not be listed"
            ));
        }
        let Some(delete) = self.deletes(&survey, session)? else {
            return Err(session.stopped());
        };
        let refused = self.delete == Delete::Ask && !delete;
        let refused = if refused { survey.gone.len() } else { 0 };
        let options = Options {
            delete,
            dry_run: self.dry_run,
        };
        let mut bar = Bar::new(!self.json);
        let mut progress = |progress| bar.show(progress);
        let mut done = copilot_kb::sync(survey, options, &session.cancel, &mut progress).await;
        drop(bar);
        done.kept += refused;
        if self.json {
            report::as_json(&done, &self.bucket, self.dry_run);
        } else {
            report::as_text(&done, self.dry_run);
        }
        if done.stopped {
            let stopped = session.stopped();
            // With JSON the report says it: the output must be one object.
            return if self.json {
                Ok(stopped.code())
            } else {
                Err(stopped)
            };
        }
        Ok(u8::from(!done.failed.is_empty()))
    }

    /// Whether to delete; `None` if a signal arrives instead of an answer.
    fn deletes(&self, survey: &Survey, session: &runtime::Session) -> Result<Option<bool>, Error> {
        let gone = survey.gone.len();
        match self.delete {
            Delete::No => Ok(Some(false)),
            Delete::Yes => Ok(Some(true)),
            Delete::Ask if gone == 0 => Ok(Some(false)),
            Delete::Ask => {
                for key in survey.gone.iter().take(MAX_LISTED_FILES) {
                    show::say(&format!("  {key}"));
                }
                if gone > MAX_LISTED_FILES {
                    show::say(&format!("  and {} more", gone - MAX_LISTED_FILES));
                }
                let files = count(gone, "file");
                let question = format!("Delete {files} from {}?", self.bucket);
                ask::confirm(&question, session.signals())
            }
        }
    }
}
