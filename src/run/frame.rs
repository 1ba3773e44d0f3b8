//! What the current thread is working on: which step, and who may stop it.

use crate::process::{Tail, Token};
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

/// The work a thread is doing.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Stops the work.
    pub token: Arc<Token>,
    /// The step, by its path (`id`, or `recipe:id` in a recipe called by another).
    pub step: Option<Arc<str>>,
    /// The step as the journal knows it: its path, after those of the steps it runs in.
    pub key: Option<Arc<str>>,
    /// Name that a called recipe puts before its steps.
    pub scope: Option<Arc<str>>,
    /// Other steps run at the same time, so each line says whose it is.
    pub side_by_side: bool,
    /// Nothing may be changed, though the run is none that changes nothing.
    pub dry_run: bool,
    /// The last that the step's children printed.
    pub tail: Option<Arc<Mutex<Tail>>>,
}

thread_local! {
    static FRAME: RefCell<Frame> = RefCell::default();
}

/// The current thread's work.
pub fn frame() -> Frame {
    FRAME.with_borrow(Clone::clone)
}

/// True if the current thread was asked to stop. Cheap: it is asked every few operations.
pub fn is_stopped() -> bool {
    FRAME.with_borrow(|frame| frame.token.stop().is_some())
}

/// Makes `frame` the current thread's work until the guard goes.
pub fn enter(frame: Frame) -> Guard {
    Guard(FRAME.with_borrow_mut(|current| std::mem::replace(current, frame)))
}

/// Puts the thread's former work back.
#[derive(Debug)]
pub struct Guard(Frame);

impl Drop for Guard {
    fn drop(&mut self) {
        FRAME.with_borrow_mut(|current| *current = std::mem::take(&mut self.0));
    }
}
