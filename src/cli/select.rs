//! Checks that the steps named by `--only` and `--skip` exist, before the run if possible.

use crate::check::{StepIds, step_ids};
use crate::fault::{Error, Failure, Result};
use crate::recipe::Source;
use crate::run::{Run, no_such_step};
use rhai::{AST, Engine};

/// Checks the names before the run against the literal ids in the recipe. If ids are computed, the
/// plan checks the names, provided that it is the only one.
pub(super) fn check(engine: &Engine, ast: &AST, source: &Source, run: &Run) -> Result<()> {
    let mut names = chosen(run).peekable();
    if names.peek().is_none() {
        return Ok(());
    }
    let StepIds {
        literal,
        complete,
        one_plan,
    } = step_ids(engine, ast, source);
    if !complete {
        run.expect_one_plan(one_plan);
        return Ok(());
    }
    names
        .find(|name| !literal.contains(name))
        .map_or(Ok(()), |name| Err(unknown(name, &literal)))
}

/// Checks after the run that each name was reported or is a literal id in the recipe, which may end
/// before its plan, for example because the user declined.
pub(super) fn check_after_run(
    engine: &Engine,
    ast: &AST,
    source: &Source,
    run: &Run,
) -> Result<()> {
    if chosen(run).next().is_none() {
        return Ok(());
    }
    let mut seen: Vec<_> = run.reports().into_iter().map(|report| report.id).collect();
    seen.extend(step_ids(engine, ast, source).literal);
    chosen(run)
        .find(|name| !seen.contains(name))
        .map_or(Ok(()), |name| Err(unknown(name, &seen)))
}

fn chosen(run: &Run) -> impl Iterator<Item = &String> {
    run.options.only.iter().chain(&run.options.skip)
}

fn unknown(name: &str, ids: &[String]) -> Error {
    let Failure { message, hint, .. } = no_such_step(name, ids);
    Error::usage(message, hint)
}
