//! What `copilot dev check` finds besides what stops a run, and how it shows what it finds.

mod arguments;
mod formats;
mod names;
