//! The shipped recipe `build`, with Dockerfiles that make the images in a moment.

use crate::harness::lock::{self, Held};
use crate::harness::{
    Away, Docker, Live, Repo, assert_contains, assert_starts_with, docker, succeeds,
};

const BUILT_IMAGES: [&str; 3] = [
    "temporal-dsql:latest",
    "temporal-dsql-runtime:test",
    "temporal-sre-copilot:dev",
];

/// The names that the recipe builds, for this test alone. What the machine had under them is put
/// back at the end.
struct Images {
    _away: Vec<Away>,
    _engine: Docker,
    _alone: Held,
}

impl Images {
    fn new() -> Option<Self> {
        let engine = Docker::new()?;
        let alone = lock::IMAGES.take();
        Some(Self {
            _away: BUILT_IMAGES
                .iter()
                .rev()
                .map(|tag| Away::take(tag))
                .collect(),
            _engine: engine,
            _alone: alone,
        })
    }

    fn there() -> Vec<&'static str> {
        BUILT_IMAGES
            .into_iter()
            .filter(|tag| succeeds(&["image", "inspect", tag]))
            .collect()
    }

    fn remove() {
        for tag in BUILT_IMAGES.iter().rev() {
            succeeds(&["image", "rm", "--force", tag]);
        }
    }
}

fn repo() -> Repo {
    let base = "FROM scratch\nCOPY plugin /plugin\n";
    Repo::new()
        .shipped_recipes()
        .file("dev/docker/base.Dockerfile", base)
        .file(
            "dev/docker/Dockerfile",
            "FROM temporal-dsql:latest\nCOPY Dockerfile /runtime\n",
        )
        .file("Dockerfile", "FROM scratch\nCOPY Dockerfile /copilot\n")
        .file("../temporal-dsql/plugin", "plugin\n")
}

fn platform(tag: &str) -> String {
    docker(&[
        "image",
        "inspect",
        "--format",
        "{{.Os}}/{{.Architecture}}",
        tag,
    ])
}

#[test]
fn images_are_built_one_or_all() {
    let Some(_images) = Images::new() else { return };
    let repo = repo();
    Images::remove();
    let here = format!(
        "--platform linux/{}",
        docker(&["version", "--format", "{{.Server.Arch}}"])
    );
    repo.dev(&format!("build runtime {here}"))
        .any_output()
        .run();
    assert_eq!(Images::there(), BUILT_IMAGES[..2]);
    Images::remove();
    let copilot = repo
        .dev(&format!("build copilot {here}"))
        .any_output()
        .run();
    assert_eq!(Images::there(), BUILT_IMAGES[2..]);
    assert_contains(
        &copilot.stderr,
        "skipped   runtime  Its configuration and entrypoint  <time>  (not requested)",
    );
    Images::remove();
    repo.dev(&format!("build {here} --no-cache"))
        .any_output()
        .run();
    assert_eq!(Images::there(), BUILT_IMAGES);
}

#[test]
fn the_platform_is_apples_unless_said_otherwise() {
    let Some(_images) = Images::new() else { return };
    let repo = repo();
    let built_for = |flags: &str| {
        // Else the image before would stay without a name.
        Images::remove();
        // The builder of old takes a layer of another platform from its cache.
        repo.dev(&format!("build copilot --no-cache {flags}"))
            .any_output()
            .run();
        platform(BUILT_IMAGES[2])
    };
    assert_eq!(built_for(""), "linux/arm64");
    repo.write("dev/.env", "COPILOT_PLATFORM=linux/amd64\n");
    assert_eq!(built_for(""), "linux/amd64");
    assert_eq!(built_for("--platform linux/s390x"), "linux/s390x");
}

#[test]
fn a_dry_run_shows_every_build() {
    let repo = repo();
    let dry = repo.dev("build --no-cache --dry-run").any_stderr().run();
    for command in [
        "docker build --tag temporal-dsql:latest --file dev/docker/base.Dockerfile --platform linux/arm64 --no-cache ../temporal-dsql\n",
        "docker build --tag temporal-dsql-runtime:test --platform linux/arm64 --no-cache dev/docker\n",
        "docker build --tag temporal-sre-copilot:dev --platform linux/arm64 --no-cache .\n",
    ] {
        assert_contains(&dry.stderr, &format!("would run: {command}"));
    }
}

#[test]
fn the_go_version_is_that_of_the_repository() {
    let repo = repo();
    for (module, version) in [
        ("module it\r\n\r\ngo 1.25.5\r\n", "1.25.5"),
        ("module it\n\ngo 1.25 // at least\n", "1.25"),
        ("module it\n\ngo 1.25.0\n\ntoolchain go1.26.1\n", "1.26.1"),
    ] {
        repo.write("../temporal-dsql/go.mod", module);
        let dry = repo.dev("build runtime --dry-run").any_stderr().run();
        assert_contains(
            &dry.stderr,
            &format!(
                "--file dev/docker/base.Dockerfile --build-arg GO_VERSION={version} --platform"
            ),
        );
        let docker =
            "#!/bin/sh\nif [ \"$1\" = build ]; then echo \"$GO_VERSION\" >> ../versions; fi\n";
        let docker = repo.script("../docker/docker", docker);
        let mut path = docker.parent().unwrap().as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        let mut run = repo.command();
        run.args(["dev", "build", "runtime"]).env("PATH", path);
        assert_eq!(Live::start(run).wait(), 0);
        assert_starts_with(&repo.read("../versions"), &format!("{version}\n"));
        std::fs::remove_file(repo.path().join("../versions")).unwrap();
    }
}

#[test]
fn a_missing_repository_is_named() {
    let repo = Repo::new().shipped_recipes();
    let hint = "hint: clone it there, or set TEMPORAL_DSQL_PATH (in the environment or in dev/.env) to its path\n";
    repo.dev("build")
        .stderr(&format!("error: the temporal-dsql repository is not at ../temporal-dsql, relative to <repo>\n{hint}"))
        .status(4)
        .run();
    repo.dev("build runtime")
        .env("TEMPORAL_DSQL_PATH", "/nowhere/at/all")
        .stderr(&format!(
            "error: the temporal-dsql repository is not at /nowhere/at/all\n{hint}"
        ))
        .status(4)
        .run();
    repo.write("dev/.env", "TEMPORAL_DSQL_PATH=elsewhere\n");
    repo.dev("build runtime")
        .stderr(&format!(
            "error: the temporal-dsql repository is not at elsewhere, relative to <repo>\n{hint}"
        ))
        .status(4)
        .run();
}

#[test]
fn a_missing_dockerfile_stops_what_stands_on_it_and_no_more() {
    let Some(_images) = Images::new() else { return };
    let repo = repo();
    Images::remove();
    std::fs::remove_file(repo.path().join("dev/docker/base.Dockerfile")).unwrap();
    let ended = repo.dev("build").any_output().status(1).run();
    assert_contains(
        &ended.stderr,
        "<repo>/dev/docker/base.Dockerfile does not exist\n",
    );
    assert_contains(&ended.stderr, "(depends on base)");
    assert_eq!(Images::there(), BUILT_IMAGES[2..]);
}
