//! Finds the ids of a recipe's steps that are literals.

use crate::recipe::syntax::{function_call, step_id};
use crate::recipe::{Source, imports};
use rhai::{AST, ASTNode, Engine, Expr, Stmt};
use std::collections::BTreeSet;

/// A count of plans that stands for "more than one".
const MORE_THAN_ONE_PLAN: usize = 2;

/// The ids of a recipe's steps, as far as its text tells.
#[derive(Debug, Default)]
pub(crate) struct StepIds {
    /// The literal ids, sorted.
    pub literal: Vec<String>,
    /// Every id is a literal.
    pub complete: bool,
    /// There is only one plan, run at most once: an id that is not in it is in no plan.
    pub one_plan: bool,
}

/// The ids of the steps in `ast` and in what it imports.
pub(crate) fn step_ids(engine: &Engine, ast: &AST, source: &Source) -> StepIds {
    let mut ids = BTreeSet::new();
    let mut complete = true;
    let mut one_plan = count_plans(ast) == 1;
    collect_step_ids(ast, &mut ids, &mut complete);
    for (_, literal, position) in imports(ast) {
        let imported = literal.and_then(|path| {
            engine
                .module_resolver()
                .resolve_ast(engine, Some(&source.file), &path, position)?
                .ok()
        });
        if let Some(imported) = imported {
            collect_step_ids(&imported, &mut ids, &mut complete);
            one_plan &= count_plans(&imported) == 0;
        } else {
            (complete, one_plan) = (false, false);
        }
    }
    StepIds {
        literal: ids.into_iter().collect(),
        complete,
        one_plan,
    }
}

/// How many plans `ast` can run: 0, 1, or at least [`MORE_THAN_ONE_PLAN`]. A plan in a loop or a function counts
/// as several, and so does a call of another recipe.
fn count_plans(ast: &AST) -> usize {
    let count = |ast: &AST, each: usize| {
        let mut count = 0;
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            let Some((call, _)) = path.last().and_then(function_call) else {
                return true;
            };
            let in_loop = path.iter().any(|node| {
                matches!(
                    node,
                    ASTNode::Stmt(Stmt::While(..) | Stmt::Do(..) | Stmt::For(..))
                )
            });
            count += match call.name.as_str() {
                "run_steps" if in_loop => MORE_THAN_ONE_PLAN,
                "run_steps" => each,
                "recipe" => MORE_THAN_ONE_PLAN,
                _ => 0,
            };
            true
        });
        count
    };
    // The first count includes functions as well, which does no harm.
    count(ast, 1) + count(&ast.clone_functions_only(), MORE_THAN_ONE_PLAN)
}

fn collect_step_ids(ast: &AST, ids: &mut BTreeSet<String>, complete: &mut bool) {
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, _)) = path.last().and_then(function_call) {
            match step_id(call) {
                Some(Expr::StringConstant(id, _)) => {
                    ids.insert(id.to_string());
                }
                Some(_) => *complete = false,
                // Another recipe brings steps of its own.
                None => *complete &= call.name.as_str() != "recipe",
            }
        }
        true
    });
}
