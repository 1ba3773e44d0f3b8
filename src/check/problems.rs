//! Everything that is wrong in a recipe, as far as that can be known before a run.

use super::functions::check as check_functions;
use super::rules;
use super::variables::undefined;
use crate::fault::Diagnostic;
use crate::recipe::{Param, Source, new_parser, parse, read_header, scope};
use rhai::{AST, Dynamic, Engine};
use std::path::Path;

/// Everything that can be known to be wrong in `source`, of the repository at `root`, without
/// running it; in the order of the text.
pub fn problems(engine: &Engine, root: &Path, source: &Source) -> Vec<Diagnostic> {
    let params = match read_header(source) {
        Ok(header) => header.params,
        Err(diagnostic) => return vec![diagnostic],
    };
    let values = std::iter::repeat_n(Dynamic::UNIT, params.len());
    match parse(engine, source, &params, values) {
        Ok((ast, _)) => {
            let mut problems = find(engine, root, source, &params, &ast);
            // To read other recipes would take longer than a run should.
            problems.extend(rules::circles(root, source, &ast));
            in_order(problems)
        }
        Err(diagnostic) => beside(diagnostic, engine, root, source, &params),
    }
}

/// `first`, which is why `source` does not compile, and what else is wrong if names that are not
/// defined were all that kept it from it.
fn beside(
    first: Diagnostic,
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
) -> Vec<Diagnostic> {
    let scope = scope(params, params.iter().map(|_| Dynamic::UNIT));
    let Ok(mut ast) = new_parser(root).compile_with_scope(&scope, &source.text) else {
        return vec![first];
    };
    ast.set_source(source.file.as_str());
    let mut problems = find(engine, root, source, params, &ast);
    problems.extend(undefined(&ast, source, &scope));
    if !problems
        .iter()
        .any(|problem| problem.message == first.message)
    {
        problems.push(first);
    }
    in_order(problems)
}

/// Everything that is wrong in `ast`, the tree of `source`, in the order of the text.
pub fn find(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    ast: &AST,
) -> Vec<Diagnostic> {
    let mut problems = check_functions(engine, root, ast, source);
    problems.extend(rules::check(engine, root, source, params, ast));
    in_order(problems)
}

fn in_order(mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.sort_by_key(|problem| {
        let place = problem.place.as_ref();
        place.map(|place| (place.line, place.column))
    });
    // A call that is a statement and an expression is walked twice.
    problems.dedup_by(|a, b| a.place == b.place && a.message == b.message);
    problems
}
