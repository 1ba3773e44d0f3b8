//! A plan: its steps and their order, validated.

use super::Home;
use crate::fault::{Failure, Kind, did_you_mean};
use rhai::FnPtr;
use std::collections::BTreeSet;
use std::time::Duration;

/// Whether a step runs.
#[derive(Debug, Clone, Default)]
pub(crate) enum When {
    /// Always; the step has no `when`.
    #[default]
    Always,
    /// `when` is a bool.
    Decided(bool),
    /// `when` is a closure, called when the step is about to start.
    Asked(FnPtr),
}

/// How often a failing step is retried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    /// The number of attempts in total, at least 1.
    pub times: u32,
    /// The time between attempts.
    pub pause: Duration,
}

/// The options of `step`.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepOptions {
    /// The ids of the steps that must end before this one.
    pub after: Vec<String>,
    /// Whether the step runs.
    pub when: When,
    /// The reason to report if it does not run.
    pub otherwise: Option<String>,
    /// How long the step may run; `None` for no limit.
    pub timeout: Option<Duration>,
    /// How often to retry; `None` for a single attempt.
    pub retry: Option<Retry>,
    /// A failure does not make the plan fail.
    pub allow_failure: bool,
}

/// One step of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The id, unique in the plan.
    pub id: String,
    /// What the step does, for people.
    pub title: String,
    /// Order, condition, timeout, retries.
    pub options: StepOptions,
    /// The closure that the step runs.
    pub body: FnPtr,
    /// The context that `body` and `when` were written in.
    pub home: Home,
}

impl Step {
    /// The reason to report if `when` is false.
    pub(crate) fn otherwise(&self) -> String {
        let reason = self.options.otherwise.clone();
        reason.unwrap_or_else(|| "condition is false".to_owned())
    }
}

/// The failure for a step `name` on the command line that is not among `ids`.
pub(crate) fn no_such_step(name: &str, ids: &[String]) -> Failure {
    let hint = match did_you_mean(name, ids.iter().map(String::as_str)) {
        Some(hint) => hint,
        None if ids.is_empty() => "this recipe has no steps".to_owned(),
        None => {
            // Steps of different plans may have the same id.
            let mut seen = BTreeSet::new();
            let ids: Vec<_> = ids.iter().filter(|id| seen.insert(*id)).cloned().collect();
            format!("steps are {}", ids.join(", "))
        }
    };
    Failure::new(Kind::Usage, format!("there is no step `{name}`")).with_hint(hint)
}

/// Steps with unique ids, whose `after` names only steps of the plan and forms no cycle.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The steps, in the order they were written.
    pub steps: Vec<Step>,
    /// For each step, the indices of the steps that must end before it.
    pub after: Vec<Vec<usize>>,
}

impl Plan {
    /// Validates `steps` before any of them runs.
    pub(crate) fn new(steps: Vec<Step>) -> Result<Self, Failure> {
        let find = |id: &str| steps.iter().position(|step| step.id == id);
        for (index, step) in steps.iter().enumerate() {
            if find(&step.id) != Some(index) {
                return Err(Failure::recipe(format!(
                    "two steps have the id `{}`",
                    step.id
                )));
            }
        }
        let mut after = Vec::with_capacity(steps.len());
        for step in &steps {
            let mut indices = Vec::new();
            for id in &step.options.after {
                let index = find(id).ok_or_else(|| unknown(&steps, step, id))?;
                indices.push(index);
            }
            after.push(indices);
        }
        let plan = Self { steps, after };
        plan.check_cycles()?;
        Ok(plan)
    }

    fn check_cycles(&self) -> Result<(), Failure> {
        let mut finished = vec![false; self.steps.len()];
        loop {
            let ready = (0..self.steps.len())
                .find(|index| !finished[*index] && self.after[*index].iter().all(|i| finished[*i]));
            if let Some(index) = ready {
                finished[index] = true;
                continue;
            }
            let Some(first) = finished.iter().position(|finished| !finished) else {
                return Ok(());
            };
            return Err(Failure::recipe(format!(
                "steps wait for each other: {}",
                self.cycle(first, &finished)
            )));
        }
    }

    /// The ids on a cycle reached from `start`, as `a after b after a`.
    fn cycle(&self, start: usize, finished: &[bool]) -> String {
        let mut path = vec![start];
        loop {
            let current = path[path.len() - 1];
            // Every unfinished step waits for another unfinished one; otherwise it would be ready.
            let next = self.after[current]
                .iter()
                .copied()
                .find(|index| !finished[*index]);
            let Some(next) = next else { break };
            let seen = path.iter().position(|index| *index == next);
            path.push(next);
            if let Some(from) = seen {
                path.drain(..from);
                break;
            }
        }
        let ids: Vec<_> = path
            .iter()
            .map(|index| self.steps[*index].id.as_str())
            .collect();
        ids.join(" after ")
    }
}

fn unknown(steps: &[Step], step: &Step, id: &str) -> Failure {
    let failure = Failure::recipe(format!(
        "step `{}` comes after `{id}`, which is not in the plan",
        step.id
    ));
    match did_you_mean(id, steps.iter().map(|step| step.id.as_str())) {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rhai::{Engine, Position};

    fn plan(steps: &[(&str, &[&str])]) -> Result<Plan, Failure> {
        let engine = Engine::new_raw();
        let global = engine.new_global_runtime_state();
        let ctx = (&engine, "step", None, &global, Position::NONE).into();
        let home = Home::from_call(&ctx);
        let step = |(id, after): &(&str, &[&str])| Step {
            id: (*id).to_owned(),
            title: String::new(),
            options: StepOptions {
                after: after.iter().map(|id| (*id).to_owned()).collect(),
                ..StepOptions::default()
            },
            body: FnPtr::new("body").unwrap(),
            home: home.clone(),
        };
        Plan::new(steps.iter().map(step).collect())
    }

    #[test]
    fn resolves_after_to_indices() {
        let plan = plan(&[("b", &["a"]), ("a", &[]), ("c", &["a", "b"])]).unwrap();
        assert_eq!(plan.after, [vec![1], vec![], vec![1, 0]]);
    }

    #[test]
    fn rejects_duplicate_ids_unknown_ids_and_cycles() {
        let message = |steps: &[(&str, &[&str])]| plan(steps).unwrap_err().message;
        assert_eq!(
            message(&[("a", &[]), ("a", &[])]),
            "two steps have the id `a`"
        );
        assert_eq!(
            message(&[("setup", &["setpu"])]),
            "step `setup` comes after `setpu`, which is not in the plan"
        );
        assert_eq!(
            message(&[
                ("x", &["b"]),
                ("a", &["b"]),
                ("b", &["c"]),
                ("c", &["a"]),
                ("d", &[])
            ]),
            "steps wait for each other: b after c after a after b"
        );
        assert_eq!(
            message(&[("a", &["a"])]),
            "steps wait for each other: a after a"
        );
    }
}
