//! The Rhai engine that recipes run in.

use super::{families, sizes, unknown};
use crate::process::{MAX_MEMORY_BYTES, is_over, measure, watch, watch_memory};
use crate::recipe::{CheckFn, Header, Resolver, set_limits};
use crate::run::{Run, is_stopped};
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, Module, OptimizationLevel, Shared};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// How an engine finds Rhai's own functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Functions {
    /// Each is searched when it is first called. Registering all of them would take a third of a short run.
    OnDemand,
    /// All are registered, those of [`sizes`] in place of Rhai's own, for a recipe with loops. Rhai does not remember what it has found for some
    /// operators, nor for the closures that methods such as `filter` call.
    Registered,
}

impl Functions {
    /// What suits a recipe.
    pub(crate) const fn for_recipe(header: &Header) -> Self {
        if header.wants_all_functions {
            Self::Registered
        } else {
            Self::OnDemand
        }
    }
}

/// An engine with every primitive, bound to `run`.
pub(crate) fn new_engine(run: &Arc<Run>, functions: Functions) -> Engine {
    let mut engine = bare_engine(&run.root, Some(run.check), functions);
    unknown::register(&mut engine);
    families::register(&mut engine, run);
    engine
}

/// How many operations are checked here. After that a thread measures, so that long loops do not pay.
const MEASURED_OPERATIONS: u64 = 1024;

/// True if the process uses too much memory. A value that doubles gets huge within a few operations.
fn uses_too_much(operations: u64) -> bool {
    match operations {
        0..MEASURED_OPERATIONS => operations.is_multiple_of(8) && measure(),
        MEASURED_OPERATIONS => {
            watch_memory();
            is_over()
        }
        _ => is_over(),
    }
}

/// An engine without primitives, which imports from `recipes/` of the repository at `root` and checks
/// what it imports with `check`.
pub(crate) fn bare_engine(root: &Path, check: Option<CheckFn>, functions: Functions) -> Engine {
    static REGISTERED: LazyLock<Shared<Module>> = LazyLock::new(|| {
        let mut module = StandardPackage::new().as_shared_module();
        sizes::replace(Shared::make_mut(&mut module));
        module
    });
    let mut engine = Engine::new_raw();
    engine.register_global_module(match functions {
        Functions::OnDemand => StandardPackage::new_lazy().as_shared_module(),
        Functions::Registered => REGISTERED.clone(),
    });
    set_limits(&mut engine);
    // A check cannot see what an optimizer removes, and recipes wait for programs, not for Rhai.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_fail_on_invalid_map_property(true);
    engine.set_strict_variables(true);
    engine.set_module_resolver(Resolver::new(root, check));
    engine.on_progress(|operations| {
        if uses_too_much(operations) {
            let limit = MAX_MEMORY_BYTES / 1024 / 1024 / 1024;
            let text = format!("the recipe uses more than {limit} GiB of memory");
            return Some(text.into());
        }
        // Often enough for an endless loop to end at once, rarely enough to cost nothing.
        let is_due = operations % 64 == 0;
        if is_due {
            watch();
        }
        (is_due && is_stopped()).then_some(Dynamic::UNIT)
    });
    engine
}
