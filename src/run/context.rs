//! One run of one recipe: what every primitive shares.

use super::deferred::Deferred;
use super::journal::{Earlier, Journal};
use super::{
    Event, Exclusive, Level, Outside, Plan, PlannedStep, Recorder, Reporter, State, StepReport,
    VERSION, frame, no_such_step,
};
use crate::fault::Failure;
use crate::process::Token;
use crate::recipe::CheckFn;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What the user asked of a run on the command line.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Run what only reads, print what would change something.
    pub dry_run: bool,
    /// Run only these steps.
    pub only: Vec<String>,
    /// Leave these steps out.
    pub skip: Vec<String>,
    /// Skip the steps that the last run did.
    pub resume: bool,
    /// How many steps may run side by side, over what the recipe says.
    pub jobs: Option<usize>,
    /// Answer yes to every question.
    pub yes: bool,
}

/// Variables to set; `None` for one to take out.
pub type PlannedEnv = BTreeMap<String, Option<String>>;

/// One run of one recipe.
#[derive(Debug)]
pub struct Run {
    /// The repository.
    pub root: PathBuf,
    /// The recipe that was asked for, as `schema/setup`.
    pub recipe: String,
    /// Its parameters, for the journal and the events.
    pub params: Value,
    /// What the user asked for.
    pub options: Options,
    /// Says what happens.
    pub reporter: Arc<Reporter>,
    /// Stops everything.
    pub token: Arc<Token>,
    /// Programs, servers, variables and files.
    pub outside: Outside,
    /// When it began.
    pub started: Instant,
    /// What checks recipes that this run calls.
    pub check: CheckFn,
    /// Held by the command that creates or removes the networks of the Compose project.
    pub networks: Arc<Exclusive>,
    pub(super) deferred: Mutex<Vec<Deferred>>,
    reports: Mutex<Vec<StepReport>>,
    journal: Mutex<Journaling>,
    earlier: Earlier,
    /// The first plan is the only one: it has the steps that the user chose.
    one_plan: AtomicBool,
    /// How often each step had its turn so far.
    turns: Mutex<BTreeMap<String, usize>>,
    /// What `env_set` would have written, in a dry run.
    pub planned_env: Mutex<PlannedEnv>,
    /// What `write_file` would have written, in a dry run, by the path it was given.
    pub planned_files: Mutex<BTreeMap<PathBuf, String>>,
    /// Commands that a dry run has skipped so far, by family, so that what they would have made
    /// is known to be unknown.
    skipped_families: Mutex<BTreeSet<&'static str>>,
}

#[derive(Debug)]
enum Journaling {
    NotYet,
    Open(Journal),
    Off,
}

impl Run {
    /// A run that is about to start.
    pub fn new(
        root: PathBuf,
        recipe: String,
        params: Value,
        options: Options,
        reporter: Arc<Reporter>,
        token: Arc<Token>,
        check: CheckFn,
    ) -> Self {
        let chooses = !options.only.is_empty() || !options.skip.is_empty();
        let earlier = (options.resume || chooses)
            .then(|| Journal::last(&root, &recipe, &params))
            .flatten();
        if options.resume && earlier.is_none() {
            reporter.message(
                Level::Info,
                "nothing to resume: no earlier run with these parameters; running every step",
            );
        }
        let earlier = earlier.unwrap_or_default();
        Self {
            root,
            recipe,
            params,
            options,
            reporter,
            token,
            outside: Outside::Real,
            started: Instant::now(),
            check,
            networks: Arc::default(),
            deferred: Mutex::default(),
            reports: Mutex::default(),
            journal: Mutex::new(Journaling::NotYet),
            earlier,
            one_plan: AtomicBool::new(false),
            turns: Mutex::default(),
            planned_env: Mutex::default(),
            planned_files: Mutex::default(),
            skipped_families: Mutex::default(),
        }
    }

    /// The same with a recorder in the place of the world.
    pub fn recorded(self, recorder: Arc<Recorder>) -> Self {
        Self {
            outside: Outside::Recorded(recorder),
            ..self
        }
    }

