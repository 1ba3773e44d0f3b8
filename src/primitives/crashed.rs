//! The lock that a run takes before its first change, and what the last holder has left behind if it was
//! killed or has crashed.

use super::api::{Call, Thrown};
use super::variables::Variables;
use crate::process::{Command, Sink, Token, is_below, left_of};
use crate::run::{Capture, Holder, Level, shown_holder};
use crate::screen::Stream;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The label of the containers of `docker_run` with the id of the run that started them.
pub(super) const RUN_LABEL: &str = "copilot.run";

/// How deep below the root the lock files of Terraform are searched.
const SEARCH_DEPTH: usize = 4;
/// How long Docker may take to list containers.
const DOCKER_TIMEOUT: Duration = Duration::from_secs(5);
/// The most processes that are named.
const MAX_PROCESSES: usize = 10;

/// Must be called before anything is changed; see [`Run::lock_checkout`](crate::run::Run::lock_checkout).
pub(super) fn lock_checkout(call: Call<'_>) -> Thrown<()> {
    if let Some(crashed) = call.check(call.run.lock_checkout())? {
        report(call, &crashed);
    }
    Ok(())
}

fn report(call: Call<'_>, crashed: &Holder) {
    let mut lines = processes(&crashed.run);
    lines.extend(containers(call, &crashed.run));
    lines.extend(terraform_locks(&call.run.root));
    let holder = shown_holder(Some(crashed));
    let reporter = &call.run.reporter;
    if lines.is_empty() {
        let text =
            format!("the last run that changed things was killed: {holder}; nothing of it is left");
        reporter.message(Level::Info, &text);
    } else {
        let text = format!(
            "the last run that changed things was killed: {holder}; it left behind:\n  {}",
            lines.join("\n  ")
        );
        reporter.message(Level::Warning, &text);
    }
}

fn processes(run: &str) -> Vec<String> {
    // A lock file of an older version names no run.
    if run.is_empty() {
        return Vec::new();
    }
    let left = left_of(run);
    let more = left.len().saturating_sub(MAX_PROCESSES);
    let mut lines: Vec<_> = left
        .iter()
        .take(MAX_PROCESSES)
        .map(|process| {
            let (pid, name) = (process.pid, &process.name);
            format!("the process {pid} ({name}); `kill {pid}` asks it to stop")
        })
        .collect();
    if more > 0 {
        lines.push(format!("{more} more processes"));
    }
    lines
}

fn containers(call: Call<'_>, run: &str) -> Vec<String> {
    list_containers(call)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, owner)| !run.is_empty() && is_below(owner, run))
        .map(|(name, _)| {
            format!("the container {name}; `docker rm --force {name}` stops and removes it")
        })
        .collect()
}

/// Lines of the name of a container and the run that started it. Empty if no engine answers soon.
fn list_containers(call: Call<'_>) -> String {
    let format = format!("{{{{.Names}}}} {{{{.Label \"{RUN_LABEL}\"}}}}");
    let filter = format!("label={RUN_LABEL}");
    let argv = [
        "docker", "ps", "--all", "--filter", &filter, "--format", &format,
    ];
    let mut command = Command::new(argv.map(str::to_owned).to_vec(), call.run.root.clone());
    command.timeout = Some(DOCKER_TIMEOUT);
    if let Ok(variables) = Variables::of_run(call.run) {
        command.variables = variables.for_children();
    }
    let capture = Arc::new(Capture::default());
    let sink: Arc<dyn Sink> = Arc::clone(&capture) as Arc<dyn Sink>;
    let outside = &call.run.outside;
    let ended = outside.run(&command, false, Some(&sink), false, &Token::default());
    if ended.is_ok_and(|outcome| outcome.exit.ok()) {
        capture.text(Stream::Stdout)
    } else {
        String::new()
    }
}

/// The lock files that a killed Terraform leaves beside a local state. The lock itself ends with the
/// process, so that the next command works; but its last change may be missing in the state.
fn terraform_locks(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    search(root, SEARCH_DEPTH, &mut found);
    found.sort();
    found
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let lock: Value = serde_json::from_str(&text).unwrap_or_default();
            let operation = lock["Operation"].as_str().unwrap_or("an unknown operation");
            let folder = path.parent().unwrap_or(root);
            let folder = folder.strip_prefix(root).unwrap_or(folder).display();
            format!(
                "the lock of Terraform's state in {folder}/ ({operation}); `terraform -chdir={folder} plan` \
                shows what is missing in the state"
            )
        })
        .collect()
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if name.starts_with('.') && name.ends_with(".lock.info") {
            found.push(entry.path());
        } else if is_folder && depth > 0 && !name.starts_with('.') && name != "node_modules" {
            search(&entry.path(), depth - 1, found);
        }
    }
}
