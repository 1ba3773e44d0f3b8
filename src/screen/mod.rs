//! The terminal in front of a person: what is written on it, and a block at its bottom with a line
//! for each step that runs.

mod block;
mod colour;
mod live;
mod room;
mod stream;
mod time;
mod write;

pub use colour::heed_no_color;
pub use live::{
    Away, Running, ask, away, begin, continued, end, leave, left_to_a_child, pass, put, turn,
};
pub use room::attended;
pub use stream::Stream;
pub use time::whole_seconds;
pub use write::{lost_output, write_whole};
