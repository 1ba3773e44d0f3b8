//! `step`, `run_steps`, `defer`, `retry`, `sleep`.

use super::api::{Api, Call, Thrown};
use super::args::{Opts, duration};
use super::value::show;
use crate::fault::{Failure, Kind, Unknown};
use crate::run;
use crate::run::{
    Home, Level, Plan, PlanOptions, Retry, Step, StepOptions, When, frame, show_duration,
};
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, NativeCallContext};
use std::sync::Arc;

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

/// An id is typed after `--only`, and a recipe that is called puts its name and `:` before it.
pub fn check_id(id: &str) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.chars().all(allowed) {
        return Ok(());
    }
    let hint = "an id is letters, digits, `-`, `_`, `.` and `/`, and starts with a letter or digit";
    Err(Failure::recipe(format!("{id:?} cannot be the id of a step")).with_hint(hint))
}

fn step_options(map: Map) -> Result<StepOptions, Failure> {
    let mut opts = Opts::new("step", map);
    let options = StepOptions {
        after: opts.words("after")?,
        when: when(&mut opts)?,
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

pub(super) fn when(opts: &mut Opts<'_>) -> Result<When, Failure> {
    let Some(value) = opts.take("when") else {
        return Ok(When::Always);
    };
    if let Ok(runs) = value.as_bool() {
        return Ok(When::Decided(runs));
    }
    if value.is::<Unknown>() {
        return Ok(When::Always);
    }
    let shown = show(&value);
    value.try_cast::<FnPtr>().map(When::Asked).ok_or_else(|| {
        Failure::recipe(format!(
            "`step`: `when` is {shown}, not a bool or a closure that gives one"
        ))
    })
}

/// `retry: 3`, or `retry: #{ times: 3, pause: "5s" }`.
pub(super) fn retry_option(value: &Dynamic) -> Result<Retry, Failure> {
    let mut map = value
        .read_lock::<Map>()
        .map(|map| map.clone())
        .unwrap_or_default();
    if !value.is_map() {
        map.insert("times".into(), value.clone());
    }
    let mut opts = Opts::new("step.retry", map);
    let times = opts.count("times")?.unwrap_or(1);
    let pause = opts.duration("pause")?.unwrap_or(PAUSE);
    opts.end()?;
    Ok(Retry {
        times: u32::try_from(times).unwrap_or(u32::MAX),
        pause,
    })
}

/// Between tries, where the recipe does not say.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

fn run_steps(
    call: Call<'_>,
    ctx: &NativeCallContext<'_>,
    steps: Array,
    opts: Map,
) -> Thrown<Dynamic> {
    let mut opts = Opts::new("run_steps", opts);
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
        return call.throw(Failure::recipe("`retry` tries at least once"));
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
        if failure.kind == Kind::Recipe || attempt >= times {
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

/// Rhai's own would not hear Ctrl-C.
fn sleep(call: Call<'_>, time: &Dynamic) -> Thrown<()> {
    let time = call.check(duration("the time to sleep", time))?;
    if call.dry() || frame().token.sleep(time) {
        return Ok(());
    }
    call.stopped()
}

/// Registers the family.
pub fn register(api: &mut Api<'_>) {
    const STEP: &str = "/// A step for `run_steps`: an id, a title, what it does. It runs nothing by itself.\n\
        ///\n\
        /// A body that gives a map with `changed: false` ends the step as `unchanged`.\n\
        ///\n\
        /// Options:\n\
        /// - `after: array`: ids of the steps it comes after.\n\
        /// - `when: any`: whether it runs: a bool, or a closure asked when its turn comes.\n\
        /// - `otherwise: string`: the reason shown if it does not.\n\
        /// - `timeout: string`: the longest it may take, as \"2m\".\n\
        /// - `retry: any`: how often it is tried in all, or `#{ times, pause }`.\n\
        /// - `allow_failure: bool`: true if a failure is shown and does not count.";
    const RUN_STEPS: &str = "/// Runs a plan, an array of steps. Returns the state of each step by its id; throws if one\n\
        /// failed that may not.\n\
        ///\n\
        /// Options:\n\
        /// - `keep_going: bool`: true to run all that still can after a failure.\n\
        /// - `jobs: int`: how many steps run side by side; `--jobs` overrides it.";
    api.engine().register_type_with_name::<Step>("Step");
    let run = Arc::clone(&api.run);
    api.add(
        "step",
        &["id: string", "title: string", "body: closure", "Step"],
        STEP,
        move |ctx: NativeCallContext<'_>,
              id: ImmutableString,
              title: ImmutableString,
              body: FnPtr| {
            step(Call::new(&run, &ctx), &ctx, &id, &title, Map::new(), body)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "step",
        &[
            "id: string",
            "title: string",
            "opts: map",
            "body: closure",
            "Step",
        ],
        STEP,
        move |ctx: NativeCallContext<'_>,
              id: ImmutableString,
              title: ImmutableString,
              opts: Map,
              body: FnPtr| { step(Call::new(&run, &ctx), &ctx, &id, &title, opts, body) },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "run_steps",
        &["plan: array", "map"],
        RUN_STEPS,
        move |ctx: NativeCallContext<'_>, plan: Array| {
            run_steps(Call::new(&run, &ctx), &ctx, plan, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "run_steps",
        &["plan: array", "opts: map", "map"],
        RUN_STEPS,
        move |ctx: NativeCallContext<'_>, plan: Array, opts: Map| {
            run_steps(Call::new(&run, &ctx), &ctx, plan, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "defer",
        &["body: closure", "()"],
        "/// Runs the closure when the run ends: at success, failure or Ctrl-C, last in first out.\n\
         /// A failure in it is said and changes nothing else.",
        move |ctx: NativeCallContext<'_>, body: FnPtr| run.defer(&ctx, body),
    );
    let run = Arc::clone(&api.run);
    api.add(
        "retry",
        &["times: int", "pause: string", "body: closure", "any"],
        "/// Calls the closure until it does not fail, `times` at the most, with a pause between.\n\
         /// Returns what it returns; throws what the last try threw.",
        move |ctx: NativeCallContext<'_>, times: i64, pause: Dynamic, body: FnPtr| {
            retry(Call::new(&run, &ctx), &ctx, times, &pause, &body)
        },
    );
    let sleeps = |api: &mut Api<'_>, ty: &str| {
        let docs = "/// Waits for a time: seconds, or text as \"2s\". A dry run does not.";
        (docs.to_owned(), format!("time: {ty}"), Arc::clone(&api.run))
    };
    let (docs, param, run) = sleeps(api, "int");
    api.add(
        "sleep",
        &[&param, "()"],
        &docs,
        move |ctx: NativeCallContext<'_>, time: i64| sleep(Call::new(&run, &ctx), &time.into()),
    );
    let (docs, param, run) = sleeps(api, "float");
    api.add(
        "sleep",
        &[&param, "()"],
        &docs,
        move |ctx: NativeCallContext<'_>, time: f64| sleep(Call::new(&run, &ctx), &time.into()),
    );
    let (docs, param, run) = sleeps(api, "string");
    api.add(
        "sleep",
        &[&param, "()"],
        &docs,
        move |ctx: NativeCallContext<'_>, time: ImmutableString| {
            sleep(Call::new(&run, &ctx), &time.into())
        },
    );
    api.add(
        "known",
        &["value: any", "bool"],
        "/// False for what a dry run cannot know because it skipped the command that makes it.\n\
         /// Such a value can be shown and passed on, not compared.",
        |value: Dynamic| !value.is::<Unknown>(),
    );
}
