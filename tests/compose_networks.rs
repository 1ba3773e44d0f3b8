//! Steps that run side by side and start services of one project: its network is created once.

mod harness;

use harness::{Docker, eventually};

const FOUR: &str = "
    services:
      a: &service
        image: IMAGE
        init: true
        command: sleep 3600
      b: *service
      c: *service
      task:
        image: IMAGE
        command: \"true\"
";

/// How many networks the project has.
fn networks(docker: &Docker) -> usize {
    docker.ids("network ls").len()
}

#[test]
fn commands_side_by_side_create_the_network_once() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(FOUR).recipe(
        "it",
        r#"
        let plan = ["a", "b", "c"].map(|service| step(service, service, || compose(["up", "--detach", service])));
        plan.push(step("task", "task", || compose(["run", "--rm", "-T", "task"])));
        run_steps(plan, #{ jobs: 4, keep_going: true });
        "#,
    );
    // Without turns, most of these rounds end with two networks or a failed step.
    for _round in 0..4 {
        repo.dev("it").any_stdout().any_stderr().run();
        assert_eq!(networks(&docker), 1);
        assert_eq!(docker.running(), ["a", "b", "c"]);
        repo.write(
            "recipes/down.rhai",
            r#"compose(["down", "--timeout", "0"]);"#,
        );
        repo.dev("down").any_stdout().any_stderr().run();
        assert_eq!(networks(&docker), 0);
    }
}

#[test]
fn a_command_that_stays_in_the_foreground_keeps_no_other_waiting() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(FOUR).recipe(
        "it",
        r#"
        run_steps([
            step("first", "stays", || compose(["up", "a"])),
            step("second", "starts", || compose(["up", "--detach", "b"])),
            step("third", "removes", #{ after: ["second"] }, || compose(["down", "--timeout", "0"])),
        ], #{ jobs: 3 });
        "#,
    );
    // `down` ends the foreground command, so all of it ends.
    repo.dev("it").any_stdout().any_stderr().run();
    assert_eq!(networks(&docker), 0);
}

#[test]
fn a_command_that_waits_for_its_turn_can_be_stopped() {
    let Some(docker) = Docker::new() else { return };
    // Its network is never there, so the first command keeps the turn while the task runs.
    let repo = docker
        .repo(
            "
            services:
              task:
                image: IMAGE
                init: true
                command: sleep 3600
                network_mode: none
              b:
                image: IMAGE
                init: true
                command: sleep 3600
            networks: { default: {} }
            ",
        )
        .recipe(
            "it",
            r#"
            run_steps([
                step("first", "holds", || compose(["run", "--rm", "-T", "task"])),
                step("second", "waits", || {
                    sleep("1s");
                    compose(["up", "--detach", "b"]);
                }),
            ], #{ jobs: 2 });
            "#,
        );
    let mut live = repo.start("it");
    eventually("the task", || docker.running() == ["task"]);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    live.signal(harness::Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert!(!docker.running().contains(&"b".to_owned()));
}
