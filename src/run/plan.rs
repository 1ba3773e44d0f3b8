//! A plan: steps, what they come after, and whether that makes sense.

use super::Home;
use crate::fault::{Failure, Kind, nearest};
use rhai::FnPtr;
use std::collections::BTreeSet;
use std::time::Duration;

/// Whether a step runs.
#[derive(Debug, Clone, Default)]
pub enum When {
    /// It does.
    #[default]
    Always,
    /// The recipe has decided.
    Decided(bool),
    /// The recipe decides when the step's turn comes.
    Asked(FnPtr),
}

/// How often a failing step is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// Tries in all, at least 1.
    pub times: u32,
    /// Time between them.
    pub pause: Duration,
}

/// What `step` takes besides id, title and body.
#[derive(Debug, Clone, Default)]
pub struct StepOptions {
    /// Ids of the steps this one comes after.
    pub after: Vec<String>,
    /// Whether it runs.
    pub when: When,
    /// What to say if it does not.
    pub otherwise: Option<String>,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// Tries, if more than one.
    pub retry: Option<Retry>,
    /// A failure counts as nothing worse than a warning.
    pub allow_failure: bool,
}

/// One step of a plan.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id, unique in the plan.
    pub id: String,
    /// What it does, for people.
    pub title: String,
    /// Its options.
    pub options: StepOptions,
    /// What it runs.
    pub body: FnPtr,
    /// Where `body` and `when` were written.
    pub home: Home,
}

impl Step {
    /// What to say if its `when` is false.
    pub fn otherwise(&self) -> String {
        let reason = self.options.otherwise.clone();
        reason.unwrap_or_else(|| "its condition does not hold".to_owned())
    }
}

/// The user chose a step that none of `ids` is.
pub fn no_such_step(name: &str, ids: &[String]) -> Failure {
    let hint = match nearest(name, ids.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if ids.is_empty() => "this recipe has no steps".to_owned(),
        None => {
            // Those of several plans may share a name.
            let mut seen = BTreeSet::new();
            let ids: Vec<_> = ids.iter().filter(|id| seen.insert(*id)).cloned().collect();
            format!("steps are {}", ids.join(", "))
        }
    };
    Failure::new(Kind::Usage, format!("there is no step `{name}`")).with_hint(hint)
}

/// Steps whose ids are unique, whose `after` is known, and which no circle ties.
#[derive(Debug)]
pub struct Plan {
    /// The steps, in the order they were written.
    pub steps: Vec<Step>,
    /// For each step, the indices of those it comes after.
    pub after: Vec<Vec<usize>>,
}

impl Plan {
    /// Checks `steps` before anything runs.
    pub fn new(steps: Vec<Step>) -> Result<Self, Failure> {
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
        plan.without_circle()?;
        Ok(plan)
    }

    fn without_circle(&self) -> Result<(), Failure> {
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
                self.circle(first, &finished)
            )));
        }
    }

    /// The ids around a circle reached from `start`, as `a after b after a`.
    fn circle(&self, start: usize, finished: &[bool]) -> String {
        let mut path = vec![start];
        loop {
            let current = path[path.len() - 1];
            // Every unfinished step waits for an unfinished one, or it would have been ready.
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
    match nearest(id, steps.iter().map(|step| step.id.as_str())) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
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
        let home = Home::of(&ctx);
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
    fn knows_what_comes_after_what() {
        let plan = plan(&[("b", &["a"]), ("a", &[]), ("c", &["a", "b"])]).unwrap();
        assert_eq!(plan.after, [vec![1], vec![], vec![1, 0]]);
    }

    #[test]
    fn refuses_what_cannot_be_ordered() {
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
