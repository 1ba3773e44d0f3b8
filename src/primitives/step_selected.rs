//! `step_selected`: whether the user lets a step run.

use super::api::Api;
use super::spec::{Argument, Effect, EffectRule, Meaning, Primitive, Type};

pub(super) const STEP_SELECTED: Primitive = Primitive {
    name: "step_selected",
    forms: &[&[Argument::new("id", Type::Text, Meaning::StepId)]],
    returns: Type::Bool,
    docs: "True if `--only`, `--skip` and `--resume` let the step with this id run, for what a recipe asks\n\
        or prepares before its plan.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

pub(super) fn register(api: &mut Api<'_>) {
    api.add(&STEP_SELECTED, |run| move |id: &str| run.selects(id));
}
