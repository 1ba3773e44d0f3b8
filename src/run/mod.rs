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

pub use context::{Options, PlannedEnv, Run};
pub use events::{Event, Format, Level, PlannedStep, VERSION};
pub use exclusive::{Exclusive, Held};
pub use frame::{Frame, enter, frame, is_stopped};
pub use github::{END_GROUP, annotation, group, in_actions};
pub use hide::hide_tokens;
pub use home::Home;
pub use output::{Capture, Route};
pub use outside::Outside;
pub use plan::{Plan, Retry, Step, StepOptions, When, no_such_step};
pub use recorder::{Answer, Call, End, Recorder, matches};
pub use report::{State, StepReport, render as render_report};
pub use reporter::Reporter;
pub use scheduler::{PlanOptions, run_steps};
pub use time::show_duration;
