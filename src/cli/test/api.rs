//! Registers functions that act on the current test.

use super::case::{Case, Checked};
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

/// Registers functions that act on the current test.
pub(super) struct Api<'a> {
    /// The engine to register them in.
    pub engine: &'a mut Engine,
    /// The run whose current test they act on.
    pub session: &'a Arc<Session>,
}

impl Api<'_> {
    /// Registers the function that `function` returns for the session.
    pub(super) fn any<A: 'static, const N: usize, const X: bool, R, const F: bool, FUNC>(
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

    /// Registers a function with one argument.
    pub(super) fn one_argument<R: rhai::Variant + Clone>(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Result<R, Failure> + Send + Sync + 'static,
    ) {
        let session = Arc::clone(self.session);
        let function = move |ctx: NativeCallContext<'_>, a: Dynamic| -> Thrown<R> {
            session.with_current_case(&ctx, |case| work(case, a))
        };
        register(self.engine, name, params, docs, function);
    }

    /// Registers a check with one argument.
    pub(super) fn check(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, Dynamic) -> Checked + Send + Sync + 'static,
    ) {
        self.one_argument(name, params, docs, move |case, value| {
            case.check();
            work(case, value)
        });
    }

    /// Registers a check with a name and a value.
    pub(super) fn check_two_arguments(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Checked + Send + Sync + 'static,
    ) {
        self.two_arguments(name, params, docs, move |case, what, value| {
            case.check();
            work(case, what, value)
        });
    }

    /// Registers a function with a name and a value.
    pub(super) fn two_arguments(
        &mut self,
        name: &str,
        params: &[&str],
        docs: &str,
        work: impl Fn(&Case, &str, Dynamic) -> Checked + Send + Sync + 'static,
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
