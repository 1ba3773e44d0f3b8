//! The table of all primitives, by family, with what registers each.

use super::api::Api;
use super::spec::Primitive;
use super::{
    compose, compose_config, compose_wait, docker, docker_build, dsql, dsql_token, env, exec,
    files, http, recipes, secret, step_selected, steps, talk, terraform,
};
use crate::run::Run;
use rhai::Engine;
use std::sync::Arc;

/// Primitives that belong together.
pub(crate) struct Family {
    pub name: &'static str,
    /// What its primitives work with.
    pub about: &'static str,
    /// Its primitives, in the order in which they are best read.
    pub primitives: &'static [&'static Primitive],
    /// What registers their functions.
    pub(super) register: &'static [fn(&mut Api<'_>)],
}

/// Every family.
pub(crate) static FAMILIES: [Family; 11] = [
    Family {
        name: "process",
        about: "programs",
        primitives: &[&exec::EXEC, &exec::CAPTURE],
        register: &[exec::register],
    },
    Family {
        name: "compose",
        about: "the services",
        primitives: &[
            &compose::COMPOSE,
            &compose::COMPOSE_PS,
            &compose::COMPOSE_SERVICES,
            &compose_config::COMPOSE_CONFIG,
            &compose_wait::COMPOSE_WAIT,
        ],
        register: &[
            compose::register,
            compose_config::register,
            compose_wait::register,
        ],
    },
    Family {
        name: "docker",
        about: "images and containers",
        primitives: &[
            &docker_build::DOCKER_BUILD,
            &docker::DOCKER_RUN,
            &docker::IMAGE_EXISTS,
        ],
        register: &[docker::register, docker_build::register],
    },
    Family {
        name: "terraform",
        about: "cloud resources",
        primitives: &[&terraform::TERRAFORM, &terraform::TERRAFORM_OUTPUT],
        register: &[terraform::register],
    },
    Family {
        name: "dsql",
        about: "databases",
        primitives: &[&dsql::PSQL_DSQL, &dsql_token::DSQL_TOKEN],
        register: &[dsql::register, dsql_token::register],
    },
    Family {
        name: "env",
        about: "variables",
        primitives: &[
            &env::ENV,
            &env::ENV_SOURCE,
            &env::ENV_FILE,
            &env::ENV_REQUIRE,
            &env::ENV_SET,
            &env::ENV_UNSET,
        ],
        register: &[env::register],
    },
    Family {
        name: "http",
        about: "requests",
        primitives: &[&http::HTTP, &http::WAIT_HTTP],
        register: &[http::register],
    },
    Family {
        name: "steps",
        about: "plans and time",
        primitives: &[
            &steps::STEP,
            &steps::RUN_STEPS,
            &steps::DEFER,
            &steps::RETRY,
            &steps::SLEEP,
            &steps::KNOWN,
            &step_selected::STEP_SELECTED,
        ],
        register: &[steps::register, step_selected::register],
    },
    Family {
        name: "talk",
        about: "what the user sees and is asked",
        primitives: &[
            &talk::TITLE,
            &talk::INFO,
            &talk::SUCCESS,
            &talk::WARN,
            &talk::FAIL,
            &talk::TABLE,
            &talk::CONFIRM,
            &secret::SECRET,
        ],
        register: &[talk::register, secret::register],
    },
    Family {
        name: "files",
        about: "the repository",
        primitives: &[
            &files::ROOT,
            &files::PATH_EXISTS,
            &files::READ_FILE,
            &files::WRITE_FILE,
            &files::GLOB,
        ],
        register: &[files::register],
    },
    Family {
        name: "recipes",
        about: "other recipes",
        primitives: &[&recipes::RECIPE, &recipes::DRY_RUN, &recipes::HOST_VERSION],
        register: &[recipes::register],
    },
];

/// Every primitive.
pub(crate) fn primitives() -> impl Iterator<Item = &'static Primitive> {
    FAMILIES
        .iter()
        .flat_map(|family| family.primitives.iter().copied())
}

/// The primitive of this name.
pub(crate) fn primitive(name: &str) -> Option<&'static Primitive> {
    primitives().find(|primitive| primitive.name == name)
}

/// The keys of the maps that primitives return.
pub(crate) fn returned_keys() -> Vec<&'static str> {
    let keys = primitives().flat_map(|primitive| primitive.keys.iter().copied());
    keys.collect()
}

/// Teaches `engine` every primitive, bound to `run`.
pub(super) fn register(engine: &mut Engine, run: &Arc<Run>) {
    let mut api = Api::new(engine, run);
    for register in FAMILIES.iter().flat_map(|family| family.register) {
        register(&mut api);
    }
}
