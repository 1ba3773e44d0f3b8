//! What the next run says after one that was killed together with its watchdog, and who holds the lock of
//! the checkout while the watchdog of a killed run works.

use crate::harness::{
    Docker, Live, Marker, Repo, Signal, allowed_to_be_skipped, assert_contains, docker, eventually,
    find, one, path_of,
};
use nix::sys::signal::kill;
use nix::unistd::Pid;

const CHANGE: &str = r#"exec(["true"]);"#;

/// Kills `live` and its watchdog, the watchdog first.
fn kill_both(mut live: Live) {
    let host = live.pid().to_string();
    // A watchdog that was started again is killed too.
    live.signal(Signal::SIGSTOP);
    eventually("the watchdog to be killed", || {
        let listing = std::process::Command::new("ps")
            .args(["-A", "-o", "pid=,ppid=,stat=,args="])
            .output()
            .unwrap();
        let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
        let mut killed = false;
        for line in listing.lines() {
            let mut fields = line.split_whitespace();
            let mut next = || fields.next().unwrap_or_default();
            let (pid, parent, stat, name) = (next(), next(), next(), next());
            if parent == host && name.contains("copilot-watchdog") {
                kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL).unwrap();
                killed |= stat.starts_with('Z');
            }
            killed |= parent == host && stat.starts_with('Z');
        }
        killed
    });
    live.signal(Signal::SIGKILL);
    live.wait();
}

#[test]
fn the_next_run_names_processes() {
    let marker = Marker::new();
    let repo = one(CHANGE).recipe(
        "killed",
        &format!(
            r#"exec(["sh", "-c", "setsid sleep {0} & sleep {0}"]);"#,
            marker.seconds()
        ),
    );
    let live = repo.start("killed");
    let pid = live.pid();
    marker.wait_for(2);
    kill_both(live);
    assert_eq!(marker.sleepers(), 2);
    let ended = repo.dev("it").any_output().run();
    assert_contains(
        &ended.stderr,
        &format!(
            "warning: the last run that changed things was killed: `copilot dev killed` (process {pid}, for "
        ),
    );
    assert_contains(&ended.stderr, "; it left behind:\n  the process ");
    assert_contains(&ended.stderr, " (sleep); `kill ");
    // Said once.
    repo.dev("it").any_stdout().stderr("").run();
}

#[test]
fn nothing_left_is_said_too_and_a_good_end_is_not() {
    let marker = Marker::new();
    let repo = one(CHANGE).recipe(
        "killed",
        &format!(r#"exec(["sleep", "{}"]);"#, marker.seconds()),
    );
    let mut live = repo.start("killed");
    marker.wait_for(1);
    live.signal(Signal::SIGKILL);
    live.wait();
    marker.assert_gone();
    let ended = repo.dev("it --wait-for-lock").any_output().run();
    assert_contains(
        &ended.stderr,
        "the last run that changed things was killed: ",
    );
    assert_contains(&ended.stderr, "; nothing of it is left\n");
    repo.dev("it").any_stdout().stderr("").run();
    // An interruption is a good end.
    let mut live = repo.start("killed");
    marker.wait_for(1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    repo.dev("it").any_stdout().stderr("").run();
}

#[test]
fn a_killed_run_holds_the_lock_until_its_programs_have_ended() {
    // Terraform may take minutes to end.
    let repo = one(CHANGE)
        .file("terraform/dev/main.tf", "")
        .recipe("killed", r#"terraform(["apply"]);"#);
    let terraform = repo.script(
        "bin/terraform",
        "#!/bin/sh\ntrap 'until test -e ../end; do sleep 0.05; done; exit' INT\ntouch ../up\n\
        while :; do sleep 0.05; done\n",
    );
    let mut path = path_of(&repo, &[("terraform", &terraform)]).into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let repo = repo.with("PATH", path);
    let mut live = repo.start("killed");
    eventually("the program to start", || repo.has("../up"));
    std::thread::sleep(std::time::Duration::from_millis(300));
    live.signal(Signal::SIGKILL);
    live.wait();
    let ended = repo.dev("it").any_output().status(4).run();
    assert_contains(
        &ended.stderr,
        "was killed, and its programs are still ending\n",
    );
    let mut waiting = repo.start("it");
    repo.write("../end", "");
    assert_eq!(waiting.wait(), 0, "{}", waiting.stderr());
}

#[test]
fn the_next_run_names_a_lock_of_terraform() {
    if find("terraform").is_none() {
        allowed_to_be_skipped("Terraform is not here");
        return;
    }
    let repo = terraform(
        r#"resource "terraform_data" "it" {
        provisioner "local-exec" {
            command = "touch up; sleep 100"
        }
    }"#,
    );
    let live = repo.start("apply");
    eventually("the apply", || repo.has("terraform/dev/up"));
    kill_both(live);
    // Terraform itself is killed too.
    let lock = "terraform/dev/.terraform.tfstate.lock.info";
    let ended = repo.dev("it").any_output().run();
    assert_contains(&ended.stderr, "(terraform); `kill ");
    assert_contains(
        &ended.stderr,
        "the lock of Terraform's state in terraform/dev/ (OperationTypeApply); `terraform -chdir=terraform/dev plan`",
    );
    for line in ended.stderr.lines() {
        if let Some(rest) = line.trim().strip_prefix("the process ") {
            let pid = rest.split_whitespace().next().unwrap().parse().unwrap();
            let _ended_meanwhile = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
    assert!(repo.has(lock));
}

fn terraform(configuration: &str) -> Repo {
    let repo = one(CHANGE)
        .file("terraform/dev/main.tf", configuration)
        .recipe("init", r#"terraform(["init"]);"#)
        .recipe(
            "apply",
            r#"run_steps([step("a", "A", || terraform(["apply", "-auto-approve"]))]);"#,
        );
    repo.dev("init").any_output().run();
    repo
}

#[test]
fn a_killed_run_leaves_no_container() {
    if Docker::new().is_none() {
        return;
    }
    let recipe = format!(
        r#"docker_run(#{{ image: "{}", cmd: ["sleep", "1000"] }});"#,
        Docker::IMAGE
    );
    let repo = one(CHANGE).recipe("killed", &recipe);
    let containers = |host: u32| {
        docker(&[
            "ps",
            "--all",
            "--filter",
            &format!("name=copilot-{host}-"),
            "--format",
            "{{.Names}}",
        ])
    };
    let mut live = repo.start("killed");
    let host = live.pid();
    eventually("the container", || !containers(host).is_empty());
    live.signal(Signal::SIGKILL);
    live.wait();
    eventually("the container to go", || containers(host).is_empty());
    // Without a watchdog it is named.
    let live = repo.start("killed");
    let host = live.pid();
    eventually("the container", || !containers(host).is_empty());
    kill_both(live);
    let ended = repo.dev("it").any_output().run();
    let name = format!("copilot-{host}-0");
    assert_contains(
        &ended.stderr,
        &format!("the container {name}; `docker rm --force {name}` stops and removes it"),
    );
    docker(&["rm", "--force", &name]);
}
