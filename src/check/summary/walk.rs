//! Walks a recipe, the closures in it and the functions that it calls, each once.

use super::literal::text;
use super::{DeferredSummary, Imported, StepSummary, Summary};
use crate::fault::Place;
use crate::primitives::without_password;
use crate::recipe::syntax::{function_body, function_call, is_closure, recipe_called, step_id};
use crate::recipe::{Source, constant_texts, imports};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, FnPtr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the text of the recipe `ast`, the tree of `source` in the repository at `root`, tells.
pub(crate) fn summarize(engine: &Engine, root: &Path, ast: &AST, source: &Source) -> Summary {
    let mut walker = Walker {
        engine,
        root,
        summary: Summary::default(),
        seen: BTreeSet::new(),
    };
    for (alias, path, _) in imports(ast) {
        walker.summary.imports.push(Imported { path, alias });
    }
    let file = File::new(ast.clone(), source.clone());
    walker.walk(&file, &ast.clone_statements_only(), Around::default());
    walker.summary
}

/// A file that is walked.
struct File {
    ast: AST,
    source: Source,
    constants: BTreeMap<String, String>,
    /// The paths of its imports, by alias.
    imports: BTreeMap<String, String>,
}

impl File {
    fn new(ast: AST, source: Source) -> Self {
        let literal = |(alias, path, _): (_, Option<String>, _)| Some((alias, path?));
        Self {
            constants: constant_texts(&ast),
            imports: imports(&ast).into_iter().filter_map(literal).collect(),
            ast,
            source,
        }
    }

    fn place(&self, at: Position) -> String {
        Place::new(&self.source.file, at).map_or_else(String::new, |place| place.to_string())
    }
}

/// What is around a node.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    /// The index of the step that it belongs to.
    step: Option<usize>,
    sometimes: bool,
    deferred: bool,
}

struct Walker<'a> {
    engine: &'a Engine,
    root: &'a Path,
    summary: Summary,
    /// The functions that have been walked: file, name, number of parameters.
    seen: BTreeSet<(String, String, usize)>,
}

impl Walker<'_> {
    fn walk(&mut self, file: &File, body: &AST, around: Around) {
        // The calls of this body that others can stand in, with what is around those.
        let mut outer: Vec<(*const FnCallExpr, Around)> = Vec::new();
        body.walk(&mut |path: &[ASTNode<'_>]| {
            let Some(node) = path.last() else { return true };
            let enclosing = path.iter().rev().skip(1).find_map(|node| {
                let (call, _) = function_call(node)?;
                let found = outer.iter().find(|(other, _)| std::ptr::eq(*other, call));
                found.map(|(_, around)| *around)
            });
            let mut here = enclosing.unwrap_or(around);
            here.sometimes |= is_conditional(path) || is_in_method_call(path);
            if let Some((call, at)) = function_call(node) {
                // A call that is a statement is visited as an expression too.
                if !outer.iter().any(|(other, _)| std::ptr::eq(*other, call)) {
                    let inside = self.call(file, call, at, here);
                    outer.push((std::ptr::from_ref(call), inside));
                }
            }
            if let ASTNode::Expr(Expr::DynamicConstant(value, _)) = node
                && let Some(closure) = value.read_lock::<FnPtr>()
            {
                self.function(file, closure.fn_name(), None, here);
            }
            true
        });
    }

    /// Notes the call, and gives what is around its arguments.
    fn call(&mut self, file: &File, call: &FnCallExpr, at: Position, around: Around) -> Around {
        if let Some(id) = step_id(call) {
            let step = step(file, call, id, at, around);
            let sometimes = step.sometimes;
            self.summary.steps.push(step);
            return Around {
                step: Some(self.summary.steps.len() - 1),
                sometimes,
                ..around
            };
        }
        let arity = call.args.len();
        if call.is_qualified() {
            let alias = call.namespace.root();
            if alias == "global" {
                self.function(file, &call.name, Some(arity), around);
            } else if let Some(path) = file.imports.get(alias)
                && let Some(imported) = self.import(path)
            {
                self.function(&imported, &call.name, Some(arity), around);
            }
            return around;
        }
        if let Some((name, _)) = recipe_called(call) {
            match around
                .step
                .and_then(|step| self.summary.steps.get_mut(step))
            {
                Some(step) => step.recipes.push(name.to_owned()),
                None => self.summary.recipes.push(name.to_owned()),
            }
        }
        match (call.name.as_str(), call.args.first()) {
            ("env" | "env_require", Some(first)) => self.variables(first),
            ("run_steps", Some(_)) => {
                let options = call
                    .args
                    .get(1)
                    .map(|options| text(options, &file.constants));
                self.summary.plan_options.extend(options);
            }
            ("defer", Some(_)) => {
                self.summary.deferred.push(DeferredSummary {
                    text: written(&file.source, at),
                    sometimes: around.sometimes,
                    place: file.place(at),
                });
                return Around {
                    deferred: true,
                    ..around
                };
            }
            (name, _) => self.function(file, name, Some(arity), around),
        }
        around
    }

    /// Walks the function `name` of `file` if it has one; of a closure, whatever its `arity`.
    fn function(&mut self, file: &File, name: &str, arity: Option<usize>, around: Around) {
        let arities = file.ast.iter_functions().filter(|function| {
            function.name == name && arity.is_none_or(|arity| function.params.len() == arity)
        });
        let Some(arity) = arities.map(|function| function.params.len()).next() else {
            return;
        };
        let this = (file.source.file.clone(), name.to_owned(), arity);
        if self.seen.insert(this) {
            self.walk(file, &function_body(&file.ast, name, arity), around);
        }
    }

    fn import(&self, path: &str) -> Option<File> {
        let resolver = self.engine.module_resolver();
        let ast = resolver.resolve_ast(self.engine, None, path, Position::NONE)?;
        let ast = ast.ok()?;
        let file = ast.source()?.to_owned();
        let source = Source::read(&self.root.join(&file), file).ok()?;
        Some(File::new(ast, source))
    }

    fn variables(&mut self, names: &Expr) {
        match names {
            Expr::StringConstant(name, _) => {
                self.summary.variables.insert(name.to_string());
            }
            Expr::Array(names, _) => names.iter().for_each(|name| self.variables(name)),
            _ => {}
        }
    }
}

