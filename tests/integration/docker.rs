//! `docker_build`, `docker_run`, `image_exists` with a real engine.

use crate::harness::lock::{Held, IMAGES};
use crate::harness::{
    Docker, Signal, assert_contains, assert_ends_with, assert_starts_with, docker, eventually, one,
    succeeds,
};

/// An image that is gone when the test is.
struct Image {
    tag: String,
    _alone: Held,
}

impl Image {
    fn of(docker: &Docker) -> Self {
        Self {
            tag: format!("{}:built", docker.project()),
            _alone: IMAGES.take(),
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        succeeds(&["image", "rm", "--force", &self.tag]);
    }
}

#[test]
fn an_image_is_built_as_the_map_says() {
    let Some(engine) = Docker::new() else { return };
    let image = Image::of(&engine);
    let tag = &image.tag;
    let repo = one(&format!(
        r#"
            const IMAGE = "{tag}";
            print(image_exists(IMAGE));
            print(docker_build(#{{
                tag: IMAGE, context: "source", file: "elsewhere/Other.Dockerfile", target: "second",
                args: #{{ COLOUR: "light blue" }}, no_cache: true,
            }}));
            print(image_exists(IMAGE));
            docker_run(#{{ image: IMAGE, cmd: ["cat", "/hello"] }});
        "#
    ))
    .file("source/hello", "hello\n")
    .file(
        "elsewhere/Other.Dockerfile",
        &format!(
            "FROM {base} AS first\nFROM {base} AS second\nARG COLOUR\nLABEL colour=\"$COLOUR\"\n\
             COPY hello /hello\nFROM {base}\nRUN false\n",
            base = Docker::IMAGE
        ),
    );
    let built = repo.dev("it").any_output().run();
    assert_starts_with(&built.stdout, "false\n");
    assert_ends_with(&built.stdout, "0\ntrue\nhello\n");
    let label = docker(&[
        "image",
        "inspect",
        "--format",
        "{{.Config.Labels.colour}}",
        tag,
    ]);
    assert_eq!(label, "light blue");
}

