//! The only place that starts programs: groups, streaming, signals, timeouts.

mod command;
mod flood;
mod group;
mod interrupt;
mod line;
mod lookup;
mod pump;
mod spawn;
mod tail;
mod terminal;
mod token;

pub use command::{Command, Stdin, quote};
pub use interrupt::{heard, listen, watch, watch_halts};
pub use line::read_line;
pub use lookup::{is_executable, on_path};
pub use pump::Sink;
pub use spawn::{Exit, Outcome, SpawnError, run};
pub use tail::Tail;
pub use token::{Stop, Token};
