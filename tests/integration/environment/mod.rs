//! `env`, `env_source`, `env_file`, `env_require`, `env_set`, `env_unset`: the environment and `dev/.env`.

mod children;
mod compose;
mod pipe;
mod reading;
mod writing;