fn step(file: &File, call: &FnCallExpr, id: &Expr, at: Position, around: Around) -> StepSummary {
    let text = |value| text(value, &file.constants);
    let (mut after, mut options) = (Vec::new(), BTreeMap::new());
    match call.args.get(2) {
        Some(Expr::Map(map, _)) => {
            for (key, value) in &map.0 {
                match (key.as_str(), value) {
                    ("after", Expr::Array(ids, _)) => after = ids.iter().map(text).collect(),
                    ("after", id) => after.push(text(id)),
                    (key, value) => {
                        options.insert(key.to_owned(), text(value));
                    }
                }
            }
        }
        // A map that is made elsewhere.
        Some(value) if call.args.len() > 3 => {
            options.insert("options".to_owned(), text(value));
        }
        _ => {}
    }
    StepSummary {
        step: text(id),
        title: call.args.get(1).map(text).unwrap_or_default(),
        after,
        sometimes: around.sometimes || options.contains_key("when"),
        options,
        deferred: around.deferred,
        place: file.place(at),
        recipes: Vec::new(),
    }
}

/// The line of `source` that `at` is in, from there on.
fn written(source: &Source, at: Position) -> String {
    let line = at.line().and_then(|line| source.text.lines().nth(line - 1));
    let column = at.position().unwrap_or(1) - 1;
    let text: String = line.unwrap_or_default().chars().skip(column).collect();
    without_password(text.trim_end().trim_end_matches(';'))
}

/// True if the last node of `path` is a closure given to a method such as `map`, which calls it any
/// number of times.
fn is_in_method_call(path: &[ASTNode<'_>]) -> bool {
    let [.., around, ASTNode::Expr(closure)] = path else {
        return false;
    };
    matches!(around, ASTNode::Expr(Expr::MethodCall(..))) && is_closure(closure)
}

/// True if the last node of `path` is evaluated only on a condition, or any number of times.
fn is_conditional(path: &[ASTNode<'_>]) -> bool {
    path.windows(2).any(|pair| {
        let is = |expr: &Expr| matches!(pair[1], ASTNode::Expr(other) if std::ptr::eq(other, expr));
        match &pair[0] {
            ASTNode::Stmt(Stmt::If(flow, _) | Stmt::While(flow, _) | Stmt::Do(flow, ..)) => {
                !is(&flow.expr)
            }
            ASTNode::Stmt(Stmt::For(parts, _)) => !is(&parts.2.expr),
            ASTNode::Stmt(Stmt::Switch(parts, _)) => !is(&parts.0),
            ASTNode::Stmt(Stmt::TryCatch(flow, _)) => flow.branch.statements().iter().any(|other| {
                matches!(pair[1], ASTNode::Stmt(statement) if std::ptr::eq(statement, other))
            }),
            ASTNode::Expr(Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _)) => {
                parts.first().is_some_and(|first| !is(first))
            }
            _ => false,
        }
    })
}
