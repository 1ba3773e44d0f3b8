//! Steps that run side by side and start services of one project: its network is created once.

use crate::harness::{self, Docker, Signal};

const FOUR_SERVICES: &str = "
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
    let repo = docker.repo(FOUR_SERVICES).recipe(
        "it",
        r#"
        let plan = ["a", "b", "c"].map(|service| step(service, service, || compose(["up", "--detach", service])));
        plan.push(step("task", "task", || compose(["run", "--rm", "-T", "task"])));
        run_steps(plan, #{ jobs: 4, keep_going: true });
        "#,
    );
    // Without turns, most of these rounds end with two networks or a failed step.
    for _round in 0..4 {
        repo.dev("it").any_output().run();
        assert_eq!(networks(&docker), 1);
        assert_eq!(docker.running(), ["a", "b", "c"]);
        repo.write(
            "recipes/down.rhai",
            r#"compose(["down", "--timeout", "0"]);"#,
        );
        repo.dev("down").any_output().run();
        assert_eq!(networks(&docker), 0);
    }
}

/// Starts `a` in the foreground and then `b` beside it; `down` ends both.
const TWO_UPS_RECIPE: &str = r#"
    run_steps([
        step("first", "stays", || compose(["up", "a"])),
        step("second", "starts", || {
            sleep("500ms");
            compose(["up", "--detach", "b"]);
        }),
        step("third", "removes", #{ after: ["second"] }, || compose(["down", "--timeout", "0"])),
    ], #{ jobs: 3 });
"#;

#[test]
fn a_command_that_stays_in_the_foreground_keeps_no_other_waiting() {
    let Some(docker) = Docker::new() else { return };
    let service = "{ image: IMAGE, init: true, command: sleep 3600";
    let external = format!("{}-external", docker.project());
    harness::docker(&["network", "create", &external]);
    let projects = [
        // One network for both.
        format!("a: {service} }}\n  b: {service} }}"),
        // A network that only a third service uses.
        format!(
            "a: {service} }}\n  b: {service} }}\n  c: {service}, networks: [other] }}\nnetworks: {{ other: {{}} }}"
        ),
        // None to create.
        format!("a: {service}, network_mode: none }}\n  b: {service}, network_mode: none }}"),
        format!(
            "a: {service} }}\n  b: {service} }}\nnetworks: {{ default: {{ external: true, name: {external} }} }}"
        ),
    ];
    let repo = docker.repo("services: {}").recipe("it", TWO_UPS_RECIPE);
    for project in projects {
        docker.services(&repo, &format!("services:\n  {project}\n"));
        let mut live = repo.start("it");
        assert_eq!(live.wait(), 0, "{project}: {}", live.stderr());
        assert_eq!(networks(&docker), 0);
    }
    harness::docker(&["network", "rm", &external]);
}

#[test]
fn services_of_a_profile_have_turns_for_their_own_network() {
    let Some(docker) = Docker::new() else { return };
    let service = "{ image: IMAGE, init: true, command: sleep 3600, networks: [";
    let tool = format!("{service}tools], profiles: [p] }}");
    let repo = docker.repo("services: {}").recipe(
        "it",
        r#"
        compose(["up", "--detach", "base"]);
        let plan = ["a", "b", "c"].map(|it| step(it, it, || compose(["--profile", "p", "up", "--detach", it])));
        run_steps(plan, #{ jobs: 3, keep_going: true });
        "#,
    );
    docker.services(
        &repo,
        &format!(
            "services:\n  base: {service}used] }}\n  a: {tool}\n  b: {tool}\n  c: {tool}\nnetworks: {{ used: {{}}, tools: {{}} }}\n"
        ),
    );
    repo.write(
        "recipes/down.rhai",
        r#"compose(["--profile", "*", "down", "--timeout", "0"]);"#,
    );
    for _round in 0..3 {
        repo.dev("it").any_output().run();
        assert_eq!(networks(&docker), 2);
        repo.dev("down").any_output().run();
    }
}

#[test]
fn a_command_that_waits_for_its_turn_can_be_stopped() {
    let Some(docker) = Docker::new() else { return };
    // Compose builds the image before it creates the network, so the first command keeps the turn.
    let repo = docker
        .repo(
            "
            services:
              slow: { build: ./slow, command: sleep 3600 }
              b: { image: IMAGE, init: true, command: sleep 3600 }
            ",
        )
        .file(
            "dev/slow/Dockerfile",
            "FROM copilot-test:busybox\nRUN echo building && sleep 3600\n",
        )
        .recipe(
            "it",
            r#"
            run_steps([
                step("first", "holds", || compose(["up", "--detach", "slow"])),
                step("second", "waits", || {
                    sleep("1s");
                    compose(["up", "--detach", "b"]);
                }),
            ], #{ jobs: 2 });
            "#,
        );
    let mut live = repo.start("it");
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(docker.running().is_empty(), "{}", live.stderr());
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert!(docker.running().is_empty());
}
