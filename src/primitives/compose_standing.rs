//! How a service stands, and when it is worth another look.

use super::compose::{Container, ended_well};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Shortest time between two looks at the containers: each costs Compose a tenth of a second.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two looks where nobody tells of a change.
const DEAF_LOOK_INTERVAL: Duration = Duration::from_secs(3);
/// Time between two looks where the engine tells of each change.
const IDLE_LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// How long a container that the engine calls unhealthy may take to become healthy after all.
const UNHEALTHY_GRACE: Duration = Duration::from_secs(5);

/// How a service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It runs and is healthy, or has exited with 0.
    There(String),
    /// It has no health check and has run for a moment: time tells whether it stays.
    JustStarted,
    /// Its health check has failed too often.
    Unhealthy,
    /// It may still come.
    Coming(String),
    /// It will not come by itself.
    Gone(String),
}

impl Standing {
    /// How the service of that name stands.
    pub fn of(service: &str, containers: &[Container]) -> Self {
        let mut of_service = containers
            .iter()
            .filter(|container| container.service == service);
        let Some(first) = of_service.clone().next() else {
            return Self::Coming("not created".to_owned());
        };
        // With several containers, the one that is worst off counts.
        let worst = of_service.find(|container| !matches!(Self::of_one(container), Self::There(_)));
        Self::of_one(worst.unwrap_or(first))
    }

    fn of_one(container: &Container) -> Self {
        let Container {
            state,
            health,
            exit_code,
            status,
            ..
        } = container;
        match (state.as_str(), health.as_str()) {
            ("running", "") if just_started(status) => Self::JustStarted,
            ("running", "") => Self::There("running".to_owned()),
            ("running", "healthy") => Self::There("healthy".to_owned()),
            ("running", "unhealthy") => Self::Unhealthy,
            ("running", health) => Self::Coming(health.to_owned()),
            ("exited", _) if ended_well(container) => Self::There("done".to_owned()),
            ("exited" | "dead", _) => Self::Gone(format!("exited with code {exit_code}")),
            // It may be waiting for another service: not given up, but said.
            ("restarting", _) => Self::Coming(restarting(status)),
            ("paused", _) => Self::Gone("paused".to_owned()),
            (state, _) => Self::Coming(state.to_owned()),
        }
    }

    /// It may still come up.
    pub fn may_just_be_slow(&self) -> bool {
        match self {
            Self::JustStarted => true,
            Self::Coming(text) => !text.starts_with("restarting"),
            Self::There(_) | Self::Unhealthy | Self::Gone(_) => false,
        }
    }

    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Self::There(text) | Self::Coming(text) | Self::Gone(text) => text,
            Self::JustStarted => "starting",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Without a health check, the first seconds tell one that runs from one that fails at once, maybe
/// over and over. The engine's words for them are the same in every language and version.
fn just_started(status: &str) -> bool {
    ["Up Less than a second", "Up 1 second", "Up 2 seconds"]
        .iter()
        .any(|young| status.starts_with(young))
}

/// The exit code stands only in the engine's words, `Restarting (3) 2 seconds ago`: in the field
/// for it is 0 meanwhile.
fn restarting(status: &str) -> String {
    let code = status
        .strip_prefix("Restarting (")
        .and_then(|rest| rest.split_once(')'));
    code.map_or_else(
        || "restarting".to_owned(),
        |(code, _)| format!("restarting, it exited with code {code}"),
    )
}

/// Since when each service has been unhealthy.
#[derive(Debug, Default)]
pub struct Patience(BTreeMap<String, Instant>);

impl Patience {
    /// Gives up the services that have been unhealthy for too long.
    pub fn judge(&mut self, standings: &mut [(String, Standing)], now: Instant) {
        for (name, standing) in standings {
            if *standing != Standing::Unhealthy {
                self.0.remove(name);
                continue;
            }
            let since = *self.0.entry(name.clone()).or_insert(now);
            if now - since >= UNHEALTHY_GRACE {
                *standing = Standing::Gone(standing.text().to_owned());
            }
        }
    }

    /// When to look again though the engine has told of no change; `deaf` if it tells of none.
    pub fn next_look(&self, standings: &[(String, Standing)], now: Instant, deaf: bool) -> Instant {
        let settles = standings
            .iter()
            .any(|(_, standing)| *standing == Standing::JustStarted);
        let pause = if settles {
            LOOK_INTERVAL
        } else if deaf {
            DEAF_LOOK_INTERVAL
        } else {
            IDLE_LOOK_INTERVAL
        };
        let grace_ends = self.0.values().map(|since| *since + UNHEALTHY_GRACE);
        grace_ends.fold(now + pause, Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standings(standing: Standing) -> Vec<(String, Standing)> {
        vec![("a".to_owned(), standing)]
    }

    #[test]
    fn an_unhealthy_service_is_given_up_after_the_grace() {
        let mut patience = Patience::default();
        let start = Instant::now();
        let mut judged = |standing: Standing, seconds: u64| {
            let mut all = standings(standing);
            let now = start + Duration::from_secs(seconds);
            patience.judge(&mut all, now);
            (
                all[0].1.clone(),
                patience.next_look(&all, now, false) - start,
            )
        };
        let seconds = Duration::from_secs;
        assert_eq!(
            judged(Standing::Unhealthy, 0),
            (Standing::Unhealthy, seconds(5))
        );
        assert_eq!(
            judged(Standing::Unhealthy, 4),
            (Standing::Unhealthy, seconds(5))
        );
        // Healthy in between: the grace begins anew.
        let healthy = Standing::There("healthy".to_owned());
        assert_eq!(judged(healthy.clone(), 4), (healthy, seconds(34)));
        assert_eq!(judged(Standing::JustStarted, 5).1, seconds(6));
        assert_eq!(judged(Standing::Unhealthy, 6).0, Standing::Unhealthy);
        assert_eq!(
            judged(Standing::Unhealthy, 11).0,
            Standing::Gone("unhealthy".to_owned())
        );
    }
}
