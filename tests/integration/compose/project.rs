//! The project: its file, its folder, its services.

use super::TWO_SERVICES;
use crate::harness::{Docker, Repo, assert_contains, eventually};

#[test]
fn a_project_is_started_shown_and_taken_down() {
    let Some(docker) = Docker::new() else { return };
    let project = docker.project();
    let repo = docker
        .repo(TWO_SERVICES)
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe(
            "tell",
            r#"
                print(compose_services());
                for it in compose_ps() {
                    print(`${it.name} ${it.service} ${it.state} "${it.health}" ${it.exit_code} ${it.image} ${it.ports}`);
                    print(it.status.starts_with("Up "));
                }
            "#,
        )
        .recipe("logs", r#"compose(["logs", "--no-color", "web"]);"#)
        .recipe("down", r#"print(compose(["down"]));"#);
    let up = repo.dev("up").any_stderr().run();
    assert_contains(&up.stderr, "web-1");
    repo.dev("tell")
        .stdout(&format!(
            r#"
                ["web", "worker"]
                {project}-web-1 web running "" 0 copilot-test:busybox []
                true
                {project}-worker-1 worker running "" 0 copilot-test:busybox []
                true
            "#
        ))
        .run();
    eventually("the log", || {
        repo.dev("logs").any_stdout().run().stdout == "web-1  | web is up\n"
    });
    repo.dev("down").stdout("0\n").any_stderr().run();
    assert!(docker.ids("ps -a").is_empty());
    assert!(docker.ids("network ls").is_empty());
}

#[test]
fn the_project_directory_is_dev_wherever_one_stands() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(
            "
            services:
              one:
                image: IMAGE
                volumes: ['./data:/data']
                environment: { COLOUR: '${COLOUR}' }
            ",
        )
        .file("dev/.env", "COLOUR='from the file'\n")
        .file("deep/down/here", "")
        .recipe("it", r#"compose(["config"]);"#);
    let config = repo.dev("it").cwd("deep/down").any_stdout().run();
    assert!(config.stdout.contains("source: <repo>/dev/data"));
    assert!(config.stdout.contains("COLOUR: from the file"));
}

#[test]
fn ports_are_told_as_compose_tells_them() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(
            "
            services:
              web:
                image: IMAGE
                init: true
                command: sleep 3600
                ports: ['127.0.0.1::8080']
            ",
        )
        .recipe(
            "it",
            r#"
                compose(["up", "--detach"]);
                let port = compose_ps()[0].ports[0];
                print(`${port.TargetPort} ${port.URL} ${port.PublishedPort > 1000}`);
            "#,
        );
    repo.dev("it -q")
        .stdout("8080 127.0.0.1 true\n")
        .any_stderr()
        .run();
}

#[test]
fn a_compose_file_with_an_error_is_named() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo("services:\n  web:\n    imagine: nothing\n")
        .recipe("it", "print(compose_services());");
    let bad = repo.dev("it").any_stderr().status(1).run();
    assert_contains(
        &bad.stderr,
        "`docker compose --project-directory dev config --services` exited with code 1",
    );
    assert_contains(&bad.stderr, "imagine");
}

#[test]
fn a_dry_run_reads_and_starts_nothing() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(TWO_SERVICES).recipe(
        "it",
        r#"
            compose(["up", "--detach", "web"]);
            compose(["--profile", "stats", "up", "--detach"]);
            print(compose_services());
            print(compose_ps());
            compose_wait(["web"], "1m");
        "#,
    );
    let before = repo.tree();
    repo.dev("it --dry-run")
        .stdout("[\"web\", \"worker\"]\n[]\n")
        .stderr(
            "
            would run: docker compose --project-directory dev up --detach web
            would run: docker compose --project-directory dev --profile stats up --detach
            would wait until web runs and is healthy
            ",
        )
        .run();
    assert!(docker.ids("ps -a").is_empty());
    assert_eq!(repo.tree(), before);
}

#[test]
fn a_project_without_a_file_is_said() {
    let Some(_docker) = Docker::new() else { return };
    Repo::new()
        .recipe("it", "compose([\"ps\"]);")
        .dev("it")
        .stderr(
            "
            error: there is no Compose file in the root of the repository
            hint: add docker-compose.yml, or name another file in COMPOSE_FILE
            ",
        )
        .status(4)
        .run();
}

#[test]
fn a_variable_that_is_set_to_nothing_hides_the_file() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(
            r#"
            services:
              one:
                image: IMAGE
                init: true
                environment: { COLOUR: "${COLOUR:-none}", SHAPE: "${SHAPE-not set}", SIZE: "${SIZE}" }
                command: sh -c 'echo "$$COLOUR, $$SHAPE, $$SIZE"'
            "#,
        )
        .file("dev/.env", "COLOUR='from the file'\nSIZE=small\nOPEN=\n")
        .recipe(
            "tell",
            "let it = compose_config([]).services.one.environment; print(`${it.COLOUR}, ${it.SHAPE}, ${it.SIZE}`);",
        )
        .recipe("up", r#"compose(["up", "--no-log-prefix"]);"#)
        .recipe(
            "said",
            r#"compose(["up", "--no-log-prefix"], #{ env: #{ COLOUR: "", SIZE: "tiny" } });"#,
        );
    let emptied = |line| {
        let test = repo.dev(line).env("COLOUR", "").env("OPEN", "");
        test.env("SHAPE", "").env("SIZE", "large")
    };
    emptied("tell").stdout("none, , large\n").run();
    for (line, printed) in [
        ("up", "none, , large\n"),
        // What a recipe says itself counts.
        ("said", "none, , tiny\n"),
    ] {
        let up = emptied(line).any_output().run();
        assert!(up.stdout.contains(printed), "{line}: {}", up.stdout);
    }
}

#[test]
fn the_project_is_had_as_compose_resolves_it() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(
            "
            services:
              one: { image: IMAGE, depends_on: [two] }
              two: { image: IMAGE, ports: ['${PORT:-8080}:80'] }
              three: { image: IMAGE }
            ",
        )
        .recipe(
            "it",
            r#"
                const PARAMS = [#{ name: "services", kind: "rest" }];
                env_set("PORT", "9090");
                let found = compose_config(services);
                print(`${found.services.keys()} ${found.services.two.ports[0].published}`);
            "#,
        )
        .file("dev/.env", "");
    // What a dry run would have written counts, as it would when it is written.
    repo.dev("it --dry-run")
        .stdout("[\"one\", \"three\", \"two\"] 9090\n")
        .stderr("would set PORT=9090 in dev/.env\n")
        .run();
    assert_eq!(repo.read("dev/.env"), "");
    repo.dev("it one").stdout("[\"one\", \"two\"] 9090\n").run();
    repo.dev("it one")
        .env("PORT", "7070")
        .stdout("[\"one\", \"two\"] 7070\n")
        .run();
    let ended = repo.dev("it nothing").any_stderr().status(1).run();
    assert_contains(&ended.stderr, "nothing");
}
