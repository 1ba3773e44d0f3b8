//! The built program, running.

use super::{eventually, free_port};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running `copilot-agent`.
pub(crate) struct Agent {
    child: Child,
    /// Port on 127.0.0.1 of the API, or of the metrics of a worker.
    pub port: u16,
    log: PathBuf,
    _home: TempDir,
}

/// What a page said.
pub(crate) struct Page {
    /// Status of the answer.
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    /// The body.
    pub text: String,
}

impl Page {
    /// The body, parsed as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// The program with no variable but these.
pub(crate) fn command(words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copilot-agent"));
    command
        .args(words)
        .env_clear()
        .envs(variables.iter().copied());
    command
}

impl Agent {
    /// Starts `api` or `worker` on a port of its own, and waits until it is well.
    pub(crate) fn start(what: &str, variables: &[(&str, &str)]) -> Self {
        let agent = Self::spawn(what, variables);
        eventually("the agent is well", || {
            (agent.try_get("/health")?.status == 200).then_some(())
        });
        agent
    }

    /// Starts it without waiting.
    pub(crate) fn spawn(what: &str, variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let log = home.path().join("log");
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let name = if what == "api" {
            "COPILOT_API_LISTEN"
        } else {
            "COPILOT_METRICS_LISTEN"
        };
        let child = command(&[what], variables)
            .env(name, listen)
            .stderr(Stdio::from(File::create(&log).unwrap()))
            .spawn()
            .unwrap();
        Self {
            child,
            port,
            log,
            _home: home,
        }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The response to a GET request for `path`.
    pub(crate) fn get(&self, path: &str) -> Page {
        self.try_get(path)
            .unwrap_or_else(|| panic!("no answer to {path}: {}", self.log()))
    }

    fn try_get(&self, path: &str) -> Option<Page> {
        ask("GET", &format!("http://127.0.0.1:{}{path}", self.port))
    }

    /// The value of the sample `name` in `/metrics`.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").text;
        let line = text.lines().find(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(' '))
        })?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Sends a signal and waits for the end; how long that took.
    pub(crate) fn stop(mut self, signal: Signal) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(id, signal).unwrap();
        (self.child.wait().unwrap(), began.elapsed())
    }
}

/// Sends a request without a body; `None` if there is no response.
pub(crate) fn ask(method: &str, url: &str) -> Option<Page> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("access-control-request-method", "GET")
        .body(())
        .unwrap();
    let mut answer = ureq::Agent::from(config).run(request).ok()?;
    Some(Page {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        text: answer.body_mut().read_to_string().unwrap(),
    })
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("log of the agent:\n{}", self.log());
        }
    }
}
