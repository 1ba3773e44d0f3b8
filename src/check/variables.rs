//! Finds all undefined variables of a file, where the parser stops at the first.

use crate::fault::Diagnostic;
use crate::recipe::syntax::function_body;
use crate::recipe::{Source, no_such_variable};
use rhai::{AST, ASTNode, Expr, Position, Scope, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// A problem for each undefined variable in `ast`, at its first use. `ast` is the tree of `source`,
/// compiled by an engine that allows undefined variables, with the parameters in `scope`.
pub(super) fn undefined(ast: &AST, source: &Source, scope: &Scope<'_>) -> Vec<Diagnostic> {
    let functions: Vec<_> = ast.iter_functions().collect();
    // Ordered by position, so that the first use of each is the one reported.
    let mut found = BTreeMap::new();
    let mut walk = |body: &AST, params: &[&str]| {
        body.walk(&mut |path: &[ASTNode<'_>]| {
            for (name, at) in path.last().map(unresolved).unwrap_or_default() {
                let is_function = functions.iter().any(|function| function.name == name);
                // A function's name is also a value, such as the argument of `map`.
                if !scope.contains(name) && !params.contains(&name) && !is_function {
                    found.insert((at.line(), at.position()), (name.to_owned(), at));
                }
            }
            true
        });
    };
    walk(&ast.clone_statements_only(), &[]);
    for function in &functions {
        let body = function_body(ast, function.name, function.params.len());
        walk(&body, &function.params);
    }
    let mut seen = BTreeSet::new();
    let first = found
        .into_values()
        .filter(|(name, _)| seen.insert(name.clone()));
    first
        .map(|(name, at)| no_such_variable(&name, at, source, scope))
        .collect()
}

/// The names in `node` that the parser did not resolve. A captured variable is found where the
/// closure is created, with the position of its use; in the closure's body it is a parameter.
fn unresolved<'a>(node: &'a ASTNode<'_>) -> Vec<(&'a str, Position)> {
    match node {
        ASTNode::Expr(Expr::Variable(variable, _, at))
            if variable.0.is_none() && variable.2.is_empty() =>
        {
            vec![(variable.1.as_str(), *at)]
        }
        ASTNode::Stmt(Stmt::Share(captured)) => captured
            .iter()
            .filter(|(_, index)| index.is_none())
            .map(|(variable, _)| (variable.name.as_str(), variable.pos))
            .collect(),
        _ => Vec::new(),
    }
}
