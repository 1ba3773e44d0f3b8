//! Rules for what is written out: each says nothing where a value is only known when the recipe
//! runs. What is an error stops a run before it begins.

mod arguments;
mod circles;
mod loops;
mod parameters;
mod plans;
mod races;
mod recipes;

use super::{Diagnostic, Param, Source};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use std::path::Path;

pub(super) use circles::circles;

/// What the rules look at.
struct Looked<'a> {
    engine: &'a Engine,
    root: &'a Path,
    source: &'a Source,
    params: &'a [Param],
    ast: &'a AST,
    problems: Vec<Diagnostic>,
}

/// Everything that the rules find in `ast`, the tree of `source`, whose parameters are `params`.
pub(super) fn look(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    ast: &AST,
) -> Vec<Diagnostic> {
    let mut looked = Looked {
        engine,
        root,
        source,
        params,
        ast,
        problems: Vec::new(),
    };
    arguments::look(&mut looked);
    loops::look(&mut looked);
    parameters::look(&mut looked);
    plans::look(&mut looked);
    races::look(&mut looked);
    recipes::look(&mut looked);
    looked.problems
}

impl Looked<'_> {
    fn problem(&mut self, message: impl Into<String>, at: Position, hint: Option<String>) {
        let diagnostic = Diagnostic {
            hint,
            ..Diagnostic::at(message, &self.source.file, at)
        };
        self.problems.push(diagnostic);
    }

    /// True if the file has a function of its own with this name: it is the one that is called.
    fn defines(&self, name: &str) -> bool {
        self.ast
            .iter_functions()
            .any(|function| function.name == name)
    }
}

/// Calls `look` with every call in `ast` that has no namespace, and where it stands.
fn calls(ast: &AST, mut look: impl FnMut(&FnCallExpr, Position)) {
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(
            ASTNode::Expr(Expr::FnCall(call, position))
            | ASTNode::Stmt(Stmt::FnCall(call, position)),
        ) = path.last()
            && !call.is_qualified()
        {
            look(call, *position);
        }
        true
    });
}

/// The variables that a closure shares with what is around it.
fn captured(value: &Expr) -> Vec<(&str, Position)> {
    let Expr::Stmt(block) = value else {
        return Vec::new();
    };
    let shared = block
        .statements()
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Share(shared) => Some(shared),
            _ => None,
        });
    let shared = shared.flat_map(|shared| shared.iter());
    shared
        .map(|(variable, _)| (variable.name.as_str(), variable.pos))
        .collect()
}
