//! Where a closure was written, for when it is called from elsewhere.

#[expect(
    deprecated,
    reason = "Rhai marks volatile items so; the version is pinned by the lock file"
)]
use rhai::NativeCallContextStore;
use rhai::{Engine, FnPtr, NativeCallContext};
use std::sync::Arc;

/// The functions, imports and constants that a closure sees. Rhai looks for a closure among the
/// functions of whoever calls it, and so does not find one that an imported file made.
#[derive(Debug, Clone)]
#[expect(
    deprecated,
    reason = "Rhai marks volatile items so; the version is pinned by the lock file"
)]
pub struct Home(Arc<NativeCallContextStore>);

impl Home {
    /// That of the closures which `ctx`, a call of a primitive, was given.
    #[expect(deprecated, reason = "Rhai marks volatile items so")]
    pub fn of(ctx: &NativeCallContext<'_>) -> Self {
        Self(Arc::new(ctx.store_data()))
    }

    /// A context in which the closures of this place can be called.
    #[expect(deprecated, reason = "Rhai marks volatile items so")]
    pub fn context<'a>(&'a self, engine: &'a Engine) -> NativeCallContext<'a> {
        self.0.create_context(engine)
    }

    /// The context in which to call `closure` for the recipe that runs it in `ctx`; none if that
    /// one will do.
    pub fn context_for<'a>(
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
