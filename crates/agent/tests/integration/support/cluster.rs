//! A Temporal server and a Prometheus, from their own programs.

use super::{agent::ask, eventually, free_port, postgres, program};
use parking_lot::RwLock;
use std::{
    any::Any,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A process that ends with the test.
pub(crate) struct Running {
    child: Child,
    /// Port on 127.0.0.1 that the process listens on.
    pub port: u16,
    home: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often a server is started anew because another process took a port that was free.
const START_ATTEMPTS: usize = 5;

impl Running {
    /// Starts the server that `command` makes for a port and a home, until `answers` is true for the
    /// port and the home. A server that ends before that is started again on another port.
    fn start(
        name: &str,
        command: impl Fn(u16, &Path) -> Command,
        answers: impl Fn(u16, &Path) -> bool,
    ) -> Self {
        for _ in 0..START_ATTEMPTS {
            let home = tempfile::tempdir().unwrap();
            let port = free_port();
            let mut command = command(port, home.path());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let child = command.spawn().unwrap();
            let mut server = Self { child, port, home };
            let is_up = eventually(&format!("{name} answers"), || {
                if answers(port, server.home.path()) {
                    return Some(true);
                }
                server.child.try_wait().unwrap().map(|_| false)
            });
            if is_up {
                return server;
            }
        }
        panic!("{name} has ended {START_ATTEMPTS} times before it answered");
    }
}

/// A Temporal server that remembers nothing, or why not.
pub(crate) fn temporal() -> Option<Running> {
    let Some(file) = program("temporal") else {
        postgres::skipped::skipped("the Temporal CLI (temporal)");
        return None;
    };
    let server = |port: u16, home: &Path| {
        let mut command = Command::new(&file);
        command
            .args(["server", "start-dev", "--headless", "--log-level", "error"])
            .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
            // Timers that are due within this are fired together, by default within a second.
            .args([
                "--dynamic-config-value",
                "history.timerProcessorMaxTimeShift=\"1ms\"",
            ])
            .args(["--http-port", &free_port().to_string()])
            .args(["--metrics-port", &free_port().to_string()])
            .env("HOME", home);
        command
    };
    let answers = |port: u16, home: &Path| {
        let health = Command::new(&file)
            .args(["operator", "cluster", "health", "--address"])
            .arg(format!("127.0.0.1:{port}"))
            .env("HOME", home)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        health.status.success()
    };
    Some(Running::start("Temporal", server, answers))
}

/// What `temporal` says, as JSON.
pub(crate) fn temporal_says(server: &Running, words: &[&str]) -> serde_json::Value {
    let output = Command::new(program("temporal").unwrap())
        .args(words)
        .args(["--output", "json", "--address"])
        .arg(format!("127.0.0.1:{}", server.port))
        .env("HOME", server.home.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// A Prometheus that scrapes a played cluster every second as the four services, or why not.
pub(crate) fn prometheus(scraped: u16) -> Option<Running> {
    let Some(file) = program("prometheus") else {
        postgres::skipped::skipped("Prometheus (prometheus)");
        return None;
    };
    let jobs = ["frontend", "history", "matching", "worker"].map(|service| {
        format!(
            "  - job_name: temporal-{service}\n    static_configs:\n      - targets: ['127.0.0.1:{scraped}']\n        labels: {{ cluster: monitored }}\n"
        )
    });
    let jobs = jobs.concat();
    let server = |port: u16, home: &Path| {
        let config = home.join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n{jobs}"
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new(&file);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                home.join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command
    };
    let answers = |port: u16, _: &Path| {
        let page = ask("GET", &format!("http://127.0.0.1:{port}/-/ready"));
        page.is_some_and(|page| page.status == 200)
    };
    Some(Running::start("Prometheus", server, answers))
}

/// Held by every stack, exclusively by one that takes all of the machine.
static MACHINE_LOCK: RwLock<()> = RwLock::new(());

/// The real parts that a worker needs, all running.
pub(crate) struct Stack {
    /// PostgreSQL, which stands in for the DSQL cluster of the store.
    pub postgres: postgres::Postgres,
    /// URL of the store.
    pub store: String,
    /// The Copilot's own Temporal.
    pub temporal: Running,
    /// Prometheus, which collects the metrics of the played cluster; `None` once a test has stopped it.
    pub prometheus: Option<Running>,
    /// The cluster that is watched, and its logs.
    pub played: super::server::Played,
    thresholds: tempfile::NamedTempFile,
    prometheus_port: u16,
    _machine: Box<dyn Any>,
}

impl Stack {
    /// Starts all of it, or says why not.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(Box::new(MACHINE_LOCK.read()))
    }

    /// As [`Stack::start`], for a test that would disturb others, while no other stack runs.
    pub(crate) fn start_alone() -> Option<Self> {
        Self::start_with(Box::new(MACHINE_LOCK.write()))
    }

    fn start_with(machine: Box<dyn Any>) -> Option<Self> {
        let temporal = temporal()?;
        let played = super::server::Played::start();
        let prometheus = prometheus(played.port)?;
        let postgres = postgres::Postgres::start(postgres::Certificate::Localhost)?;
        let store = super::store(&postgres, "copilot");
        let thresholds = tempfile::NamedTempFile::new().unwrap();
        fs::write(thresholds.path(), r#"{ "window": "5s" }"#).unwrap();
        Some(Self {
            postgres,
            store,
            temporal,
            prometheus_port: prometheus.port,
            prometheus: Some(prometheus),
            played,
            thresholds,
            _machine: machine,
        })
    }

    /// The variables of the agent.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "TEMPORAL_ADDRESS",
                format!("127.0.0.1:{}", self.temporal.port),
            ),
            ("TEMPORAL_NAMESPACE", "copilot".to_owned()),
            ("COPILOT_STORE_URL", self.store.clone()),
            (
                "COPILOT_PROMETHEUS_URL",
                format!("http://127.0.0.1:{}", self.prometheus_port),
            ),
            (
                "COPILOT_LOKI_URL",
                format!("http://127.0.0.1:{}", self.played.port),
            ),
            (
                "COPILOT_THRESHOLDS",
                self.thresholds.path().display().to_string(),
            ),
            ("COPILOT_OBSERVE_SECONDS", "1".to_owned()),
            ("COPILOT_ASSESS_SECONDS", "5".to_owned()),
            ("AWS_PROFILE", String::new()),
        ]
    }

    /// The agent, with these parts.
    pub(crate) fn agent(&self, what: &str) -> super::agent::Agent {
        self.agent_with(what, Vec::new())
    }

    /// The agent, with these parts and more variables.
    pub(crate) fn agent_with(
        &self,
        what: &str,
        more: Vec<(&'static str, String)>,
    ) -> super::agent::Agent {
        let variables = [self.variables(), more].concat();
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        super::agent::Agent::start(what, &variables)
    }

    /// What SQL says in the store.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.postgres.psql_in("copilot", sql)
    }
}
