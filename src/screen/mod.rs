//! The terminal: what is written on it, and the block at its bottom with a line for each running
//! step.

mod block;
mod colour;
mod contents;
mod control;
mod live;
mod room;
mod secrets;
mod stream;
mod time;
mod write;

pub(crate) use colour::heed_no_color;
pub(crate) use control::{Filter, printable};
pub(crate) use live::{
    Running, Suspended, ask, begin, continued, end, next_ticket, pass, put, remove_block, suspend,
    suspend_for_child,
};
pub(crate) use room::attended;
pub(crate) use secrets::{MIN_SECRET_BYTES, MaskedStream, has_secrets, mask_from_now_on, masked};
pub(crate) use stream::Stream;
pub(crate) use time::whole_seconds;
pub(crate) use write::{check_reader, lost_output, on_broken_pipe, write_whole};
