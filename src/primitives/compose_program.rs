//! Finds Compose: the plugin of the Docker CLI, or the standalone program.

use super::api::{Call, Thrown};
use super::invoke::{Invocation, how_to_get};
use super::spec::Effect;
use crate::fault::Failure;
use crate::process::{is_executable, on_path};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// `docker compose` where the plugin is installed, else `docker-compose` of version 2 or later.
pub(super) fn program(call: Call<'_>) -> Thrown<Vec<String>> {
    if has(call, "docker") && call.run.outside.has("docker-compose", has_plugin) {
        return Ok(vec!["docker".to_owned(), "compose".to_owned()]);
    }
    if !has(call, "docker-compose") {
        return call.throw(if has(call, "docker") {
            Failure::missing(
                "Docker Compose is not installed",
                "install the Compose plugin: docs.docker.com/compose/install",
            )
        } else {
            let how = how_to_get("docker").unwrap_or_default();
            Failure::missing("docker is not installed, or not on PATH", how)
        });
    }
    let argv = ["docker-compose", "version", "--short"]
        .map(str::to_owned)
        .to_vec();
    let asked = Invocation::new(call, argv, Effect::Reads, "docker").capture(call)?;
    let version = asked
        .map(|asked| asked.stdout.trim().to_owned())
        .unwrap_or_default();
    let major: Option<u32> = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    match major {
        Some(major) if major >= 2 => Ok(vec!["docker-compose".to_owned()]),
        _ => call.throw(Failure::missing(
            format!("docker-compose {version} is too old: version 2 or later is needed"),
            "install the Compose plugin: docs.docker.com/compose/install",
        )),
    }
}

fn has(call: Call<'_>, program: &str) -> bool {
    call.run.outside.has(program, || on_path(program).is_some())
}

/// Searches where the Docker CLI searches for its plugins. Asking it would cost tens of milliseconds.
fn has_plugin() -> bool {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let config = std::env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| home.map(|home| home.join(".docker")));
    let mut folders: Vec<PathBuf> = [
        "/usr/local/lib/docker/cli-plugins",
        "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins",
        "/usr/libexec/docker/cli-plugins",
        // Docker Desktop and Homebrew on macOS.
        "/Applications/Docker.app/Contents/Resources/cli-plugins",
        "/opt/homebrew/lib/docker/cli-plugins",
    ]
    .map(PathBuf::from)
    .to_vec();
    if let Some(config) = config {
        folders.extend(extra_folders(&config));
        folders.push(config.join("cli-plugins"));
    }
    folders
        .iter()
        .any(|folder| is_executable(&folder.join("docker-compose")))
}

fn extra_folders(config: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(config.join("config.json")).unwrap_or_default();
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let folders = json["cliPluginsExtraDirs"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    folders
        .iter()
        .filter_map(Value::as_str)
        .map(PathBuf::from)
        .collect()
}
