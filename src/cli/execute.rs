//! Runs one recipe from start to report.

use super::signals::listen;
use super::verb::Request;
use super::{select, show};
use crate::check::{explain, find};
use crate::fault::{Error, Failure, Kind, Result};
use crate::primitives::{Functions, new_engine, returned_keys};
use crate::process::{Stop, Token, clear_run, poll_signals};
use crate::recipe::{Compiled, Header, RecipeName, Source, compile};
use crate::run::{Event, Format, Frame, Level, Reporter, Run, enter, render_report};
use rhai::{AST, Dynamic, Engine, EvalAltResult};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

/// Runs the recipe `name`, prints the report and any error, and returns the exit code.
pub(super) fn run(
    root: &Path,
    name: &RecipeName,
    source: &Source,
    header: &Header,
    request: Request,
) -> Result<u8> {
    let token = Arc::new(Token::default());
    let reporter = Arc::new(Reporter::new(
        request.format,
        request.quiet,
        request.verbose,
    ));
    let run = Arc::new(Run::new(
        root.to_owned(),
        name.to_string(),
        request.params,
        request.options,
        reporter,
        Arc::clone(&token),
        find,
    ));
    for warning in &request.warnings {
        run.reporter.message(Level::Warning, warning);
    }
    // Never dropped: the process ends after the run, and dropping the engine takes time.
    let engine = ManuallyDrop::new(new_engine(&run, Functions::for_recipe(header)));
    let compiled = prepare(&engine, &run, source, header, request.values)?;
    listen(token)?;
    Ok(run_prepared(&engine, &run, name, source, compiled))
}

/// Compiles and checks the recipe, and the steps named on the command line.
pub(super) fn prepare(
    engine: &Engine,
    run: &Run,
    source: &Source,
    header: &Header,
    values: Vec<Dynamic>,
) -> Result<Compiled> {
    let compiled = compile(engine, &run.root, source, &header.params, values, find)
        .map_err(|diagnostic| Error::Recipe(Box::new(diagnostic)))?;
    select::check(engine, &compiled.ast, source, run)?;
    Ok(compiled)
}

/// Runs the prepared recipe, prints the report and any error, and returns the exit code.
pub(super) fn run_prepared(
    engine: &Engine,
    run: &Run,
    name: &RecipeName,
    source: &Source,
    mut compiled: Compiled,
) -> u8 {
    run.begin();
    let result = {
        let _frame = enter(Frame {
            token: Arc::clone(&run.token),
            ..Frame::default()
        });
        engine.run_ast_with_scope(&mut compiled.scope, &compiled.ast)
    };
    let is_interrupted = || matches!(run.token.stop(), Some(Stop::Interrupt(_)));
    poll_signals();
    if is_interrupted() {
        clear_run();
    }
    run.run_deferred(engine);
    if is_interrupted() {
        clear_run();
    }
    let error = outcome(run, engine, source, &compiled.ast, result).err();
    run.unlock_checkout();
    finish(run, name, error.as_ref())
}

/// Converts the end of the script to a result.
fn outcome(
    run: &Run,
    engine: &Engine,
    source: &Source,
    ast: &AST,
    result: Result<(), Box<EvalAltResult>>,
) -> Result<()> {
    poll_signals();
    if let Some(Stop::Interrupt(interrupt)) = run.token.stop() {
        return Err(Error::Interrupted(interrupt));
    }
    let Err(error) = result else {
        return select::check_after_run(engine, ast, source, run);
    };
    let keys = returned_keys();
    let file = Some(source.file.as_str());
    let at = Box::new(explain(&error, engine, &keys, &run.root, file));
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
        return Err(Error::Recipe(at));
    };
    let failure = Failure::from_thrown(value);
    match failure.kind {
        Kind::Recipe => Err(Error::Recipe(at)),
        Kind::Steps => {
            let reports = run.reports();
            let failed = reports
                .iter()
                .filter(|report| report.counts_as_failed())
                .count();
            Err(Error::Steps {
                failed,
                total: reports.len(),
            })
        }
        _ => Err(Error::Failed {
            failure: Box::new(failure),
            at,
        }),
    }
}

/// Prints the report, the error and the last event, and returns the exit code.
fn finish(run: &Run, name: &RecipeName, error: Option<&Error>) -> u8 {
    let code = error.map_or(0, Error::code);
    let time = run.started.elapsed();
    let report = render_report(&name.verb(), &run.reports(), time, run.reporter.quiet());
    if !report.is_empty() {
        run.reporter.text(report.trim_end());
    }
    for step in run.reports() {
        if let Some((failure, at)) = &step.failure {
            let kind = if step.allowed { "warning" } else { "error" };
            let hint = failure.hint.iter().map(|hint| format!("\nhint: {hint}"));
            let hint: String = hint.collect();
            let message = format!("step {} failed: {}{hint}", step.id, failure.message);
            let place = at.places().into_iter().next();
            run.reporter.annotate(kind, place.as_deref(), &message);
        }
    }
    if let Some(error) = error
        && run.reporter.format() == Format::Text
    {
        let text = show::text(error, Some(&run.root));
        if !report.is_empty() && !text.is_empty() {
            run.reporter.text("");
        }
        if !text.is_empty() {
            run.reporter.text(&text);
        }
    }
    run.reporter.event(&Event::RunFinished {
        code,
        seconds: time.as_secs_f64(),
        error: error.map(ToString::to_string).as_deref(),
        hint: error.and_then(Error::hint),
        place: error.and_then(Error::place),
    });
    code
}
