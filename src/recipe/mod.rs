//! Recipes as files: finding, parsing and importing them, and reading their headers.

mod braces;
mod catalog;
mod check_fn;
mod digest;
mod duration;
mod engine;
mod excerpt;
mod header;
mod host_version;
mod imports;
mod name;
mod outline;
mod param;
mod parse_hint;
mod resolver;
mod root;
mod source;
pub(crate) mod syntax;
mod undefined;

pub(crate) use catalog::{Catalog, Entry, Item};
pub(crate) use check_fn::CheckFn;
pub(crate) use digest::{Fingerprints, fingerprints};
pub(crate) use duration::parse_duration;
pub(crate) use engine::{Compiled, compile, new_parser, parse, scope, set_limits};
pub(crate) use excerpt::render;
pub(crate) use header::{Header, read_header};
pub(crate) use host_version::{HOST_VERSION, require_host};
pub(crate) use imports::{Exports, Functions, add_functions, imports};
pub(crate) use name::{Found, RecipeName};
pub(crate) use outline::{Constant, Outline, constant_texts};
pub(crate) use param::{Param, ParamKind, ParamType};
pub(crate) use resolver::Resolver;
pub(crate) use root::find_root;
pub(crate) use source::Source;
pub(crate) use undefined::no_such_variable;
