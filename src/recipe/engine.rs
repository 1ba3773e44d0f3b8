//! The Rhai engine: limits that are the same in every build, and compiling.

use super::parse_hint::parse_diagnostic;
use super::undefined::explain_parse_error;
use super::{CheckFn, Param, Resolver, Source};
use crate::fault::Diagnostic;
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};
use std::path::Path;

/// A recipe that is ready to run.
pub struct Compiled {
    /// Its syntax tree.
    pub ast: AST,
    /// Its parameters, as constants.
    pub scope: Scope<'static>,
}

/// Depth of function calls in a recipe. Rhai's own default differs between builds.
const MAX_CALL_DEPTH: usize = 48;
/// Depth of nested expressions, at the top and in functions.
const MAX_EXPRESSION_DEPTH: usize = 96;

/// The longest string: more than any primitive returns.
const MAX_TEXT_BYTES: usize = 128 * 1024 * 1024;
/// The most values in an array or a map.
const MAX_VALUES: usize = 1_000_000;

/// Sets the limits, the same in debug and release builds.
pub fn set_limits(engine: &mut Engine) {
    engine.set_max_call_levels(MAX_CALL_DEPTH);
    engine.set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_DEPTH);
    engine.set_max_operations(0);
    engine.set_max_string_size(MAX_TEXT_BYTES);
    engine.set_max_array_size(MAX_VALUES);
    engine.set_max_map_size(MAX_VALUES);
}

/// An engine that can parse, and read what is imported: it is there at once.
pub fn new_parser(root: &Path) -> Engine {
    let mut engine = bare_parser();
    engine.set_module_resolver(Resolver::new(root, None));
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
        .map_err(|error| parse_diagnostic(&error, source))
}

/// Compiles `source`, of the repository at `root`, for `params` with `values`. What `check` finds wrong
/// is an error before anything runs; its warnings are not.
pub fn compile(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    values: impl IntoIterator<Item = Dynamic>,
    check: CheckFn,
) -> Result<Compiled, Diagnostic> {
    let (ast, scope) = parse(engine, source, params, values)?;
    let mut problems = check(engine, root, source, params, &ast).into_iter();
    match problems.find(|problem| !problem.warning) {
        Some(problem) => Err(problem),
        None => Ok(Compiled { ast, scope }),
    }
}

/// What a recipe gets: its parameters, as constants.
pub fn scope(params: &[Param], values: impl IntoIterator<Item = Dynamic>) -> Scope<'static> {
    let mut scope = Scope::new();
    for (param, value) in params.iter().zip(values) {
        scope.push_constant_dynamic(param.constant(), value);
    }
    scope
}

/// Compiles `source` for `params` with `values`.
pub fn parse(
    engine: &Engine,
    source: &Source,
    params: &[Param],
    values: impl IntoIterator<Item = Dynamic>,
) -> Result<(AST, Scope<'static>), Diagnostic> {
    let scope = scope(params, values);
    let mut ast = engine
        .compile_with_scope(&scope, &source.text)
        .map_err(|error| explain_parse_error(&error, source, &scope))?;
    ast.set_source(source.file.as_str());
    Ok((ast, scope))
}
