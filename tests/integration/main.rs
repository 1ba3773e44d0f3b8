//! The integration tests of `copilot`, one program: a module for each feature, on one harness.

#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs as a user does, not as the host does"
)]

mod api;
mod boards;
mod build;
mod check;
mod check_plans;
mod cli;
mod clusters;
mod comparison;
mod completions;
mod completions_shells;
mod compose;
mod compose_networks;
mod compose_wait;
mod dashboards;
mod dashboards_prometheus;
mod dashboards_queries;
mod dashboards_references;
mod dashboards_rules;
mod db;
mod definition;
mod definitions;
mod diagnostics;
mod docker;
mod docs;
mod dry_run;
mod dsql;
mod dynamic_config;
mod entrypoint;
mod environment;
mod events;
mod events_schema;
mod files;
mod first_steps;
mod github;
mod guide;
mod harness;
mod http;
mod images;
mod infra;
mod init_local;
mod interrupts;
mod journal;
mod justfile;
mod kb_jobs;
mod kb_sync;
mod layering;
mod layout;
mod live;
mod live_screen;
mod new;
mod output;
mod params;
mod picture;
mod processes;
mod quickstart;
mod recipe_recorder;
mod recipe_test_files;
mod recipe_tests;
mod resume;
mod schema_interrupted;
mod schema_setup;
mod series;
mod shared_steps;
mod show;
mod stack;
mod stack_config;
mod stack_discovery;
mod stack_docs;
mod stack_graph;
mod stack_observability;
mod stack_ready;
mod stack_variables;
mod step_selected;
mod steps;
mod talk;
mod terminal;
mod terraform;
mod terraform_dev;
mod unknown;
