//! The Dockerfiles of the Temporal runtime and of the Copilot, built over stand-ins for Go, Rust and their bases, and run.

use crate::harness::lock::{Held, IMAGES};
use crate::harness::rendering::{Values, complete};
use crate::harness::{
    Docker, Repo, allowed_to_be_skipped, assert_contains, docker, eventually, succeeds,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How Docker builds: a client, and what `DOCKER_BUILDKIT` is for it.
struct Builder(PathBuf, &'static str);

impl Builder {
    fn legacy() -> Self {
        Self("docker".into(), "0")
    }

    /// A client on PATH that has `BuildKit`, which needs buildx where the client is recent.
    fn buildkit() -> Option<Self> {
        let repo = Repo::new().file("Dockerfile", "FROM scratch\nLABEL here=yes\n");
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path)
            .map(|folder| Self(folder.join("docker"), "1"))
            .find(|it| it.0.is_file() && it.build(&[], repo.path()).status.success());
        if found.is_none() {
            allowed_to_be_skipped("BuildKit (buildx) is not here");
        }
        found
    }

    fn build(&self, args: &[&str], context: &Path) -> Output {
        Command::new(&self.0)
            .env("DOCKER_BUILDKIT", self.1)
            .args(["build", "--quiet"])
            .args(args)
            .arg(context)
            .output()
            .unwrap()
    }
}

/// Hands `test` a builder that has `BuildKit`, where there is one.
fn with_buildkit(test: fn(&Builder)) {
    if Docker::new().is_some()
        && let Some(builder) = Builder::buildkit()
    {
        test(&builder);
    }
}

/// The images under names of this test alone.
struct Images {
    engine: Docker,
    repo: Repo,
    /// The builder of old loses a layer that another test removes meanwhile.
    _alone: Held,
}

impl Images {
    fn new() -> Option<Self> {
        let engine = Docker::new()?;
        let main = "package main\n";
        let repo = Repo::new()
            .file("fork/go.mod", "module it\n\ngo 1.25.5\n")
            .file("fork/go.sum", "")
            .file("fork/cmd/server/main.go", main)
            .file("fork/cmd/tools/dsql/main.go", main)
            .file("fork/cmd/tools/elasticsearch/main.go", main);
        Some(Self {
            engine,
            repo,
            _alone: IMAGES.take(),
        })
    }

    fn built_by(builder: &Builder) -> Option<Self> {
        let images = Self::new()?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let build = |name: &str, args: &[&str], context: &Path| {
            let tag = images.tag(name);
            let ended = builder.build(&[&["--tag", &tag], args].concat(), context);
            let error = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{name}: {error}");
        };
        let stand_ins = root.join("tests/stand-ins/images");
        build("go", &[], &stand_ins.join("go"));
        build("alpine", &[], &stand_ins.join("alpine"));
        let file = root.join("dev/docker/base.Dockerfile");
        let arg = |name: &str, image: &str| format!("{name}={}", images.tag(image));
        build(
            "base",
            &[
                "--file",
                file.to_str().unwrap(),
                "--build-arg",
                "GO_VERSION=1.25.5",
                "--build-arg",
                &arg("GO_IMAGE", "go"),
                "--build-arg",
                &arg("ALPINE_IMAGE", "alpine"),
            ],
            &images.repo.path().join("fork"),
        );
        build(
            "runtime",
            &["--build-arg", &arg("BASE_IMAGE", "base")],
            &root.join("dev/docker"),
        );
        Some(images)
    }

    fn tag(&self, name: &str) -> String {
        format!("{}:{name}", self.engine.project())
    }

    fn tool(&self, name: &str) -> String {
        let image = self.tag("runtime");
        docker(&["run", "--rm", "--entrypoint", name, &image, "some", "words"])
    }

    /// `docker run` of the runtime with these variables.
    fn run(&self, args: &[&str], values: &Values) -> Output {
        let mut command = Command::new("docker");
        command.arg("run").args(args);
        for (name, value) in values {
            command.args(["--env", name]).env(name, value);
        }
        command.arg(self.tag("runtime")).output().unwrap()
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        for name in ["runtime", "base", "alpine", "rust", "go"] {
            succeeds(&["image", "rm", "--force", &self.tag(name)]);
        }
    }
}

fn without_broadcast_address() -> Values {
    let mut values = complete();
    values.remove("TEMPORAL_BROADCAST_ADDRESS");
    values
}

fn builds_everything(builder: &Builder) {
    let Some(images) = Images::built_by(builder) else {
        return;
    };
    for (tool, package) in [
        ("temporal-dsql-tool", "dsql"),
        ("temporal-elasticsearch-tool", "elasticsearch"),
    ] {
        assert_eq!(
            images.tool(tool),
            format!(
                "go build -trimpath -buildvcs=false -ldflags -s -w -tags disable_grpc_modules \
                 -o /out/{tool} ./cmd/tools/{package}, CGO_ENABLED=0: some words"
            )
        );
    }
    let image = images.tag("runtime");
    let run = |words: &[&str]| {
        docker(
            &[
                &["run", "--rm", "--entrypoint", words[0], &image],
                &words[1..],
            ]
            .concat(),
        )
    };
    assert_eq!(run(&["id", "-u"]), "1000");
    assert_eq!(
        run(&["cat", "/etc/ssl/certs/ca-certificates.crt"]),
        "certificates"
    );
}

#[test]
fn the_legacy_builder_builds_everything() {
    builds_everything(&Builder::legacy());
}

#[test]
fn buildkit_builds_everything() {
    with_buildkit(builds_everything);
}

#[test]
fn the_server_is_the_first_process_and_gets_the_signals() {
    let Some(images) = Images::built_by(&Builder::legacy()) else {
        return;
    };
    let label = format!("com.docker.compose.project={}", images.engine.project());
    for (signal, code) in [("SIGTERM", "3"), ("SIGINT", "4")] {
        let mut values = without_broadcast_address();
        // Empty is all of them, as when it is not set.
        let services = if signal == "SIGINT" {
            ""
        } else {
            "history,worker"
        };
        values.insert("TEMPORAL_SERVICES", services.into());
        let started = images.run(&["--detach", "--label", &label], &values);
        let id = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        eventually("the server", || docker(&["logs", &id]).ends_with("ready"));
        let address = docker(&[
            "inspect",
            "--format",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
            &id,
        ]);
        docker(&["kill", "--signal", signal, &id]);
        assert_eq!(docker(&["wait", &id]), code);
        let said = docker(&["logs", &id]);
        let mut lines = said.lines();
        assert_eq!(
            lines.next(),
            Some("process 1 of temporal: --allow-no-auth start")
        );
        let services = if services.is_empty() { "all" } else { services };
        assert_eq!(lines.next(), Some(&*format!("services: {services}")));
        assert_contains(&said, &format!("broadcastAddress: \"{address}\""));
        assert_eq!(lines.last(), Some(&*format!("ended by {signal}")));
    }
}

#[test]
fn a_container_that_lacks_something_ends_and_says_what() {
    let Some(images) = Images::built_by(&Builder::legacy()) else {
        return;
    };
    let refused = |values: &Values, message: &str| {
        let ended = images.run(&["--rm"], values);
        let text = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(text, format!("render-and-start: {message}\n"));
        assert_eq!(ended.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&ended.stdout), "");
    };
    let mut values = without_broadcast_address();
    values.insert("TEMPORAL_SQL_HOST", "".into());
    values.remove("AWS_REGION");
    refused(&values, "missing or empty: TEMPORAL_SQL_HOST AWS_REGION");
    let mut values = without_broadcast_address();
    values.insert("ES_PORT", "http".into());
    refused(
        &values,
        "ES_PORT must be a port, 1 to 65535, and is \"http\"",
    );
}

