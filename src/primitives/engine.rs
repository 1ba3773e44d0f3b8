//! The Rhai engine that recipes run in.

use super::{families, unknown};
use crate::process::watch;
use crate::recipe::{CheckFn, Resolver, set_limits};
use crate::run::{Run, is_stopped};
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, OptimizationLevel};
use std::path::Path;
use std::sync::Arc;

/// An engine with every primitive, bound to `run`.
pub(crate) fn new_engine(run: &Arc<Run>) -> Engine {
    let mut engine = bare_engine(&run.root, Some(run.check));
    unknown::register(&mut engine);
    families::register(&mut engine, run);
    engine
}

/// An engine without primitives, which imports from `recipes/` of the repository at `root` and checks
/// what it imports with `check`.
pub(crate) fn bare_engine(root: &Path, check: Option<CheckFn>) -> Engine {
    let mut engine = Engine::new_raw();
    // Registering all of Rhai's own functions would take a third of a short run; this way each
    // is looked up when it is first called.
    engine.register_global_module(StandardPackage::new_lazy().as_shared_module());
    set_limits(&mut engine);
    // A check cannot see what an optimizer removes, and recipes wait for programs, not for Rhai.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_fail_on_invalid_map_property(true);
    engine.set_strict_variables(true);
    engine.set_module_resolver(Resolver::new(root, check));
    engine.on_progress(|operations| {
        // Often enough for an endless loop to end at once, rarely enough to cost nothing.
        let is_due = operations % 64 == 0;
        if is_due {
            watch();
        }
        (is_due && is_stopped()).then_some(Dynamic::UNIT)
    });
    engine
}
