//! What a recipe can call: one file a family.

#[macro_use]
mod option_docs;
mod api;
mod args;
mod compose;
mod compose_changes;
mod compose_config;
mod compose_files;
mod compose_networks;
mod compose_program;
mod compose_standing;
mod compose_wait;
mod docker;
mod dsql;
mod dsql_outcome;
mod dsql_token;
mod engine;
mod env;
mod files;
mod http;
mod invoke;
mod option_values;
mod options;
mod recipes;
mod reference;
mod secret;
mod step_selected;
mod steps;
mod table;
mod talk;
mod terraform;
mod unknown;
mod value;

pub use api::Api;
pub use args::{duration, text_argument, words};
pub use compose_files::services_in_files;
pub use engine::{bare_engine, new_engine};
pub use env::check_variable;
pub use option_values::check_option;
pub use options::{no_such_option, options};
pub use recipes::param_value;
pub use reference::{Family, Opt, Primitive, Typed, families};
pub use secret::{is_secret, without_password};
pub use steps::check_id;
pub use value::{from_json, to_json as json_of};

use crate::run::Run;
use rhai::Engine;
use std::sync::Arc;

/// What registers the primitives of a family.
type Register = fn(&mut Api<'_>);

/// The families: name, what it is about, what registers it.
const FAMILIES: [(&str, &str, &[Register]); 11] = [
    ("process", "programs", &[invoke::register]),
    (
        "compose",
        "the services",
        &[
            compose::register,
            compose_config::register,
            compose_wait::register,
        ],
    ),
    ("docker", "images and containers", &[docker::register]),
    (
        "terraform",
        "resources in the cloud",
        &[terraform::register],
    ),
    ("dsql", "databases", &[dsql::register, dsql_token::register]),
    ("env", "variables", &[env::register]),
    ("http", "requests", &[http::register]),
    (
        "steps",
        "plans and time",
        &[steps::register, step_selected::register],
    ),
    ("talk", "what the user sees and is asked", &[talk::register]),
    ("files", "the repository", &[files::register]),
    ("recipes", "other recipes", &[recipes::register]),
];

/// Teaches `engine` every primitive, bound to `run`.
pub fn register(engine: &mut Engine, run: &Arc<Run>) {
    let mut api = Api::new(engine, run);
    for register in FAMILIES.iter().flat_map(|(_, _, all)| *all) {
        register(&mut api);
    }
}
