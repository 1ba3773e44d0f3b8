//! Resolves `import "_lib/stack" as stack;` to files under `recipes/`, and to nothing else.

use super::parse_hint::parse_diagnostic;
use super::{CheckFn, Source};
use crate::fault::{Diagnostic, Failure, import_file, lock};
use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Loads the files that recipes import.
pub(crate) struct Resolver {
    recipes: PathBuf,
    /// Checks each imported file; without it files are only parsed.
    check: Option<CheckFn>,
    cache: Mutex<HashMap<String, Shared<Module>>>,
    /// The trees of files without errors: a check asks for the same file many times.
    trees: Mutex<HashMap<String, AST>>,
    root: PathBuf,
}

thread_local! {
    /// The files being compiled or checked because of an import, outermost first.
    static IMPORT_STACK: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// An entry of [`IMPORT_STACK`], removed when dropped.
struct ImportGuard;

impl ImportGuard {
    /// Begins the import of `file`. Fails with the cycle if the file imports itself, directly or not.
    fn begin(file: &str) -> Result<Self, String> {
        IMPORT_STACK.with_borrow_mut(|files| {
            if let Some(start) = files.iter().position(|other| other == file) {
                return Err(format!(
                    "{} imports {file}",
                    files[start..].join(" imports ")
                ));
            }
            files.push(file.to_owned());
            Ok(Self)
        })
    }
}

impl Drop for ImportGuard {
    fn drop(&mut self) {
        IMPORT_STACK.with_borrow_mut(Vec::pop);
    }
}

impl Resolver {
    /// Resolves imports in the repository at `root`, and checks the imported files with `check`.
    pub(crate) fn new(root: &Path, check: Option<CheckFn>) -> Self {
        Self {
            recipes: root.join("recipes"),
            check,
            cache: Mutex::default(),
            trees: Mutex::default(),
            root: root.to_owned(),
        }
    }

    fn compile(
        &self,
        engine: &Engine,
        path: &str,
        position: Position,
    ) -> Result<AST, Box<EvalAltResult>> {
        let missing = || {
            Box::new(EvalAltResult::ErrorModuleNotFound(
                path.to_owned(),
                position,
            ))
        };
        let file = import_file(path).ok_or_else(missing)?;
        let trees = || lock(&self.trees);
        let known = trees().get(&file).cloned();
        if let Some(ast) = known {
            return Ok(ast);
        }
        let _guard = ImportGuard::begin(&file).map_err(|cycle| {
            let message = format!("files import each other in a cycle: {cycle}");
            Failure::recipe(message).at(position)
        })?;
        let on_disk = self.recipes.join(file.trim_start_matches("recipes/"));
        let on_disk = on_disk.canonicalize().map_err(|_| missing())?;
        let recipes = self.recipes.canonicalize().map_err(|_| missing())?;
        if !on_disk.starts_with(recipes) {
            return Err(missing());
        }
        let source = Source::read(&on_disk, file.clone()).map_err(|_| missing())?;
        let inside = |error: EvalAltResult| {
            Box::new(EvalAltResult::ErrorInModule(
                file.clone(),
                Box::new(error),
                position,
            ))
        };
        // The problem can be in a file that this one imports.
        let wrong = |problem: Diagnostic| {
            let place = problem.place.as_ref();
            let elsewhere = place.map(|place| place.file.clone());
            let elsewhere = elsewhere.filter(|other| *other != file);
            let error = thrown(problem);
            inside(match elsewhere {
                Some(other) => EvalAltResult::ErrorInModule(other, error, Position::NONE),
                None => *error,
            })
        };
        let mut ast = engine
            .compile(&source.text)
            .map_err(|error| wrong(parse_diagnostic(&error, &source)))?;
        ast.set_source(file.as_str());
        let problems = self.check.map_or_else(Vec::new, |check| {
            check(engine, &self.root, &source, &[], &ast)
        });
        if let Some(problem) = problems.into_iter().find(|problem| !problem.warning) {
            return Err(wrong(problem));
        }
        trees().insert(file, ast.clone());
        Ok(ast)
    }
}

/// `problem` as an error of Rhai.
fn thrown(problem: Diagnostic) -> Box<EvalAltResult> {
    let Diagnostic {
        message,
        place,
        hint,
        ..
    } = problem;
    let failure = Failure {
        hint,
        ..Failure::recipe(message)
    };
    failure.at(place.map_or(Position::NONE, |place| {
        Position::new(
            u16::try_from(place.line).unwrap_or(u16::MAX),
            u16::try_from(place.column).unwrap_or(u16::MAX),
        )
    }))
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let known = |path: &str| lock(&self.cache).get(path).cloned();
        if let Some(module) = known(path) {
            return Ok(module);
        }
        let ast = self.compile(engine, path, position)?;
        let module = Module::eval_ast_as_new(Scope::new(), &ast, engine).map_err(|error| {
            let file = ast.source().unwrap_or(path).to_owned();
            Box::new(EvalAltResult::ErrorInModule(file, error, position))
        })?;
        let module = Shared::new(module);
        lock(&self.cache).insert(path.to_owned(), module.clone());
        Ok(module)
    }

    fn resolve_ast(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Option<Result<AST, Box<EvalAltResult>>> {
        Some(self.compile(engine, path, position))
    }
}
