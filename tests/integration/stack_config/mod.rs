//! The shipped Compose files, as Compose resolves them: what holds for the stack as a whole.

mod clusters;
mod services;

const BASE: &str = "docker-compose.yml";

const LOCAL: &str = "docker-compose.local.yml";
