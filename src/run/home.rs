//! The context that a closure was written in, for calling it from elsewhere.

#[expect(
    deprecated,
    reason = "Rhai marks volatile items so; the version is pinned by the lock file"
)]
use rhai::NativeCallContextStore;
use rhai::{Engine, FnPtr, NativeCallContext};
use std::sync::Arc;

/// The functions, imports and constants that a closure can use. Rhai looks a closure up among the
/// functions of its caller, and so does not find one that was created by an imported file.
#[derive(Debug, Clone)]
#[expect(
    deprecated,
    reason = "Rhai marks volatile items so; the version is pinned by the lock file"
)]
pub(crate) struct Home(Arc<NativeCallContextStore>);

impl Home {
    /// The home of closures passed as arguments to the primitive called in `ctx`.
    #[expect(deprecated, reason = "Rhai marks volatile items so")]
    pub(crate) fn from_call(ctx: &NativeCallContext<'_>) -> Self {
        Self(Arc::new(ctx.store_data()))
    }

    /// A context in which the closures can be called.
    #[expect(deprecated, reason = "Rhai marks volatile items so")]
    pub(crate) fn context<'a>(&'a self, engine: &'a Engine) -> NativeCallContext<'a> {
        self.0.create_context(engine)
    }

    /// The context to call `closure` in, for a recipe that runs it in `ctx`; `None` if `ctx` itself
    /// will do.
    pub(crate) fn context_for<'a>(
        &'a self,
        closure: &FnPtr,
        ctx: &'a NativeCallContext<'_>,
    ) -> Option<NativeCallContext<'a>> {
        let name = closure.fn_name();
        let knows = ctx.iter_namespaces().any(|functions| {
            let mut names = functions.iter_script_fn_info();
            names.any(|(_, _, it, ..)| it == name)
        });
        (!knows).then(|| self.context(ctx.engine()))
    }
}
