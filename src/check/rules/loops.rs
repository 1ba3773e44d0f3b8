//! Closures that are kept past a turn of a loop, and then see its variable as the last turn left it.

use super::context::Context;
use crate::recipe::syntax::{captured, function_call};
use rhai::{ASTNode, Stmt};
use std::collections::BTreeMap;

/// What keeps a closure until later.
const KEEP: [&str; 2] = ["step", "defer"];

pub(super) fn check(context: &mut Context<'_>) {
    let mut found = BTreeMap::new();
    context.ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, _)) = path.last().and_then(function_call)
            && KEEP.contains(&call.name.as_str())
        {
            let captured = call.args.iter().flat_map(captured);
            for (name, at) in captured.filter(|(name, _)| is_of_a_loop(name, path)) {
                found.insert((at.line(), at.position()), (name.to_owned(), at));
            }
        }
        true
    });
    for (name, at) in found.into_values() {
        let message =
            format!("when this runs, the loop is over and `{name}` is that of its last turn");
        let hint =
            format!("give the closure one of its own: `let this_{name} = {name};` before it");
        context.problem(message, at, Some(hint));
        if let Some(problem) = context.problems.last_mut() {
            problem.warning = true;
        }
    }
}

/// True if `name` is the variable of a loop around the end of `path` that is over when what is
/// kept runs: nothing in it runs plans, or gives the name to something else.
fn is_of_a_loop(name: &str, path: &[ASTNode<'_>]) -> bool {
    path.iter().any(|node| {
        let ASTNode::Stmt(whole @ Stmt::For(parts, _)) = node else {
            return false;
        };
        let is = |variable: &rhai::Ident| variable.name.as_str() == name;
        (is(&parts.0) || parts.1.as_ref().is_some_and(is)) && !settles(whole, name)
    })
}

fn settles(whole: &Stmt, name: &str) -> bool {
    let mut settles = false;
    whole.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
        settles |= match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => variable.0.as_str() == name,
            Some(node) => {
                function_call(node).is_some_and(|(call, _)| call.name.as_str() == "run_steps")
            }
            None => false,
        };
        true
    });
    settles
}