fn builds_the_copilot(builder: &Builder) {
    let Some(images) = Images::new() else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let build = |name: &str, args: &[&str], context: &Path| {
        let tag = images.tag(name);
        let ended = builder.build(&[&["--tag", &tag], args].concat(), context);
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{name}: {error}");
    };
    build("rust", &[], &root.join("tests/stand-ins/images/rust"));
    let rust = format!("RUST_IMAGE={}", images.tag("rust"));
    // Where the tests run there is no image of glibc alone; this one is as good for scripts.
    let base = "BASE_IMAGE=copilot-test:busybox";
    build("base", &["--build-arg", &rust, "--build-arg", base], root);
    let image = images.tag("base");
    for program in ["copilot", "copilot-agent"] {
        assert_eq!(
            docker(&["run", "--rm", &image, program, "some", "words"]),
            format!(
                "{program}: cargo build --locked --profile image --package copilot --package copilot-agent: some words"
            )
        );
    }
    let run = |words: &[&str]| docker(&[&["run", "--rm", &image], words].concat());
    assert_eq!(run(&["id", "-u"]), "65532");
    let schema = root.join("dev/schema/copilot.sql");
    let schema = std::fs::read_to_string(schema).unwrap();
    assert_eq!(run(&["cat", "dev/schema/copilot.sql"]), schema.trim_end());
}

#[test]
fn the_legacy_builder_builds_the_copilot() {
    builds_the_copilot(&Builder::legacy());
}

#[test]
fn buildkit_builds_the_copilot() {
    with_buildkit(builds_the_copilot);
}
