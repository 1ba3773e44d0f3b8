//! What Compose sees when a recipe starts it is what it sees when a person starts it in the folder of
//! the project.

use crate::harness::{Repo, has_compose, one};
use std::path::Path;
use std::process::Command;

/// Lines of a hand-written file.
const ENV_LINES: &str = r##"
# The stack
PLAIN=value
SPACES = two words   # comment
EMPTY=
EMPTY_COMMENT= # nothing
HASH=a#b
HASHED="b"#mine
TAB=value	# after a tab
SINGLE='it is $PLAIN'
DOUBLE="it is $PLAIN\n"
TWO_LINES="O'Brien
and son"
NEW_LINE='a\nb'
ESCAPED="a\"b\\c"
DOLLAR=$$PLAIN
DOLLARS="$${PLAIN}"
DEFAULT=${MISSING:-b}
DEFAULT_EMPTY=${EMPTY:-b}
ONLY_UNSET=${EMPTY-b}
ALTERNATIVE=${PLAIN:+c}
NESTED=${MISSING:-${PLAIN:-c}}
export EXPORTED=yes
YAML: style
FROM_SHELL=${OUTSIDE}
BARE
SAME=1
SAME=2
URL=postgresql://me:p%40ss@host:5432/db?sslmode=require
JSON={"a": [1, "b"]}
PATHS=C:\new\table
A="b" C=d
LAST=end"##;

