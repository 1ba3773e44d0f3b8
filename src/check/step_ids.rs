//! The ids of the steps that a recipe can make, as far as they are written out.

use crate::recipe::syntax::{function_call, step_id};
use crate::recipe::{Source, imports};
use rhai::{AST, ASTNode, Engine, Expr, Stmt};
use std::collections::BTreeSet;

/// The ids of the steps that a recipe can make.
#[derive(Debug, Default)]
pub struct StepIds {
    /// Those that are written out, sorted.
    pub literal: Vec<String>,
    /// There are no others.
    pub complete: bool,
    /// They are all of one plan, which is run at most once: a name that it does not have is in
    /// none.
    pub one_plan: bool,
}

/// The ids of the steps in `ast` and in what it imports.
pub fn step_ids(engine: &Engine, ast: &AST, source: &Source) -> StepIds {
    let mut ids = BTreeSet::new();
    let mut complete = true;
    let mut one_plan = plans(ast) == 1;
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
            one_plan &= plans(&imported) == 0;
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

/// How many plans `ast` can run, as far as its text tells: what is in a loop or a function, or
/// calls another recipe, may run many.
fn plans(ast: &AST) -> usize {
    const MANY: usize = 2;
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
                "run_steps" if in_loop => MANY,
                "run_steps" => each,
                "recipe" => MANY,
                _ => 0,
            };
            true
        });
        count
    };
    // Functions are walked with the statements: once counts there, they count as many.
    count(ast, 1) + count(&ast.clone_functions_only(), MANY)
}

fn collect_step_ids(ast: &AST, ids: &mut BTreeSet<String>, complete: &mut bool) {
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some((call, _)) = path.last().and_then(function_call) {
            match step_id(call) {
                Some(Expr::StringConstant(id, _)) => {
                    ids.insert(id.to_string());
                }
                Some(_) => *complete = false,
                // The steps of another recipe come with it.
                None => *complete &= call.name.as_str() != "recipe",
            }
        }
        true
    });
}
