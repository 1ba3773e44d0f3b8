//! Interruptions at random moments: nothing of a run is left, whatever it was doing and however it was
//! interrupted. `COPILOT_INTERRUPTIONS` sets their number, `COPILOT_SEED` repeats a sequence.
#![cfg(target_os = "linux")]

use crate::harness::{Docker, Marker, Repo, Signal, docker, find, one, plain};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How many interruptions a normal run of the tests makes.
const DEFAULT_COUNT: u64 = 24;
/// The interruption comes within this time after the start.
const LATEST_MS: u64 = 900;
/// How long what is left may take to end: the longest grace period here, and some.
const PATIENCE: Duration = Duration::from_secs(30);
/// The variable by which the test finds the processes of a run.
const VARIABLE: &str = "COPILOT_TEST_RUN";

/// Work that goes on for longer than the test waits. `{}` is a number of seconds.
const WORK: [(&str, &str); 9] = [
    ("plain", r#"exec(["sleep", "{}"]);"#),
    (
        "parallel",
        r#"run_steps(["a", "b", "c"].map(|id| step(id, id, || exec(["sh", "-c", "sleep {} & sleep {}"]))), #{ jobs: 3 });"#,
    ),
    (
        "capture",
        r#"capture(["sh", "-c", "sleep {} | sleep {}"]);"#,
    ),
    ("wait", r#"exec(["sh", "-c", "sleep {} &"]); sleep(1000);"#),
    (
        "many",
        r#"for n in 0..100000 { exec(["sh", "-c", `sleep 0.0${n % 10}; :`]); }"#,
    ),
    (
        "setsid",
        r#"exec(["sh", "-c", "setsid sleep {} & sleep {}"]);"#,
    ),
    (
        "double fork",
        r#"exec(["sh", "-c", "(setsid sh -c 'sleep {} & exec sleep {}' &); sleep {}"]);"#,
    ),
    (
        "psql_dsql",
        r#"psql_dsql(#{ url: "postgresql://a:b@127.0.0.1:PORT/c?sslmode=disable", sql: "SELECT 1" });"#,
    ),
    (
        "prompt",
        r#"exec(["sh", "-c", "sleep {} &"]); confirm("Go on?");"#,
    ),
];

/// A small generator of random numbers: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[derive(Debug, Clone, Copy)]
enum Attack {
    Signal(Signal),
    /// SIGKILL of the watchdog, and of the host a while later.
    Watchdog,
}

const ATTACKS: [Attack; 6] = [
    Attack::Signal(Signal::SIGINT),
    Attack::Signal(Signal::SIGTERM),
    Attack::Signal(Signal::SIGHUP),
    Attack::Signal(Signal::SIGQUIT),
    Attack::Signal(Signal::SIGKILL),
    Attack::Watchdog,
];

/// The processes whose environment has `value` for [`VARIABLE`], with their command lines.
fn left(value: &str) -> Vec<(Pid, String)> {
    let wanted = format!("{VARIABLE}={value}");
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let has = |folder: &std::path::Path| {
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable == wanted.as_bytes())
    };
    entries
        .map(|entry| entry.path())
        .filter(|folder| has(folder))
        .filter_map(|folder| {
            let pid = folder.file_name()?.to_str()?.parse().ok()?;
            let line = std::fs::read(folder.join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            Some((Pid::from_raw(pid), line))
        })
        .collect()
}

fn send(pid: Pid, signal: Signal) {
    let _ended_meanwhile = kill(pid, signal);
}

fn attack(host: Pid, value: &str, attack: Attack) {
    match attack {
        Attack::Signal(signal) => send(host, signal),
        Attack::Watchdog => {
            let all = left(value).into_iter();
            for (pid, _) in all.filter(|(_, line)| line.starts_with("copilot-watchdog")) {
                send(pid, Signal::SIGKILL);
            }
            // The host looks after it 20 times a second.
            std::thread::sleep(Duration::from_millis(500));
            send(host, Signal::SIGKILL);
        }
    }
}

/// Waits until nothing is left of the run, and fails otherwise.
#[track_caller]
fn assert_nothing_left(value: &str, host: Pid, what: &str) {
    let end = Instant::now() + PATIENCE;
    let containers = || {
        let name = format!("name=copilot-{host}-");
        docker(&["ps", "--all", "--filter", &name, "--format", "{{.Names}}"])
    };
    loop {
        let processes = left(value);
        let has_containers = what.contains("docker_run") && !containers().is_empty();
        if processes.is_empty() && !has_containers {
            return;
        }
        assert!(
            Instant::now() < end,
            "{what} left {processes:?}, containers: {has_containers}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The repositories, by what their verb `it` does.
fn repositories(marker: &Marker, port: u16) -> Vec<(&'static str, Repo)> {
    let text = |work: &str| {
        let work = work.replace("{}", marker.seconds());
        work.replace("PORT", &port.to_string())
    };
    let mut repositories: Vec<_> = WORK.map(|(name, work)| (name, one(&text(work)))).into();
    if Docker::new().is_some() {
        let recipe = format!(
            r#"docker_run(#{{ image: "{}", cmd: ["sleep", "{}"] }});"#,
            Docker::IMAGE,
            marker.seconds()
        );
        repositories.push(("docker_run", one(&recipe)));
        repositories.push((
            "compose",
            one(r#"compose(["events"]);"#).file(
                "dev/docker-compose.yml",
                &format!(
                    "name: copilot-test-interruptions\nservices: {{ a: {{ image: \"{}\" }} }}\n",
                    Docker::IMAGE
                ),
            ),
        ));
    }
    if find("terraform").is_some() {
        let configuration = r#"resource "terraform_data" "it" {
            triggers_replace = timestamp()
            provisioner "local-exec" {
                command = "sleep 2"
            }
        }"#;
        let repo = one(r#"run_steps([step("a", "A", || terraform(["apply", "-auto-approve"]))]);"#)
            .recipe("init", r#"terraform(["init"]);"#)
            .file("terraform/dev/main.tf", configuration);
        repo.dev("init").any_output().run();
        repositories.push(("terraform", repo));
    }
    repositories
}

#[test]
fn nothing_is_ever_left() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let count = number("COPILOT_INTERRUPTIONS").unwrap_or(DEFAULT_COUNT);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("COPILOT_SEED").unwrap_or(since.as_secs()).max(1);
    let mut random = Random(seed);
    // It accepts connections and never answers.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let marker = Marker::new();
    let repositories = repositories(&marker, server.local_addr().unwrap().port());
    for round in 0..count {
        let (name, repo) = &repositories[usize::try_from(round).unwrap() % repositories.len()];
        let kind = ATTACKS[usize::try_from(random.below(6)).unwrap()];
        let delay = Duration::from_millis(random.below(LATEST_MS));
        let value = format!("{seed}-{round}");
        let what = format!("seed {seed}, round {round}: {name}, {kind:?} after {delay:?}");
        if *name == "prompt" {
            let variables = [("NO_COLOR", "1"), (VARIABLE, &value)];
            let copilot = env!("CARGO_BIN_EXE_copilot");
            let mut terminal =
                crate::harness::Terminal::program(repo, copilot, ["dev", "it"], &variables);
            let before = terminal.modes();
            let host = Pid::from_raw(i32::try_from(terminal.pid()).unwrap());
            std::thread::sleep(delay);
            attack(host, &value, kind);
            terminal.wait();
            assert_nothing_left(&value, host, &what);
            assert_eq!(terminal.modes(), before, "{what}");
        } else {
            let mut command = repo.command();
            command.args(["dev", "it"]).env(VARIABLE, &value);
            let mut live = crate::harness::Live::start(command);
            let host = Pid::from_raw(i32::try_from(live.pid()).unwrap());
            std::thread::sleep(delay);
            attack(host, &value, kind);
            let code = live.wait();
            assert_nothing_left(&value, host, &what);
            let interrupted = [129, 130, 131, 137, 143].contains(&code);
            let stderr = plain(&live.stderr(), repo.path());
            assert!(interrupted, "{what}: exit code {code}: {stderr}");
        }
        if *name == "terraform" {
            repo.dev("it --wait-for-lock").any_output().run();
            let state = repo.read("terraform/dev/terraform.tfstate");
            assert_eq!(
                state.matches("\"mode\": \"managed\"").count(),
                1,
                "{what}: {state}"
            );
            assert!(
                !repo.has("terraform/dev/.terraform.tfstate.lock.info"),
                "{what}"
            );
        }
    }
    println!("{count} interruptions with seed {seed}: nothing left");
}
