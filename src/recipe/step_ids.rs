//! The ids of the steps that a recipe can make, as far as they are written out.

use super::Source;
use super::imports::imports;
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Stmt};
use std::collections::BTreeSet;

/// The ids of the steps that a recipe can make.
#[derive(Debug, Default)]
pub struct StepIds {
    /// Those that are written out, sorted.
    pub literal: Vec<String>,
    /// There are no others.
    pub complete: bool,
}

/// The ids of the steps in `ast` and in what it imports.
pub fn step_ids(engine: &Engine, ast: &AST, source: &Source) -> StepIds {
    let mut ids = BTreeSet::new();
    let mut complete = true;
    collect_step_ids(ast, &mut ids, &mut complete);
    for (_, literal, position) in imports(ast) {
        let imported = literal.and_then(|path| {
            engine
                .module_resolver()
                .resolve_ast(engine, Some(&source.file), &path, position)?
                .ok()
        });
        match imported {
            Some(imported) => collect_step_ids(&imported, &mut ids, &mut complete),
            None => complete = false,
        }
    }
    StepIds {
        literal: ids.into_iter().collect(),
        complete,
    }
}

fn collect_step_ids(ast: &AST, ids: &mut BTreeSet<String>, complete: &mut bool) {
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) =
            path.last()
        {
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

/// The id that a call of `step` gives, whatever expression it is.
pub(super) fn step_id(call: &FnCallExpr) -> Option<&Expr> {
    (call.name.as_str() == "step" && !call.is_qualified()).then(|| call.args.first())?
}
