//! Events that tell the caller what happens while a script is applied.

use std::time::Duration;

use crate::{Error, Statement};

/// The callback for events.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(Event<'_>) + Send);

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changed something, or may have.
    Applied,
    /// What it creates already existed, what it drops did not, or no row
    /// matched.
    Unchanged,
    /// It only queried (`SELECT`, `SHOW`…) or set something for the connection.
    Read,
}

/// What happens while a script is applied.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A statement is about to be sent.
    Started {
        /// Position in the script, from 1.
        index: usize,
        /// Statements in the script.
        total: usize,
        /// The statement itself.
        statement: &'a Statement,
    },
    /// An attempt failed; the next one follows after `pause`.
    Retrying {
        /// The statement that is retried.
        statement: &'a Statement,
        /// The number of the failed attempt, from 1.
        attempt: u32,
        /// Time until the next attempt.
        pause: Duration,
        /// Why the attempt failed.
        error: &'a Error,
    },
    /// The server said something about a statement, such as what it skipped.
    Notice {
        /// The statement.
        statement: &'a Statement,
        /// `NOTICE`, `WARNING`, `INFO`…
        severity: &'a str,
        /// What it said.
        message: &'a str,
    },
    /// A statement is done.
    Finished(Applied<'a>),
    /// The statements are done, but an index that one of them creates is still
    /// being built.
    WaitingForIndex {
        /// The statement that creates the index.
        statement: &'a Statement,
        /// The job's id in `sys.jobs`.
        job: &'a str,
    },
}

/// A statement that is done.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// Position in the script, from 1.
    pub index: usize,
    /// Statements in the script.
    pub total: usize,
    /// The statement itself.
    pub statement: &'a Statement,
    /// What it did.
    pub effect: Effect,
    /// Duration of all attempts and the pauses between them.
    pub took: Duration,
}
