//! The only module that starts programs: process groups, streaming, signals, timeouts.

mod child_terminal;
mod command;
mod flood;
mod group;
mod ignored;
mod interrupt;
mod line;
mod lookup;
mod mark;
mod memory;
mod pump;
mod spawn;
mod strays;
mod table;
mod tail;
mod terminal;
mod token;
mod tty;
mod watchdog;

pub(crate) use command::{Command, Stdin, quote};
pub(crate) use interrupt::{listen, poll_signals, watch};
pub(crate) use line::read_line;
pub(crate) use lookup::{is_executable, on_path};
pub(crate) use mark::{is_below, run_id};
pub(crate) use memory::{MAX_MEMORY_BYTES, is_over, measure, watch_memory};
pub(crate) use pump::Sink;
pub(crate) use spawn::{Exit, Outcome, SpawnError, run};
pub(crate) use strays::{clear_run, left_of};
pub(crate) use tail::Tail;
pub(crate) use token::{Stop, Token};
pub(crate) use watchdog::{dismiss_watchdog, hold_file, release_file, run_if_asked};
