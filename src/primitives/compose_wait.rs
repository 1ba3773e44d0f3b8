//! `compose_wait`: until services run and are healthy, or until it is clear that they will not.

use super::api::{Api, Call, Thrown};
use super::args::{duration, names};
use super::compose::{Container, containers, last_logs};
use super::compose_changes::Changes;
use super::compose_config::resolved;
use super::compose_standing::{LOOK_INTERVAL, Patience, Standing};
use super::docker::inspected;
use crate::fault::{Failure, Kind, nearest};
use crate::run::{Event, Format, frame, show_duration};
use crate::screen::{self, Suspended};
use console::{Term, truncate_str};
use rhai::{Array, Dynamic, NativeCallContext};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Log lines shown of a service that is not there.
const LOG_LINES: usize = 20;

fn compose_wait(call: Call<'_>, services: &Array, timeout: &Dynamic) -> Thrown<()> {
    let timeout = call.check(duration("the timeout of `compose_wait`", timeout))?;
    let names = call.check(names("compose_wait", services))?;
    let what = if names.is_empty() {
        "every service".to_owned()
    } else {
        names.join(", ")
    };
    let line = format!("wait until {what} runs and is healthy");
    if call.dry() {
        call.run.reporter.would(&line);
        return Ok(());
    }
    if let Some(answer) = call.run.outside.recorded(&line, false) {
        if answer.ok() {
            return Ok(());
        }
        let why = answer.why(&format!("not all services came up: {what}"));
        return call.throw(Failure::new(Kind::Timeout, why));
    }
    let Wanted {
        project,
        services: names,
    } = Wanted::among(call, names)?;
    let begun = Instant::now();
    let mut board = Board::new(call);
    let changes = Changes::listen(call, &project, timeout);
    let mut patience = Patience::default();
    loop {
        let now = containers(call)?;
        let looked = Instant::now();
        let mut standings: Vec<_> = names
            .iter()
            .map(|name| (name.clone(), Standing::of(name, &now)))
            .collect();
        patience.judge(&mut standings, looked);
        board.show(&standings, begun.elapsed());
        let gone = standings
            .iter()
            .any(|(_, standing)| matches!(standing, Standing::Gone(_)));
        let there = standings
            .iter()
            .all(|(_, standing)| matches!(standing, Standing::There(_)));
        if there {
            return Ok(());
        }
        if gone || begun.elapsed() >= timeout {
            // Without a time there was one look, and no waiting.
            let waited = if timeout.is_zero() {
                timeout
            } else {
                begun.elapsed()
            };
            return call.throw(failure(call, &standings, &now, gone, waited));
        }
        let due = patience
            .next_look(&standings, looked, changes.is_deaf())
            .min(begun + timeout);
        let mut changed = false;
        // The time on the board goes on between two looks.
        while Instant::now() < due && !(changed && looked.elapsed() >= LOOK_INTERVAL) {
            let pause = due
                .saturating_duration_since(Instant::now())
                .min(LOOK_INTERVAL);
            match changes.wait(pause) {
                None => return call.stopped(),
                Some(new) => changed |= new,
            }
            board.show(&standings, begun.elapsed());
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
            // One of a profile that is not active here may run all the same.
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
        let hint = nearest(unknown, all.iter().map(String::as_str)).map_or_else(
            || format!("services are {}", all.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no service `{unknown}`");
        call.throw(Failure::new(Kind::Usage, message).with_hint(hint))
    }
}

fn failure(
    call: Call<'_>,
    standings: &[(String, Standing)],
    containers: &[Container],
    gone: bool,
    time: Duration,
) -> Failure {
    // Once one will not come, those that may still come have nothing to explain.
    let (missing, coming): (Vec<_>, Vec<_>) = standings
        .iter()
        .filter(|(_, standing)| !matches!(standing, Standing::There(_)))
        .partition(|(_, standing)| !gone || !standing.may_just_be_slow());
    let names = names_of(&missing);
    let mut message = if gone {
        format!("not all services came up: {names}")
    } else {
        let after = if time.is_zero() {
            String::new()
        } else {
            format!(" after {}", show_duration(time))
        };
        format!("still not there{after}: {names}")
    };
    for (name, standing) in missing {
        let its = containers
            .iter()
            .filter(|container| &container.service == name);
        let its: Vec<_> = its
            .filter_map(|container| inspected(call, &container.name))
            .collect();
        let _ = write!(message, "\n{name}: {}", standing.text());
        // Between two restarts a service looks well.
        let restarts = its.iter().map(|it| it.restarts).max().unwrap_or(0);
        if restarts > 0 && !standing.text().starts_with("restarting") {
            let plural = if restarts == 1 { "" } else { "s" };
            let _ = write!(message, ", after {restarts} restart{plural}");
        }
        for output in its.iter().filter_map(|it| it.last_health_output.as_ref()) {
            let _ = write!(message, "\n  last health check:");
            for line in output.lines() {
                let _ = write!(message, "\n    {line}");
            }
        }
        let logs = last_logs(call, name, LOG_LINES);
        if !logs.is_empty() {
            let _ = write!(message, "\n  last log lines:");
            for line in logs {
                let _ = write!(message, "\n    {line}");
            }
        }
    }
    if !coming.is_empty() {
        let _ = write!(message, "\nstill starting then: {}", names_of(&coming));
    }
    Failure::new(Kind::Timeout, message)
}

fn names_of(standings: &[&(String, Standing)]) -> String {
    let names: Vec<_> = standings.iter().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

/// Shows how the services stand: rewritten in place on a terminal, else a line a change.
struct Board<'a> {
    call: Call<'a>,
    live: Option<Term>,
    /// Two that rewrite the same rows would be one too many.
    _alone: Option<Suspended>,
    drawn: usize,
    last: Vec<(String, Standing)>,
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

    fn show(&mut self, standings: &[(String, Standing)], time: Duration) {
        if let Some(term) = &self.live {
            // A terminal that cannot be written to any more is not worth failing for.
            let _gone = term.clear_last_lines(self.drawn);
            let lines = lines(standings, time, term.size());
            for line in &lines {
                let _gone = term.write_line(line);
            }
            self.drawn = lines.len();
            return;
        }
        for (name, standing) in standings {
            if !self
                .last
                .iter()
                .any(|(other, before)| other == name && before == standing)
            {
                let text = format!("{name}: {}", standing.text());
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
        self.last = standings.to_vec();
    }
}

/// The board for a terminal of this many rows and columns. What does not fit could not be taken
/// away again: lines are cut, and those that are there go first.
fn lines(
    standings: &[(String, Standing)],
    time: Duration,
    (rows, columns): (u16, u16),
) -> Vec<String> {
    // One row is for the time, one for the cursor.
    let room = usize::from(rows).saturating_sub(2).max(1);
    let mut shown: Vec<_> = standings.iter().collect();
    if shown.len() > room {
        shown.sort_by_key(|(_, standing)| matches!(standing, Standing::There(_)));
        shown.truncate(room.saturating_sub(1));
    }
    let width = shown.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut lines: Vec<_> = shown
        .iter()
        .map(|(name, standing)| format!("  {name:width$}  {}", standing.text()))
        .collect();
    let more = standings.len() - shown.len();
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

/// Registers `compose_wait`.
pub fn register(api: &mut Api<'_>) {
    let run = Arc::clone(&api.run);
    api.add(
        "compose_wait",
        &["services: array", "timeout: string", "()"],
        "/// Waits until the services are healthy or, where they have no health check, have run for\n\
         /// three seconds. A service that has exited with 0 counts as done. `[]` is all of them.\n\
         ///\n\
         /// Throws after `timeout` (\"2m\"), when a service has exited with another code or is paused,\n\
         /// and when it has been unhealthy for five seconds; the error names each service that did not\n\
         /// come up with its last health check and log lines.\n\
         ///\n\
         /// Reads; a dry run says what it would wait for.",
        move |ctx: NativeCallContext<'_>, services: Array, timeout: Dynamic| {
            compose_wait(Call::new(&run, &ctx), &services, &timeout)
        },
    );
}
