//! What a recipe is: where it lies, what it says of itself, how it is compiled and checked.

mod catalog;
mod check;
mod diagnostic;
mod engine;
mod excerpt;
mod explain;
mod flow;
mod header;
mod imports;
mod name;
mod nearest;
mod outline;
mod param;
mod resolver;
mod root;
mod rules;
mod source;
mod step_ids;
mod step_names;

pub use catalog::{Catalog, Entry, Item};
pub use check::check;
pub use diagnostic::{Diagnostic, Place};
pub use engine::{Compiled, bare_engine, compile, new_engine, problems};
pub use excerpt::render;
pub use explain::explain;
pub use flow::{Flow, FlowCall, Item as FlowItem, flow};
pub use header::{Header, read_header};
pub use name::{Found, RecipeName};
pub use nearest::nearest;
pub use outline::{Constant, Outline};
pub use param::{Param, ParamKind, ParamType};
pub use resolver::Resolver;
pub use root::find_root;
pub use source::Source;
pub use step_ids::{StepIds, step_ids};
pub use step_names::step_names;
