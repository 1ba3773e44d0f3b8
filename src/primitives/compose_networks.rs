//! Commands of Compose that create or remove the networks of the project take turns.
//!
//! Compose checks whether a network exists and then creates it. Where two commands do so at the same
//! moment, engines before Docker 23 end up with two networks of the same name, and each later command
//! fails with "network … is ambiguous". Volumes are created by name, and the engine keeps one.

use super::api::{Call, Thrown};
use super::compose_command::split_command;
use super::compose_invocation::invocation;
use super::value::parse_json;
use crate::fault::lock;
use crate::process::{self, Command, Sink, Token};
use crate::run::{Capture, Held, frame};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Commands that create the networks of the project.
const CREATING_COMMANDS: [&str; 5] = ["create", "run", "scale", "up", "watch"];
/// Commands that remove them.
const REMOVING_COMMANDS: [&str; 1] = ["down"];
/// Time between two checks whether the networks exist.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// When the turn ends of a command whose networks do not all appear: it may not create each of them after
/// all.
const NETWORK_CREATION_TIMEOUT: Duration = Duration::from_mins(1);
/// How long the engine may take to answer a check.
const INSPECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The turn of one command. It ends when this is dropped or, for a command that creates networks, as
/// soon as all that it needs exist, or after a minute: one that stays in the foreground must not keep the
/// others waiting.
pub(super) struct Turn {
    held: Arc<Mutex<Option<Held>>>,
    /// Stops the checks.
    token: Arc<Token>,
}

impl Turn {
    /// Waits for the turn of a command with these words. `None` where no other step runs, or where the
    /// command creates and removes no network.
    pub(super) fn wait(call: Call<'_>, args: &[String]) -> Thrown<Option<Self>> {
        let Some((options, command, rest)) = split_command(args) else {
            return Ok(None);
        };
        let creates = CREATING_COMMANDS.contains(&command);
        let concerned = creates || REMOVING_COMMANDS.contains(&command);
        let alone = !frame().parallel || call.run.outside.is_recorded();
        if !concerned || alone || call.dry() {
            return Ok(None);
        }
        let inspect = if creates {
            let needed = needed(call, options, rest)?;
            if needed.is_empty() {
                return Ok(None);
            }
            Some(inspect_networks(call, needed))
        } else {
            None
        };
        let Some(held) = call.run.networks.take(&frame().token) else {
            return call.stopped();
        };
        let turn = Self {
            held: Arc::new(Mutex::new(Some(held))),
            token: Token::child(&frame().token, None),
        };
        if let Some(inspect) = inspect {
            turn.end_early(inspect);
        }
        Ok(Some(turn))
    }

    /// Ends the turn once every network exists.
    fn end_early(&self, inspect: Command) {
        if succeeds(&inspect, &self.token) {
            end(&self.held);
            return;
        }
        let (held, token) = (Arc::clone(&self.held), Arc::clone(&self.token));
        thread::spawn(move || {
            let begun = Instant::now();
            while token.sleep(POLL_INTERVAL) {
                if begun.elapsed() >= NETWORK_CREATION_TIMEOUT || succeeds(&inspect, &token) {
                    end(&held);
                    return;
                }
            }
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.token.cancel();
        end(&self.held);
    }
}

fn end(held: &Mutex<Option<Held>>) {
    drop(lock(held).take());
}

/// Asks the engine about all of these networks.
fn inspect_networks(call: Call<'_>, networks: BTreeSet<String>) -> Command {
    let mut argv = ["docker", "network", "inspect"].map(str::to_owned).to_vec();
    argv.extend(networks);
    let mut command = Command::new(argv, call.run.root.clone());
    command.timeout = Some(INSPECT_TIMEOUT);
    command
}

fn succeeds(command: &Command, token: &Token) -> bool {
    let sink: Arc<dyn Sink> = Arc::new(Capture::default());
    process::run(command, Some(&sink), false, token).is_ok_and(|outcome| outcome.exit.ok())
}

/// The networks that Compose creates for the services that `rest` names and those they depend on, or for
/// all that are active. None if Compose refuses the files, which the command itself will say.
fn needed(call: Call<'_>, options: &[String], rest: &[String]) -> Thrown<BTreeSet<String>> {
    // A service that is named is started whatever its profile.
    let every = project(call, options, &["--profile", "*"])?;
    let named: BTreeSet<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|word| every["services"].get(word).is_some())
        .collect();
    if named.is_empty() {
        return Ok(networks(&project(call, options, &[])?, None));
    }
    Ok(networks(&every, Some(named)))
}

/// The project as Compose resolves it with these options; null if it refuses.
fn project(call: Call<'_>, options: &[String], more: &[&str]) -> Thrown<Value> {
    let words = more.iter().chain(&["config", "--format", "json"]);
    let mut args = options.to_vec();
    args.extend(words.map(|word| (*word).to_owned()));
    let mut config = invocation(call, &args)?;
    config.check = false;
    let captured = config.capture(call)?;
    let text = captured.map(|captured| captured.stdout).unwrap_or_default();
    Ok(parse_json("docker compose config", &text).unwrap_or_default())
}

/// The names of the networks of these services and of those they depend on, or of all services, without
/// those that Compose does not create.
fn networks(project: &Value, services: Option<BTreeSet<&str>>) -> BTreeSet<String> {
    let all = || project["services"].as_object().into_iter().flatten();
    let mut open: Vec<&str> = match services {
        Some(services) => services.into_iter().collect(),
        None => all().map(|(name, _)| name.as_str()).collect(),
    };
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let service = &project["services"][name];
        let keys = |key: &str| service[key].as_object().into_iter().flatten();
        open.extend(keys("depends_on").map(|(name, _)| name.as_str()));
        for (network, _) in keys("networks") {
            let network = &project["networks"][network];
            if network["external"] != true {
                found.extend(network["name"].as_str().map(str::to_owned));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::networks;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn networks_are_those_of_the_services_and_of_their_dependencies() {
        let project = json!({
            "services": {
                "web": { "networks": { "front": null }, "depends_on": { "store": {} } },
                "store": { "networks": { "back": null, "shared": null } },
                "alone": { "network_mode": "none" },
                "loop": { "depends_on": { "loop": {} }, "networks": { "front": null } },
            },
            "networks": {
                "front": { "name": "p_front" },
                "back": { "name": "p_back" },
                "shared": { "name": "shared", "external": true },
                "unused": { "name": "p_unused" },
            },
        });
        let of = |services: &[&'static str]| {
            let services = (!services.is_empty()).then(|| services.iter().copied().collect());
            let found: BTreeSet<String> = networks(&project, services);
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["web"]), "p_back p_front");
        assert_eq!(of(&["store"]), "p_back");
        assert_eq!(of(&["alone"]), "");
        assert_eq!(of(&["loop"]), "p_front");
        assert_eq!(of(&[]), "p_back p_front");
    }
}
