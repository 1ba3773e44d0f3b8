//! Applies a script: each statement in order, in a transaction of its own.

use std::time::Instant;

use crate::{
    ApplyOptions, ConnectOptions, Error, Statement, Target,
    event::{Applied, Effect, Event, Progress},
    jobs::Job,
    kind::Verb,
    parameter::Parameter,
    rows::Row,
    session::Session,
    split,
};

/// SQL to apply.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Any number of statements.
    pub sql: &'a str,
    /// Shown in errors, such as the name of the file.
    pub name: Option<&'a str>,
}

/// What a script did, as counts of its statements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Statements that changed something.
    pub applied: usize,
    /// Statements that had nothing to do.
    pub unchanged: usize,
    /// Statements that only queried or set something.
    pub read: usize,
    /// Failed attempts that were followed by another.
    pub retried: usize,
    /// Rows of the last statement that returns rows. Values are typed: see the
    /// README of this crate.
    pub rows: Vec<Row>,
}

/// Applies a script over one connection, each statement in order in a
/// transaction of its own, and stops at the first that fails. Statements
/// before it stay applied; to continue, apply the script again.
///
/// When `cancel` resolves, the server is asked for at most a second to cancel
/// the running statement, and the result is [`Error::Cancelled`]. Dropping the
/// future closes the connection without asking.
pub async fn apply(
    target: &Target,
    connect: &ConnectOptions,
    script: Script<'_>,
    options: &ApplyOptions,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
    cancel: impl Future<Output = ()>,
) -> Result<Outcome, Error> {
    let statements = parse(script, &options.parameters)?;
    if options.transaction && target.is_dsql() {
        return Err(Error::Config(
            "Aurora DSQL runs each statement of a script in a transaction of its own".into(),
        ));
    }
    let mut session = Session::new(target, connect, options, script.name);
    tokio::select! {
        biased;
        () = cancel => {}
        outcome = run(&mut session, &statements, options, progress) => return outcome,
    }
    session.cancel().await;
    Err(Error::Cancelled)
}

/// Splits the script and rejects statements that cannot run, before any runs.
fn parse(script: Script<'_>, parameters: &[Parameter]) -> Result<Vec<Statement>, Error> {
    let named = |error| match error {
        Error::Syntax { mut place, reason } => {
            place.file = script.name.map(Into::into);
            Error::Syntax { place, reason }
        }
        other => other,
    };
    let mut statements = split(script.sql).map_err(named)?;
    let mut used = vec![false; parameters.len()];
    for statement in &mut statements {
        statement.check().map_err(named)?;
        if !parameters.is_empty() {
            statement.bind(parameters, &mut used).map_err(named)?;
        }
    }
    if let Some(unused) = used.iter().position(|used| !used) {
        let number = unused + 1;
        return Err(Error::Config(format!(
            "no statement uses the parameter ${number}"
        )));
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
    if options.transaction {
        session.begin().await?;
    }
    for (statement, index) in statements.iter().zip(1..) {
        if statement.kind.needs_index {
            wait_for(session, &mut jobs, progress).await?;
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
            jobs.extend(Job::started_by(statement, &done.reply));
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
    // The server runs the jobs concurrently, so they are awaited last.
    wait_for(session, &mut jobs, progress).await?;
    if options.transaction {
        session.commit().await?;
    }
    outcome.retried = session.retried;
    Ok(outcome)
}

async fn wait_for(
    session: &mut Session<'_>,
    jobs: &mut Vec<Job<'_>>,
    progress: Progress<'_>,
) -> Result<(), Error> {
    for job in jobs.drain(..) {
        job.wait(session, progress).await?;
    }
    Ok(())
}
