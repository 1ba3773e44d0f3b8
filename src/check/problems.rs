//! Collects all problems of a recipe that can be found without running it.

use super::functions::check as check_functions;
use super::rules;
use super::variables::undefined;
use crate::fault::Diagnostic;
use crate::recipe::{Param, Source, new_parser, parse, read_header, scope};
use rhai::{AST, Dynamic, Engine};
use std::path::Path;

/// All problems in `source`, of the repository at `root`, in the order of the text, including those
/// that are only warnings.
pub(crate) fn problems(engine: &Engine, root: &Path, source: &Source) -> Vec<Diagnostic> {
    let params = match read_header(source) {
        Ok(header) => header.params,
        Err(diagnostic) => return vec![diagnostic],
    };
    let values = std::iter::repeat_n(Dynamic::UNIT, params.len());
    match parse(engine, source, &params, values) {
        Ok((ast, _)) => {
            let mut problems = find(engine, root, source, &params, &ast);
            // Not part of `find`, since reading other recipes would delay every run.
            problems.extend(rules::circular_calls(root, source, &ast));
            in_order(problems)
        }
        Err(diagnostic) => with_parse_error(diagnostic, engine, root, source, &params),
    }
}

/// The problems of a file that does not compile because of `first`. If undefined names are the only
/// reason, the other problems are found too.
fn with_parse_error(
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

/// The problems in `ast`, the tree of `source`, in the order of the text.
pub(crate) fn find(
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
    // A call that is both a statement and an expression is visited twice.
    problems.dedup_by(|a, b| a.place == b.place && a.message == b.message);
    problems
}
