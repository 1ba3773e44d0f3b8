//! `compose_wait`: waits until services run and are healthy, or until it is clear that they will not.

use super::api::{Api, Call, Thrown};
use super::args::{distinct_words, duration};
use super::compose::{Container, containers, last_logs};
use super::compose_config::resolved;
use super::compose_events::ContainerEvents;
use super::compose_state::{MIN_POLL_INTERVAL, ServiceState, UnhealthySince};
use super::docker::inspected;
use super::spec::{Argument, Effect, EffectRule, Meaning, Primitive, Type};
use crate::fault::{Failure, Kind, did_you_mean};
use crate::run::{Event, Format, frame, show_duration};
use crate::screen::{self, Suspended};
use console::{Term, truncate_str};
use rhai::{Array, Dynamic, NativeCallContext};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Log lines shown of a service that is not ready.
const MAX_LOG_LINES: usize = 20;

pub(super) const COMPOSE_WAIT: Primitive = Primitive {
    name: "compose_wait",
    forms: &[&[
        Argument::plain("services", Type::Array),
        Argument::new("timeout", Type::Text, Meaning::Time),
    ]],
    docs: "Waits until the services are healthy or, without a health check, have run for three seconds.\n\
        A service that has exited with code 0 counts as done. `[]` stands for all services.\n\
        \n\
        Throws after `timeout` (\"2m\"), when a service has exited with another code or is paused,\n\
        and when it has been unhealthy for five seconds; the error names each service that is not\n\
        ready, with its last health check and log lines.\n\
        \n\
        A dry run prints what it would wait for.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

fn compose_wait(call: Call<'_>, services: &Array, timeout: &Dynamic) -> Thrown<()> {
    let timeout = call.check(duration("the timeout of `compose_wait`", timeout))?;
    let names = call.check(distinct_words("compose_wait", services))?;
    let what = if names.is_empty() {
        "every service".to_owned()
    } else {
        names.join(", ")
    };
    let line = format!("wait until {what} runs and is healthy");
    if call.dry() {
        call.run.reporter.print_would(&line);
        return Ok(());
    }
    if let Some(answer) = call.run.outside.recorded(&line, false) {
        if answer.ok() {
            return Ok(());
        }
        let reason = answer.stderr_or(&format!("not all services came up: {what}"));
        return call.throw(Failure::new(Kind::Timeout, reason));
    }
    let Wanted {
        project,
        services: names,
    } = Wanted::among(call, names)?;
    let begun = Instant::now();
    let mut board = Board::new(call);
    let events = ContainerEvents::listen(call, &project, timeout);
    let mut unhealthy = UnhealthySince::default();
    loop {
        let now = containers(call)?;
        let polled = Instant::now();
        let mut states: Vec<_> = names
            .iter()
            .map(|name| (name.clone(), ServiceState::of_service(name, &now)))
            .collect();
        unhealthy.give_up(&mut states, polled);
        board.show(&states, begun.elapsed());
        let has_failed = states
            .iter()
            .any(|(_, state)| matches!(state, ServiceState::Failed(_)));
        let all_ready = states
            .iter()
            .all(|(_, state)| matches!(state, ServiceState::Ready(_)));
        if all_ready {
            return Ok(());
        }
        if has_failed || begun.elapsed() >= timeout {
            // Without a timeout there was one poll, and no waiting.
            let waited = if timeout.is_zero() {
                timeout
            } else {
                begun.elapsed()
            };
            return call.throw(failure(call, &states, &now, has_failed, waited));
        }
        let due = unhealthy
            .next_poll(&states, polled, !events.has_ended())
            .min(begun + timeout);
        let mut changed = false;
        // The time on the board goes on between two polls.
        while Instant::now() < due && !(changed && polled.elapsed() >= MIN_POLL_INTERVAL) {
            let pause = due
                .saturating_duration_since(Instant::now())
                .min(MIN_POLL_INTERVAL);
            match events.wait(pause) {
                None => return call.stopped(),
                Some(new) => changed |= new,
            }
            board.show(&states, begun.elapsed());
        }
    }
}

/// What to wait for.
struct Wanted {
    /// The name of the project.
    project: String,
    /// The services: those named, or all.
    services: Vec<String>,
}

impl Wanted {
    fn among(call: Call<'_>, names: Vec<String>) -> Thrown<Self> {
        let resolved = resolved(call, &[])?.unwrap_or_default();
        let keys = resolved["services"].as_object().into_iter().flatten();
        let mut all: Vec<_> = keys.map(|(name, _)| name.clone()).collect();
        all.sort();
        let project = resolved["name"].as_str().unwrap_or_default().to_owned();
        let services = if names.is_empty() { all.clone() } else { names };
        if services.iter().any(|name| !all.contains(name)) {
            // A service of an inactive profile may run all the same.
            all.extend(
                containers(call)?
                    .into_iter()
                    .map(|container| container.service),
            );
            all.sort();
            all.dedup();
        }
        let Some(unknown) = services.iter().find(|name| !all.contains(name)) else {
            return Ok(Self { project, services });
        };
        let hint = did_you_mean(unknown, all.iter().map(String::as_str))
            .unwrap_or_else(|| format!("services are {}", all.join(", ")));
        let message = format!("there is no service `{unknown}`");
        call.throw(Failure::new(Kind::Usage, message).with_hint(hint))
    }
}

fn failure(
    call: Call<'_>,
    states: &[(String, ServiceState)],
    containers: &[Container],
    has_failed: bool,
    time: Duration,
) -> Failure {
    // Once a service has failed, those that may still come up have nothing to explain.
    let (missing, pending): (Vec<_>, Vec<_>) = states
        .iter()
        .filter(|(_, state)| !matches!(state, ServiceState::Ready(_)))
        .partition(|(_, state)| !has_failed || !state.may_just_be_slow());
    let names = names_of(&missing);
    let mut message = if has_failed {
        format!("not all services came up: {names}")
    } else {
        let after = if time.is_zero() {
            String::new()
        } else {
            format!(" after {}", show_duration(time))
        };
        format!("not ready{after}: {names}")
    };
    for (name, state) in missing {
        let its = containers
            .iter()
            .filter(|container| &container.service == name);
        let its: Vec<_> = its
            .filter_map(|container| inspected(call, &container.name))
            .collect();
        let _ = write!(message, "\n{name}: {}", state.text());
        // Between two restarts a service looks healthy.
        let restarts = its.iter().map(|it| it.restarts).max().unwrap_or(0);
        if restarts > 0 && !state.text().starts_with("restarting") {
            let plural = if restarts == 1 { "" } else { "s" };
            let _ = write!(message, ", after {restarts} restart{plural}");
        }
        for output in its.iter().filter_map(|it| it.last_health_output.as_ref()) {
            let _ = write!(message, "\n  last health check:");
            for line in output.lines() {
                let _ = write!(message, "\n    {line}");
            }
        }
        let logs = last_logs(call, name, MAX_LOG_LINES);
        if !logs.is_empty() {
            let _ = write!(message, "\n  last log lines:");
            for line in logs {
                let _ = write!(message, "\n    {line}");
            }
        }
    }
    if !pending.is_empty() {
        let _ = write!(message, "\nstill starting: {}", names_of(&pending));
    }
    Failure::new(Kind::Timeout, message)
}

fn names_of(states: &[&(String, ServiceState)]) -> String {
    let names: Vec<_> = states.iter().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

/// Shows the state of the services: rewritten in place on a terminal, else one line for each change.
struct Board<'a> {
    call: Call<'a>,
    live: Option<Term>,
    /// Keeps others from rewriting the same rows.
    _alone: Option<Suspended>,
    drawn: usize,
    last: Vec<(String, ServiceState)>,
}

impl<'a> Board<'a> {
    fn new(call: Call<'a>) -> Self {
        let term = Term::stderr();
        let reporter = &call.run.reporter;
        let plain = frame().parallel || reporter.quiet() || reporter.format() == Format::Json;
        let live = (term.is_term() && !plain).then_some(term);
        Self {
            call,
            _alone: live.as_ref().map(|_| screen::suspend()),
            live,
            drawn: 0,
            last: Vec::new(),
        }
    }

    fn show(&mut self, states: &[(String, ServiceState)], time: Duration) {
        if let Some(term) = &self.live {
            // A terminal that is gone is no reason to fail.
            let _gone = term.clear_last_lines(self.drawn);
            let lines = lines(states, time, term.size());
            for line in &lines {
                let _gone = term.write_line(line);
            }
            self.drawn = lines.len();
            return;
        }
        for (name, state) in states {
            if !self
                .last
                .iter()
                .any(|(other, before)| other == name && before == state)
            {
                let text = format!("{name}: {}", state.text());
                let reporter = &self.call.run.reporter;
                reporter.event(&Event::Waiting {
                    step: frame().step.as_deref(),
                    text: &text,
                });
                if !reporter.quiet() {
                    reporter.text(&text);
                }
            }
        }
        self.last = states.to_vec();
    }
}

/// The board for a terminal of this many rows and columns. What does not fit could not be erased
/// again, so lines are cut, and ready services are left out first.
fn lines(
    states: &[(String, ServiceState)],
    time: Duration,
    (rows, columns): (u16, u16),
) -> Vec<String> {
    // One row is for the time, one for the cursor.
    let room = usize::from(rows).saturating_sub(2).max(1);
    let mut shown: Vec<_> = states.iter().collect();
    if shown.len() > room {
        shown.sort_by_key(|(_, state)| matches!(state, ServiceState::Ready(_)));
        shown.truncate(room.saturating_sub(1));
    }
    let width = shown.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut lines: Vec<_> = shown
        .iter()
        .map(|(name, state)| format!("  {name:width$}  {}", state.text()))
        .collect();
    let more = states.len() - shown.len();
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.push(format!("  waiting, {}", show_duration(time)));
    let limit = usize::from(columns).saturating_sub(1).max(1);
    lines
        .iter()
        .map(|line| truncate_str(line, limit, "…").into_owned())
        .collect()
}

pub(super) fn register(api: &mut Api<'_>) {
    api.add(&COMPOSE_WAIT, |run| {
        move |ctx: NativeCallContext<'_>, services: Array, timeout: Dynamic| {
            compose_wait(Call::new(&run, &ctx), &services, &timeout)
        }
    });
}
