//! `step`, `run_steps`, `defer`, `retry`, `sleep`, `known`: plans and time.

use super::api::{Api, Call, Thrown};
use super::args::duration;
use super::options::Opts;
use super::spec::{Argument, Meaning, Opt, Primitive, Shape, Type};
use super::value::show;
use crate::fault::{Failure, Kind, Unknown};
use crate::run;
use crate::run::{
    Home, Level, Plan, PlanOptions, Retry, Step, StepOptions, When, frame, show_duration,
};
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, NativeCallContext};
use std::time::Duration;

/// The pause between two attempts, unless the recipe says otherwise.
const DEFAULT_RETRY_PAUSE: Duration = Duration::from_secs(1);

const ID: Argument = Argument::new("id", Type::Text, Meaning::StepId);
const STEP_TITLE: Argument = Argument::plain("title", Type::Text);
const PLAN: Argument = Argument::plain("plan", Type::Array);
const BODY: Argument = Argument::plain("body", Type::Closure);

pub(super) const STEP: Primitive = Primitive {
    name: "step",
    forms: &[
        &[ID, STEP_TITLE, BODY],
        &[ID, STEP_TITLE, Argument::OPTIONS, BODY],
    ],
    returns: Type::Step,
    docs: "A step for `run_steps`: an id, a title, and the closure that does the work. It runs nothing\n\
        by itself.\n\
        \n\
        If the closure returns a map with `changed: false`, the step ends as `unchanged`.",
    options: &[&[
        Opt::new(
            "after",
            Shape::Words,
            "ids of the steps that must end first.",
        ),
        Opt::new(
            "when",
            Shape::Own {
                check: |value| when(value.clone()).map(drop),
                keys: &[],
            },
            "whether it runs: a bool, or a closure that is called when its turn comes.",
        ),
        Opt::new(
            "otherwise",
            Shape::Text,
            "the reason shown if it does not run.",
        ),
        Opt::new(
            "timeout",
            Shape::Time,
            "the longest time it may take, such as \"2m\".",
        ),
        Opt::new(
            "retry",
            Shape::Own {
                check: |value| retry_option(value).map(drop),
                keys: RETRY_OPTIONS,
            },
            "how many attempts it has in all, or `#{ times, pause }`.",
        ),
        Opt::new(
            "allow_failure",
            Shape::Flag,
            "true if a failure is shown but does not fail the run.",
        ),
    ]],
    ..Primitive::BASE
};

/// The keys of the map that the option `retry` takes.
const RETRY_OPTIONS: &[Opt] = &[
    Opt::new("times", Shape::Count, "the attempts in all."),
    Opt::new("pause", Shape::Time, "the time between two attempts."),
];

pub(super) const RUN_STEPS: Primitive = Primitive {
    name: "run_steps",
    forms: &[&[PLAN], &[PLAN, Argument::OPTIONS]],
    returns: Type::Map,
    docs: "Runs a plan, an array of steps. Returns the state of each step by its id; throws if a step\n\
        fails, unless it is allowed to.",
    options: &[&[
        Opt::new(
            "keep_going",
            Shape::Flag,
            "true to go on after a failure with all steps that do not depend on it.",
        ),
        Opt::new(
            "jobs",
            Shape::Count,
            "how many steps run in parallel; `--jobs` overrides it.",
        ),
    ]],
    ..Primitive::BASE
};

pub(super) const DEFER: Primitive = Primitive {
    name: "defer",
    forms: &[&[BODY]],
    docs: "Runs the closure when the run ends, whether it succeeds, fails or is interrupted. The closure\n\
        deferred last runs first. A failure in one is shown as a warning and changes nothing else.",
    ..Primitive::BASE
};

pub(super) const RETRY: Primitive = Primitive {
    name: "retry",
    forms: &[&[
        Argument::plain("times", Type::Int),
        Argument::new("pause", Type::Text, Meaning::Time),
        BODY,
    ]],
    returns: Type::Any,
    docs: "Calls the closure until it succeeds, at most `times` times, with a pause between attempts.\n\
        Returns its result; throws the error of the last attempt.",
    ..Primitive::BASE
};

