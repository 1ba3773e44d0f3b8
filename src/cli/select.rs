//! `--only` and `--skip` name steps: a name that no step has is an error, before anything runs
//! where that can be known.

use crate::error::{Error, Result};
use crate::recipe::{Source, StepIds, nearest, step_ids};
use crate::run::{Options, Run};
use rhai::{AST, Engine};

/// Checks the names against the ids that are written in the recipe.
pub fn check(engine: &Engine, ast: &AST, source: &Source, options: &Options) -> Result<()> {
    let mut names = options.only.iter().chain(&options.skip).peekable();
    if names.peek().is_none() {
        return Ok(());
    }
    let StepIds { literal, complete } = step_ids(engine, ast, source);
    if !complete {
        return Ok(());
    }
    names
        .find(|name| !literal.contains(name))
        .map_or(Ok(()), |name| Err(unknown(name, &literal)))
}

/// Checks, after a run whose ids were not all written in the recipe, that each name was met.
pub fn all_seen(run: &Run) -> Result<()> {
    let seen: Vec<_> = run.reports().into_iter().map(|report| report.id).collect();
    let mut names = run.options.only.iter().chain(&run.options.skip);
    names
        .find(|name| !seen.contains(name))
        .map_or(Ok(()), |name| Err(unknown(name, &seen)))
}

fn unknown(name: &str, ids: &[String]) -> Error {
    let hint = match nearest(name, ids.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if ids.is_empty() => "this recipe has no steps".to_owned(),
        None => format!("steps are {}", ids.join(", ")),
    };
    Error::usage(format!("there is no step `{name}`"), Some(hint))
}
