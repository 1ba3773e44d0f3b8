//! A real Prometheus with series of ours.

use crate::harness::free_port;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The server; stopped at the end.
pub(crate) struct Server {
    child: Child,
    port: u16,
    agent: ureq::Agent,
    _folder: TempDir,
}

impl Server {
    /// Starts `prometheus` with what `promtool` makes of `open_metrics`.
    pub(crate) fn start(prometheus: &Path, promtool: &Path, open_metrics: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let [text, data] = ["series.txt", "data"].map(|name| folder.path().join(name));
        fs::write(&text, open_metrics).unwrap();
        let made = Command::new(promtool)
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([&text, &data])
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self::run(prometheus, "{}\n", folder)
    }

    /// Starts `prometheus` with this configuration and without series.
    pub(crate) fn with_config(prometheus: &Path, config: &str) -> Self {
        Self::run(prometheus, config, TempDir::new().unwrap())
    }

    /// Starts `prometheus` on the series in `data` of a folder.
    fn run(prometheus: &Path, config: &str, folder: TempDir) -> Self {
        let [path, data] = ["prometheus.yml", "data"].map(|name| folder.path().join(name));
        fs::write(&path, config).unwrap();
        let port = free_port();
        let child = Command::new(prometheus)
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=100y", "--log.level=error"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            port,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .proxy(None)
                .build()
                .into(),
            _folder: folder,
        }
    }

    /// True as soon as it answers; fails if it has ended.
    pub(crate) fn is_ready(&mut self) -> bool {
        assert_eq!(self.child.try_wait().unwrap(), None, "prometheus has ended");
        let url = format!("http://127.0.0.1:{}/-/ready", self.port);
        self.agent
            .get(url)
            .call()
            .is_ok_and(|answer| answer.status() == 200)
    }

    fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.port);
        let request = self.agent.get(url);
        let request = request.query_pairs(parameters.iter().copied());
        request.call().unwrap().body_mut().read_json().unwrap()
    }

    /// What it scrapes for `job`, as labels.
    pub(crate) fn targets(&self, job: &str) -> Vec<Value> {
        let answer = self.ask("targets", &[("state", "active")]);
        let all = answer["data"]["activeTargets"].as_array().unwrap().iter();
        all.filter(|target| target["scrapePool"] == job)
            .map(|target| target["labels"].clone())
            .collect()
    }

    /// The values of `expr` at `time`, or what is wrong with it.
    pub(crate) fn query(&self, expr: &str, time: u32) -> Result<Vec<f64>, String> {
        let time = time.to_string();
        let answer = self.ask("query", &[("query", expr), ("time", &time)]);
        if answer["status"] != "success" {
            return Err(answer["error"].to_string());
        }
        let results = answer["data"]["result"].as_array().unwrap().iter();
        Ok(results
            .map(|one| one["value"][1].as_str().unwrap().parse().unwrap())
            .collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_meanwhile = self.child.kill();
        let _gone = self.child.wait();
    }
}