pub(super) const SLEEP: Primitive = Primitive {
    name: "sleep",
    forms: &[
        &[Argument::new("time", Type::Int, Meaning::Time)],
        &[Argument::new("time", Type::Float, Meaning::Time)],
        &[Argument::new("time", Type::Text, Meaning::Time)],
    ],
    docs: "Waits for a time: seconds, or text such as \"2s\". A dry run does not wait.",
    ..Primitive::BASE
};

pub(super) const KNOWN: Primitive = Primitive {
    name: "known",
    forms: &[&[Argument::plain("value", Type::Any)]],
    returns: Type::Bool,
    docs: "False for a value that a dry run cannot know, because it skipped the command that makes it.\n\
        Such a value can be shown and passed on, but not compared.",
    ..Primitive::BASE
};

fn step(
    call: Call<'_>,
    ctx: &NativeCallContext<'_>,
    id: &str,
    title: &str,
    opts: Map,
    body: FnPtr,
) -> Thrown<Step> {
    call.check(check_id(id))?;
    let options = call.check(step_options(opts))?;
    Ok(Step {
        id: id.to_owned(),
        title: title.to_owned(),
        options,
        body,
        home: Home::from_call(ctx),
    })
}

/// Users type ids after `--only`, and the ids of a recipe that another calls are prefixed with its name
/// and `:`.
pub(crate) fn check_id(id: &str) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.chars().all(allowed) {
        return Ok(());
    }
    let hint = "an id consists of letters, digits, `-`, `_`, `.` and `/`, and starts with a letter or digit";
    Err(Failure::recipe(format!("{id:?} cannot be the id of a step")).with_hint(hint))
}

fn step_options(map: Map) -> Result<StepOptions, Failure> {
    let mut opts = Opts::new(&STEP, map);
    let options = StepOptions {
        after: opts.word_list("after")?,
        when: opts.take("when").map_or(Ok(When::Always), when)?,
        otherwise: opts.text("otherwise")?,
        timeout: opts.duration("timeout")?,
        retry: opts
            .take("retry")
            .map(|value| retry_option(&value))
            .transpose()?,
        allow_failure: opts.flag("allow_failure")?,
    };
    opts.end()?;
    Ok(options)
}

fn when(value: Dynamic) -> Result<When, Failure> {
    if let Ok(runs) = value.as_bool() {
        return Ok(When::Decided(runs));
    }
    if value.is::<Unknown>() {
        return Ok(When::Always);
    }
    let shown = show(&value);
    value.try_cast::<FnPtr>().map(When::Asked).ok_or_else(|| {
        Failure::recipe(format!(
            "`step`: `when` is {shown}, not a bool or a closure that returns one"
        ))
    })
}

/// `retry: 3`, or `retry: #{ times: 3, pause: "5s" }`.
fn retry_option(value: &Dynamic) -> Result<Retry, Failure> {
    let mut map = value
        .read_lock::<Map>()
        .map(|map| map.clone())
        .unwrap_or_default();
    if !value.is_map() {
        map.insert("times".into(), value.clone());
    }
    let known = [RETRY_OPTIONS];
    let mut opts = Opts::with("step.retry", &known, map);
    let times = opts.count("times")?.unwrap_or(1);
    let pause = opts.duration("pause")?.unwrap_or(DEFAULT_RETRY_PAUSE);
    opts.end()?;
    Ok(Retry {
        times: u32::try_from(times).unwrap_or(u32::MAX),
        pause,
    })
}

fn run_steps(
    call: Call<'_>,
    ctx: &NativeCallContext<'_>,
    steps: Array,
    opts: Map,
) -> Thrown<Dynamic> {
    let mut opts = Opts::new(&RUN_STEPS, opts);
    let options = (|| {
        let jobs = opts
            .count("jobs")?
            .and_then(|jobs| usize::try_from(jobs).ok());
        let keep_going = opts.flag("keep_going")?;
        opts.end()?;
        Ok(PlanOptions {
            keep_going,
            jobs: call.run.options.jobs.or(jobs).unwrap_or(1),
        })
    })();
    let options = call.check(options)?;
    let steps = steps.into_iter().enumerate().map(|(index, value)| {
        let shown = show(&value);
        value.try_cast::<Step>().ok_or_else(|| {
            Failure::recipe(format!(
                "entry {index} of the plan is {shown}, not made by `step`"
            ))
        })
    });
    let plan = call.check(steps.collect::<Result<Vec<_>, _>>().and_then(Plan::new))?;
    run::run_steps(call.run, ctx, &plan, options)
}

