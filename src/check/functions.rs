//! Checks calls, imports and `alias::NAME`: unknown functions, wrong numbers of arguments, imports
//! that do not resolve, duplicate step ids.

use super::explain::forms_hint;
use crate::fault::{Diagnostic, did_you_mean, nearest, not_imported, suggest};
use crate::recipe::syntax::{called_names, constants, map_keys, step_id};
use crate::recipe::{Exports, Functions, Source, add_functions, imports, read_header};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Namespace, Position, Stmt};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// Functions of Rhai that its list of functions does not contain.
const UNLISTED_FUNCTIONS: [&str; 11] = [
    "print",
    "debug",
    "type_of",
    "eval",
    "Fn",
    "call",
    "curry",
    "is_shared",
    "is_def_var",
    "is_def_fn",
    "is_def_method",
];

/// The problems in `ast`, the tree of `source`.
pub(super) fn check(engine: &Engine, root: &Path, ast: &AST, source: &Source) -> Vec<Diagnostic> {
    let mut checker = Checker {
        engine,
        root,
        source,
        own: functions(engine, ast, Selection::Primitives(&called_names(ast))),
        all: OnceCell::new(),
        ast,
        imports: BTreeMap::new(),
        keys: map_keys(ast),
        steps: BTreeSet::new(),
        problems: Vec::new(),
    };
    checker.imports(ast);
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        checker.node(path);
        true
    });
    checker.problems
}

/// Which functions of the engine to list.
#[derive(Clone, Copy)]
enum Selection<'a> {
    /// Primitives with these names: listing the others would delay every run.
    Primitives(&'a BTreeSet<String>),
    /// All functions, including Rhai's own.
    All,
}

/// The functions that `ast` can call without a namespace: its own, and those of the engine.
fn functions(engine: &Engine, ast: &AST, selection: Selection<'_>) -> Functions {
    let mut functions = Functions::new();
    let is_listed = |name: &str| match selection {
        Selection::Primitives(names) => names.contains(name),
        Selection::All => true,
    };
    let known = engine.collect_fn_metadata(
        None,
        |info| {
            let name = &info.metadata.name;
            is_listed(name).then(|| (name.to_string(), info.metadata.num_params))
        },
        matches!(selection, Selection::All),
    );
    for (name, arity) in known {
        functions.entry(name).or_default().insert(arity);
    }
    add_functions(&mut functions, ast, |_| true);
    functions
}

