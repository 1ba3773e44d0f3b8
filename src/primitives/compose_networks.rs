//! Commands of Compose that create or remove the networks of the project take turns.
//!
//! Compose looks whether a network exists and then creates it. Where two commands do so at the same
//! moment, engines before Docker 23 end up with two networks of the same name, and each later command
//! fails with "network … is ambiguous". Volumes are created by name, and the engine keeps one.

use super::api::{Call, Thrown};
use super::compose::command;
use super::compose_config::resolved;
use crate::process::{self, Command, Sink, Token};
use crate::run::{Capture, Held, frame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Commands that create what the project shares.
const CREATORS: [&str; 5] = ["create", "run", "scale", "up", "watch"];
/// Commands that remove it.
const REMOVERS: [&str; 1] = ["down"];
/// Time between two looks whether the networks exist.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// The turn of one command. It ends when this is dropped or, for a command that creates networks, as
/// soon as all of them exist: one that stays in the foreground must not keep the others waiting.
pub struct Turn {
    /// The command has ended.
    ended: Arc<AtomicBool>,
    held: Option<Held>,
}

impl Turn {
    /// Waits for the turn of a command with these words; nothing to wait for where no other step
    /// runs or the command leaves networks alone.
    pub fn wait(call: Call<'_>, args: &[String]) -> Thrown<Option<Self>> {
        let Some(command) = command(args) else {
            return Ok(None);
        };
        let creates = CREATORS.contains(&command);
        let concerned = creates || REMOVERS.contains(&command);
        if !concerned || call.dry() || !frame().side_by_side || call.run.outside.is_recorded() {
            return Ok(None);
        }
        let Some(held) = call.run.networks.take(&frame().token) else {
            return call.stopped();
        };
        let mut turn = Self {
            ended: Arc::default(),
            held: Some(held),
        };
        if creates {
            turn.end_early(call);
        }
        Ok(Some(turn))
    }

    /// Ends the turn once every network exists.
    fn end_early(&mut self, call: Call<'_>) {
        let names = networks(call);
        if names.is_empty() {
            return;
        }
        let mut argv = ["docker", "network", "inspect"].map(str::to_owned).to_vec();
        argv.extend(names);
        let look = Command::new(argv, call.run.root.clone());
        if succeeds(&look) {
            self.held = None;
            return;
        }
        let (held, ended) = (self.held.take(), Arc::clone(&self.ended));
        thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) && !succeeds(&look) {
                thread::sleep(LOOK_INTERVAL);
            }
            drop(held);
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

/// The names of the networks that Compose creates for the project. None if Compose refuses the files,
/// which the command itself will say.
fn networks(call: Call<'_>) -> Vec<String> {
    let project = resolved(call, &[]).ok().flatten().unwrap_or_default();
    let networks = project["networks"].as_object().into_iter().flatten();
    networks
        .filter(|(_, network)| network["external"] != true)
        .filter_map(|(_, network)| network["name"].as_str().map(str::to_owned))
        .collect()
}

/// Runs a command that only asks the engine, also when the run was asked to stop.
fn succeeds(command: &Command) -> bool {
    let sink: Arc<dyn Sink> = Arc::new(Capture::default());
    process::run(command, Some(&sink), false, &Token::default())
        .is_ok_and(|outcome| outcome.exit.ok())
}
