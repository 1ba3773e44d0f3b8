//! The shipped recipes `up`, `down`, `ps`, `logs` on a project of real containers.

use crate::harness::{
    Docker, Repo, Signal, allowed_to_be_skipped, assert_contains, assert_ends_with,
    assert_starts_with, eventually, skipped,
};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

const STACK_SERVICES: &str = r#"
    services:
      store:
        image: IMAGE
        init: true
        command: sh -c "sleep 1; touch /ready; echo store is up; sleep 3600"
        volumes: ["data:/data"]
        healthcheck: { test: ["CMD", "test", "-e", "/ready"], interval: 200ms, retries: 100 }
      prepare:
        image: IMAGE
        command: sh -c "echo one; echo two"
        depends_on: { store: { condition: service_healthy } }
      server:
        image: IMAGE
        init: true
        command: sh -c "echo server is up; sleep 3600"
        depends_on: { prepare: { condition: service_completed_successfully } }
    volumes: { data: {} }
"#;

fn stack(docker: &Docker, services: &str) -> Repo {
    docker.repo(services).shipped_recipes().file("dev/.env", "")
}

#[test]
fn the_life_of_a_stack() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(&docker, STACK_SERVICES);
    let up = repo.dev("up -d --wait --timeout 2m").any_stderr().run();
    assert_contains(&up.stderr, "\nprepare: done\n");
    assert_ends_with(&up.stderr, "ok: every service is up\n");
    assert_eq!(docker.running(), ["server", "store"]);

    let names = |line: &str| {
        let ended = repo.dev(line).any_stdout().run();
        let mut names: Vec<_> = ["prepare", "server", "store"]
            .into_iter()
            .filter(|name| {
                ended
                    .stdout
                    .contains(&format!("{}-{name}-1", docker.project()))
            })
            .collect();
        names.sort_unstable();
        names.join(" ")
    };
    assert_eq!(names("ps --running"), "server store");
    assert_eq!(names("ps"), "prepare server store");
    assert_eq!(names("ps server"), "server");

    let logs = repo.dev("logs --no-follow").any_stdout().run().stdout;
    assert!(
        logs.contains("| store is up\n") && logs.contains("| one\n"),
        "{logs}"
    );
    repo.dev("logs -n 1 --no-follow prepare")
        .stdout("prepare-1  | two\n")
        .run();
    let mut live = repo.start("logs -n 1 server");
    live.wait_for("server is up");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);

    // A second time there is nothing to do.
    repo.dev("up -d --wait").any_stderr().run();
    repo.dev("down").any_stderr().run();
    assert!(docker.ids("ps -a").is_empty());
    assert_eq!(docker.ids("volume ls").len(), 1);
    repo.dev("up store -d").any_stderr().run();
    assert_eq!(docker.running(), ["store"]);
    repo.dev("down -v").any_stderr().run();
    assert!(docker.ids("ps -a").is_empty());
    assert!(docker.ids("volume ls").is_empty());
}

#[test]
fn the_stack_of_another_checkout_is_left_alone() {
    let Some(docker) = Docker::new() else { return };
    let own = stack(&docker, STACK_SERVICES);
    own.dev("up -d server").any_output().run();
    let other = stack(&docker, STACK_SERVICES);
    // However the name is written.
    let text = other.read("dev/docker-compose.yml");
    let name = docker.project();
    let quoted = text.replace(
        &format!("name: {name}"),
        &format!("name: \"{name}\" # mine"),
    );
    other.write("dev/docker-compose.yml", quoted);
    for verb in ["up -d", "down", "down -v"] {
        let ended = other.dev(verb).any_output().status(4).run();
        let folder = own.path().join("dev");
        assert_contains(
            &ended.stderr,
            &format!(
                "error: the project {} runs from another checkout: its folder is {}, this one is <repo>/dev",
                docker.project(),
                folder.display()
            ),
        );
    }
    assert_eq!(docker.running(), ["server", "store"]);
    own.dev("down -v").any_output().run();
    // Now the name is free.
    other.dev("up -d server").any_output().run();
    other.dev("down -v").any_output().run();
}

#[test]
fn without_the_env_file_it_is_said_how_to_make_it() {
    Repo::new()
        .shipped_recipes()
        .dev("up -d")
        .stderr(
            "
            error: dev/.env does not exist
            hint: run `copilot dev init`, then set the variables that it lists
            ",
        )
        .status(4)
        .run();
}

