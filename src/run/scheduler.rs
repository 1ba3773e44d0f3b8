//! Runs the steps of a plan, one at a time or in parallel.

use super::report::TAIL_LINES;
use super::{Frame, Level, Plan, Run, State, Step, StepReport, When, enter, frame, show_duration};
use crate::fault::{Diagnostic, Failure, Kind, Unknown, lock};
use crate::process::{Stop, Tail, Token};
use crate::screen::{self, Running};
use rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The options of `run_steps`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanOptions {
    /// After a failure, still run the steps that do not depend on the failed one.
    pub keep_going: bool,
    /// How many steps may run in parallel.
    pub jobs: usize,
}

/// The stack of a step's thread. Rhai needs a few hundred bytes for each level of nesting in release
/// builds, and many times that in debug builds.
const STEP_STACK_BYTES: usize = 16 * 1024 * 1024;

/// How a step's body ended.
enum End {
    Ok {
        unchanged: bool,
    },
    /// Its `when` returned false.
    Skipped,
    Failed(Failure, Diagnostic),
    Stopped,
    Bug(Box<EvalAltResult>),
}

struct Finished {
    index: usize,
    end: End,
    time: Duration,
    tail: Vec<String>,
    /// Its line in the live block.
    running: Option<Running>,
}

/// Runs `plan` and reports each step; returns the states of the steps. Fails if a step failed that is
/// not allowed to, with the original error if a step met a bug in the recipe, and with
/// [`EvalAltResult::ErrorTerminated`] if the run was stopped.
pub(crate) fn run_steps(
    run: &Run,
    ctx: &NativeCallContext<'_>,
    plan: &Plan,
    options: PlanOptions,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let paths: Vec<_> = plan
        .steps
        .iter()
        .map(|step| Run::step_path(&step.id))
        .collect();
    run.check_chosen(&paths)
        .map_err(|failure| failure.at(ctx.call_position()))?;
    let keys: Vec<_> = paths.iter().map(|path| Run::step_key(path)).collect();
    run.explain_repeated(&keys);
    let done_before = keys.iter().map(|key| run.was_done_before(key)).collect();
    run.open_journal();
    run.record_files();
    run.announce_plan(plan, &paths, options.jobs);
    let above = frame();
    let scheduler = Scheduler {
        run,
        ctx,
        plan,
        options,
        token: Token::child(&frame().token, None),
        paths,
        keys,
        done_before,
        folds: options.jobs == 1 && above.step.is_none() && run.reporter.folds(),
    };
    scheduler.run()
}

/// A plan that is running.
pub(super) struct Scheduler<'a> {
    pub(super) run: &'a Run,
    pub(super) ctx: &'a NativeCallContext<'a>,
    pub(super) plan: &'a Plan,
    options: PlanOptions,
    pub(super) token: Arc<Token>,
    pub(super) paths: Vec<String>,
    /// The key of each step in the journal.
    pub(super) keys: Vec<String>,
    /// Whether the last run completed each step.
    pub(super) done_before: Vec<bool>,
    /// The output of each step is folded; false for nested plans, since GitHub Actions cannot nest
    /// groups.
    pub(super) folds: bool,
}