    /// Where `path`, relative to the repository or absolute, lies on the disk.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.outside.path(&self.root, path.as_ref())
    }

    /// A folder on the disk and a pattern in it, for `pattern`, relative to the repository or absolute.
    pub fn pattern(&self, pattern: &str) -> (PathBuf, String) {
        self.outside.pattern(&self.root, pattern)
    }

    /// Tells programs that the run begins.
    pub fn begin(&self) {
        self.reporter.event(&Event::RunStarted {
            v: VERSION,
            recipe: &self.recipe,
            params: &self.params,
            dry_run: self.options.dry_run,
        });
    }

    /// Says whether the first plan is the only one.
    pub fn expect_one_plan(&self, is_so: bool) {
        self.one_plan.store(is_so, Ordering::Relaxed);
    }

    /// Fails if the user chose a step that is not among `ids` and that no other plan can have.
    pub(super) fn check_chosen(&self, ids: &[String]) -> Result<(), Failure> {
        if !self.one_plan.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut chosen = self.options.only.iter().chain(&self.options.skip);
        match chosen.find(|name| !ids.contains(name)) {
            Some(name) => Err(no_such_step(name, ids)),
            None => Ok(()),
        }
    }

    /// Counts the turn of a step. True if an earlier run did it and that matters here: the user
    /// asked to resume, or chose steps, whose journal must still know of the others.
    pub(super) fn was_done_before(&self, key: &str) -> bool {
        if frame().dry_run {
            // What changes nothing is in no journal.
            return false;
        }
        let mut turns = lock(&self.turns);
        let time = turns.entry(key.to_owned()).or_default();
        *time += 1;
        self.earlier.did(key, *time - 1)
    }

    /// The same without counting: whether the next turn of the step was done by an earlier run.
    pub(super) fn will_count_as_done(&self, key: &str) -> bool {
        let turn = lock(&self.turns).get(key).copied().unwrap_or(0);
        !frame().dry_run && self.earlier.did(key, turn)
    }

    /// Starts the journal before the first step, so that a run that is killed in it counts as the
    /// last run. A journal that cannot be written is said once; the work matters more than being
    /// able to resume it.
    pub(super) fn open_journal(&self) {
        if self.options.dry_run || frame().dry_run {
            return;
        }
        let mut journal = lock(&self.journal);
        if let Journaling::NotYet = *journal {
            *journal = match Journal::create(&self.root, &self.recipe, &self.params) {
                Ok(created) => Journaling::Open(created),
                Err(error) => self.without_journal(&error),
            };
        }
    }

    /// Notes in the journal how a step ended.
    pub(super) fn note(&self, step: &str, state: State) {
        if frame().dry_run {
            return;
        }
        let mut journal = lock(&self.journal);
        if let Journaling::Open(open) = &mut *journal
            && let Err(error) = open.step(step, state)
        {
            *journal = self.without_journal(&error);
        }
    }

    fn without_journal(&self, error: &crate::fault::Error) -> Journaling {
        self.reporter.message(
            Level::Warning,
            &format!("{error}; this run cannot be resumed"),
        );
        Journaling::Off
    }

    /// Reports the steps that are about to run, for programs. `paths` are the steps' paths.
    pub(super) fn announce_plan(&self, plan: &Plan, paths: &[String], jobs: usize) {
        let steps: Vec<_> = plan
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| PlannedStep {
                step: &paths[index],
                title: &step.title,
                after: plan.after[index]
                    .iter()
                    .map(|index| paths[*index].as_str())
                    .collect(),
            })
            .collect();
        self.reporter.event(&Event::Plan {
            step: frame().step.as_deref(),
            steps: &steps,
            jobs,
        });
    }

    /// Adds a step to the report.
    pub fn report(&self, report: StepReport) {
        self.reporter.event(&Event::StepFinished {
            step: &report.id,
            title: &report.title,
            state: report.state,
            seconds: report.time.as_secs_f64(),
            allowed_to_fail: report.allowed && report.state == State::Failed,
            reason: report.reason.as_deref(),
            failure: report.failure.as_ref().map(|(failure, _)| failure),
            place: report
                .failure
                .as_ref()
                .and_then(|(_, at)| at.places().first().cloned()),
            output_tail: &report.output_tail,
        });
        lock(&self.reports).push(report);
    }

    /// Puts the reports of a plan's steps, which ended in any order, in the order of the plan.
    pub(super) fn sort_reports(&self, paths: &[String]) {
        let place = |report: &StepReport| paths.iter().position(|path| *path == report.id);
        let mut reports = lock(&self.reports);
        let first = reports.iter().position(|report| place(report).is_some());
        let (its, others): (Vec<_>, Vec<_>) = reports
            .drain(..)
            .partition(|report| place(report).is_some());
        let mut its = its;
        its.sort_by_key(|report| place(report));
        let mut sorted = others;
        let at = first.unwrap_or(sorted.len()).min(sorted.len());
        sorted.splice(at..at, its);
        *reports = sorted;
    }

    /// The steps that have ended so far.
    pub fn reports(&self) -> Vec<StepReport> {
        lock(&self.reports).clone()
    }

    /// Notes that a dry run skipped a command of `family` (`terraform`, `docker`, …).
    pub fn skipped(&self, family: &'static str) {
        lock(&self.skipped_families).insert(family);
    }

    /// True if a dry run has skipped a command of `family`.
    pub fn has_skipped(&self, family: &'static str) -> bool {
        lock(&self.skipped_families).contains(family)
    }

    /// The path of the step `id` in the current recipe.
    pub fn step_path(id: &str) -> String {
        frame()
            .scope
            .map_or_else(|| id.to_owned(), |scope| format!("{scope}:{id}"))
    }

    /// What the journal calls the step `path`: two steps that run side by side can each call a
    /// recipe whose steps are the same.
    pub(super) fn step_key(path: &str) -> String {
        frame()
            .key
            .map_or_else(|| path.to_owned(), |key| format!("{key} > {path}"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
