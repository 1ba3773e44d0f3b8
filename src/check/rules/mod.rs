//! Rules about literal values; a rule reports nothing about a value known only at run time. An error
//! prevents the run, a warning does not.

mod arguments;
mod circles;
mod context;
mod loops;
mod parameters;
mod plans;
mod races;
mod recipes;

use crate::fault::Diagnostic;
use crate::recipe::{Param, Source};
use context::Context;
use rhai::{AST, Engine};
use std::path::Path;

pub(super) use circles::circular_calls;

/// The problems that the rules find in `ast`, the tree of `source` with the parameters `params`.
pub(super) fn check(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    ast: &AST,
) -> Vec<Diagnostic> {
    let mut context = Context {
        engine,
        root,
        source,
        params,
        ast,
        problems: Vec::new(),
    };
    arguments::check(&mut context);
    loops::check(&mut context);
    parameters::check(&mut context);
    plans::check(&mut context);
    races::check(&mut context);
    recipes::check(&mut context);
    context.problems
}
