//! What programs print: unharmed, bounded in memory, and what becomes of it when nobody reads.

mod bytes;
mod memory;
mod readers;
