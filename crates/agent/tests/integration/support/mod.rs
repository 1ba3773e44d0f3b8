//! The real parts that the agent works with, and the agent as it is built.

#[path = "../../../../dsql/tests/support/mod.rs"]
pub(crate) mod postgres;

#[path = "../../../../../tests/integration/harness/ports.rs"]
pub(crate) mod ports;

pub(crate) mod agent;
pub(crate) mod cluster;
pub(crate) mod server;

pub(crate) use ports::free_port;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Asks until it is so; no test is about how long that takes.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "never: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A program on PATH or among those that scripts/test installs.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let tools = root().join("target/test-tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([tools.join("bin"), tools.join("prometheus/usr/bin")])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// An empty database with the Copilot's schema, and its URL.
pub(crate) fn store(postgres: &postgres::Postgres, name: &str) -> String {
    let url = postgres.database(name);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let text = std::fs::read_to_string(root().join("dev/schema/copilot.sql")).unwrap();
        copilot_dsql::apply(
            &copilot_dsql::Target::url(&url),
            &copilot_dsql::ConnectOptions::default(),
            copilot_dsql::Script {
                sql: &text,
                name: None,
            },
            &copilot_dsql::ApplyOptions::default(),
            &mut |_| {},
            std::future::pending(),
        )
        .await
        .unwrap();
    });
    url
}
