use std::time::{Duration, Instant};

use crate::{
    ApplyOptions, ConnectOptions, Error, Statement, Target,
    jobs::Job,
    kind::Verb,
    session::{Progress, Session},
    split,
};

pub use crate::rows::Row;

/// SQL to apply.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Any number of statements.
    pub sql: &'a str,
    /// The name that errors show, such as the file's.
    pub name: Option<&'a str>,
}

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changed something, or may have.
    Applied,
    /// What it makes was already there, what it drops was not, or no row
    /// matched.
    Unchanged,
    /// It only asked (`SELECT`, `SHOW`…) or set something for the connection.
    Read,
}

/// What happens while a script is applied.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A statement is about to be sent.
    Started {
        /// Its number, from 1.
        index: usize,
        /// How many there are.
        total: usize,
        /// Which.
        statement: &'a Statement,
    },
    /// A try failed; there will be another after `pause`.
    Retrying {
        /// Which.
        statement: &'a Statement,
        /// The number of the try that failed, from 1.
        attempt: u32,
        /// How long until the next.
        pause: Duration,
        /// How it failed.
        error: &'a Error,
    },
    /// A statement is done.
    Finished(Applied<'a>),
    /// The statements are done; an index that one of them asked for is not.
    WaitingForIndex {
        /// The statement that asked for it.
        statement: &'a Statement,
        /// The job's id in `sys.jobs`.
        job: &'a str,
    },
}

/// A statement that is done.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// Its number, from 1.
    pub index: usize,
    /// How many there are.
    pub total: usize,
    /// Which.
    pub statement: &'a Statement,
    /// What it did.
    pub effect: Effect,
    /// How long it took, with all its tries.
    pub took: Duration,
}

/// What a script did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Statements that changed something.
    pub applied: usize,
    /// Statements that had nothing to do.
    pub unchanged: usize,
    /// Statements that only asked or set something.
    pub read: usize,
    /// Tries that failed and were followed by another.
    pub retried: usize,
    /// Rows of the last statement that gives rows. Values are typed: see the
    /// README of this crate.
    pub rows: Vec<Row>,
}

/// Applies a script over one connection, each statement in a transaction of
/// its own, in order, up to the first that fails. What was applied before it
/// stays applied; applying the script again is how to carry on.
///
/// When `cancel` resolves, the server is asked to cancel what runs, for at
/// most a second, and the result is [`Error::Cancelled`]. Dropping the future
/// closes the connection without asking.
pub async fn apply(
    target: &Target,
    connect: &ConnectOptions,
    script: Script<'_>,
    options: &ApplyOptions,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
    cancel: impl Future<Output = ()>,
) -> Result<Outcome, Error> {
    let statements = read(script)?;
    let mut session = Session::new(target, connect, options, script.name);
    tokio::select! {
        biased;
        () = cancel => {}
        outcome = run(&mut session, &statements, options, progress) => return outcome,
    }
    session.cancel().await;
    Err(Error::Cancelled)
}

/// Splits, and refuses what cannot be run, before anything is run.
fn read(script: Script<'_>) -> Result<Vec<Statement>, Error> {
    let named = |error| match error {
        Error::Syntax { mut place, reason } => {
            place.file = script.name.map(Into::into);
            Error::Syntax { place, reason }
        }
        other => other,
    };
    let statements = split(script.sql).map_err(named)?;
    for statement in &statements {
        statement.check().map_err(named)?;
    }
    Ok(statements)
}

async fn run(
    session: &mut Session<'_>,
    statements: &[Statement],
    options: &ApplyOptions,
    progress: Progress<'_>,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let total = statements.len();
    for (statement, index) in statements.iter().zip(1..) {
        if statement.kind.needs_index {
            wait(session, &mut jobs, progress).await?;
        }
        progress(Event::Started {
            index,
            total,
            statement,
        });
        let started = Instant::now();
        let done = session
            .run(statement, options.statement_timeout, progress)
            .await?;
        let effect = match statement.kind.verb {
            Verb::Read | Verb::Set => Effect::Read,
            _ if done.unchanged => Effect::Unchanged,
            _ => Effect::Applied,
        };
        match effect {
            Effect::Applied => outcome.applied += 1,
            Effect::Unchanged => outcome.unchanged += 1,
            Effect::Read => outcome.read += 1,
        }
        if session.is_dsql() {
            jobs.extend(Job::of(statement, &done.reply));
        }
        if let (true, Some(rows)) = (statement.kind.has_rows, done.reply.rows) {
            outcome.rows = rows;
        }
        progress(Event::Finished(Applied {
            index,
            total,
            statement,
            effect,
            took: started.elapsed(),
        }));
    }
    // The jobs run side by side on the server, so they are waited for last.
    wait(session, &mut jobs, progress).await?;
    outcome.retried = session.retried;
    Ok(outcome)
}

async fn wait(
    session: &mut Session<'_>,
    jobs: &mut Vec<Job<'_>>,
    progress: Progress<'_>,
) -> Result<(), Error> {
    for job in jobs.drain(..) {
        job.wait(session, progress).await?;
    }
    Ok(())
}
