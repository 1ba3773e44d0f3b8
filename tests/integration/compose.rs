//! `compose`, `compose_ps`, `compose_services` with real containers.

use crate::harness::{Docker, Repo, Signal, compose_plugin, eventually, find, path_of, skipped};
use std::path::Path;

/// Two services that stop when asked to.
const TWO: &str = r#"
    services:
      web:
        image: IMAGE
        init: true
        command: sh -c "echo web is up; sleep 3600"
      worker:
        image: IMAGE
        init: true
        command: sh -c "echo worker is up; sleep 3600"
"#;

#[test]
fn a_project_is_started_shown_and_taken_down() {
    let Some(docker) = Docker::new() else { return };
    let project = docker.project();
    let repo = docker
        .repo(TWO)
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
    assert!(up.stderr.contains("web-1"), "{}", up.stderr);
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
fn a_standalone_compose_of_version_2_does_as_well() {
    let Some(docker) = Docker::new() else { return };
    let Some(plugin) = compose_plugin() else {
        return skipped("the Compose plugin");
    };
    let repo = docker.repo(TWO).recipe("it", "print(compose_services());");
    let path = path_of(&repo, &[("docker-compose", &plugin)]);
    let repo = repo.with("PATH", path);
    repo.dev("it").stdout("[\"web\", \"worker\"]\n").run();
    // The Docker CLI is not there, and what is said must not be about it.
    repo.write(
        "recipes/bad.rhai",
        "compose([\"port\", \"nothing\", \"1\"]);",
    );
    let bad = repo.dev("bad").any_stderr().status(1).run();
    assert!(
        bad.stderr
            .contains("`docker-compose --project-directory dev port nothing 1` exited with code 1")
    );
    assert!(
        bad.stderr.contains("service \"nothing\" is not running"),
        "{}",
        bad.stderr
    );
    let mut on_a_terminal = repo.terminal("bad");
    assert_eq!(on_a_terminal.wait(), 1);
    on_a_terminal.wait_for("exited with code 1");
}

#[test]
fn version_1_is_refused() {
    let repo = Repo::new().recipe("it", r#"compose(["ps"]);"#);
    let old = Path::new("/usr/bin/docker-compose");
    let is_old = || {
        let output = std::process::Command::new(old)
            .args(["version", "--short"])
            .output();
        output.is_ok_and(|output| output.stdout.starts_with(b"1."))
    };
    let program = if is_old() {
        old.to_owned()
    } else {
        let script = "#!/bin/sh\necho 1.29.2\n";
        repo.script("stands-in-for-docker-compose-1", script)
    };
    let path = path_of(&repo, &[("docker-compose", &program)]);
    let repo = repo.with("PATH", path).with("LC_ALL", "C.UTF-8");
    let old = repo.dev("it").any_stderr().status(4).run();
    assert!(
        old.stderr
            .starts_with("error: docker-compose 1.29.2 is too old: version 2 or later is needed\n"),
        "{}",
        old.stderr
    );
    assert!(
        old.stderr
            .contains("hint: install the Compose plugin: docs.docker.com/compose/install\n")
    );
}

#[test]
fn without_docker_it_is_said_how_to_get_it() {
    let repo = Repo::new().recipe("it", r#"compose(["ps"]);"#);
    let path = path_of(&repo, &[]);
    repo.with("PATH", path)
        .dev("it")
        .stderr(
            "
            error: docker is not installed, or not on PATH
            hint: install Docker Desktop (macOS), or Docker Engine from your distribution or docs.docker.com/engine/install
            ",
        )
        .status(4)
        .run();
}

#[test]
fn an_engine_that_is_down_is_said_with_how_to_start_it() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(TWO)
        .with("DOCKER_HOST", "unix:///nowhere.sock")
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe("ps", "print(compose_ps());")
        .recipe(
            "step",
            r#"run_steps([step("up", "Up", || compose(["up", "--detach"]))]);"#,
        );
    let hint = "hint: start Docker Desktop (macOS), or `sudo systemctl start docker`; `docker info` must succeed";
    for recipe in ["up", "ps"] {
        let down = repo.dev(recipe).any_stderr().status(4).run();
        assert!(
            down.stderr
                .contains("error: the Docker engine does not answer\n"),
            "{}",
            down.stderr
        );
        assert!(down.stderr.contains(hint), "{}", down.stderr);
        let mut terminal = repo.terminal(recipe);
        assert_eq!(terminal.wait(), 4);
        terminal.wait_for("error: the Docker engine does not answer");
        terminal.wait_for("`docker info` must succeed");
    }
    let step = repo.dev("step").any_stderr().status(1).run();
    assert!(
        step.stderr.contains("the Docker engine does not answer\n"),
        "{}",
        step.stderr
    );
    assert!(step.stderr.contains(hint), "{}", step.stderr);
}

#[test]
fn a_compose_file_with_an_error_is_named() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo("services:\n  web:\n    imagine: nothing\n")
        .recipe("it", "print(compose_services());");
    let bad = repo.dev("it").any_stderr().status(1).run();
    assert!(
        bad.stderr.contains(
            "`docker compose --project-directory dev config --services` exited with code 1"
        ),
        "{}",
        bad.stderr
    );
    assert!(bad.stderr.contains("imagine"), "{}", bad.stderr);
}

#[test]
fn a_dry_run_reads_and_starts_nothing() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(TWO).recipe(
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
fn ctrl_c_ends_the_logs_and_not_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(TWO)
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe("it", r#"compose(["logs", "--follow"]);"#);
    repo.dev("up").any_stderr().run();
    let mut logs = repo.start("it");
    logs.wait_for("worker is up");
    logs.signal(Signal::SIGINT);
    assert_eq!(logs.wait(), 130);
    assert!(no_compose_in(&repo));

    let mut terminal = repo.terminal("it");
    terminal.wait_for("worker is up");
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    assert!(no_compose_in(&repo));
    assert_eq!(docker.running(), ["web", "worker"]);
}

/// A service that has its ten seconds when it is stopped.
const STUBBORN: &str = r#"
    services:
      stubborn:
        image: IMAGE
        command: sh -c "trap '' TERM; echo is up; while true; do sleep 1; done"
      web:
        image: IMAGE
        init: true
        command: sleep 3600
"#;

#[test]
fn ctrl_c_in_the_foreground_stops_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(STUBBORN).recipe("it", r#"compose(["up"]);"#);
    let mut up = repo.start("it");
    up.wait_for("is up");
    eventually("both services", || docker.running().len() == 2);
    up.signal(Signal::SIGINT);
    assert_eq!(up.wait(), 130);
    assert!(
        up.stderr().ends_with("error: stopped by Ctrl-C (SIGINT)\n"),
        "{}",
        up.stderr()
    );
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
}

#[test]
fn ctrl_c_on_a_terminal_stops_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(TWO).recipe("it", r#"compose(["up"]);"#);
    let mut up = repo.terminal("it");
    up.wait_for("worker is up");
    eventually("both services", || docker.running().len() == 2);
    up.press("\x03");
    assert_eq!(up.wait(), 130);
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
    assert!(up.echoes());
}

#[test]
fn a_step_out_of_time_stops_compose() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(TWO).recipe(
        "it",
        r#"run_steps([step("up", "Up", #{ timeout: "4s" }, || compose(["up"]))]);"#,
    );
    let ended = repo.dev("it").any_stdout().any_stderr().status(1).run();
    assert!(
        ended.stderr.contains("took longer than"),
        "{}",
        ended.stderr
    );
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
}

/// True if no Compose works on the repository any more: its folder is the working directory.
fn no_compose_in(repo: &Repo) -> bool {
    let Some(lsof) = find("pgrep") else {
        return true;
    };
    let output = std::process::Command::new(lsof)
        .args(["-f", "compose --project-directory dev"])
        .output()
        .unwrap();
    let pids = String::from_utf8_lossy(&output.stdout).into_owned();
    !pids.lines().any(|pid| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == repo.path())
    })
}

#[test]
fn a_project_without_a_file_is_said() {
    let Some(_docker) = Docker::new() else { return };
    Repo::new()
        .recipe("it", "compose([\"ps\"]);")
        .dev("it")
        .stderr(
            "
            error: there is no Compose file in dev/
            hint: add dev/docker-compose.yml, or name another file in COMPOSE_FILE
            ",
        )
        .status(4)
        .run();
}

#[test]
fn a_variable_that_is_set_to_nothing_does_not_hide_the_file() {
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
    emptied("tell").stdout("from the file, , large\n").run();
    for (line, printed) in [
        ("up", "from the file, , large\n"),
        // What a recipe says itself counts.
        ("said", "none, , tiny\n"),
    ] {
        let up = emptied(line).any_stdout().any_stderr().run();
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
    assert!(ended.stderr.contains("nothing"), "{}", ended.stderr);
}
