//! Configures Rhai's parser and limits, and compiles recipes.

use super::parse_hint::parse_diagnostic;
use super::undefined::explain_parse_error;
use super::{CheckFn, Param, Resolver, Source};
use crate::fault::Diagnostic;
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};
use std::path::Path;

/// A recipe that is ready to run.
pub(crate) struct Compiled {
    /// The syntax tree, with the file's name as its source.
    pub ast: AST,
    /// The parameters, as constants.
    pub scope: Scope<'static>,
}

/// The depth of nested function calls. Rhai's default differs between debug and release builds.
const MAX_CALL_DEPTH: usize = 48;
/// The depth of nested expressions, at the top level and in functions.
const MAX_EXPRESSION_DEPTH: usize = 96;

/// Sets the same limits in debug and release builds.
pub(crate) fn set_limits(engine: &mut Engine) {
    engine.set_max_call_levels(MAX_CALL_DEPTH);
    engine.set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_DEPTH);
    engine.set_max_operations(0);
    // With a limit on sizes, Rhai measures all of an array each time that it is changed, so that
    // building one would take quadratic time. The memory of the process is limited instead.
    engine.set_max_string_size(0);
    engine.set_max_array_size(0);
    engine.set_max_map_size(0);
}

/// An engine that only parses and resolves imports. Cheap to create: it has no primitives.
pub(crate) fn new_parser(root: &Path) -> Engine {
    let mut engine = bare_parser();
    engine.set_module_resolver(Resolver::new(root, None));
    engine
}

/// An engine without functions and without imports, which is enough to parse one file.
fn bare_parser() -> Engine {
    let mut engine = Engine::new_raw();
    set_limits(&mut engine);
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

/// Parses `source` without its parameters and imports.
pub(super) fn parse_alone(source: &Source) -> Result<AST, Diagnostic> {
    bare_parser()
        .compile(&source.text)
        .map_err(|error| parse_diagnostic(&error, source))
}

/// Compiles `source`, of the repository at `root`, for `params` with `values`. Fails with the first
/// error that `check` finds; warnings are ignored.
pub(crate) fn compile(
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

/// The scope that a recipe starts with: its parameters, as constants.
pub(crate) fn scope(params: &[Param], values: impl IntoIterator<Item = Dynamic>) -> Scope<'static> {
    let mut scope = Scope::new();
    for (param, value) in params.iter().zip(values) {
        scope.push_constant_dynamic(param.constant(), value);
    }
    scope
}

/// Parses `source` for `params` with `values`, without checking it.
pub(crate) fn parse(
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
