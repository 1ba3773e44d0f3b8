//! A run of the tests of one file: the current test, and the outcomes of the others.

use super::case::Case;
use super::report::Outcome;
use crate::fault::{Diagnostic, Failure, Kind, Place, lock};
use crate::process::Token;
use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub(super) type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// A run of the tests of one file.
pub(crate) struct Session {
    root: PathBuf,
    token: Arc<Token>,
    /// Only tests whose names contain this text run.
    only: Option<String>,
    skipped_some: AtomicBool,
    /// The call depth of calls that the test itself makes.
    level: AtomicUsize,
    current: Mutex<Option<Arc<Case>>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Session {
    /// A run for a file in the repository at `root`; `token` stops it.
    pub(crate) fn new(root: &Path, token: &Arc<Token>) -> Self {
        Self {
            root: root.to_owned(),
            token: Arc::clone(token),
            only: None,
            skipped_some: AtomicBool::default(),
            level: AtomicUsize::default(),
            current: Mutex::default(),
            outcomes: Mutex::default(),
        }
    }

    /// Runs only the tests whose names contain `text`.
    pub(crate) fn filtered_by(self, text: Option<&str>) -> Self {
        Self {
            only: text.map(ToOwned::to_owned),
            ..self
        }
    }

    /// True if a test was skipped because of its name.
    pub(crate) fn skipped_some(&self) -> bool {
        self.skipped_some.load(Ordering::Relaxed)
    }

    /// The outcomes of the tests that have ended.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        lock(&self.outcomes).clone()
    }

    /// The current test; an error outside of tests.
    pub(crate) fn case(&self) -> Result<Arc<Case>, Failure> {
        let outside = || {
            Failure::recipe("called outside a test").with_hint(
            "write a test as `test(\"what it does\", || { … });`, and put shared code in a function",
            )
        };
        lock(&self.current).clone().ok_or_else(outside)
    }

    /// Calls `work` with the current test, and throws its failure at the position of the call.
    pub(crate) fn with_current_case<T>(
        &self,
        ctx: &NativeCallContext<'_>,
        work: impl FnOnce(&Case) -> Result<T, Failure>,
    ) -> Thrown<T> {
        let done = self.case().and_then(|case| work(&case));
        done.map_err(|failure| failure.at(ctx.call_position()))
    }

    /// True if the test makes this call itself, and not in a function that several tests share.
    pub(crate) fn is_called_by_the_test(&self, ctx: &NativeCallContext<'_>) -> bool {
        ctx.call_level() <= self.level.load(Ordering::Relaxed)
    }

    /// Runs the test `name` with the closure `body`.
    pub(crate) fn test(&self, ctx: &NativeCallContext<'_>, name: &str, body: &FnPtr) -> Thrown<()> {
        let wrong = |message: String| Failure::recipe(message).at(ctx.call_position());
        let begun = Instant::now();
        if lock(&self.current).is_some() {
            return Err(wrong(format!("the test {name:?} is inside another test")));
        }
        if self.only.as_ref().is_some_and(|only| !name.contains(only)) {
            self.skipped_some.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if lock(&self.outcomes)
            .iter()
            .any(|outcome| outcome.test == name)
        {
            return Err(wrong(format!("two tests have the name {name:?}")));
        }
        let case = Case::new(&self.root, &self.token)
            .map_err(|error| wrong(format!("cannot copy the repository: {error}")))?;
        let case = Arc::new(case);
        *lock(&self.current) = Some(Arc::clone(&case));
        // The closure is one level deeper, and its calls are another.
        self.level.store(ctx.call_level() + 2, Ordering::Relaxed);
        let result = body.call_within_context::<Dynamic>(ctx, ());
        *lock(&self.current) = None;
        let own = Place::new(ctx.call_source().unwrap_or_default(), ctx.call_position());
        let own = own.map(|place| place.to_string());
        let failure = match result {
            Ok(_) => {
                let omission = case.end().err();
                omission.map(|failure| (failure.message, own.into_iter().collect()))
            }
            Err(error) => {
                let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
                    return Err(error);
                };
                let failure = Failure::from_thrown(value);
                if failure.kind == Kind::Recipe {
                    return Err(error);
                }
                let at = Diagnostic::from_rhai(&error, ctx.call_source());
                // The call of `test` itself is not worth showing.
                let places = at.places().into_iter();
                let places = places.filter(|place| Some(place) != own.as_ref());
                Some((failure.message, places.collect()))
            }
        };
        lock(&self.outcomes).push(Outcome {
            test: name.to_owned(),
            time: begun.elapsed(),
            failure,
        });
        Ok(())
    }
}