#[test]
fn the_platform_is_passed_on() {
    let Some(engine) = Docker::new() else { return };
    let image = Image::of(&engine);
    let tag = &image.tag;
    let repo = one(&format!(
        r#"docker_build(#{{ tag: "{tag}", context: ".", platform: "linux/s390x" }});"#
    ))
    .file("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    repo.dev("it").any_output().run();
    let found = docker(&[
        "image",
        "inspect",
        "--format",
        "{{.Os}}/{{.Architecture}}",
        tag,
    ]);
    assert_eq!(found, "linux/s390x");
}

#[test]
fn context_and_file_are_looked_for_first() {
    let repo = one(r#"docker_build(#{ tag: "t", context: "nowhere" });"#)
        .recipe(
            "file",
            r#"docker_build(#{ tag: "t", file: "a.Dockerfile" });"#,
        )
        .recipe("tag", "docker_build(#{});")
        .recipe("option", r#"docker_build(#{ tag: "t", nocache: true });"#)
        .file("Dockerfile", "FROM scratch\n");
    for flags in ["", " --dry-run"] {
        repo.dev(&format!("it{flags}"))
            .stderr(
                "
                error: the build context <repo>/nowhere is not a directory
                  at recipes/it.rhai:1:1
                ",
            )
            .status(1)
            .run();
        repo.dev(&format!("file{flags}"))
            .stderr(
                "
                error: <repo>/a.Dockerfile does not exist
                  at recipes/file.rhai:1:1
                ",
            )
            .status(1)
            .run();
    }
    let missing = repo.dev("tag").any_stderr().status(3).run();
    assert_contains(&missing.stderr, "`docker_build` needs `tag`");
    let typo = repo.dev("option").any_stderr().status(3).run();
    assert_contains(&typo.stderr, "did you mean `no_cache`?");
}

#[test]
fn a_build_that_fails_passes_its_code_on() {
    let Some(engine) = Docker::new() else { return };
    let image = Image::of(&engine);
    let tag = &image.tag;
    // A step that fails would leave a container with the builder of old.
    let repo = one(&format!(r#"docker_build(#{{ tag: "{tag}" }});"#))
        .file("Dockerfile", "FROM scratch\nCOPY not-there /\n");
    let failed = repo.dev("it").any_output().status(1).run();
    assert_contains(&failed.stderr, "not-there");
    let exited = format!("`docker build --tag {tag} .` exited with code 1");
    assert_contains(&failed.stderr, &exited);
    assert!(!succeeds(&["image", "inspect", tag]));
}

#[test]
fn a_container_gets_what_the_map_says() {
    let Some(_engine) = Docker::new() else { return };
    let image = Docker::IMAGE;
    let repo = one(&format!(
        r#"
            docker_run(#{{
                image: "{image}", entrypoint: "sh", user: "12:34", network: "none",
                cmd: ["-c", "echo $GREETING; id -u; ls /sys/class/net; cat /given/file; echo made > /given/made"],
                env: #{{ GREETING: "two  words $HOME" }},
                volumes: ["./given:/given"],
            }});
        "#
    ))
    .file("given/file", "from outside\n");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(repo.path().join("given"), open).unwrap();
    let ended = repo.dev("it -v").any_output().run();
    assert_eq!(ended.stdout, "two words $HOME\n12\nlo\nfrom outside\n");
    assert_eq!(repo.read("given/made"), "made\n");
    // The command that is shown names the variable and not what is in it.
    assert_contains(&ended.stderr, "--env GREETING ");
    assert!(!ended.stderr.contains("two  words"), "{}", ended.stderr);
}

#[test]
fn the_exit_code_of_a_container() {
    let Some(_engine) = Docker::new() else { return };
    let image = Docker::IMAGE;
    let repo = one(&format!(r#"docker_run(#{{ image: "{image}", cmd: ["sh", "-c", "exit 7"] }});"#)).recipe(
        "asked",
        &format!(r#"print(docker_run(#{{ image: "{image}", cmd: ["sh", "-c", "exit 7"], check: false }}));"#),
    );
    let failed = repo.dev("it").any_stderr().status(7).run();
    assert_contains(&failed.stderr, "exited with code 7");
    repo.dev("asked").stdout("7\n").run();
    let dry = repo.dev("it --dry-run").any_stderr().run();
    assert_starts_with(&dry.stderr, "would run: docker run --rm --name copilot-");
    assert_ends_with(&dry.stderr, "copilot-test:busybox sh -c 'exit 7'\n");
}

/// The containers that run the image with this label.
fn labelled(label: &str) -> usize {
    let filter = format!("label={label}");
    docker(&["ps", "--all", "--quiet", "--filter", &filter])
        .lines()
        .count()
}

/// An image with a label of its own, whose container takes no notice of being asked to stop.
fn stubborn(engine: &Docker, image: &Image) -> String {
    let label = engine.project().to_owned();
    let folder = tempfile::TempDir::new().unwrap();
    let text = format!(
        "FROM {}\nLABEL {label}=1\nCMD [\"sh\", \"-c\", \"trap '' INT TERM; echo up; while true; do sleep 1; done\"]\n",
        Docker::IMAGE
    );
    std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
    docker(&[
        "build",
        "--tag",
        &image.tag,
        &folder.path().to_string_lossy(),
    ]);
    label
}

#[test]
fn a_container_is_gone_after_ctrl_c() {
    let Some(engine) = Docker::new() else { return };
    let image = Image::of(&engine);
    let label = stubborn(&engine, &image);
    let repo = one(&format!(r#"docker_run(#{{ image: "{}" }});"#, image.tag));
    let mut live = repo.start("it");
    live.wait_for("up");
    assert_eq!(labelled(&label), 1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    eventually("the end of the container", || labelled(&label) == 0);
}

#[test]
fn a_container_is_gone_after_its_steps_time() {
    let Some(engine) = Docker::new() else { return };
    let image = Image::of(&engine);
    let label = stubborn(&engine, &image);
    let repo = one(&format!(
        r#"run_steps([step("a", "A", #{{ timeout: "3s" }}, || docker_run(#{{ image: "{}" }}))]);"#,
        image.tag
    ));
    repo.dev("it").any_output().status(1).run();
    eventually("the end of the container", || labelled(&label) == 0);
}

#[test]
fn an_engine_that_is_down_is_no_missing_image() {
    let Some(_engine) = Docker::new() else { return };
    let repo = one(r#"print(image_exists("copilot-test:busybox"));"#)
        .with("DOCKER_HOST", "unix:///nowhere.sock");
    repo.dev("it")
        .stderr(
            "
            error: the Docker engine does not answer
            hint: start Docker Desktop (macOS), or `sudo systemctl start docker`; `docker info` must succeed
            ",
        )
        .status(4)
        .run();
}
