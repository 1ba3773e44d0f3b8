//! What a recipe imports, and what a file exports to its importers.

use rhai::{AST, ASTFlags, ASTNode, Expr, FnAccess, Position, ScriptFnMetadata, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// Functions by name, with the numbers of arguments they take.
pub(crate) type Functions = BTreeMap<String, BTreeSet<usize>>;

/// What a file exports.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// The public functions.
    pub functions: Functions,
    /// The names of exported constants and variables.
    pub variables: BTreeSet<String>,
    /// The names of constants and variables that are not exported.
    pub private: BTreeSet<String>,
}

impl Exports {
    /// Reads the exports from the tree of a file.
    pub(crate) fn read(ast: &AST) -> Self {
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

/// Adds the functions that `ast` defines and that satisfy `wanted`.
pub(crate) fn add_functions(
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

/// The imports of `ast`: the alias, the path if it is a literal, and the position.
pub(crate) fn imports(ast: &AST) -> Vec<(String, Option<String>, Position)> {
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
