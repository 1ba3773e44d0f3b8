//! Uploads many files concurrently, deletes what is gone, and reports what was done.

use crate::cancel::Cancel;
use crate::error::Error;
use crate::local::LocalFile;
use crate::memory::MemoryBudget;
use crate::survey::Survey;
use crate::upload::{Outcome, Uploader};
use tokio::task::JoinSet;

/// S3 accepts thousands; more than this gains nothing on a home connection.
const CONCURRENT_FILES: usize = 32;

/// Options of [`sync`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Delete the Markdown objects that the folder does not have.
    pub delete: bool,
    /// Compare, and change nothing.
    pub dry_run: bool,
}

/// How far a [`sync`] has got.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Files that are done, failed ones too.
    pub done: usize,
    /// Files in all.
    pub total: usize,
    /// Bytes sent.
    pub bytes: u64,
}

/// What [`sync`] did, each list sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Keys of uploaded files; in a dry run, of those that would be.
    pub uploaded: Vec<String>,
    /// Files whose content the bucket already had.
    pub unchanged: usize,
    /// Keys of deleted objects; in a dry run, of those that would be.
    pub deleted: Vec<String>,
    /// Objects that should have been deleted and, as far as is known, were not: a file had failed
    /// before, or the sync was cancelled.
    pub kept: usize,
    /// Keys of files that failed, with the error.
    pub failed: Vec<(String, Error)>,
    /// Bytes sent.
    pub bytes: u64,
    /// Whether it was cancelled before its end.
    pub stopped: bool,
    /// Files that were not processed: the sync was cancelled, or all of them would have failed in
    /// the same way.
    pub left: usize,
}

/// Uploads what differs and, if asked, deletes what the folder no longer has.
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
        memory: MemoryBudget::new(),
        cancel: cancel.clone(),
        dry_run: options.dry_run,
    };
    let mut waiting = files.into_iter();
    let mut running: JoinSet<(LocalFile, Result<Outcome, Error>)> = JoinSet::new();
    let mut hopeless = false;
    loop {
        while running.len() < CONCURRENT_FILES && !hopeless && !cancel.is_asked() {
            let Some(file) = waiting.next() else { break };
            let object = remote.remove(&file.key);
            let uploader = uploader.clone();
            running.spawn(async move {
                let outcome = uploader.file(&file, object.as_ref()).await;
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
