//! `copilot db` on a real PostgreSQL over TLS, from an empty folder.

mod commands;
mod refused;

use crate::harness::postgres::{Certificate, Postgres};
use crate::harness::{Ended, Repo, Test};
use serde_json::Value;

const SECRET: &str = "not-to-be-shown";

const DB_COMMANDS: [&str; 3] = ["setup-schema", "check-connection", "list-tables"];

/// Credentials, and nothing else of AWS.
fn credentials() -> Repo {
    without_credentials()
        .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", SECRET)
}

fn without_credentials() -> Repo {
    Repo::new().with("AWS_EC2_METADATA_DISABLED", "true")
}

/// What reaches `server`, whose authority this machine does not know.
fn reaching(server: &Postgres) -> Repo {
    credentials()
        .with("SSL_CERT_FILE", &server.ca)
        .with("COPILOT_DSQL_ENDPOINT", endpoint(server))
}

fn endpoint(server: &Postgres) -> String {
    format!("localhost:{}", server.port)
}

/// A server with the database `copilot`.
fn start() -> Option<Postgres> {
    let server = Postgres::start(Certificate::Localhost)?;
    server.psql("CREATE DATABASE copilot");
    Some(server)
}

/// `copilot db` with the words of `line`, in a folder with nothing in it or around it.
fn db<'a>(repo: &'a Repo, line: &'a str) -> Test<'a> {
    let words = ["db"].into_iter().chain(line.split_whitespace());
    repo.copilot(words).cwd("../home")
}

#[track_caller]
fn json_of(ended: &Ended) -> Value {
    without_secrets(ended);
    serde_json::from_slice(&ended.raw).unwrap()
}

#[track_caller]
fn without_secrets(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        for secret in ["X-Amz-Signature", SECRET, "AKIDEXAMPLE"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
