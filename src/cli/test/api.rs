//! Registers functions that work for the test that is being run.

use super::case::{Case, Judged};
use super::session::{Session, Thrown};
use crate::fault::Failure;
use rhai::{Dynamic, Engine, FuncRegistration, ImmutableString, NativeCallContext, RhaiNativeFunc};
use std::sync::Arc;

/// Registers `function` as `name` with its documentation.
pub(super) fn register<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
    engine: &mut Engine,
    name: &str,
    params: &[&str],
    docs: &str,
    function: FUNC,
) where
    R: rhai::Variant + Clone,
    FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
{
    FuncRegistration::new(name)
        .with_params_info(params)
        .with_comments([docs])
        .register_into_engine(engine, function);
}

/// Registers functions that work for the current test.
pub(super) struct Api<'a> {
    /// Where they are registered.
    pub engine: &'a mut Engine,
    /// The tests that they work for.
    pub session: &'a Arc<Session>,
}

impl Api<'_> {
    /// Registers a function; `work` finds in `case` the test that is being run.
    pub fn any<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        function: impl FnOnce(Arc<Session>) -> FUNC,
    ) where
        R: rhai::Variant + Clone,
        FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        let function = function(Arc::clone(self.session));
        register(self.engine, name, params, docs, function);
    }

    /// Registers a function of one argument.
    pub fn one<R: rhai::Variant + Clone>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Result<R, Failure> + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function = move |ctx: NativeCallContext<'_>, a: Dynamic| -> Thrown<R> {
            session.within(&ctx, |case| work(case, a))
        };
        register(self.engine, name, params, docs, function);
    }

    /// Registers a judgement of one argument.
    pub fn judge(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Judged + Send + Sync + 'static,
    ) {
        self.one(name, params, docs, move |case, value| {
            case.judge();
            work(case, value)
        });
    }

    /// Registers a judgement of a name and a value.
    pub fn judge_two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Judged + Send + Sync + 'static,
    ) {
        self.two(name, params, docs, move |case, what, value| {
            case.judge();
            work(case, what, value)
        });
    }

    /// Registers a function of a name and a value.
    pub fn two(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Judged + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function =
            move |ctx: NativeCallContext<'_>, a: ImmutableString, b: Dynamic| -> Thrown<()> {
                let done = session.case().and_then(|case| work(&case, &a, b));
                done.map_err(|failure| failure.at(ctx.call_position()))
            };
        register(self.engine, name, params, docs, function);
    }
}
