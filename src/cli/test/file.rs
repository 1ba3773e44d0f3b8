//! Runs the tests of one file, in order.

use super::api::{self, Session};
use super::ran::RAN_KEYS;
use super::report::{Outcome, Results};
use crate::check::{explain, problems};
use crate::fault::{Diagnostic, Error};
use crate::process::Token;
use crate::recipe::Source;
use crate::run::{Frame, enter};
use std::path::Path;
use std::sync::Arc;

/// Where the tests are.
pub const FOLDER: &str = "recipes/_tests/";

/// Runs what is in `source`, the tests of `name`; those alone whose names hold `only`, if that is given.
pub fn run(
    root: &Path,
    name: &str,
    source: &Source,
    only: Option<&str>,
    token: &Arc<Token>,
) -> Results {
    let session = Arc::new(Session::new(root, token).only(only));
    let engine = api::engine(root, &session);
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
    let empty = wrong.is_none() && tests.is_empty() && !session.left_some_out();
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
    .with_hint("a test is `test(\"what it does\", || { … });`")
}

impl Outcome {
    /// True if nothing was wrong.
    pub fn passed(&self) -> bool {
        self.failure.is_none()
    }
}
