//! Runs the tests of one file in order.

use super::ran::RAN_KEYS;
use super::report::Results;
use super::session::Session;
use super::vocabulary;
use crate::check::{explain, problems};
use crate::fault::{Diagnostic, Error};
use crate::process::Token;
use crate::recipe::Source;
use crate::run::{Frame, enter};
use std::path::Path;
use std::sync::Arc;

/// Runs the tests in `source`, which belong to the recipe `name`; with `only`, those whose names
/// contain it.
pub(super) fn run(
    root: &Path,
    name: &str,
    source: &Source,
    only: Option<&str>,
    token: &Arc<Token>,
) -> Results {
    let session = Arc::new(Session::new(root, token).filtered_by(only));
    let engine = vocabulary::engine(root, &session);
    let wrong = problems(&engine, root, source)
        .into_iter()
        .next()
        .or_else(|| {
            let _frame = enter(Frame {
                token: Arc::clone(token),
                ..Frame::default()
            });
            let mut ast = engine.compile(&source.text).ok()?;
            ast.set_source(source.file.as_str());
            let error = engine.run_ast(&ast).err()?;
            let file = Some(source.file.as_str());
            Some(explain(&error, &engine, &RAN_KEYS, root, file))
        });
    let tests = session.outcomes();
    let empty = wrong.is_none() && tests.is_empty() && !session.skipped_some();
    let wrong = if empty { Some(no_tests(source)) } else { wrong };
    Results {
        name: name.to_owned(),
        file: source.file.clone(),
        tests,
        wrong: wrong.map(|diagnostic| Error::Recipe(Box::new(diagnostic))),
    }
}

fn no_tests(source: &Source) -> Diagnostic {
    let message = format!("{} has no tests", source.file);
    Diagnostic {
        message,
        ..Diagnostic::default()
    }
    .with_hint("write a test as `test(\"what it does\", || { … });`")
}
