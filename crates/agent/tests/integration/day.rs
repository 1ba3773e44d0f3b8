//! Hours of observations without the pauses in between, with a real Temporal, Prometheus and
//! PostgreSQL: the history of a workflow's run does not grow.
//!
//! Four hours take about three minutes, a whole day a quarter of an hour:
//! `COPILOT_TEST_HOURS=24 cargo test -p copilot-agent --test agent -- --nocapture day::`.

use crate::support::{cluster::Stack, cluster::temporal_says, free_port};
use copilot_agent::{config::Config, worker};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Unless `COPILOT_TEST_HOURS` is set.
const DEFAULT_HOURS: usize = 4;
/// One every 30 s.
const OBSERVATIONS_PER_HOUR: usize = 120;
/// One every 5 minutes.
const ASSESSMENTS_PER_HOUR: usize = 12;
/// After so many, a run continues as new.
const ITERATIONS_PER_RUN: usize = 100;
/// Temporal warns from 10 MiB and 10,240 events on.
const MAX_HISTORY_BYTES: u64 = 1024 * 1024;
const MAX_HISTORY_EVENTS: u64 = 3_000;
/// No run of a workflow takes longer, even on a slow machine.
const STUCK_AFTER: Duration = Duration::from_mins(3);

/// Events and bytes of each completed run of a workflow, oldest first.
fn completed_runs(stack: &Stack, workflow: &str) -> Vec<(u64, u64)> {
    let query = format!("WorkflowId = '{workflow}' AND ExecutionStatus = 'ContinuedAsNew'");
    let arguments = [
        "workflow",
        "list",
        "--namespace",
        "copilot",
        "--query",
        &query,
    ];
    let said = temporal_says(&stack.temporal, &arguments);
    let number = |run: &Value, name: &str| run[name].as_str().unwrap().parse().unwrap();
    let mut runs: Vec<_> = said.as_array().unwrap().iter().collect();
    runs.reverse();
    let sizes = |run: &&Value| {
        (
            number(run, "historyLength"),
            number(run, "historySizeBytes"),
        )
    };
    runs.iter().map(sizes).collect()
}

/// The worker's settings, with intervals so short that a day takes minutes.
fn hurried(stack: &Stack) -> Config {
    let mut variables = stack.variables();
    let listen = format!("127.0.0.1:{}", free_port());
    variables.push(("COPILOT_METRICS_LISTEN", listen));
    let config = Config::read(&|name| {
        let set = variables.iter().find(|(it, _)| *it == name);
        set.map(|(_, value)| value.clone())
    });
    Config {
        observe_every: Duration::from_millis(1),
        assess_every: Duration::from_millis(10),
        ..config.unwrap()
    }
}

#[test]
fn histories_stay_short_over_hours() {
    let hours = std::env::var("COPILOT_TEST_HOURS").map_or(DEFAULT_HOURS, |it| it.parse().unwrap());
    let Some(stack) = Stack::start_alone() else {
        return;
    };
    let config = hurried(&stack);
    let working = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(worker::run(config))
    });
    for (workflow, per_hour) in [
        ("copilot-observe-monitored", OBSERVATIONS_PER_HOUR),
        ("copilot-logs-monitored", OBSERVATIONS_PER_HOUR),
        ("copilot-assess-monitored", ASSESSMENTS_PER_HOUR),
    ] {
        let mut last = (0, Instant::now());
        let runs = loop {
            let runs = completed_runs(&stack, workflow);
            if runs.len() >= (per_hour * hours).div_ceil(ITERATIONS_PER_RUN) {
                break runs;
            }
            if runs.len() > last.0 {
                last = (runs.len(), Instant::now());
            }
            assert!(
                last.1.elapsed() < STUCK_AFTER,
                "{workflow} stays at {}",
                last.0
            );
            assert!(!working.is_finished(), "the worker ended");
            std::thread::sleep(Duration::from_secs(1));
        };
        for (events, bytes) in &runs {
            assert!(
                *events < MAX_HISTORY_EVENTS && *bytes < MAX_HISTORY_BYTES,
                "{workflow}: {runs:?}"
            );
        }
        // The first run starts from nothing, the last from all that a day handed on.
        let (first, last) = (runs[0].1, runs[runs.len() - 1].1);
        assert!(last < first + first / 5, "{workflow}: {runs:?}");
        println!("{workflow}: {} runs, {runs:?}", runs.len());
    }
}
