//! The Rhai engine: limits that are the same in every build, and compiling.

use super::undefined::undefined;
use super::{Diagnostic, Param, Resolver, Source, check, read_header, rules};
use crate::process::watch;
use crate::run::{Run, is_stopped, register_unknown};
use rhai::packages::{Package, StandardPackage};
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Position, Scope};
use std::path::Path;
use std::sync::Arc;

/// A recipe that is ready to run.
pub struct Compiled {
    /// Its syntax tree.
    pub ast: AST,
    /// Its parameters, as constants.
    pub scope: Scope<'static>,
}

/// Depth of function calls in a recipe. Rhai's own default differs between builds.
const CALLS: usize = 48;
/// Depth of nested expressions, at the top and in functions.
const DEPTH: usize = 96;

/// The longest text, in bytes: more than any primitive gives.
const TEXT: usize = 128 * 1024 * 1024;
/// The most values in an array or a map.
const VALUES: usize = 1_000_000;

/// Sets the limits, the same in debug and release builds.
fn set_limits(engine: &mut Engine) {
    engine.set_max_call_levels(CALLS);
    engine.set_max_expr_depths(DEPTH, DEPTH);
    engine.set_max_operations(0);
    engine.set_max_string_size(TEXT);
    engine.set_max_array_size(VALUES);
    engine.set_max_map_size(VALUES);
}

/// An engine with every primitive, bound to `run`.
pub fn new_engine(run: &Arc<Run>) -> Engine {
    let mut engine = bare_engine(&run.root);
    register_unknown(&mut engine);
    crate::primitives::register(&mut engine, run);
    engine
}

/// An engine without primitives, which imports from `recipes/` of the repository at `root`.
pub fn bare_engine(root: &Path) -> Engine {
    let mut engine = Engine::new_raw();
    // Registering all of Rhai's own functions would take a third of a short run; this way each
    // is looked up when it is first called.
    engine.register_global_module(StandardPackage::new_lazy().as_shared_module());
    set_limits(&mut engine);
    // What an optimizer removes, a check cannot see; recipes wait for programs, not for Rhai.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_fail_on_invalid_map_property(true);
    engine.set_strict_variables(true);
    engine.set_module_resolver(Resolver::new(root));
    engine.on_progress(|operations| {
        // Often enough for an endless loop to end at once, rarely enough to cost nothing.
        let looks = operations % 64 == 0;
        if looks {
            watch();
        }
        (looks && is_stopped()).then_some(Dynamic::UNIT)
    });
    engine
}

/// An engine that can parse, and read what is imported: it is there at once.
pub(super) fn new_parser(root: &Path) -> Engine {
    let mut engine = bare_parser();
    engine.set_module_resolver(Resolver::unchecked(root));
    engine
}

/// Parsing needs none of the functions that a recipe can call.
fn bare_parser() -> Engine {
    let mut engine = Engine::new_raw();
    set_limits(&mut engine);
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

/// The tree of `source`, by itself. Fails if it does not parse.
pub(super) fn parse_alone(source: &Source) -> Result<AST, Diagnostic> {
    bare_parser()
        .compile(&source.text)
        .map_err(|error| Diagnostic::of_parse(&error, source))
}

/// Compiles `source`, of the repository at `root`, for `params` with `values`, and checks it: what
/// can be known to be wrong without running it is an error before anything runs.
pub fn compile(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    values: impl IntoIterator<Item = Dynamic>,
) -> Result<Compiled, Diagnostic> {
    let (ast, scope) = parse(engine, source, params, values)?;
    let mut problems = find(engine, root, source, params, &ast).into_iter();
    match problems.find(|problem| !problem.warning) {
        Some(problem) => Err(problem),
        None => Ok(Compiled { ast, scope }),
    }
}

/// What a recipe gets: its parameters, as constants.
fn scope(params: &[Param], values: impl IntoIterator<Item = Dynamic>) -> Scope<'static> {
    let mut scope = Scope::new();
    for (param, value) in params.iter().zip(values) {
        scope.push_constant_dynamic(param.constant(), value);
    }
    scope
}

/// Compiles `source` for `params` with `values`.
pub(super) fn parse(
    engine: &Engine,
    source: &Source,
    params: &[Param],
    values: impl IntoIterator<Item = Dynamic>,
) -> Result<(AST, Scope<'static>), Diagnostic> {
    let scope = scope(params, values);
    let mut ast = engine
        .compile_with_scope(&scope, &source.text)
        .map_err(|error| super::explain::parse(&error, source, &scope))?;
    ast.set_source(source.file.as_str());
    Ok((ast, scope))
}

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
pub(super) fn find(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    ast: &AST,
) -> Vec<Diagnostic> {
    let mut problems = check(engine, root, ast, source);
    problems.extend(rules::look(engine, root, source, params, ast));
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

/// Where nothing better is known.
pub const NOWHERE: Position = Position::NONE;
