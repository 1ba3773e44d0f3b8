//! The state of a service, and when to ask for it again.

use super::compose::{Container, ended_well};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Shortest time between two polls of the containers: each costs Compose a tenth of a second.
pub(super) const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two polls where there are no events.
const POLL_INTERVAL_WITHOUT_EVENTS: Duration = Duration::from_secs(3);
/// Time between two polls where the engine sends an event for each change.
const POLL_INTERVAL_WITH_EVENTS: Duration = Duration::from_secs(30);
/// How long a container that the engine calls unhealthy may take to become healthy after all.
const UNHEALTHY_GRACE_PERIOD: Duration = Duration::from_secs(5);

/// The state of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServiceState {
    /// It runs and is healthy, or has exited with 0.
    Ready(String),
    /// It has no health check and has just started, so it may still fail.
    JustStarted,
    /// Its health check has failed too often.
    Unhealthy,
    /// It may still come up.
    Pending(String),
    /// It will not come up by itself.
    Failed(String),
}

impl ServiceState {
    /// The state of the service of that name.
    pub(super) fn of_service(service: &str, containers: &[Container]) -> Self {
        let mut of_service = containers
            .iter()
            .filter(|container| container.service == service);
        let Some(first) = of_service.clone().next() else {
            return Self::Pending("not created".to_owned());
        };
        // With several containers, the one in the worst state counts.
        let worst = of_service.find(|container| !matches!(Self::of_one(container), Self::Ready(_)));
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
            ("running", "") => Self::Ready("running".to_owned()),
            ("running", "healthy") => Self::Ready("healthy".to_owned()),
            ("running", "unhealthy") => Self::Unhealthy,
            ("running", health) => Self::Pending(health.to_owned()),
            ("exited", _) if ended_well(container) => Self::Ready("done".to_owned()),
            ("exited" | "dead", _) => Self::Failed(format!("exited with code {exit_code}")),
            // It may be waiting for another service, so it is shown but not given up.
            ("restarting", _) => Self::Pending(restarting(status)),
            ("paused", _) => Self::Failed("paused".to_owned()),
            (state, _) => Self::Pending(state.to_owned()),
        }
    }

    /// It may still come up.
    pub(super) fn may_just_be_slow(&self) -> bool {
        match self {
            Self::JustStarted => true,
            Self::Pending(text) => !text.starts_with("restarting"),
            Self::Ready(_) | Self::Unhealthy | Self::Failed(_) => false,
        }
    }

    /// The state as the user sees it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Ready(text) | Self::Pending(text) | Self::Failed(text) => text,
            Self::JustStarted => "starting",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Without a health check, only time tells a service that runs from one that fails at once, maybe
/// repeatedly. The engine writes the age in the same words in every language and version.
fn just_started(status: &str) -> bool {
    ["Up Less than a second", "Up 1 second", "Up 2 seconds"]
        .iter()
        .any(|young| status.starts_with(young))
}

/// While a container restarts, its exit code is only in the text `Restarting (3) 2 seconds ago`: the
/// field for it is 0.
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
pub(super) struct UnhealthySince(BTreeMap<String, Instant>);

impl UnhealthySince {
    /// Turns the state of services that have been unhealthy for too long to failed.
    pub(super) fn give_up(&mut self, states: &mut [(String, ServiceState)], now: Instant) {
        for (name, state) in states {
            if *state != ServiceState::Unhealthy {
                self.0.remove(name);
                continue;
            }
            let since = *self.0.entry(name.clone()).or_insert(now);
            if now - since >= UNHEALTHY_GRACE_PERIOD {
                *state = ServiceState::Failed(state.text().to_owned());
            }
        }
    }

    /// When to ask again though the engine has sent no event.
    pub(super) fn next_poll(
        &self,
        states: &[(String, ServiceState)],
        now: Instant,
        has_events: bool,
    ) -> Instant {
        let settles = states
            .iter()
            .any(|(_, state)| *state == ServiceState::JustStarted);
        let pause = if settles {
            MIN_POLL_INTERVAL
        } else if has_events {
            POLL_INTERVAL_WITH_EVENTS
        } else {
            POLL_INTERVAL_WITHOUT_EVENTS
        };
        let grace_ends = self.0.values().map(|since| *since + UNHEALTHY_GRACE_PERIOD);
        grace_ends.fold(now + pause, Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(state: ServiceState) -> Vec<(String, ServiceState)> {
        vec![("a".to_owned(), state)]
    }

    #[test]
    fn an_unhealthy_service_is_given_up_after_the_grace_period() {
        let mut since = UnhealthySince::default();
        let start = Instant::now();
        let mut after = |state: ServiceState, seconds: u64| {
            let mut all = states(state);
            let now = start + Duration::from_secs(seconds);
            since.give_up(&mut all, now);
            (all[0].1.clone(), since.next_poll(&all, now, true) - start)
        };
        let seconds = Duration::from_secs;
        assert_eq!(
            after(ServiceState::Unhealthy, 0),
            (ServiceState::Unhealthy, seconds(5))
        );
        assert_eq!(
            after(ServiceState::Unhealthy, 4),
            (ServiceState::Unhealthy, seconds(5))
        );
        // Healthy in between: the grace period begins again.
        let healthy = ServiceState::Ready("healthy".to_owned());
        assert_eq!(after(healthy.clone(), 4), (healthy, seconds(34)));
        assert_eq!(after(ServiceState::JustStarted, 5).1, seconds(6));
        assert_eq!(after(ServiceState::Unhealthy, 6).0, ServiceState::Unhealthy);
        assert_eq!(
            after(ServiceState::Unhealthy, 11).0,
            ServiceState::Failed("unhealthy".to_owned())
        );
    }
}
