//! `compose_config`: the project as Compose resolves it.

use super::api::{Api, Call, Thrown};
use super::args::words;
use super::compose::invocation;
use super::value::{from_json, parse_json};
use crate::fault::{Failure, Kind, Unknown};
use rhai::{Array, Dynamic, NativeCallContext};
use serde_json::Value;
use std::sync::Arc;

/// The project as Compose resolves it, with these services and those they come after, or with all if none
/// is named. `None` if a dry run cannot know.
pub fn resolved(call: Call<'_>, services: &[String]) -> Thrown<Option<Value>> {
    let mut args = ["config", "--format", "json"].map(str::to_owned).to_vec();
    args.extend(services.iter().cloned());
    let Some(captured) = invocation(call, args)?.capture(call)? else {
        return Ok(None);
    };
    // Of a service that there is not, some versions print nothing.
    if captured.stdout.trim().is_empty() {
        let message = format!(
            "`docker compose config` shows nothing of {}",
            services.join(", ")
        );
        return call.throw(Failure::new(Kind::Exit, message));
    }
    call.check(parse_json("docker compose config", &captured.stdout).map(Some))
}

fn compose_config(call: Call<'_>, services: &Array) -> Thrown<Dynamic> {
    let services = call.check(words("compose_config", services))?;
    Ok(resolved(call, &services)?
        .map_or_else(|| Unknown::value("docker compose config"), from_json))
}

/// Registers it.
pub fn register(api: &mut Api<'_>) {
    let run = Arc::clone(&api.run);
    api.add(
        "compose_config",
        &["services: array", "map"],
        "/// The project as Compose resolves it, as a map: with these services and those they come\n\
         /// after, or with all if none is named.\n\
         ///\n\
         /// Throws what Compose says where it refuses the files.\n\
         ///\n\
         /// Reads.",
        move |ctx: NativeCallContext<'_>, services: Array| {
            compose_config(Call::new(&run, &ctx), &services)
        },
    );
}
