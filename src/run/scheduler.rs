//! Runs a plan: in order or side by side, keeping going or not.

use super::report::TAIL_LINES;
use super::{Frame, Level, Plan, Run, State, Step, StepReport, When, enter, frame, show_duration};
use crate::fault::{Diagnostic, Failure, Kind, Unknown};
use crate::process::{Stop, Tail, Token};
use crate::screen::{self, Running};
use rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What `run_steps` takes besides the plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanOptions {
    /// Run all that can still run after a failure.
    pub keep_going: bool,
    /// How many steps may run side by side.
    pub jobs: usize,
}

/// Rhai needs a few hundred bytes a level in release and many times that in debug builds.
const STACK: usize = 16 * 1024 * 1024;

/// How a step's body ended.
enum End {
    Ok {
        unchanged: bool,
    },
    /// Its `when` gave false.
    Skipped,
    Failed(Failure, Diagnostic),
    Stopped,
    Bug(Box<EvalAltResult>),
}

struct Done {
    index: usize,
    end: End,
    time: Duration,
    tail: Vec<String>,
    /// Its line among those of the steps that run.
    running: Option<Running>,
}

/// Runs `plan` and reports each step. Fails if a step failed that may not, with the error of the
/// recipe bug if a step met one, and with a termination if the run was stopped.
pub fn run_steps(
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
    let done_before = keys.iter().map(|key| run.was_done_before(key)).collect();
    run.open_journal();
    run.announce_plan(&plan, &paths, options.jobs);
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

/// A plan on its way.
pub(super) struct Scheduler<'a> {
    pub(super) run: &'a Run,
    pub(super) ctx: &'a NativeCallContext<'a>,
    pub(super) plan: &'a Plan,
    options: PlanOptions,
    pub(super) token: Arc<Token>,
    pub(super) paths: Vec<String>,
    /// What the journal calls each step.
    pub(super) keys: Vec<String>,
    /// Whether the run that is resumed did it.
    pub(super) done_before: Vec<bool>,
    /// What a step says is folded: GitHub Actions has no groups in groups.
    pub(super) folds: bool,
}

impl Scheduler<'_> {
    fn run(self) -> Result<Dynamic, Box<EvalAltResult>> {
        let count = self.plan.steps.len();
        let mut states: Vec<Option<State>> = vec![None; count];
        let mut started = vec![false; count];
        let mut failures = 0;
        let mut bug = None;
        let (tell, done) = channel();
        thread::scope(|scope| {
            let mut running = 0;
            loop {
                while running < self.options.jobs {
                    let Some(index) = self.next(&mut states, &started) else {
                        break;
                    };
                    started[index] = true;
                    running += 1;
                    self.start(scope, index, &tell)?;
                }
                if running == 0 {
                    break;
                }
                let Ok(Done {
                    index,
                    end,
                    time,
                    tail,
                    running: line,
                }) = done.recv()
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
                        self.settle(index, State::Skipped, self.plan.steps[index].otherwise());
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
        tell: &Sender<Done>,
    ) -> Result<(), Failure> {
        let step = &self.plan.steps[index];
        let deadline = step.options.timeout.map(|timeout| Instant::now() + timeout);
        let tail = Arc::new(Mutex::new(Tail::default()));
        let frame = Frame {
            token: Token::child(&self.token, deadline),
            step: Some(self.paths[index].as_str().into()),
            key: Some(self.keys[index].as_str().into()),
            side_by_side: self.options.jobs > 1 || frame().side_by_side,
            tail: Some(Arc::clone(&tail)),
            ..frame()
        };
        let tell = tell.clone();
        let turn = screen::turn();
        let work = move || {
            let _frame = enter(frame);
            let start = Instant::now();
            let mut running = None;
            let end = match self.ask(step) {
                Ok(true) => {
                    running = self.announce(index, turn);
                    self.body(step, &tail)
                }
                Ok(false) => End::Skipped,
                Err(error) => self.end_of(step, error),
            };
            let tail = tail
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .lines(TAIL_LINES);
            // The receiver outlives every step.
            let _received = tell.send(Done {
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
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map(drop)
            .map_err(|error| Failure::new(Kind::Fail, format!("cannot start a thread: {error}")))
    }

    /// Calls the step's closure, as often as `retry` allows.
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
                    "{}: try {attempt} of {times} failed: {}; again in {}",
                    step.id,
                    failure.message,
                    show_duration(pause)
                ),
            );
            attempt += 1;
            *tail.lock().unwrap_or_else(PoisonError::into_inner) = Tail::default();
            // If it is stopped meanwhile, the next try sees it and stops too.
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

    /// Whether the step runs, if the recipe decides that at its turn.
    fn ask(&self, step: &Step) -> Result<bool, Box<EvalAltResult>> {
        let When::Asked(question) = &step.options.when else {
            return Ok(true);
        };
        let answer = self.call(step, question)?;
        if answer.is::<Unknown>() {
            return Ok(true);
        }
        answer.as_bool().map_err(|_| {
            let message = format!(
                "the `when` of step `{}` gives {answer}, not true or false",
                step.id
            );
            Failure::recipe(message).at(self.ctx.call_position())
        })
    }

    /// What it means for the step that its closure gave `error`.
    fn end_of(&self, step: &Step, error: Box<EvalAltResult>) -> End {
        let stop = frame().token.stop();
        if stop == Some(Stop::TimedOut) && self.token.stop().is_none() {
            let limit = step.options.timeout.unwrap_or_default();
            let message = format!("took longer than {}", show_duration(limit));
            let at = Diagnostic::of(&error, self.ctx.call_source());
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
        self.run.note(&self.keys[index], state);
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

/// Splits what a recipe can fail with: a failure with its place, or the bug as it came.
fn classify(
    error: Box<EvalAltResult>,
    source: Option<&str>,
) -> Result<(Failure, Diagnostic), Box<EvalAltResult>> {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else {
        return Err(error);
    };
    let failure = Failure::from_thrown(value);
    if failure.kind == Kind::Recipe {
        return Err(error);
    }
    let at = Diagnostic::of(&error, source);
    Ok((failure, at))
}

/// A step says that it found nothing to do with a map whose `changed` is false.
fn is_unchanged(value: &Dynamic) -> bool {
    value.read_lock::<Map>().and_then(|map| {
        map.get("changed")
            .and_then(|changed| changed.as_bool().ok())
    }) == Some(false)
}

/// What `run_steps` returns: the state of each step by its id.
fn summary(steps: &[Step], states: &[Option<State>]) -> Dynamic {
    let states = steps.iter().zip(states).map(|(step, state)| {
        let word = state.map_or("cancelled", State::word);
        (step.id.as_str().into(), Dynamic::from(word))
    });
    states.collect::<Map>().into()
}
