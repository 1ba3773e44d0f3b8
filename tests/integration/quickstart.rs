//! The shipped quickstart recipe, on a real PostgreSQL.

use crate::harness::{
    Repo, Signal, allowed_to_be_skipped, assert_starts_with, eventually, skipped,
};
use std::path::Path;
use std::process::Command;

/// A repository with the shipped recipes and schema, or `None` without PostgreSQL.
fn shipped() -> Option<Repo> {
    let find = "command -v initdb || ls /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb";
    let found = Command::new("sh").args(["-c", find]).output().unwrap();
    if found.stdout.is_empty() {
        skipped("PostgreSQL (initdb)");
        return None;
    }
    let repo = Repo::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["recipes", "dev/schema"] {
        copy(&from.join(folder), folder, &repo);
    }
    Some(repo)
}

fn copy(from: &Path, to: &str, repo: &Repo) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            copy(&path, &to, repo);
        } else {
            repo.write(&to, std::fs::read(&path).unwrap());
        }
    }
}

/// The folder of the server, from what the run said.
fn server_folder(said: &str) -> String {
    let start = said.find("/tmp/copilot-quickstart.").expect(said);
    let rest = &said[start..];
    rest[..rest.find(char::is_whitespace).unwrap()].to_owned()
}

/// Neither data nor a process that works on it.
fn assert_gone(folder: &str) {
    assert!(!Path::new(folder).exists(), "{folder} was left behind");
    eventually("the server to be gone", || {
        let listing = Command::new("ps").args(["-A", "-o", "args="]).output();
        !String::from_utf8_lossy(&listing.unwrap().stdout).contains(folder)
    });
}

#[test]
fn it_applies_the_schema_twice_and_leaves_nothing_behind() {
    let Some(repo) = shipped() else { return };
    let ended = repo.dev("quickstart").any_output().run();
    for line in [
        "dev/schema/copilot.sql: 15 applied, 0 unchanged",
        "dev/schema/copilot.sql: 0 applied, 15 unchanged",
        "-- again: unchanged (<time>)",
        "`up` would stop: dev/.env does not exist.",
        "quickstart: 1 ok, 1 unchanged in <time>",
    ] {
        assert!(ended.stderr.contains(line), "{line}\n{}", ended.stderr);
    }
    let tables = "
table_name          columns
behaviour_profiles  16
cluster_events      6
health_assessments  19
issues              17
metrics_snapshots   7
";
    assert_starts_with(&ended.stdout, tables.trim_start());
    assert_gone(&server_folder(&ended.stderr));
}

#[test]
fn a_dry_run_starts_nothing() {
    let Some(repo) = shipped() else { return };
    let before = repo.tree();
    let ended = repo.dev("quickstart --dry-run").any_output().run();
    assert!(ended.stderr.contains("would run: mkdir -m 700 /tmp/"));
    assert!(!ended.stdout.contains("table_name"), "{}", ended.stdout);
    assert_gone(&server_folder(&ended.stderr));
    assert_eq!(repo.tree(), before);
}

#[test]
fn ctrl_c_stops_the_server() {
    let Some(repo) = shipped() else { return };
    // A statement that takes long, where the schema was.
    repo.write("dev/schema/copilot.sql", "SELECT pg_sleep(600);\n");
    let mut live = repo.start("quickstart");
    live.wait_for("-- apply: Apply the schema");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130, "{}", live.stderr());
    assert_gone(&server_folder(&live.stderr()));
}

#[test]
fn without_postgresql_and_docker_it_says_what_to_install() {
    let Some(repo) = shipped() else { return };
    let mut command = Command::new("unshare");
    let script = "for folder in /usr/lib/postgresql /opt/homebrew /usr/local/opt; do \
        if [ -d $folder ]; then mount -t tmpfs none $folder || exit 99; fi; done; \
        for tool in sh mktemp id dirname; do ln -s \"$(command -v $tool)\" bin/$tool; done; \
        PATH=$PWD/bin exec \"$0\" dev quickstart";
    std::fs::create_dir(repo.path().join("bin")).unwrap();
    command
        .args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_copilot")])
        .current_dir(repo.path());
    let ended = match command.output() {
        Ok(ended) if matches!(ended.status.code(), Some(0..=98 | 100..)) => ended,
        _ => return allowed_to_be_skipped("hiding PostgreSQL: this user may not mount"),
    };
    let said = String::from_utf8_lossy(&ended.stderr);
    if said.starts_with("unshare:") {
        return allowed_to_be_skipped("hiding PostgreSQL: this user may not mount");
    }
    assert_eq!(ended.status.code(), Some(4), "{said}");
    let expected = "== A temporary PostgreSQL
error: there is neither PostgreSQL (`initdb`) nor a Docker engine
hint: install PostgreSQL (Debian: `apt-get install postgresql`; macOS: `brew install postgresql@17`), or start a Docker engine that can get ghcr.io/dreamescaper/dsql-emulator:0.2.1
";
    assert_eq!(said, expected);
}
