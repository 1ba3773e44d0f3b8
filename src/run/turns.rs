//! Decides which step starts next, and which steps will not run at all.

use super::scheduler::Scheduler;
use super::{Run, State, StepReport, When, frame};
use std::time::Duration;

/// The state of the steps that a step depends on.
enum Dependencies<'a> {
    /// All have ended without blocking the step.
    Done,
    /// At least one has not ended.
    Pending,
    /// The step with this id failed, or did not run because of a failure.
    Failed(&'a str),
}

impl Run {
    /// True if `--only`, `--skip` and `--resume` let the step `id` of the current recipe run.
    pub(crate) fn selects(&self, id: &str) -> bool {
        let path = Self::step_path(id);
        let done_before = self.will_count_as_done(&Self::step_key(&path));
        self.skip_reason(&path, done_before).is_none()
    }

    /// Why `--only`, `--skip` or `--resume` skips a step, if it does.
    fn skip_reason(&self, path: &str, done_before: bool) -> Option<&'static str> {
        let chosen = |ids: &[String]| ids.iter().any(|id| id == path);
        // The steps of a called recipe run if the step that calls it does.
        let nested = frame().step.is_some();
        let options = &self.options;
        if !options.only.is_empty() && !chosen(&options.only) && !nested {
            Some("not selected")
        } else if chosen(&options.skip) {
            Some("skipped with --skip")
        } else if done_before && options.resume {
            Some("done in the last run")
        } else {
            None
        }
    }
}

impl Scheduler<'_> {
    /// The next step that can start. Steps that will not run at all are reported on the way.
    pub(super) fn next(&self, states: &mut [Option<State>], started: &[bool]) -> Option<usize> {
        // Settling a step can make an earlier one ready, so repeat until nothing changes.
        loop {
            let mut settled = false;
            for index in 0..states.len() {
                if states[index].is_some() || started[index] {
                    continue;
                }
                let failed = match self.dependencies(index, states) {
                    Dependencies::Pending => continue,
                    Dependencies::Done => None,
                    Dependencies::Failed(id) => Some(id),
                };
                match self.verdict(index, failed) {
                    None => return Some(index),
                    Some((state, reason)) => {
                        states[index] = Some(state);
                        settled = true;
                        self.record_not_started(index, state, reason);
                    }
                }
            }
            if !settled {
                return None;
            }
        }
    }

    /// The state of the steps that this one depends on.
    fn dependencies(&self, index: usize, states: &[Option<State>]) -> Dependencies<'_> {
        let mut found = Dependencies::Done;
        for before in &self.plan.after[index] {
            let step = &self.plan.steps[*before];
            let Some(state) = states[*before] else {
                return Dependencies::Pending;
            };
            match state {
                State::Failed if step.options.allow_failure => {}
                State::Ok | State::Unchanged | State::Skipped => {}
                State::Failed | State::Blocked | State::Cancelled => {
                    found = Dependencies::Failed(&step.id);
                }
            }
        }
        found
    }

    /// The state of a step that is not started, and why; `None` if it can start. `failed` is the
    /// step it depends on that failed.
    fn verdict(&self, index: usize, failed: Option<&str>) -> Option<(State, String)> {
        let step = &self.plan.steps[index];
        let path = &self.paths[index];
        if self.token.stop().is_some() {
            return Some((State::Cancelled, "the run stopped first".to_owned()));
        }
        if let Some(reason) = self.run.skip_reason(path, self.done_before[index]) {
            return Some((State::Skipped, reason.to_owned()));
        }
        if let Some(id) = failed {
            return Some((State::Blocked, format!("depends on {id}")));
        }
        // A closure is called once the step has started.
        match &step.options.when {
            When::Decided(false) => Some((State::Skipped, step.otherwise())),
            When::Decided(true) | When::Always | When::Asked(_) => None,
        }
    }

    /// Records and reports a step that was not started.
    pub(super) fn record_not_started(&self, index: usize, state: State, reason: String) {
        let step = &self.plan.steps[index];
        // A step that the last run completed stays completed, for resuming this run in turn.
        let keeps_result = self.run.options.resume || state == State::Skipped;
        let recorded = if self.done_before[index] && keeps_result {
            State::Ok
        } else {
            state
        };
        self.run.record(&self.keys[index], recorded);
        self.run.report(StepReport {
            id: self.paths[index].clone(),
            title: step.title.clone(),
            state,
            time: Duration::ZERO,
            reason: Some(reason),
            failure: None,
            output_tail: Vec::new(),
            allowed: false,
        });
    }
}
