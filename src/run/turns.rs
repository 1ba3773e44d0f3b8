//! Whose turn it is: which step can start, and which will not run at all.

use super::scheduler::Scheduler;
use super::{Failure, State, Step, StepReport, Unknown, When};
use rhai::Dynamic;
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

impl Scheduler<'_> {
    /// The next step that can start, settling on the way those that will not run at all.
    pub(super) fn next(
        &self,
        states: &mut [Option<State>],
        started: &[bool],
    ) -> Result<Option<usize>, Failure> {
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
                match self.verdict(index, in_the_way)? {
                    None => return Ok(Some(index)),
                    Some((state, reason)) => {
                        states[index] = Some(state);
                        settled = true;
                        self.settle(index, state, reason);
                    }
                }
            }
            if !settled {
                return Ok(None);
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
    fn verdict(
        &self,
        index: usize,
        in_the_way: Option<&str>,
    ) -> Result<Option<(State, String)>, Failure> {
        let step = &self.plan.steps[index];
        let path = &self.paths[index];
        if self.token.stop().is_some() {
            return Ok(Some((
                State::Cancelled,
                "the run stopped before it".to_owned(),
            )));
        }
        let options = &self.run.options;
        // The steps of a called recipe are chosen by the step that calls it.
        let chosen = |ids: &[String]| ids.iter().any(|id| id == path);
        let nested = path.contains(':');
        if !options.only.is_empty() && !chosen(&options.only) && !nested {
            return Ok(Some((State::Skipped, "not selected".to_owned())));
        }
        if chosen(&options.skip) {
            return Ok(Some((State::Skipped, "left out with --skip".to_owned())));
        }
        if self.run.was_done_before(path) {
            return Ok(Some((State::Skipped, "done in the run before".to_owned())));
        }
        if let Some(id) = in_the_way {
            return Ok(Some((State::Blocked, format!("comes after {id}"))));
        }
        let runs = match &step.options.when {
            When::Always => true,
            When::Decided(runs) => *runs,
            When::Asked(question) => self.ask(step, question)?,
        };
        if runs {
            return Ok(None);
        }
        let reason = step.options.otherwise.clone();
        let reason = reason.unwrap_or_else(|| "its condition does not hold".to_owned());
        Ok(Some((State::Skipped, reason)))
    }

    fn ask(&self, step: &Step, question: &rhai::FnPtr) -> Result<bool, Failure> {
        let answer = question
            .call_within_context::<Dynamic>(self.ctx, ())
            .map_err(|error| {
                Failure::recipe(format!("the `when` of step `{}`: {error}", step.id))
            })?;
        if answer.is::<Unknown>() {
            return Ok(true);
        }
        answer.as_bool().map_err(|kind| {
            Failure::recipe(format!(
                "the `when` of step `{}` gives {kind}, not a bool",
                step.id
            ))
        })
    }

    fn settle(&self, index: usize, state: State, reason: String) {
        let step = &self.plan.steps[index];
        if self.run.was_done_before(&self.paths[index]) {
            // So that resuming a resumed run still knows.
            self.run.note(&self.paths[index], State::Ok);
        }
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
