//! Many files side by side, and what came of them.

use crate::error::Error;
use crate::local::LocalFile;
use crate::survey::Survey;
use crate::upload::{MEMORY, Uploader};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Uploads side by side. S3 takes thousands; more than this gains nothing on a home connection.
const JOBS: usize = 32;

/// A request to stop, from outside.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Receiver<bool>);

impl Cancel {
    /// Stops once `receiver` sees `true`.
    #[must_use]
    pub fn new(receiver: watch::Receiver<bool>) -> Self {
        Self(receiver)
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the request; for ever if nobody can make it any more.
    pub async fn asked(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was sent, with so many bytes; in a dry run, it would be.
    Uploaded(u64),
    /// The bucket has the same content.
    Unchanged,
}

/// What [`sync`] is to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Delete the Markdown objects that the folder does not have.
    pub delete: bool,
    /// Compare, and change nothing.
    pub dry_run: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Files that are done, failed ones too.
    pub done: usize,
    /// All files.
    pub total: usize,
    /// Bytes that were sent.
    pub bytes: u64,
}

/// What [`sync`] did, each list sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Sent; in a dry run, what would be.
    pub uploaded: Vec<String>,
    /// Files that the bucket had already.
    pub unchanged: usize,
    /// Deleted; in a dry run, what would be.
    pub deleted: Vec<String>,
    /// Files that were to be deleted and, as far as is known, were not: another file had failed
    /// before, or it was asked to stop.
    pub kept: usize,
    /// What failed, and why.
    pub failed: Vec<(String, Error)>,
    /// Bytes that were sent.
    pub bytes: u64,
    /// True if it was asked to stop before its end.
    pub stopped: bool,
    /// Files that were not looked at, as it stopped or as they would all have failed alike.
    pub left: usize,
}

/// Makes the bucket hold what the folder holds.
pub async fn sync(
    survey: Survey,
    options: Options,
    cancel: &Cancel,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Report {
    let Survey {
        files,
        gone,
        failed,
        mut remote,
        bucket,
        ..
    } = survey;
    let total = files.len();
    let mut report = Report {
        failed,
        ..Report::default()
    };
    let uploader = Uploader {
        bucket,
        memory: Arc::new(Semaphore::new(MEMORY)),
        cancel: cancel.clone(),
        dry_run: options.dry_run,
    };
    let mut waiting = files.into_iter();
    let mut running: JoinSet<(LocalFile, Result<Outcome, Error>)> = JoinSet::new();
    let mut hopeless = false;
    loop {
        while running.len() < JOBS && !hopeless && !cancel.is_asked() {
            let Some(file) = waiting.next() else { break };
            let there = remote.remove(&file.key);
            let uploader = uploader.clone();
            running.spawn(async move {
                let outcome = uploader.file(&file, there.as_ref()).await;
                (file, outcome)
            });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        match ended {
            Ok((file, Ok(Outcome::Uploaded(bytes)))) => {
                report.uploaded.push(file.key);
                report.bytes += bytes;
            }
            Ok((_, Ok(Outcome::Unchanged))) => report.unchanged += 1,
            Ok((_, Err(Error::Stopped))) => report.left += 1,
            Ok((file, Err(error))) => {
                hopeless |= error.is_general();
                report.failed.push((file.key, error));
            }
            Err(panic) => report.failed.push((
                "a task".to_owned(),
                Error::Unusable {
                    message: panic.to_string(),
                    hint: "this is a bug".to_owned(),
                },
            )),
        }
        progress(Progress {
            done: report.uploaded.len() + report.unchanged + report.failed.len(),
            total,
            bytes: report.bytes,
        });
    }
    report.left += waiting.count();
    report.stopped = cancel.is_asked();
    if options.delete {
        let may = report.failed.is_empty() && report.left == 0 && !report.stopped;
        if may && options.dry_run {
            report.deleted = gone;
        } else if may {
            report.kept = gone.len();
            (report.deleted, report.failed) = uploader.bucket.delete(&gone, cancel).await;
            report.kept -= report.deleted.len() + report.failed.len();
            report.stopped = cancel.is_asked();
        } else {
            report.kept = gone.len();
        }
    }
    report.uploaded.sort();
    report.failed.sort_by(|a, b| a.0.cmp(&b.0));
    report
}
