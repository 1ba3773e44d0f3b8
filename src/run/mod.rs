//! Running a recipe: plan and steps, journal, events, cancellation, report.

mod context;
mod defer;
mod deferred;
mod events;
mod exclusive;
mod frame;
mod github;
mod headings;
mod hide;
mod home;
mod journal;
mod output;
mod outside;
mod plan;
mod recorder;
mod report;
mod reporter;
mod scheduler;
mod time;
mod turns;

pub(crate) use context::{Options, PlannedEnv, Run};
pub(crate) use events::{EVENT_FORMAT_VERSION, Event, Format, Level, PlannedStep};
pub(crate) use exclusive::{Exclusive, Held};
pub(crate) use frame::{Frame, enter, frame, is_stopped};
pub(crate) use github::{END_GROUP, annotation, group, in_actions};
pub(crate) use hide::hide_tokens;
pub(crate) use home::Home;
pub(crate) use output::{Capture, Route};
pub(crate) use outside::Outside;
pub(crate) use plan::{Plan, Retry, Step, StepOptions, When, no_such_step};
pub(crate) use recorder::{Answer, Call, End, Recorder, matches};
pub(crate) use report::{State, StepReport, render as render_report};
pub(crate) use reporter::Reporter;
pub(crate) use scheduler::{PlanOptions, run_steps};
pub(crate) use time::show_duration;