#[test]
fn a_service_that_fails_is_named_with_the_reason() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(
        &docker,
        r#"
            services:
              fine: { image: IMAGE, init: true, command: sleep 3600 }
              broken: { image: IMAGE, command: sh -c "echo no cluster; exit 3" }
        "#,
    );
    let up = repo.dev("up --wait").any_stderr().status(1).run();
    let said = "broken: exited with code 3\n  last log lines:\n    no cluster\n";
    assert_contains(&up.stderr, said);
    assert_contains(&up.stderr, "error: not all services came up: ");
    assert_contains(&up.stderr, "  at recipes/up.rhai:");
}

#[test]
fn one_that_another_comes_after_fails() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(
        &docker,
        r#"
            services:
              first: { image: IMAGE, command: sh -c "exit 3" }
              after:
                image: IMAGE
                command: "true"
                depends_on: { first: { condition: service_completed_successfully } }
        "#,
    );
    let up = repo.dev("up -d").any_stderr().status(1).run();
    assert_contains(&up.stderr, "didn't complete successfully: exit 3");
}

#[test]
fn an_unknown_service_is_refused() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(&docker, STACK_SERVICES);
    let up = repo.dev("up -d nothing").any_stderr().status(1).run();
    assert_contains(&up.stderr, "no such service: nothing");
    assert!(docker.ids("ps -a").is_empty());
}

#[test]
fn ctrl_c_in_the_foreground_stops_the_stack() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(&docker, STACK_SERVICES);
    let mut up = repo.start("up");
    up.wait_for("server is up");
    up.signal(Signal::SIGINT);
    assert_eq!(up.wait(), 130);
    assert!(docker.running().is_empty());

    let mut terminal = repo.terminal("up");
    terminal.wait_for("server is up");
    eventually("the services", || docker.running().len() == 2);
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    assert!(docker.running().is_empty());
}

#[test]
fn ctrl_c_while_it_waits_names_what_runs_on() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(
        &docker,
        r#"
            services:
              fine: { image: IMAGE, init: true, command: sleep 3600 }
              slow:
                image: IMAGE
                init: true
                command: sleep 3600
                healthcheck: { test: ["CMD", "false"], interval: 1h, start_period: 1h }
        "#,
    );
    let mut live = repo.start("up --wait");
    live.wait_for("slow: starting\n");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    let said = "warning: still running: fine, slow; `copilot dev down` stops them\n";
    assert_contains(&live.stderr(), said);
    assert_eq!(docker.running(), ["fine", "slow"]);
}

/// Creates a network as Compose does, without asking the engine to look for another of the name, which the
/// Docker CLI does. Gives the engine's answer.
fn create_network(project: &str, name: &str) -> std::io::Result<String> {
    let labels = format!(
        "{{\"com.docker.compose.project\":\"{project}\",\"com.docker.compose.network\":\"default\"}}"
    );
    let body = format!("{{\"Name\":\"{name}\",\"CheckDuplicate\":false,\"Labels\":{labels}}}");
    let mut stream = UnixStream::connect("/var/run/docker.sock")?;
    write!(
        stream,
        "POST /networks/create HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_network_that_exists_twice_is_named_and_down_removes_both() {
    let Some(docker) = Docker::new() else { return };
    let repo = stack(
        &docker,
        "
            services:
              fine: { image: IMAGE, init: true, command: sleep 3600 }
        ",
    );
    let project = docker.project();
    let name = format!("{project}_default");
    let Ok(first) = create_network(project, &name) else {
        return skipped("a Docker engine at /var/run/docker.sock");
    };
    assert_starts_with(&first, "HTTP/1.1 201 ");
    // Engines since 23 refuse a second one, and have no such fault.
    let second = create_network(project, &name).unwrap();
    if second.starts_with("HTTP/1.1 409 ") {
        return allowed_to_be_skipped("this engine allows one network of a name");
    }
    assert_starts_with(&second, "HTTP/1.1 201 ");
    let up = repo.dev("up -d").any_stderr().status(4).run();
    assert_contains(
        &up.stderr,
        &format!("error: there are 2 networks named {name}\n"),
    );
    repo.dev("down").any_stderr().run();
    assert!(docker.ids("network ls").is_empty());
    repo.dev("up -d --wait").any_stderr().run();
}