impl Scheduler<'_> {
    fn run(self) -> Result<Dynamic, Box<EvalAltResult>> {
        let count = self.plan.steps.len();
        let mut states: Vec<Option<State>> = vec![None; count];
        let mut started = vec![false; count];
        let mut failures = 0;
        let mut bug = None;
        let (finished, results) = channel();
        thread::scope(|scope| {
            let mut running = 0;
            loop {
                while running < self.options.jobs {
                    let Some(index) = self.next(&mut states, &started) else {
                        break;
                    };
                    started[index] = true;
                    running += 1;
                    self.start(scope, index, &finished)?;
                }
                if running == 0 {
                    break;
                }
                let Ok(Finished {
                    index,
                    end,
                    time,
                    tail,
                    running: line,
                }) = results.recv()
                else {
                    break;
                };
                running -= 1;
                let allowed = self.plan.steps[index].options.allow_failure;
                let (state, failure) = match end {
                    End::Ok { unchanged: true } => (State::Unchanged, None),
                    End::Ok { unchanged: false } => (State::Ok, None),
                    End::Skipped => {
                        states[index] = Some(State::Skipped);
                        self.record_not_started(
                            index,
                            State::Skipped,
                            self.plan.steps[index].otherwise(),
                        );
                        continue;
                    }
                    End::Stopped => (State::Cancelled, None),
                    End::Failed(failure, at) => (State::Failed, Some((failure, at))),
                    End::Bug(error) => {
                        self.token.cancel();
                        bug.get_or_insert(error);
                        (State::Cancelled, None)
                    }
                };
                if state == State::Failed && !allowed {
                    failures += 1;
                    if !self.options.keep_going {
                        self.token.cancel();
                    }
                }
                states[index] = Some(state);
                self.finish(index, state, time, failure, tail, line);
            }
            Ok(())
        })
        .map_err(|failure: Failure| failure.at(self.ctx.call_position()))?;
        self.run.sort_reports(&self.paths);
        if let Some(bug) = bug {
            return Err(bug);
        }
        if let Some(Stop::Interrupt(_) | Stop::TimedOut) = frame().token.stop() {
            return Err(Box::new(EvalAltResult::ErrorTerminated(
                Dynamic::UNIT,
                self.ctx.call_position(),
            )));
        }
        if failures > 0 {
            return Err(self.failed(failures));
        }
        Ok(summary(&self.plan.steps, &states))
    }

    fn start<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        index: usize,
        finished: &Sender<Finished>,
    ) -> Result<(), Failure> {
        let step = &self.plan.steps[index];
        let deadline = step.options.timeout.map(|timeout| Instant::now() + timeout);
        let tail = Arc::new(Mutex::new(Tail::default()));
        let frame = Frame {
            token: Token::child(&self.token, deadline),
            step: Some(self.paths[index].as_str().into()),
            key: Some(self.keys[index].as_str().into()),
            parallel: self.options.jobs > 1 || frame().parallel,
            tail: Some(Arc::clone(&tail)),
            ..frame()
        };
        let finished = finished.clone();
        let ticket = screen::next_ticket();
        let work = move || {
            let _frame = enter(frame);
            let start = Instant::now();
            let mut running = None;
            let end = match self.evaluate_when(step) {
                Ok(true) => {
                    running = self.announce(index, ticket);
                    self.body(step, &tail)
                }
                Ok(false) => End::Skipped,
                Err(error) => self.end_of(step, error),
            };
            let tail = lock(&tail).lines(TAIL_LINES);
            // The receiver outlives all steps.
            let _received = finished.send(Finished {
                index,
                end,
                time: start.elapsed(),
                tail,
                running,
            });
        };
        if self.options.jobs == 1 {
            work();
            return Ok(());
        }
        thread::Builder::new()
            .stack_size(STEP_STACK_BYTES)
            .spawn_scoped(scope, work)
            .map(drop)
            .map_err(|error| Failure::new(Kind::Fail, format!("cannot start a thread: {error}")))
    }

    /// Calls the step's closure, with retries.
    fn body(&self, step: &Step, tail: &Mutex<Tail>) -> End {
        let times = step.options.retry.map_or(1, |retry| retry.times);
        let mut attempt = 1;
        loop {
            let token = frame().token;
            let error = match self.call(step, &step.body) {
                Ok(value) => {
                    return End::Ok {
                        unchanged: is_unchanged(&value),
                    };
                }
                Err(error) => error,
            };
            let (failure, at) = match self.end_of(step, error) {
                End::Failed(failure, at) => (failure, at),
                end => return end,
            };
            if attempt >= times || token.stop().is_some() {
                return End::Failed(failure, at);
            }
            let pause = step
                .options
                .retry
                .map_or(Duration::ZERO, |retry| retry.pause);
            self.run.reporter.message(
                Level::Warning,
                &format!(
                    "{}: attempt {attempt} of {times} failed: {}; retrying in {}",
                    step.id,
                    failure.message,
                    show_duration(pause)
                ),
            );
            attempt += 1;
            *lock(tail) = Tail::default();
            // If the step is stopped meanwhile, the next attempt stops at once.
            token.sleep(pause);
        }
    }

    /// Calls a closure of the step.
    fn call(&self, step: &Step, closure: &FnPtr) -> Result<Dynamic, Box<EvalAltResult>> {
        let Some(home) = step.home.context_for(closure, self.ctx) else {
            return closure.call_within_context(self.ctx, ());
        };
        closure.call_within_context(&home, ()).map_err(|error| {
            let file = home.call_source().unwrap_or_default().to_owned();
            let at = self.ctx.call_position();
            EvalAltResult::ErrorInFunctionCall("step".to_owned(), file, error, at).into()
        })
    }

    /// Whether the step runs, calling its `when` if that is a closure.
    fn evaluate_when(&self, step: &Step) -> Result<bool, Box<EvalAltResult>> {
        let When::Asked(question) = &step.options.when else {
            return Ok(true);
        };
        let answer = self.call(step, question)?;
        if answer.is::<Unknown>() {
            return Ok(true);
        }
        answer.as_bool().map_err(|_| {
            let message = format!(
                "the `when` of step `{}` returns {answer}, not true or false",
                step.id
            );
            Failure::recipe(message).at(self.ctx.call_position())
        })
    }

    /// How the step ended, given that its closure failed with `error`.
    fn end_of(&self, step: &Step, error: Box<EvalAltResult>) -> End {
        let stop = frame().token.stop();
        if stop == Some(Stop::TimedOut) && self.token.stop().is_none() {
            let limit = step.options.timeout.unwrap_or_default();
            let message = format!("took longer than {}", show_duration(limit));
            let at = Diagnostic::from_rhai(&error, self.ctx.call_source());
            return End::Failed(Failure::new(Kind::Timeout, message), at);
        }
        if stop.is_some() {
            return End::Stopped;
        }
        match classify(error, self.ctx.call_source()) {
            Ok((failure, at)) => End::Failed(failure, at),
            Err(bug) => End::Bug(bug),
        }
    }

    fn finish(
        &self,
        index: usize,
        state: State,
        time: Duration,
        failure: Option<(Failure, Diagnostic)>,
        tail: Vec<String>,
        running: Option<Running>,
    ) {
        let (step, path) = (&self.plan.steps[index], &self.paths[index]);
        self.conclude(index, state, time, running);
        self.run.record(&self.keys[index], state);
        self.run.report(StepReport {
            id: path.clone(),
            title: step.title.clone(),
            state,
            time,
            reason: None,
            output_tail: if failure.is_some() { tail } else { Vec::new() },
            failure,
            allowed: step.options.allow_failure,
        });
    }

    fn failed(&self, failures: usize) -> Box<EvalAltResult> {
        let message = format!("{failures} of {} steps failed", self.plan.steps.len());
        let failure = Failure {
            code: i32::try_from(failures).ok(),
            ..Failure::new(Kind::Steps, message)
        };
        failure.at(self.ctx.call_position())
    }
}

/// A failure with its location, or `Err` with the unchanged error if it is a bug in the recipe.
fn classify(
    error: Box<EvalAltResult>,
    source: Option<&str>,
) -> Result<(Failure, Diagnostic), Box<EvalAltResult>> {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
        return Err(error);
    };
    let failure = Failure::from_thrown(value);
    // Without the lock, no other step could change anything either.
    if matches!(failure.kind, Kind::Recipe | Kind::Locked) {
        return Err(error);
    }
    let at = Diagnostic::from_rhai(&error, source);
    Ok((failure, at))
}

/// True if the step returned a map whose `changed` is false: it had nothing to do.
fn is_unchanged(value: &Dynamic) -> bool {
    value.read_lock::<Map>().and_then(|map| {
        map.get("changed")
            .and_then(|changed| changed.as_bool().ok())
    }) == Some(false)
}

/// The return value of `run_steps`: a map from each step's id to its state.
fn summary(steps: &[Step], states: &[Option<State>]) -> Dynamic {
    let states = steps.iter().zip(states).map(|(step, state)| {
        let word = state.map_or("cancelled", State::word);
        (step.id.as_str().into(), Dynamic::from(word))
    });
    states.collect::<Map>().into()
}
