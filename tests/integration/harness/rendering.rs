//! The Temporal image's entrypoint, run in the shells that it must work in.

use super::{Repo, find, path_of, skipped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Variables that are ports.
pub(crate) const PORT_VARIABLES: [&str; 2] = ["TEMPORAL_SQL_PORT", "ES_PORT"];
/// Variables that are numbers from 1 up.
pub(crate) const COUNT_VARIABLES: [&str; 3] = [
    "TEMPORAL_SQL_MAX_CONNS",
    "TEMPORAL_SQL_MAX_IDLE_CONNS",
    "TEMPORAL_HISTORY_SHARDS",
];
/// With `DSQL_SSLMODE` and `TEMPORAL_LOG_LEVEL`, which take only some words, these are all that the template
/// names.
pub(crate) const TEXT_VARIABLES: [&str; 9] = [
    "TEMPORAL_SQL_HOST",
    "TEMPORAL_SQL_USER",
    "TEMPORAL_SQL_DATABASE",
    "TEMPORAL_DYNAMIC_CONFIG",
    "TEMPORAL_BROADCAST_ADDRESS",
    "TEMPORAL_PUBLIC_ADDRESS",
    "ES_SCHEME",
    "ES_HOST",
    "ES_VISIBILITY_INDEX",
];

/// What the variables are set to.
pub(crate) type Values = BTreeMap<&'static str, OsString>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/docker")
}

/// The template that is shipped.
pub(crate) fn shipped_template() -> String {
    let name = "persistence-dsql-elasticsearch.template.yaml";
    fs::read_to_string(folder().join(name)).unwrap()
}

/// A complete set of values.
pub(crate) fn complete() -> Values {
    let mut values = Values::from([
        ("AWS_REGION", "eu-west-1".into()),
        ("TEMPORAL_LOG_LEVEL", "info".into()),
    ]);
    values.extend(TEXT_VARIABLES.map(|name| (name, format!("the {name}").into())));
    values.extend(PORT_VARIABLES.map(|name| (name, "5432".into())));
    values.extend(COUNT_VARIABLES.map(|name| (name, "4".into())));
    values
}

/// A shell, where it finds its programs, and a folder for one rendering at a time.
pub(crate) struct Shell {
    command: Vec<PathBuf>,
    path: OsString,
    repo: Repo,
}

impl Shell {
    /// Each that is here; said if one is not.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(dash) = find("dash") {
            all.push(Self {
                command: vec![dash],
                path: std::env::var_os("PATH").unwrap(),
                repo: Repo::new(),
            });
        } else {
            skipped("dash");
        }
        if let Some(busybox) = find("busybox") {
            let repo = Repo::new();
            let programs = ["awk", "cat", "env", "hostname", "rm", "sh"];
            let path = path_of(&repo, &programs.map(|name| (name, busybox.as_path())));
            all.push(Self {
                command: vec![busybox, "sh".into()],
                path: path.into(),
                repo,
            });
        } else {
            skipped("busybox");
        }
        all
    }

    fn rendered(&self) -> PathBuf {
        self.repo.path().join("out/server.yaml")
    }

    /// Renders `template`, over a file that is there already, then becomes `command`.
    pub(crate) fn run(&self, template: &str, values: &Values, command: &[&str]) -> Output {
        self.repo.write("template.yaml", template);
        self.repo
            .write("out/server.yaml", "from an earlier start\n");
        Command::new(&self.command[0])
            .args(&self.command[1..])
            .arg(folder().join("render-and-start.sh"))
            .args(["template.yaml", "out/server.yaml"])
            .args(command)
            .current_dir(self.repo.path())
            .env_clear()
            .env("PATH", &self.path)
            .envs(values)
            .output()
            .unwrap()
    }

    /// What the server would read.
    #[track_caller]
    pub(crate) fn render(&self, template: &str, values: &Values) -> Value {
        let output = self.run(template, values, &["cat", "out/server.yaml"]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// What it says when it refuses, without the name before each line.
    #[track_caller]
    pub(crate) fn refusal(&self, template: &str, values: &Values) -> String {
        let output = self.run(template, values, &["cat", "out/server.yaml"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        assert!(!self.rendered().exists());
        let text = String::from_utf8(output.stderr).unwrap();
        text.lines()
            .map(|line| line.strip_prefix("render-and-start: ").unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    }
}