/// The repository, and a recipe that passes its words to Compose.
fn repo() -> Repo {
    one(r#"
        const PARAMS = [#{ name: "words", kind: "rest" }];
        compose(words);
    "#)
}

/// Standard output and the exit code of `docker compose`, typed in `folder`.
fn by_hand(
    folder: &Path,
    repo: &Repo,
    variables: &[(&str, &str)],
    words: &[&str],
) -> (String, i32) {
    let output = Command::new("docker")
        .arg("compose")
        .args(words)
        .current_dir(folder)
        .env_clear()
        .envs(repo.environment())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap())
}

/// Asserts that Compose prints the same, started by a recipe and by hand in `folder`.
#[track_caller]
fn same(repo: &Repo, folder: &str, variables: &[(&str, &str)], words: &[&str]) -> String {
    let (expected, code) = by_hand(&repo.path().join(folder), repo, variables, words);
    let line = ["dev", "it", "--"].into_iter().chain(words.iter().copied());
    let mut run = repo.copilot(line).any_output().status(code);
    for (key, value) in variables {
        run = run.env(key, value);
    }
    let ended = run.run();
    let printed = String::from_utf8(ended.raw).unwrap();
    let comparable = |text: &str| {
        let lines = text.lines();
        let own = [
            "COMPOSE_MENU=",
            "COMPOSE_ENV_FILES=",
            "COPILOT_RUN=",
            "DOCKER_CLI_PLUGIN_SOCKET=",
        ];
        let lines = lines.filter(|line| !own.iter().any(|name| line.starts_with(name)));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        comparable(&printed),
        comparable(&expected),
        "{variables:?} {words:?}"
    );
    printed
}

/// A Compose file that uses every variable of `text`.
fn project_of(text: &str) -> String {
    let mut project = "services:\n  one:\n    image: one\n    environment:\n".to_owned();
    let line = |line: &str| {
        let name = line.strip_prefix("export ").unwrap_or(line);
        let end = name.find(['=', ':', ' ']).unwrap_or(name.len());
        let name = &name[..end];
        (!name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
            .then(|| format!("      {name}: \"<${{{name}-}}>\"\n"))
    };
    let mut lines: Vec<_> = text.lines().filter_map(line).collect();
    lines.dedup();
    project.push_str(&lines.concat());
    project
}

#[test]
fn every_line_is_read_as_by_hand() {
    if !has_compose() {
        return;
    }
    for variables in [
        &[][..],
        &[("OUTSIDE", "shell"), ("PLAIN", ""), ("BARE", "bare")],
    ] {
        for end in ["\n", "\r\n"] {
            let text = ENV_LINES.replace('\n', end);
            let repo = repo().file("dev/compose.yaml", &project_of(ENV_LINES));
            for text in [text.clone(), format!("\u{feff}{}", text.trim_start())] {
                repo.write("dev/.env", &text);
                same(&repo, "dev", variables, &["config", "--environment"]);
                let config = same(&repo, "dev", variables, &["config"]);
                assert!(config.contains("NESTED"), "{config}");
            }
        }
    }
}

#[test]
fn a_line_that_compose_refuses_is_refused() {
    if !has_compose() {
        return;
    }
    let repo = repo().file("dev/compose.yaml", "services: {}\n");
    for text in [
        "A%=1\n",
        "A=\"open\n",
        "A=${\n",
        "A=${MISSING:?no}\n",
        "two words=1\n",
    ] {
        repo.write("dev/.env", text);
        let folder = repo.path().join("dev");
        let (_, code) = by_hand(&folder, &repo, &[], &["config"]);
        assert_ne!(code, 0, "{text:?}");
        repo.copilot(["dev", "it", "config"])
            .any_output()
            .status(2)
            .run();
    }
}

#[test]
fn variables_of_compose_mean_what_they_mean_in_the_folder() {
    if !has_compose() {
        return;
    }
    let service = |name: &str| {
        format!(
            "services:\n  {name}:\n    image: ${{IMAGE-none}}\n    build: .\n    volumes: ['${{PWD}}/data:/data']\n"
        )
    };
    let profiled = "services:\n  extra:\n    image: x\n    profiles: [more]\n";
    let repo = repo()
        .file("dev/compose.yaml", &service("own"))
        .file("dev/other.yaml", &service("other"))
        .file("dev/profiled.yaml", profiled)
        .file("dev/sub/compose.yaml", &service("sub"))
        .file("dev/sub/.env", "IMAGE=from-sub\n")
        .file("dev/second.env", "IMAGE=second\nNAME=$IMAGE\n")
        .file("dev/.env", "IMAGE=own\n");
    let config = &["config"][..];
    for (file, variables) in [
        ("IMAGE=own\n", &[][..]),
        ("IMAGE=own\n", &[("COMPOSE_FILE", "other.yaml")]),
        ("COMPOSE_FILE=other.yaml:profiled.yaml\n", &[]),
        (
            "COMPOSE_FILE=other.yaml,compose.yaml\n",
            &[("COMPOSE_PATH_SEPARATOR", ",")],
        ),
        ("COMPOSE_FILE=sub/compose.yaml\n", &[]),
        ("COMPOSE_FILE=sub/compose.yaml\nIMAGE=own\n", &[]),
        ("COMPOSE_FILE=profiled.yaml\nCOMPOSE_PROFILES=more\n", &[]),
        (
            "COMPOSE_FILE=profiled.yaml\n",
            &[("COMPOSE_PROFILES", "more")],
        ),
        ("COMPOSE_PROJECT_NAME=second\n", &[]),
        (
            "COMPOSE_PROJECT_NAME=second\n",
            &[("COMPOSE_PROJECT_NAME", "third")],
        ),
        (
            "COMPOSE_PROJECT_NAME=second\n",
            &[("COMPOSE_PROJECT_NAME", "")],
        ),
        ("IMAGE=own\n", &[("COMPOSE_ENV_FILES", "second.env")]),
        ("IMAGE=own\n", &[("COMPOSE_ENV_FILES", ".env,second.env")]),
        ("IMAGE=own\n", &[("COMPOSE_ENV_FILES", "second.env,.env")]),
        ("IMAGE=own\n", &[("COMPOSE_ENV_FILES", ",")]),
        ("IMAGE=own\n", &[("COMPOSE_DISABLE_ENV_FILE", "1")]),
        ("IMAGE=own\n", &[("COMPOSE_DISABLE_ENV_FILE", "false")]),
        ("COMPOSE_FILE=no-such.yaml\n", &[]),
    ] {
        repo.write("dev/.env", file);
        same(&repo, "dev", variables, config);
    }
    for (variables, code) in [
        (("COMPOSE_ENV_FILES", "no-such.env"), 4),
        (("COMPOSE_DISABLE_ENV_FILE", "maybe"), 2),
    ] {
        let folder = repo.path().join("dev");
        let (_, by_hand) = by_hand(&folder, &repo, &[variables], config);
        assert_ne!(by_hand, 0, "{variables:?}");
        let run = repo.copilot(["dev", "it", "config"]).any_output();
        run.env(variables.0, variables.1).status(code).run();
    }
}

#[test]
fn a_project_in_the_root_is_found() {
    if !has_compose() {
        return;
    }
    let repo = repo()
        .file(
            "compose.yaml",
            "services:\n  one:\n    image: ${IMAGE}\n    build: .\n    env_file: .env\n",
        )
        .file(".env", "IMAGE=mine\n")
        .file("dev/notes", "");
    let config = same(&repo, "", &[], &["config"]);
    assert!(config.contains("image: mine"), "{config}");
}

#[test]
fn env_set_refuses_a_file_that_is_not_read() {
    let repo = one(r#"env_set("A", "1");"#).file("dev/.env", "");
    for (key, value) in [
        ("COMPOSE_ENV_FILES", "x.env"),
        ("COMPOSE_DISABLE_ENV_FILE", "1"),
    ] {
        repo.write("dev/x.env", "");
        repo.dev("it")
            .env(key, value)
            .stderr(&format!(
                "
                error: dev/.env is not read, since {key} is set
                hint: unset {key}
            "
            ))
            .status(4)
            .run();
    }
}

#[test]
fn files_that_a_call_names_are_those_of_the_project_too() {
    if !has_compose() {
        return;
    }
    let repo = one(r#"
        compose(["config", "--services"], #{ env: #{ COMPOSE_FILE: "a.yml;b.yml", COMPOSE_PATH_SEPARATOR: ";" } });
        compose(["config", "--services"], #{ env: #{ COMPOSE_FILE: () } });
    "#)
    .file("dev/.env", "COMPOSE_FILE=c.yml:a.yml\n")
    .file("dev/docker-compose.yml", "services: { own: { image: x } }\n");
    for name in ["a", "b", "c"] {
        repo.write(
            &format!("dev/{name}.yml"),
            format!("services: {{ {name}: {{ image: x }} }}\n"),
        );
    }
    repo.dev("it").stdout("a\nb\nown\n").any_stderr().run();
}
