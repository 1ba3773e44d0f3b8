//! What a recipe imports, and what a file offers to those who import it.

use rhai::{AST, ASTFlags, ASTNode, Expr, FnAccess, Position, ScriptFnMetadata, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// Functions by name, with the numbers of arguments they take.
pub type Functions = BTreeMap<String, BTreeSet<usize>>;

/// What a file offers.
#[derive(Debug, Default)]
pub struct Exports {
    pub functions: Functions,
    pub variables: BTreeSet<String>,
    /// Constants and variables that it keeps to itself.
    pub private: BTreeSet<String>,
}

impl Exports {
    /// What the file with the tree `ast` offers.
    pub fn of(ast: &AST) -> Self {
        let mut exports = Self::default();
        add_functions(&mut exports.functions, ast, |function| {
            function.access == FnAccess::Public
        });
        for statement in ast.statements() {
            match statement {
                Stmt::Var(variable, flags, _) => {
                    let name = variable.0.as_str().to_owned();
                    if flags.intersects(ASTFlags::EXPORTED) {
                        exports.variables.insert(name);
                    } else {
                        exports.private.insert(name);
                    }
                }
                Stmt::Export(names, _) => {
                    let alias = if names.1.as_str().is_empty() {
                        &names.0
                    } else {
                        &names.1
                    };
                    exports.variables.insert(alias.as_str().to_owned());
                }
                _ => {}
            }
        }
        exports
    }
}

/// Adds the functions that `ast` defines, of those that are `wanted`.
pub fn add_functions(
    functions: &mut Functions,
    ast: &AST,
    wanted: impl Fn(&ScriptFnMetadata<'_>) -> bool,
) {
    for function in ast.iter_functions().filter(wanted) {
        functions
            .entry(function.name.to_owned())
            .or_default()
            .insert(function.params.len());
    }
}

/// The imports of `ast`: alias, path where it is written out, position.
pub fn imports(ast: &AST) -> Vec<(String, Option<String>, Position)> {
    let mut found = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, position))) = path.last() {
            let literal = match &import.0 {
                Expr::StringConstant(path, _) => Some(path.to_string()),
                _ => None,
            };
            found.push((import.1.as_str().to_owned(), literal, *position));
        }
        true
    });
    found
}