fn retry(
    call: Call<'_>,
    ctx: &NativeCallContext<'_>,
    times: i64,
    pause: &Dynamic,
    body: &FnPtr,
) -> Thrown<Dynamic> {
    let pause = call.check(duration("the pause of `retry`", pause))?;
    if times < 1 {
        return call.throw(Failure::recipe("`retry` needs at least one try"));
    }
    let mut attempt = 1;
    loop {
        let error = match body.call_within_context::<Dynamic>(ctx, ()) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let failure = match error.unwrap_inner() {
            rhai::EvalAltResult::ErrorRuntime(value, _) => Failure::from_thrown(value),
            _ => return Err(error),
        };
        if matches!(failure.kind, Kind::Recipe | Kind::Locked) || attempt >= times {
            return Err(error);
        }
        let message = &failure.message;
        let again = show_duration(pause);
        call.run.reporter.message(
            Level::Warning,
            &format!("attempt {attempt} of {times} failed: {message}; retrying in {again}"),
        );
        attempt += 1;
        if !frame().token.sleep(pause) {
            return call.stopped();
        }
    }
}

/// Replaces Rhai's own, which Ctrl-C would not interrupt.
fn sleep(call: Call<'_>, time: &Dynamic) -> Thrown<()> {
    let time = call.check(duration("the time to sleep", time))?;
    if call.dry() || frame().token.sleep(time) {
        return Ok(());
    }
    call.stopped()
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    let (engine, _) = api.engine();
    engine.register_type_with_name::<Step>("Step");
    api.add(&STEP, |run| {
        move |ctx: NativeCallContext<'_>,
              id: ImmutableString,
              title: ImmutableString,
              body: FnPtr| {
            step(Call::new(&run, &ctx), &ctx, &id, &title, Map::new(), body)
        }
    });
    api.add(&STEP, |run| {
        move |ctx: NativeCallContext<'_>,
              id: ImmutableString,
              title: ImmutableString,
              opts: Map,
              body: FnPtr| { step(Call::new(&run, &ctx), &ctx, &id, &title, opts, body) }
    });
    api.add(&RUN_STEPS, |run| {
        move |ctx: NativeCallContext<'_>, plan: Array| {
            run_steps(Call::new(&run, &ctx), &ctx, plan, Map::new())
        }
    });
    api.add(&RUN_STEPS, |run| {
        move |ctx: NativeCallContext<'_>, plan: Array, opts: Map| {
            run_steps(Call::new(&run, &ctx), &ctx, plan, opts)
        }
    });
    api.add(&DEFER, |run| {
        move |ctx: NativeCallContext<'_>, body: FnPtr| run.defer(&ctx, body)
    });
    api.add(&RETRY, |run| {
        move |ctx: NativeCallContext<'_>, times: i64, pause: Dynamic, body: FnPtr| {
            retry(Call::new(&run, &ctx), &ctx, times, &pause, &body)
        }
    });
    api.add(&SLEEP, |run| {
        move |ctx: NativeCallContext<'_>, time: i64| sleep(Call::new(&run, &ctx), &time.into())
    });
    api.add(&SLEEP, |run| {
        move |ctx: NativeCallContext<'_>, time: f64| sleep(Call::new(&run, &ctx), &time.into())
    });
    api.add(&SLEEP, |run| {
        move |ctx: NativeCallContext<'_>, time: ImmutableString| {
            sleep(Call::new(&run, &ctx), &time.into())
        }
    });
    api.add(&KNOWN, |_run| |value: Dynamic| !value.is::<Unknown>());
}
