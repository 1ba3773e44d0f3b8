//! `compose_config`: the project as Compose resolves it.

use super::api::{Api, Call, Thrown};
use super::args::word_list;
use super::compose_invocation::invocation;
use super::spec::{Argument, Effect, EffectRule, Primitive, Type};
use super::value::{from_json, parse_json};
use crate::fault::{Failure, Kind, Unknown};
use rhai::{Array, Dynamic, NativeCallContext};
use serde_json::Value;

pub(super) const COMPOSE_CONFIG: Primitive = Primitive {
    name: "compose_config",
    forms: &[&[Argument::plain("services", Type::Array)]],
    returns: Type::Map,
    docs: "The project as Compose resolves it, as a map: these services and those they depend on, or\n\
        all services for `[]`.\n\
        \n\
        Throws Compose's error if it refuses the files.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

/// The project as Compose resolves it, with these services and those they depend on, or with all if none
/// is named. `None` if a dry run cannot know.
pub(super) fn resolved(call: Call<'_>, services: &[String]) -> Thrown<Option<Value>> {
    let mut args = ["config", "--format", "json"].map(str::to_owned).to_vec();
    args.extend(services.iter().cloned());
    let Some(captured) = invocation(call, &args)?.capture(call)? else {
        return Ok(None);
    };
    // For a service that does not exist, some versions print nothing.
    if captured.stdout.trim().is_empty() {
        let message = format!(
            "`docker compose config` printed nothing for {}",
            services.join(", ")
        );
        return call.throw(Failure::new(Kind::Exit, message));
    }
    call.check(parse_json("docker compose config", &captured.stdout).map(Some))
}

fn compose_config(call: Call<'_>, services: &Array) -> Thrown<Dynamic> {
    let services = call.check(word_list("compose_config", services))?;
    Ok(resolved(call, &services)?
        .map_or_else(|| Unknown::value("docker compose config"), from_json))
}

pub(super) fn register(api: &mut Api<'_>) {
    api.add(&COMPOSE_CONFIG, |run| {
        move |ctx: NativeCallContext<'_>, services: Array| {
            compose_config(Call::new(&run, &ctx), &services)
        }
    });
}
