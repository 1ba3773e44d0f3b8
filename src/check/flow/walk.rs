//! Goes through a recipe as running it would, into functions and closures, once each way.

use super::file::File;
use super::words::{Known, Writer, alias};
use super::{Flow, FlowCall, FlowStep, Imported, Item, place};
use crate::recipe::imports;
use crate::recipe::syntax::{function_call, is_closure, step_id};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What the recipe `ast` of the file `name` would run. `primitives` are those whose calls count.
pub fn flow(engine: &Engine, ast: &AST, name: &str, primitives: &BTreeSet<String>) -> Flow {
    let mut walker = Walker {
        primitives,
        flow: Flow::default(),
        inside: Vec::new(),
        seen: BTreeSet::new(),
    };
    for (alias, path, _) in imports(ast) {
        walker.flow.imports.push(Imported { path, alias });
    }
    let file = File::new(engine, ast.clone(), name, &[]);
    let top = ast.clone_statements_only();
    walker.walk(&file, &top, Known::new(), None, false);
    walker.flow
}

struct Walker<'a> {
    primitives: &'a BTreeSet<String>,
    flow: Flow,
    /// The functions that are being gone through.
    inside: Vec<(String, String, usize)>,
    /// A statement that is a call is met twice.
    seen: BTreeSet<(Option<usize>, String, String)>,
}

impl Walker<'_> {
    /// `step` is the index of the step that it belongs to.
    fn walk(
        &mut self,
        file: &Rc<File>,
        body: &AST,
        mut known: Known,
        step: Option<usize>,
        sometimes: bool,
    ) {
        // The steps of this body, by their calls: what is written in one belongs to it.
        let mut steps: Vec<(*const FnCallExpr, usize)> = Vec::new();
        body.walk(&mut |path: &[ASTNode<'_>]| {
            let Some(node) = path.last() else { return true };
            let within = path.iter().rev().skip(1).find_map(|node| {
                let (call, _) = function_call(node)?;
                let is = |(other, _): &&(*const FnCallExpr, usize)| std::ptr::eq(*other, call);
                steps.iter().find(is).map(|(_, index)| *index)
            });
            let step = within.or(step);
            let sometimes = sometimes || is_conditional(path);
            if let Some((call, at)) = function_call(node) {
                let writer = Writer {
                    file,
                    known: &known,
                };
                if let Some(id) = step_id(call) {
                    let new = self.step(writer, call, id, at, sometimes);
                    steps.extend(new.map(|index| (std::ptr::from_ref(call), index)));
                } else {
                    self.call(file, &known, call, at, (step, sometimes));
                }
            }
            match node {
                ASTNode::Expr(Expr::DynamicConstant(value, _)) => {
                    if let Some(body) = file.closure(value) {
                        self.walk(file, &body, known.clone(), step, sometimes);
                    }
                }
                ASTNode::Stmt(Stmt::Var(variable, ..)) => {
                    let name = variable.0.as_str();
                    let writer = Writer {
                        file,
                        known: &known,
                    };
                    let more = if file.changed.contains(name) {
                        " …"
                    } else {
                        ""
                    };
                    let mut value = writer.value(&variable.1);
                    let is_text = matches!(variable.1, Expr::StringConstant(..));
                    known.remove(name);
                    // A list that is added to is shown with what it begins with.
                    if value.is_list || (is_text && more.is_empty()) {
                        value.text.push_str(more);
                        known.insert(name.to_owned(), value);
                    }
                }
                _ => {}
            }
            true
        });
    }

    fn step(
        &mut self,
        writer: Writer<'_>,
        call: &FnCallExpr,
        id: &Expr,
        at: Position,
        sometimes: bool,
    ) -> Option<usize> {
        let place = place(&writer.file.name, at);
        let id = writer.text(id);
        if !self.seen.insert((None, place.clone(), id.clone())) {
            return None;
        }
        let option = |key: &str| match call.args.get(2) {
            Some(Expr::Map(map, _)) => {
                let found = map.0.iter().find(|(name, _)| name.as_str() == key);
                found.map(|(_, value)| value)
            }
            _ => None,
        };
        let after = match option("after") {
            None => Vec::new(),
            Some(Expr::Array(ids, _)) => ids.iter().map(|id| writer.text(id)).collect(),
            Some(other) => writer.text(other).split(' ').map(str::to_owned).collect(),
        };
        let title = call.args.get(1).map(|title| writer.text(title));
        self.flow.runs.push(Item::Step(FlowStep {
            step: id,
            title: title.unwrap_or_default(),
            after,
            sometimes: sometimes || option("when").is_some(),
            place,
            calls: Vec::new(),
        }));
        Some(self.flow.runs.len() - 1)
    }

    fn call(
        &mut self,
        file: &Rc<File>,
        known: &Known,
        call: &FnCallExpr,
        at: Position,
        (step, sometimes): (Option<usize>, bool),
    ) {
        let name = call.name.as_str();
        let writer = Writer { file, known };
        let alias = alias(&call.namespace);
        let target = if alias.is_empty() || alias == "global" {
            Some(file)
        } else {
            file.imports.get(alias)
        };
        if let Some(target) = target
            && let Some((params, body)) = target.function(name, call.args.len())
        {
            let this = (target.name.clone(), name.to_owned(), call.args.len());
            if self.inside.contains(&this) {
                return;
            }
            let values = call.args.iter().map(|value| writer.value(value));
            let known: Known = params.into_iter().zip(values).collect();
            self.inside.push(this);
            self.walk(target, &body, known, step, sometimes);
            self.inside.pop();
            return;
        }
        if !alias.is_empty() {
            return;
        }
        if matches!(name, "env" | "env_require")
            && let Some(first) = call.args.first()
        {
            self.variables(first);
        }
        if !self.primitives.contains(name) {
            return;
        }
        let words: Vec<_> = call
            .args
            .iter()
            .filter(|word| !is_closure(word))
            .map(|word| writer.words(word))
            .collect();
        let text = format!("{name} {}", words.join(" "));
        let place = place(&file.name, at);
        if !self.seen.insert((step, place.clone(), text.clone())) {
            return;
        }
        let call = FlowCall {
            call: text.trim_end().to_owned(),
            sometimes,
            place,
        };
        match step.and_then(|index| self.flow.runs.get_mut(index)) {
            Some(Item::Step(step)) => step.calls.push(call),
            _ => self.flow.runs.push(Item::Call(call)),
        }
    }

    fn variables(&mut self, keys: &Expr) {
        match keys {
            Expr::StringConstant(key, _) => {
                self.flow.variables.insert(key.to_string());
            }
            Expr::Array(keys, _) => keys.iter().for_each(|key| self.variables(key)),
            _ => {}
        }
    }
}

/// True if the last node is met only on a condition, or any number of times.
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
