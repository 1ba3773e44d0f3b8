//! Registers the functions of primitives, bound to the run they belong to.

use super::spec::Primitive;
use crate::fault::Failure;
use crate::process::{poll_signals, watch};
use crate::run::{Run, frame};
use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, NativeCallContext, Position, RhaiNativeFunc,
};
use std::sync::Arc;
use std::time::Duration;

/// What a primitive returns to a recipe, or throws.
pub(super) type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// How often a waiting primitive checks for a request to stop.
pub(super) const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// What a family registers its primitives with.
pub(super) struct Api<'a> {
    engine: &'a mut Engine,
    run: Arc<Run>,
    /// The primitive that was registered last, and how many of its forms were.
    last: (&'static str, usize),
    /// What each function returns in Rust, by the primitive.
    #[cfg(test)]
    pub returned: Vec<(&'static Primitive, std::any::TypeId)>,
}

impl<'a> Api<'a> {
    /// Registers into `engine` for `run`.
    pub(super) fn new(engine: &'a mut Engine, run: &Arc<Run>) -> Self {
        Self {
            engine,
            run: Arc::clone(run),
            last: ("", 0),
            #[cfg(test)]
            returned: Vec::new(),
        }
    }

    /// Registers the function of the next form of `primitive`, which `function` makes for the run.
    pub(super) fn add<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
        &mut self,
        primitive: &'static Primitive,
        function: impl FnOnce(Arc<Run>) -> FUNC,
    ) where
        R: rhai::Variant + Clone,
        FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        let index = match self.last {
            (name, count) if name == primitive.name => count,
            _ => 0,
        };
        self.last = (primitive.name, index + 1);
        #[cfg(test)]
        self.returned.push((primitive, std::any::TypeId::of::<R>()));
        // Rhai would derive worse names from the types of the function.
        let params = primitive.forms.get(index).copied().unwrap_or_default();
        let params = params.iter().map(|param| param.name);
        FuncRegistration::new(primitive.name)
            .with_params_info(params.chain([primitive.returns.name()]))
            .register_into_engine(self.engine, function(Arc::clone(&self.run)));
    }

    /// The engine and the run, for what is not a function.
    pub(super) fn engine(&mut self) -> (&mut Engine, &Arc<Run>) {
        (self.engine, &self.run)
    }
}

/// The run and the position of the call, which most primitives need.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub run: &'a Arc<Run>,
    /// The position in the recipe.
    pub at: Position,
}

impl<'a> Call<'a> {
    /// The call that `ctx` stands for.
    pub(super) fn new(run: &'a Arc<Run>, ctx: &NativeCallContext<'_>) -> Self {
        watch();
        Self {
            run,
            at: ctx.call_position(),
        }
    }

    /// As [`Call::new`], for a call that starts a program and handles signals while it waits.
    pub(super) fn that_starts(run: &'a Arc<Run>, ctx: &NativeCallContext<'_>) -> Self {
        poll_signals();
        Self {
            run,
            at: ctx.call_position(),
        }
    }

    /// Throws `failure` at the caller.
    pub(super) fn throw<T>(&self, failure: Failure) -> Thrown<T> {
        Err(failure.at(self.at))
    }

    /// Turns a failure into one thrown at the caller.
    pub(super) fn check<T>(&self, result: Result<T, Failure>) -> Thrown<T> {
        result.map_err(|failure| failure.at(self.at))
    }

    /// Ends the recipe, past every `catch`, because it was asked to stop.
    pub(super) fn stopped<T>(&self) -> Thrown<T> {
        Err(Box::new(EvalAltResult::ErrorTerminated(
            Dynamic::UNIT,
            self.at,
        )))
    }

    /// Ends the recipe if it was asked to stop.
    pub(super) fn check_stopped(&self) -> Thrown<()> {
        match frame().token.stop() {
            Some(_) => self.stopped(),
            None => Ok(()),
        }
    }

    /// True in a dry run.
    pub(super) fn dry(&self) -> bool {
        self.run.options.dry_run || frame().dry_run
    }

    /// Runs `work` on a thread of its own and waits for it, or for a request to stop. The thread is
    /// then abandoned, so `work` must be safe to end with the process.
    pub(super) fn cancellable<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Thrown<T> {
        let (tell, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // The receiver is gone once the wait was given up.
            let _unheard = tell.send(work());
        });
        loop {
            match done.recv_timeout(STOP_CHECK_INTERVAL) {
                Ok(result) => return Ok(result),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => self.check_stopped()?,
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return self.stopped(),
            }
        }
    }
}
