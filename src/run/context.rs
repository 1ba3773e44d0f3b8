//! One run of one recipe: the state that all primitives share.

use super::checkout_lock::CheckoutLock;
use super::deferred::Deferred;
use super::journal::{Earlier, Journal, Journaling, Last};
use super::{
    EVENT_FORMAT_VERSION, Event, Exclusive, Level, Outside, Params, Plan, PlannedStep, Recorder,
    Reporter, State, StepReport, frame, hide_secrets, no_such_step,
};
use crate::fault::{Failure, lock};
use crate::process::Token;
use crate::recipe::{CheckFn, Fingerprints};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The run options from the command line.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Options {
    /// `--dry-run`: run commands that only read, print those that would change something.
    pub dry_run: bool,
    /// `--only`: run only these steps.
    pub only: Vec<String>,
    /// `--skip`: skip these steps.
    pub skip: Vec<String>,
    /// `--resume`: skip the steps that the last run completed.
    pub resume: bool,
    /// `--jobs`: how many steps may run in parallel; overrides the recipe.
    pub jobs: Option<usize>,
    /// `--yes`: answer yes to every question.
    pub yes: bool,
    /// `--wait-for-lock`: wait until no other run changes things.
    pub wait_for_lock: bool,
}

/// Variables to set in `dev/.env`; `None` for one to remove.
pub(crate) type PlannedEnv = BTreeMap<String, Option<String>>;

/// One run of one recipe.
#[derive(Debug)]
pub(crate) struct Run {
    /// The root of the repository, as an absolute path.
    pub root: PathBuf,
    /// The name of the recipe, such as `schema/setup`.
    pub recipe: String,
    /// Its parameters, for the journal and the events.
    pub params: Params,
    /// The options from the command line.
    pub options: Options,
    /// Prints messages and events.
    pub reporter: Arc<Reporter>,
    /// Stops the whole run.
    pub token: Arc<Token>,
    /// Programs, servers, variables and files: the real ones, or those of a test.
    pub outside: Outside,
    /// When the run began.
    pub started: Instant,
    /// Checks the recipes that this run calls.
    pub check: CheckFn,
    /// Held by the command that creates or removes the networks of the Compose project.
    pub networks: Arc<Exclusive>,
    pub(super) checkout_lock: Mutex<CheckoutLock>,
    pub(super) deferred: Mutex<Vec<Deferred>>,
    reports: Mutex<Vec<StepReport>>,
    pub(super) journal: Mutex<Journaling>,
    /// The last run, if its finished steps count.
    pub(super) earlier: Option<Earlier>,
    /// The files of each recipe whose steps have come up.
    pub(super) files: Mutex<BTreeMap<String, Fingerprints>>,
    /// The first plan is the only one, so it must contain the steps that the user named.
    one_plan: AtomicBool,
    /// How often each step has come up so far, by its key.
    pub(super) occurrences: Mutex<BTreeMap<String, usize>>,
    /// What `env_set` would have written in a dry run.
    pub planned_env: Mutex<PlannedEnv>,
    /// What `write_file` would have written in a dry run, by path.
    pub planned_files: Mutex<BTreeMap<PathBuf, String>>,
    /// The families of commands that a dry run has skipped so far: reading their results gives an
    /// unknown value.
    skipped_families: Mutex<BTreeSet<&'static str>>,
}

