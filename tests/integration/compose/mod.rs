//! `compose`, `compose_ps`, `compose_services` with real containers.

mod engine;
mod project;
mod stopping;

/// Two services that stop when asked to.
const TWO_SERVICES: &str = r#"
    services:
      web:
        image: IMAGE
        init: true
        command: sh -c "echo web is up; sleep 3600"
      worker:
        image: IMAGE
        init: true
        command: sh -c "echo worker is up; sleep 3600"
"#;
