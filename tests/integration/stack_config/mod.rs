//! The shipped Compose files, as Compose resolves them: what holds for the stack as a whole.

mod clusters;
mod services;

const BASE_COMPOSE_FILE: &str = "docker-compose.yml";

const LOCAL_COMPOSE_FILE: &str = "docker-compose.local.yml";