struct Checker<'a> {
    engine: &'a Engine,
    root: &'a Path,
    source: &'a Source,
    ast: &'a AST,
    /// The primitives that the file calls, and the functions that it defines.
    own: Functions,
    /// All functions including Rhai's own, which are slow to list and seldom needed.
    all: OnceCell<Functions>,
    /// The exports of each import by its alias; `None` if they are not known.
    imports: BTreeMap<String, Option<Rc<Exports>>>,
    /// Keys of map literals: a closure in a map can be called like a method.
    keys: BTreeSet<String>,
    /// Ids of steps, with the array literal that contains the step.
    steps: BTreeSet<(*const Expr, String)>,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn problem(&mut self, message: String, position: Position, hint: Option<String>) {
        let diagnostic = Diagnostic {
            hint,
            ..Diagnostic::at(message, &self.source.file, position)
        };
        self.problems.push(diagnostic);
    }

    fn imports(&mut self, ast: &AST) {
        for (alias, literal, position) in imports(ast) {
            let exports = literal.and_then(|path| self.import(&path, position));
            self.imports.insert(alias, exports);
        }
    }

    fn import(&mut self, path: &str, position: Position) -> Option<Rc<Exports>> {
        let resolved = self.engine.module_resolver().resolve_ast(
            self.engine,
            Some(&self.source.file),
            path,
            position,
        )?;
        match resolved {
            Ok(ast) => Some(Rc::new(Exports::read(&ast))),
            Err(error) => {
                let diagnostic = super::explain::explain(
                    &error,
                    self.engine,
                    &[],
                    self.root,
                    Some(&self.source.file),
                );
                self.problems.push(diagnostic);
                None
            }
        }
    }

    fn node(&mut self, path: &[ASTNode<'_>]) {
        match path.last() {
            Some(
                ASTNode::Expr(Expr::FnCall(call, position))
                | ASTNode::Stmt(Stmt::FnCall(call, position)),
            ) => {
                self.step(call, path);
                self.call(call, *position, 0);
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, position))) => self.call(call, *position, 1),
            Some(ASTNode::Expr(Expr::Variable(variable, _, position)))
                if !variable.2.is_empty() =>
            {
                self.variable(&variable.2, &variable.1, *position);
            }
            _ => {}
        }
    }

    /// `object` is 1 for a method call, since the object counts as an argument, and otherwise 0.
    fn call(&mut self, call: &FnCallExpr, position: Position, object: usize) {
        let name = call.name.as_str();
        let arity = call.args.len() + object;
        if call.is_qualified() {
            self.qualified(&call.namespace, name, arity, position);
            return;
        }
        if call.is_operator_call() || UNLISTED_FUNCTIONS.contains(&name) || name.contains('$') {
            return;
        }
        if name == "exit" {
            let hint = "use `return;` to end with success, or `fail(message)` to end with an error";
            self.problem(
                "`exit` would end the recipe as if it had succeeded".to_owned(),
                position,
                Some(hint.to_owned()),
            );
            return;
        }
        if object == 1 && self.keys.contains(name) {
            return;
        }
        let fits = |arities: &BTreeSet<usize>| object == 1 || arities.contains(&arity);
        if self.own.get(name).is_some_and(fits) {
            return;
        }
        let all = self
            .all
            .get_or_init(|| functions(self.engine, self.ast, Selection::All));
        let Some(arities) = all.get(name) else {
            let hint = did_you_mean(name, all.keys().map(String::as_str));
            self.problem(format!("unknown function `{name}`"), position, hint);
            return;
        };
        if !fits(arities) {
            let message = wrong_arity(name, arities, arity);
            self.problem(message, position, forms_hint(self.engine, name));
        }
    }

    /// The exports of the import that `namespace` refers to, if they are known.
    fn import_of(&mut self, namespace: &Namespace) -> Option<Rc<Exports>> {
        let alias = namespace.root();
        if let Some(known) = self.imports.get(alias) {
            return known.clone();
        }
        // The parser reports an unknown namespace only outside of closures.
        let (message, hint) = not_imported(alias);
        let near = nearest(alias, self.imports.keys().map(String::as_str));
        let hint = near.map_or(hint, |near| suggest(format_args!("{near}::")));
        self.problem(message, namespace.position(), Some(hint));
        None
    }

    fn qualified(&mut self, namespace: &Namespace, name: &str, arity: usize, position: Position) {
        let alias = namespace.root();
        let Some(exports) = self.import_of(namespace) else {
            return;
        };
        let functions = &exports.functions;
        let Some(arities) = functions.get(name) else {
            let near = nearest(name, functions.keys().map(String::as_str));
            let hint = near.map(|near| suggest(format_args!("{alias}::{near}")));
            self.problem(
                format!("unknown function `{alias}::{name}`"),
                position,
                hint,
            );
            return;
        };
        if !arities.contains(&arity) {
            let message = wrong_arity(&format!("{alias}::{name}"), arities, arity);
            self.problem(message, position, None);
        }
    }

    /// Checks `alias::NAME`, where `global` is the file itself.
    fn variable(&mut self, namespace: &Namespace, name: &str, position: Position) {
        let alias = namespace.root();
        if alias == "global" {
            let constants: Vec<_> = constants(self.ast).map(|it| it.name).collect();
            if !constants.contains(&name) {
                let params = read_header(self.source).map_or_else(|_| Vec::new(), |it| it.params);
                let hint = if params.iter().any(|param| param.constant() == name) {
                    Some("a parameter is not a constant: pass it as an argument".to_owned())
                } else {
                    let near = nearest(name, constants.iter().copied());
                    near.map(|near| suggest(format_args!("global::{near}")))
                };
                let message = format!("no constant `{name}` in this file");
                self.problem(message, position, hint);
            }
            return;
        }
        let Some(exports) = self.import_of(namespace) else {
            return;
        };
        if exports.variables.contains(name) {
            return;
        }
        let hint = if exports.private.contains(name) {
            Some(format!("write `export const {name}` where it is defined"))
        } else {
            nearest(name, exports.variables.iter().map(String::as_str))
                .map(|near| suggest(format_args!("{alias}::{near}")))
        };
        self.problem(
            format!("`{alias}` does not export `{name}`"),
            position,
            hint,
        );
    }

    /// Checks that steps in one array literal have different ids. Other plans are checked when they
    /// run.
    fn step(&mut self, call: &FnCallExpr, path: &[ASTNode<'_>]) {
        let array = path.iter().rev().find_map(|node| match node {
            ASTNode::Expr(array @ Expr::Array(..)) => Some(std::ptr::from_ref::<Expr>(array)),
            _ => None,
        });
        if let (Some(array), Some(Expr::StringConstant(id, position))) = (array, step_id(call))
            && !self.steps.insert((array, id.to_string()))
        {
            self.problem(format!("two steps have the id `{id}`"), *position, None);
        }
    }
}

fn wrong_arity(name: &str, arities: &BTreeSet<usize>, arity: usize) -> String {
    let takes: Vec<_> = arities.iter().map(usize::to_string).collect();
    let plural = if takes == ["1"] { "" } else { "s" };
    format!(
        "`{name}` takes {} argument{plural}, not {arity}",
        takes.join(" or ")
    )
}
