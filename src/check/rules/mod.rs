//! Rules for what is written out: each says nothing where a value is only known when the recipe
//! runs. What is an error stops a run before it begins.

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

pub(super) use circles::circles;

/// Everything that the rules find in `ast`, the tree of `source`, whose parameters are `params`.
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
