//! What a recipe can call: one file a family.

mod api;
mod args;
mod compose;
mod compose_program;
mod compose_wait;
mod docker;
mod dsql;
mod dsql_outcome;
mod env;
mod files;
mod http;
mod invoke;
mod recipes;
mod secret;
mod steps;
mod table;
mod talk;
mod terraform;
mod value;

pub use api::Api;
pub use args::words;
pub use secret::{is_secret, without_password};
pub use value::{from_json, to_json as json_of};

use crate::run::Run;
use rhai::Engine;
use std::sync::Arc;

/// Teaches `engine` every primitive, bound to `run`.
pub fn register(engine: &mut Engine, run: &Arc<Run>) {
    let mut api = Api::new(engine, run);
    invoke::register(&mut api);
    compose::register(&mut api);
    compose_wait::register(&mut api);
    docker::register(&mut api);
    terraform::register(&mut api);
    dsql::register(&mut api);
    env::register(&mut api);
    http::register(&mut api);
    steps::register(&mut api);
    talk::register(&mut api);
    files::register(&mut api);
    recipes::register(&mut api);
}
