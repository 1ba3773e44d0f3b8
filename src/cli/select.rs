//! `--only` and `--skip` name steps: a name that no step has is an error, before anything runs
//! where that can be known.

use crate::check::{StepIds, step_ids};
use crate::fault::{Error, Failure, Result};
use crate::recipe::Source;
use crate::run::{Run, no_such_step};
use rhai::{AST, Engine};

/// Checks the names against the ids that are written in the recipe. Where ids are computed, the
/// plan checks them if it is the only one.
pub fn check(engine: &Engine, ast: &AST, source: &Source, run: &Run) -> Result<()> {
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

/// Checks, after a run whose ids were not all written in the recipe, that each name ran or is written in
/// the recipe, which may end before its plan, such as when the user declines.
pub fn all_seen(engine: &Engine, ast: &AST, source: &Source, run: &Run) -> Result<()> {
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
