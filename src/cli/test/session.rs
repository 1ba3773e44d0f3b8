//! The tests of one file on their way: the one that runs now, and how the others ended.

use super::case::Case;
use super::lock::lock;
use super::report::Outcome;
use crate::fault::{Diagnostic, Failure, Kind, Place};
use crate::process::Token;
use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub(super) type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// The tests of one file on their way.
pub struct Session {
    root: PathBuf,
    token: Arc<Token>,
    /// What the name of a test must hold for it to be run.
    only: Option<String>,
    left_some_out: AtomicBool,
    /// How deep the calls are that the test itself makes.
    level: AtomicUsize,
    current: Mutex<Option<Arc<Case>>>,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Session {
    /// Of a file in the repository at `root`; `token` stops them.
    pub fn new(root: &Path, token: &Arc<Token>) -> Self {
        Self {
            root: root.to_owned(),
            token: Arc::clone(token),
            only: None,
            left_some_out: AtomicBool::default(),
            level: AtomicUsize::default(),
            current: Mutex::default(),
            outcomes: Mutex::default(),
        }
    }

    /// Runs only the tests whose names hold this.
    pub fn only(self, text: Option<&str>) -> Self {
        Self {
            only: text.map(ToOwned::to_owned),
            ..self
        }
    }

    /// True if there was a test that was not to be run.
    pub fn left_some_out(&self) -> bool {
        self.left_some_out.load(Ordering::Relaxed)
    }

    /// How those that have ended went.
    pub fn outcomes(&self) -> Vec<Outcome> {
        lock(&self.outcomes).clone()
    }

    /// The test that is being run.
    pub fn case(&self) -> Result<Arc<Case>, Failure> {
        let outside = || {
            Failure::recipe("this stands outside a test").with_hint(
                "a test is `test(\"what it does\", || { … });`; what tests share is a function",
            )
        };
        lock(&self.current).clone().ok_or_else(outside)
    }

    /// Does `work` for the current test; what goes wrong is thrown at the caller.
    pub fn within<T>(
        &self,
        ctx: &NativeCallContext<'_>,
        work: impl FnOnce(&Case) -> Result<T, Failure>,
    ) -> Thrown<T> {
        let done = self.case().and_then(|case| work(&case));
        done.map_err(|failure| failure.at(ctx.call_position()))
    }

    /// True if the test itself makes this call, not a function that sets a scene for many.
    pub fn is_said_by_the_test(&self, ctx: &NativeCallContext<'_>) -> bool {
        ctx.call_level() <= self.level.load(Ordering::Relaxed)
    }

    /// Runs the test `name`, whose body is `body`.
    pub fn test(&self, ctx: &NativeCallContext<'_>, name: &str, body: &FnPtr) -> Thrown<()> {
        let wrong = |message: String| Failure::recipe(message).at(ctx.call_position());
        let begun = Instant::now();
        if lock(&self.current).is_some() {
            return Err(wrong(format!("the test {name:?} stands inside another")));
        }
        if self.only.as_ref().is_some_and(|only| !name.contains(only)) {
            self.left_some_out.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if lock(&self.outcomes)
            .iter()
            .any(|outcome| outcome.test == name)
        {
            return Err(wrong(format!("two tests are called {name:?}")));
        }
        let case = Case::new(&self.root, &self.token)
            .map_err(|error| wrong(format!("cannot copy the repository: {error}")))?;
        let case = Arc::new(case);
        *lock(&self.current) = Some(Arc::clone(&case));
        // The closure is a level deeper, and what it calls one more.
        self.level.store(ctx.call_level() + 2, Ordering::Relaxed);
        let result = body.call_within_context::<Dynamic>(ctx, ());
        *lock(&self.current) = None;
        let own = Place::new(ctx.call_source().unwrap_or_default(), ctx.call_position());
        let own = own.map(|place| place.to_string());
        let failure = match result {
            Ok(_) => {
                let left_out = case.end().err();
                left_out.map(|failure| (failure.message, own.into_iter().collect()))
            }
            Err(error) => {
                let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
                    return Err(error);
                };
                let failure = Failure::from_thrown(value);
                if failure.kind == Kind::Recipe {
                    return Err(error);
                }
                let at = Diagnostic::of(&error, ctx.call_source());
                // That all of it happened in a call of `test` is no news.
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
