//! Listens to the engine's events about containers that start, end or change their health, which saves polling.

use super::api::{Call, STOP_CHECK_INTERVAL};
use crate::fault::lock;
use crate::process::{Command, Sink, Token};
use crate::run::frame;
use crate::screen::Stream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// `--since` includes events from before the engine gets the request.
const EVENTS_COMMAND: [&str; 5] = [
    "docker",
    "events",
    "--since=5s",
    "--format={{.Action}}",
    "--filter=type=container",
];
/// The events that are changes. Each run of a health check makes others.
const CHANGE_EVENTS: [&str; 7] = [
    "create",
    "destroy",
    "die",
    "health_status",
    "pause",
    "start",
    "unpause",
];

/// It changes nothing, so it can be killed soon after it is asked to stop.
const STOP_GRACE_PERIOD: Duration = Duration::from_secs(1);

/// How far the clock of the engine may differ from that of the host.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// The engine's events, until this is dropped.
pub(super) struct ContainerEvents {
    arrival: Arc<Arrival>,
    token: Arc<Token>,
    listener: Option<JoinHandle<()>>,
}

impl ContainerEvents {
    /// Listens to the events of the containers of a project, for `time` and a margin, so that a
    /// listener that outlives a killed host ends by itself.
    pub(super) fn listen(call: Call<'_>, project: &str, time: Duration) -> Self {
        let mut argv: Vec<String> = EVENTS_COMMAND.map(str::to_owned).to_vec();
        if let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            let end = now.saturating_add(time).saturating_add(CLOCK_SKEW);
            argv.push(format!("--until={}", end.as_secs()));
        }
        argv.push(format!(
            "--filter=label=com.docker.compose.project={project}"
        ));
        argv.extend(CHANGE_EVENTS.map(|event| format!("--filter=event={event}")));
        let mut command = Command::new(argv, call.run.root.clone());
        command.grace = STOP_GRACE_PERIOD;
        let arrival = Arc::new(Arrival::default());
        let token = Token::child(&frame().token, None);
        let sink: Arc<dyn Sink> = Arc::clone(&arrival) as Arc<dyn Sink>;
        let (run, own) = (Arc::clone(call.run), Arc::clone(&token));
        let listener = thread::spawn(move || {
            // Once this has returned, `has_ended` is true.
            let _outcome = run.outside.run(&command, false, Some(&sink), false, &own);
        });
        Self {
            arrival,
            token,
            listener: Some(listener),
        }
    }

    /// True if no more events will come, as with a standalone Compose without the Docker CLI.
    pub(super) fn has_ended(&self) -> bool {
        self.listener.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until there is an event or `time` has passed. `None` if the step is asked to stop, else
    /// whether there was one since the last call.
    pub(super) fn wait(&self, time: Duration) -> Option<bool> {
        let end = Instant::now() + time;
        loop {
            if self.token.stop().is_some() {
                return None;
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.arrival.wait(left.min(STOP_CHECK_INTERVAL)) {
                return Some(true);
            }
            if left.is_zero() {
                return Some(false);
            }
        }
    }
}

impl Drop for ContainerEvents {
    fn drop(&mut self) {
        self.token.cancel();
        if let Some(listener) = self.listener.take() {
            let _ended = listener.join();
        }
    }
}

/// Whether an event came since the last wait.
#[derive(Default)]
struct Arrival {
    pending: Mutex<bool>,
    changed: Condvar,
}

impl Arrival {
    /// Waits for an event, at most for `time`, and takes it.
    fn wait(&self, time: Duration) -> bool {
        let pending = lock(&self.pending);
        let (mut pending, _) = self
            .changed
            .wait_timeout_while(pending, time, |pending| !*pending)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut pending)
    }
}

impl Sink for Arrival {
    fn write(&self, stream: Stream, _bytes: &[u8]) -> bool {
        if stream == Stream::Stdout {
            *lock(&self.pending) = true;
            self.changed.notify_all();
        }
        true
    }
}
