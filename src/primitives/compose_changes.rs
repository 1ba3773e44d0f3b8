//! Listens to the engine's events: containers that start, end or change their health. This replaces polling.

use super::api::Call;
use crate::process::{Command, Sink, Token};
use crate::run::frame;
use crate::screen::Stream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// `--since` covers events from before the engine has the request.
const COMMAND: [&str; 5] = [
    "docker",
    "events",
    "--since=5s",
    "--format={{.Action}}",
    "--filter=type=container",
];
/// Events of a change. Each run of a health check makes others.
const EVENTS: [&str; 7] = [
    "create",
    "destroy",
    "die",
    "health_status",
    "pause",
    "start",
    "unpause",
];

/// It changes nothing, so it can be killed soon after it is asked to stop.
const GRACE: Duration = Duration::from_secs(1);

/// Allows for an engine whose clock differs from ours.
const SPARE: Duration = Duration::from_mins(1);

/// Longest time without a look whether the step is asked to stop.
const STOP_INTERVAL: Duration = Duration::from_millis(50);

/// The engine's events, until this is dropped.
pub struct Changes {
    news: Arc<News>,
    token: Arc<Token>,
    listener: Option<JoinHandle<()>>,
}

impl Changes {
    /// Listens from now on to the events of the containers of a project, for `time` and a moment more: a
    /// listener that outlives a killed host ends by itself.
    pub fn listen(call: Call<'_>, project: &str, time: Duration) -> Self {
        let mut argv: Vec<String> = COMMAND.map(str::to_owned).to_vec();
        if let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            let end = now.saturating_add(time).saturating_add(SPARE);
            argv.push(format!("--until={}", end.as_secs()));
        }
        argv.push(format!(
            "--filter=label=com.docker.compose.project={project}"
        ));
        argv.extend(EVENTS.map(|event| format!("--filter=event={event}")));
        let mut command = Command::new(argv, call.run.root.clone());
        command.grace = GRACE;
        let news = Arc::new(News::default());
        let token = Token::child(&frame().token, None);
        let sink: Arc<dyn Sink> = Arc::clone(&news) as Arc<dyn Sink>;
        let (run, own) = (Arc::clone(call.run), Arc::clone(&token));
        let listener = thread::spawn(move || {
            // Once this has ended, `is_deaf` is true.
            let _outcome = run.outside.run(&command, false, Some(&sink), false, &own);
        });
        Self {
            news,
            token,
            listener: Some(listener),
        }
    }

    /// True if no event will come, as beside a Compose without the Docker CLI.
    pub fn is_deaf(&self) -> bool {
        self.listener.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until there is an event or `time` has passed. `None` if the step is asked to stop, else
    /// whether there was one since the last call.
    pub fn wait(&self, time: Duration) -> Option<bool> {
        let end = Instant::now() + time;
        loop {
            if self.token.stop().is_some() {
                return None;
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.news.wait(left.min(STOP_INTERVAL)) {
                return Some(true);
            }
            if left.is_zero() {
                return Some(false);
            }
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.token.cancel();
        if let Some(listener) = self.listener.take() {
            let _ended = listener.join();
        }
    }
}

/// Whether an event came since the last wait.
#[derive(Default)]
struct News {
    there: Mutex<bool>,
    came: Condvar,
}

impl News {
    /// Waits for an event, at most for `time`, and takes it.
    fn wait(&self, time: Duration) -> bool {
        let there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut there, _) = self
            .came
            .wait_timeout_while(there, time, |there| !*there)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut there)
    }
}

impl Sink for News {
    fn write(&self, stream: Stream, _bytes: &[u8]) -> bool {
        if stream == Stream::Stdout {
            *self.there.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.came.notify_all();
        }
        true
    }
}
