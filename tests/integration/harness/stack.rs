//! The stack that is shipped: its Compose files, resolved by the real Compose.

use super::has_compose;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of this repository.
pub(crate) fn shipped_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What is in a file of this repository.
pub(crate) fn shipped_text(path: &str) -> String {
    std::fs::read_to_string(shipped_file(path)).unwrap()
}

/// The Compose files of `dev/` with these names, resolved with these variables and the example's
/// values; `None`, and said, without Compose.
#[track_caller]
pub(crate) fn resolved(files: &[&str], variables: &[(&str, &str)]) -> Option<Value> {
    if !has_compose() {
        return None;
    }
    let mut command = Command::new("docker");
    command.env_clear().env("HOME", "/home/someone");
    for key in ["PATH", "DOCKER_CONFIG"] {
        if let Some(value) = std::env::var_os(key) {
            command.env(key, value);
        }
    }
    command.args(["compose", "--project-directory", "dev"]);
    // A developer's own dev/.env is not asked.
    command.args(["--env-file", "dev/.env.example"]);
    for file in files {
        command.arg("-f").arg(format!("dev/{file}"));
    }
    let output = command
        .args(["config", "--format", "json"])
        .envs(variables.iter().copied())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The services of a resolved project, sorted by name.
pub(crate) fn services(project: &Value) -> Vec<(&str, &Value)> {
    let mut services: Vec<_> = project["services"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, service)| (name.as_str(), service))
        .collect();
    services.sort_by_key(|(name, _)| *name);
    services
}
