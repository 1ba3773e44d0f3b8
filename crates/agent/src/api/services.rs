//! Judges each service of the cluster on its own.

use super::now::Now;
use crate::{
    config::Config,
    health::{Level, State},
    signals::signal,
};
use serde_json::{Value, json};

/// Each service with its values, its state and the reason for it.
pub(super) fn services(now: &Now, config: &Config) -> Vec<Value> {
    let reading = now.reading();
    let limits = |name: &str| signal(name).map(|it| config.thresholds.limits(it));
    let (slow, failing) = (limits("request_latency"), limits("request_error_ratio"));
    let row = |(name, service): (&String, &crate::signals::ServiceReading)| {
        let level = |limits: Option<crate::health::Limits>, value| {
            limits.map_or(Level::Calm, |it| it.level(value, State::Happy))
        };
        let limit = |limits: Option<crate::health::Limits>, level| {
            limits.map_or(0.0, |it| {
                if level == Level::Critical {
                    it.critical
                } else {
                    it.stressed
                }
            })
        };
        let (late, failed) = (
            level(slow, service.p99_seconds),
            level(failing, service.error_ratio),
        );
        let reason = if service.up == Some(0.0) {
            (State::Critical, "does not answer".to_owned())
        } else if service.up.is_none() && service.request_rate.is_none() {
            (State::Unknown, "no data".to_owned())
        } else if failed >= late && failed > Level::Calm {
            let share = limit(failing, failed) * 100.0;
            (state(failed), format!("errors above {share} %"))
        } else if late > Level::Calm {
            (state(late), format!("p99 above {} s", limit(slow, late)))
        } else {
            (State::Happy, String::new())
        };
        json!({
            "name": name,
            "state": reason.0.name(),
            "request_rate": service.request_rate,
            "error_ratio": service.error_ratio,
            "p99_seconds": service.p99_seconds,
            "reason": reason.1,
        })
    };
    reading.services.iter().map(row).collect()
}

fn state(level: Level) -> State {
    match level {
        Level::Calm => State::Happy,
        Level::Stressed => State::Stressed,
        Level::Critical => State::Critical,
    }
}
