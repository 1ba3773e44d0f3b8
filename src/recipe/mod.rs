//! Recipes as files: finding, parsing and importing them, and reading their headers.

mod braces;
mod catalog;
mod check_fn;
mod duration;
mod engine;
mod excerpt;
mod header;
mod imports;
mod name;
mod outline;
mod param;
mod parse_hint;
mod resolver;
mod root;
mod source;
pub mod syntax;
mod undefined;

pub use catalog::{Catalog, Entry, Item};
pub use check_fn::CheckFn;
pub use duration::parse_duration;
pub use engine::{Compiled, compile, new_parser, parse, scope, set_limits};
pub use excerpt::render;
pub use header::{Header, read_header};
pub use imports::{Exports, Functions, add_functions, imports};
pub use name::{Found, RecipeName};
pub use outline::{Constant, Outline, constant_texts};
pub use param::{Param, ParamKind, ParamType};
pub use resolver::Resolver;
pub use root::find_root;
pub use source::Source;
pub use undefined::no_such_variable;
