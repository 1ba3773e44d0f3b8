//! Whose turn it is: which step can start, and which will not run at all.

use super::scheduler::Scheduler;
use super::{Run, State, StepReport, When, frame};
use std::time::Duration;

/// How it stands with the steps that one comes after.
enum Before<'a> {
    /// All have ended well enough.
    Done,
    /// One has not ended.
    ToCome,
    /// This one has failed, or will not run because another has.
    InTheWay(&'a str),
}

impl Run {
    /// True if the step `id` of the current recipe will run, as far as the user's choice of steps says.
    pub fn selects(&self, id: &str) -> bool {
        let path = Self::step_path(id);
        let done_before = self.will_count_as_done(&Self::step_key(&path));
        self.left_out(&path, done_before).is_none()
    }

    /// Why the user's choice of steps leaves this one out, if it does.
    fn left_out(&self, path: &str, done_before: bool) -> Option<&'static str> {
        let chosen = |ids: &[String]| ids.iter().any(|id| id == path);
        // The steps of a recipe that a step calls are chosen by that step.
        let nested = frame().step.is_some();
        let options = &self.options;
        if !options.only.is_empty() && !chosen(&options.only) && !nested {
            Some("not selected")
        } else if chosen(&options.skip) {
            Some("left out with --skip")
        } else if done_before && options.resume {
            Some("done in the run before")
        } else {
            None
        }
    }
}

impl Scheduler<'_> {
    /// The next step that can start, settling on the way those that will not run at all.
    pub(super) fn next(&self, states: &mut [Option<State>], started: &[bool]) -> Option<usize> {
        // A step that is settled here can make one before it ready: look again until none is.
        loop {
            let mut settled = false;
            for index in 0..states.len() {
                if states[index].is_some() || started[index] {
                    continue;
                }
                let in_the_way = match self.before(index, states) {
                    Before::ToCome => continue,
                    Before::Done => None,
                    Before::InTheWay(id) => Some(id),
                };
                match self.verdict(index, in_the_way) {
                    None => return Some(index),
                    Some((state, reason)) => {
                        states[index] = Some(state);
                        settled = true;
                        self.settle(index, state, reason);
                    }
                }
            }
            if !settled {
                return None;
            }
        }
    }

    /// How it stands with the steps that this one comes after.
    fn before(&self, index: usize, states: &[Option<State>]) -> Before<'_> {
        let mut found = Before::Done;
        for before in &self.plan.after[index] {
            let step = &self.plan.steps[*before];
            let Some(state) = states[*before] else {
                return Before::ToCome;
            };
            match state {
                State::Failed if step.options.allow_failure => {}
                State::Ok | State::Unchanged | State::Skipped => {}
                State::Failed | State::Blocked | State::Cancelled => {
                    found = Before::InTheWay(&step.id);
                }
            }
        }
        found
    }

    /// How a step ends without being started, if it does.
    fn verdict(&self, index: usize, in_the_way: Option<&str>) -> Option<(State, String)> {
        let step = &self.plan.steps[index];
        let path = &self.paths[index];
        if self.token.stop().is_some() {
            return Some((State::Cancelled, "the run stopped before it".to_owned()));
        }
        if let Some(reason) = self.run.left_out(path, self.done_before[index]) {
            return Some((State::Skipped, reason.to_owned()));
        }
        if let Some(id) = in_the_way {
            return Some((State::Blocked, format!("comes after {id}")));
        }
        // What is asked is asked in the step's own time.
        match &step.options.when {
            When::Decided(false) => Some((State::Skipped, step.otherwise())),
            When::Decided(true) | When::Always | When::Asked(_) => None,
        }
    }

    pub(super) fn settle(&self, index: usize, state: State, reason: String) {
        let step = &self.plan.steps[index];
        // So that resuming a run that was itself resumed, or that chose steps, still knows.
        let left_out = self.run.options.resume || state == State::Skipped;
        let noted = if self.done_before[index] && left_out {
            State::Ok
        } else {
            state
        };
        self.run.note(&self.keys[index], noted);
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
