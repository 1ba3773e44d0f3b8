//! Ports on this machine, one for each that asks.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// A port that nobody has and that no other caller gets. Below those that the system hands out by
/// itself, or one could be gone before it is used.
pub(crate) fn free_port() -> u16 {
    static NEXT_OFFSET: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT_OFFSET.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (std::process::id() * 64 + number) % 12_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
