//! The only module that starts programs: process groups, streaming, signals, timeouts.

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
pub use interrupt::{listen, poll_signals, watch, watch_suspend};
pub use line::read_line;
pub use lookup::{is_executable, on_path};
pub use pump::Sink;
pub use spawn::{Exit, Outcome, SpawnError, run};
pub use tail::Tail;
pub use token::{Stop, Token};
