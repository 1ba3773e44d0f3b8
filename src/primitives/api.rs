//! Registers primitives with their documentation, bound to the run they belong to.

use crate::fault::Failure;
use crate::process::{poll_signals, watch};
use crate::run::{Run, frame};
use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, NativeCallContext, Position, RhaiNativeFunc,
};
use std::sync::Arc;

/// What a primitive gives a recipe, or throws at it.
pub type Thrown<T> = Result<T, Box<EvalAltResult>>;

/// What a family registers its primitives with.
pub struct Api<'a> {
    engine: &'a mut Engine,
    /// The run that the primitives work for.
    pub run: Arc<Run>,
    /// What was registered, for those who ask.
    listed: Option<Vec<Registered>>,
}

/// A function as it was registered.
#[derive(Debug)]
pub struct Registered {
    /// Its name.
    pub name: String,
    /// `name: type` of each parameter, and the type that is returned.
    pub params: Vec<String>,
    /// Its documentation, as lines of comments.
    pub docs: String,
    /// What it returns in Rust.
    #[cfg(test)]
    pub returned: std::any::TypeId,
}

impl<'a> Api<'a> {
    /// Registers into `engine` for `run`.
    pub fn new(engine: &'a mut Engine, run: &Arc<Run>) -> Self {
        Self {
            engine,
            run: Arc::clone(run),
            listed: None,
        }
    }

    /// What `register` registers, in order.
    pub fn list(
        engine: &'a mut Engine,
        run: &Arc<Run>,
        register: impl FnOnce(&mut Self),
    ) -> Vec<Registered> {
        let mut api = Self {
            listed: Some(Vec::new()),
            ..Self::new(engine, run)
        };
        register(&mut api);
        api.listed.unwrap_or_default()
    }

    /// Registers `function` as `name`. `params` are `name: type`, the last entry is the type
    /// that is returned; `docs` are the lines of its documentation.
    pub fn add<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        function: FUNC,
    ) where
        R: rhai::Variant + Clone,
        FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        if let Some(listed) = &mut self.listed {
            listed.push(Registered {
                name: name.to_owned(),
                params: params.iter().map(ToString::to_string).collect(),
                docs: docs.to_owned(),
                #[cfg(test)]
                returned: std::any::TypeId::of::<R>(),
            });
        }
        FuncRegistration::new(name)
            .with_params_info(params)
            .with_comments([docs])
            .register_into_engine(self.engine, function);
    }

    /// The engine, for what is not a function.
    pub fn engine(&mut self) -> &mut Engine {
        self.engine
    }
}

/// The position of the call, and the run: what most primitives need.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The run.
    pub run: &'a Arc<Run>,
    /// Where the recipe called.
    pub at: Position,
}

impl<'a> Call<'a> {
    /// The call that `ctx` stands for.
    pub fn new(run: &'a Arc<Run>, ctx: &NativeCallContext<'_>) -> Self {
        watch();
        Self {
            run,
            at: ctx.call_position(),
        }
    }

    /// As [`Call::new`], for a call that starts a program, which hears signals where it waits.
    pub fn that_starts(run: &'a Arc<Run>, ctx: &NativeCallContext<'_>) -> Self {
        poll_signals();
        Self {
            run,
            at: ctx.call_position(),
        }
    }

    /// Throws `failure` at the caller.
    pub fn throw<T>(&self, failure: Failure) -> Thrown<T> {
        Err(failure.at(self.at))
    }

    /// Turns a failure into one thrown at the caller.
    pub fn check<T>(&self, result: Result<T, Failure>) -> Thrown<T> {
        result.map_err(|failure| failure.at(self.at))
    }

    /// Ends the recipe, past every `catch`, because it was asked to stop.
    pub fn stopped<T>(&self) -> Thrown<T> {
        Err(Box::new(EvalAltResult::ErrorTerminated(
            Dynamic::UNIT,
            self.at,
        )))
    }

    /// Ends the recipe if it was asked to stop.
    pub fn still_wanted(&self) -> Thrown<()> {
        match frame().token.stop() {
            Some(_) => self.stopped(),
            None => Ok(()),
        }
    }

    /// True in a dry run.
    pub fn dry(&self) -> bool {
        self.run.options.dry_run || frame().dry_run
    }

    /// Runs `work` on a thread of its own and waits for it, or for a request to stop. The work
    /// is left to itself then: it must be one that ends with the process.
    pub fn cancellable<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Thrown<T> {
        let (tell, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Nobody listens any more once the wait was given up.
            let _unheard = tell.send(work());
        });
        loop {
            match done.recv_timeout(std::time::Duration::from_millis(50)) {
                Ok(result) => return Ok(result),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => self.still_wanted()?,
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return self.stopped(),
            }
        }
    }
}