impl Run {
    /// A run that is about to start.
    pub(crate) fn new(
        root: PathBuf,
        recipe: String,
        params: Params,
        options: Options,
        reporter: Arc<Reporter>,
        token: Arc<Token>,
        check: CheckFn,
    ) -> Self {
        let selects_steps = !options.only.is_empty() || !options.skip.is_empty();
        let last = if options.resume || selects_steps {
            match params.hash() {
                Some(hash) => Journal::last(&root, &recipe, &hash),
                None => Last::None,
            }
        } else {
            Last::None
        };
        let earlier = match last {
            Last::Run(earlier) => Some(earlier),
            Last::None if options.resume => {
                reporter.message(
                    Level::Info,
                    "nothing to resume: no earlier run with these parameters; running all steps",
                );
                None
            }
            Last::Unknown(path) if options.resume => {
                let path = path.strip_prefix(&root).unwrap_or(&path).display();
                reporter.message(
                    Level::Warning,
                    &format!(
                        "the journal of the last run, {path}, cannot be read; running all steps"
                    ),
                );
                None
            }
            Last::None | Last::Unknown(_) => None,
        };
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
            checkout_lock: Mutex::default(),
            deferred: Mutex::default(),
            reports: Mutex::default(),
            journal: Mutex::new(Journaling::NotYet),
            earlier,
            files: Mutex::default(),
            one_plan: AtomicBool::new(false),
            occurrences: Mutex::default(),
            planned_env: Mutex::default(),
            planned_files: Mutex::default(),
            skipped_families: Mutex::default(),
        }
    }

    /// The same run with a recorder in place of the outside world, for a test.
    pub(crate) fn recorded(self, recorder: Arc<Recorder>) -> Self {
        Self {
            outside: Outside::Recorded(recorder),
            ..self
        }
    }

    /// The path on disk of `path`, which is relative to the repository or absolute.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.outside.path(&self.root, path.as_ref())
    }

    /// The folder on disk and the pattern inside it for `pattern`, which is relative to the repository
    /// or absolute.
    pub(crate) fn pattern(&self, pattern: &str) -> (PathBuf, String) {
        self.outside.pattern(&self.root, pattern)
    }

    /// Writes the event that the run begins. If the recipe has been run before, the run counts as its
    /// last one from now on, even if it ends before its first step.
    pub(crate) fn begin(&self) {
        if Journal::exists(&self.root, &self.recipe) {
            self.open_journal();
        }
        self.reporter.event(&Event::RunStarted {
            v: EVENT_FORMAT_VERSION,
            recipe: &self.recipe,
            params: self.params.shown(),
            dry_run: self.options.dry_run,
        });
    }

    /// Sets whether the first plan is known to be the only one.
    pub(crate) fn expect_one_plan(&self, one_plan: bool) {
        self.one_plan.store(one_plan, Ordering::Relaxed);
    }

    /// Fails if the user named a step that is not among `ids` and cannot be in another plan.
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

    /// Writes the event that a plan begins. `paths` are the paths of its steps.
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

    /// Adds a step to the report, and writes its event.
    pub(crate) fn report(&self, report: StepReport) {
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

    /// Sorts the reports of a plan's steps, which may have ended in any order, by the plan's order.
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

    /// The reports of the steps that have ended so far.
    pub(crate) fn reports(&self) -> Vec<StepReport> {
        lock(&self.reports).clone()
    }

    /// Remembers that a dry run skipped a command of `family` (`terraform`, `docker`, …).
    pub(crate) fn skipped(&self, family: &'static str) {
        lock(&self.skipped_families).insert(family);
    }

    /// True if a dry run has skipped a command of `family`.
    pub(crate) fn has_skipped(&self, family: &'static str) -> bool {
        lock(&self.skipped_families).contains(family)
    }

    /// The path of the step `id` in the current recipe: `id`, or `recipe:id` in a called recipe.
    pub(crate) fn step_path(id: &str) -> String {
        frame()
            .scope
            .map_or_else(|| id.to_owned(), |scope| format!("{scope}:{id}"))
    }

    /// The key of the step `path` in the journal. It starts with the keys of the enclosing steps,
    /// since two parallel steps can call the same recipe.
    pub(super) fn step_key(path: &str) -> String {
        let key = frame()
            .key
            .map_or_else(|| path.to_owned(), |key| format!("{key} > {path}"));
        hide_secrets(&key).into_owned()
    }
}
