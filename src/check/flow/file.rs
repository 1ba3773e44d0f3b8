//! A file that is read for what it runs.

use crate::primitives::without_password;
use crate::recipe::syntax::function_body;
use crate::recipe::{constant_texts, imports};
use rhai::{AST, ASTNode, Engine, Expr, FnPtr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A file.
pub struct File {
    /// What errors call it.
    pub name: String,
    /// Its tree.
    pub ast: AST,
    /// The text of its constants, where it is written out.
    pub constants: BTreeMap<String, String>,
    /// Variables that are changed after they have been made.
    pub changed: BTreeSet<String>,
    /// The files that it imports, by alias.
    pub imports: BTreeMap<String, Rc<File>>,
}

impl File {
    /// Reads `ast` and what it imports. Imports in a circle end where the circle closes.
    pub fn new(engine: &Engine, ast: AST, name: &str, within: &[&str]) -> Rc<Self> {
        let within = [within, &[name]].concat();
        let mut imported = BTreeMap::new();
        for (alias, path, _) in imports(&ast) {
            let Some(path) = path else { continue };
            let found =
                engine
                    .module_resolver()
                    .resolve_ast(engine, Some(name), &path, Position::NONE);
            let Some(Ok(ast)) = found else { continue };
            let file = ast.source().unwrap_or(&path).to_owned();
            if !within.contains(&file.as_str()) {
                imported.insert(alias, Self::new(engine, ast, &file, &within));
            }
        }
        Rc::new(Self {
            name: name.to_owned(),
            constants: constant_texts(&ast)
                .into_iter()
                .map(|(name, text)| (name, without_password(&text)))
                .collect(),
            changed: changed(&ast),
            imports: imported,
            ast,
        })
    }

    /// The function `name` that takes `arity` arguments: the names of its parameters, and a tree
    /// that is its body.
    pub fn function(&self, name: &str, arity: usize) -> Option<(Vec<String>, AST)> {
        let found = self
            .ast
            .iter_functions()
            .find(|function| function.name == name && function.params.len() == arity)?;
        let params = found.params.iter().map(ToString::to_string).collect();
        Some((params, function_body(&self.ast, name, arity)))
    }

    /// The body of the closure that `value` is.
    pub fn closure(&self, value: &rhai::Dynamic) -> Option<AST> {
        let pointer = value.read_lock::<FnPtr>()?;
        let name = pointer.fn_name();
        let found = self
            .ast
            .iter_functions()
            .find(|function| function.name == name)?;
        Some(function_body(&self.ast, name, found.params.len()))
    }
}

/// Variables that are assigned to, or whose methods are called, which may change them.
fn changed(ast: &AST) -> BTreeSet<String> {
    let mut changed = BTreeSet::new();
    let mut add = |expr: &Expr| {
        if let Expr::Variable(variable, ..) = expr {
            changed.insert(variable.1.to_string());
        }
    };
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => add(&assignment.1.lhs),
            Some(ASTNode::Expr(Expr::Dot(dot, ..))) if matches!(dot.rhs, Expr::MethodCall(..)) => {
                add(&dot.lhs);
            }
            _ => {}
        }
        true
    });
    changed
}
