//! Warns of closures in a loop that run after it and capture the loop variable.

use super::context::Context;
use crate::recipe::syntax::{captured, function_call};
use rhai::{ASTNode, Stmt};
use std::collections::BTreeMap;

/// Functions that store a closure and run it later.
const DEFERRING_FUNCTIONS: [&str; 2] = ["step", "defer"];

pub(super) fn check(context: &mut Context<'_>) {
    let mut found = BTreeMap::new();
    context.ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, _)) = path.last().and_then(function_call)
            && DEFERRING_FUNCTIONS.contains(&call.name.as_str())
        {
            let captured = call.args.iter().flat_map(captured);
            for (name, at) in captured.filter(|(name, _)| is_of_a_loop(name, path)) {
                found.insert((at.line(), at.position()), (name.to_owned(), at));
            }
        }
        true
    });
    for (name, at) in found.into_values() {
        let message = format!("this runs after the loop, when `{name}` holds its last value");
        let hint = format!("copy it for the closure: `let this_{name} = {name};`");
        context.problem(message, at, Some(hint));
        if let Some(problem) = context.problems.last_mut() {
            problem.warning = true;
        }
    }
}

/// True if `name` is the variable of a loop around the last node of `path`, and the closure runs
/// after that loop: the loop runs no plan itself and does not redefine the name.
fn is_of_a_loop(name: &str, path: &[ASTNode<'_>]) -> bool {
    path.iter().any(|node| {
        let ASTNode::Stmt(whole @ Stmt::For(parts, _)) = node else {
            return false;
        };
        let is = |variable: &rhai::Ident| variable.name.as_str() == name;
        (is(&parts.0) || parts.1.as_ref().is_some_and(is)) && !runs_or_redefines(whole, name)
    })
}

/// True if the statement calls `run_steps` or declares a variable `name`.
fn runs_or_redefines(whole: &Stmt, name: &str) -> bool {
    let mut found = false;
    whole.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
        found |= match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => variable.0.as_str() == name,
            Some(node) => {
                function_call(node).is_some_and(|(call, _)| call.name.as_str() == "run_steps")
            }
            None => false,
        };
        true
    });
    found
}
