//! What the current thread is working on: the step, and the token that stops it.

use crate::process::{Tail, Token};
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

/// The context of a thread's current work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// Stops the work.
    pub token: Arc<Token>,
    /// The step, by its path (`id`, or `recipe:id` in a recipe called by another).
    pub step: Option<Arc<str>>,
    /// The step's key in the journal: its path after the keys of the enclosing steps.
    pub key: Option<Arc<str>>,
    /// The name of the called recipe, which prefixes the ids of its steps.
    pub scope: Option<Arc<str>>,
    /// Other steps run in parallel, so each line of output is prefixed with its step.
    pub parallel: bool,
    /// The recipe was called as a dry run, though the run itself is not one.
    pub dry_run: bool,
    /// The last output of the step's children.
    pub tail: Option<Arc<Mutex<Tail>>>,
}

thread_local! {
    static FRAME: RefCell<Frame> = RefCell::default();
}

/// The current thread's frame.
pub(crate) fn frame() -> Frame {
    FRAME.with_borrow(Clone::clone)
}

/// True if the current thread must stop. Cheap, since the engine calls it every few operations.
pub(crate) fn is_stopped() -> bool {
    FRAME.with_borrow(|frame| frame.token.stop().is_some())
}

/// Makes `frame` the current thread's frame until the guard is dropped.
pub(crate) fn enter(frame: Frame) -> Guard {
    Guard(FRAME.with_borrow_mut(|current| std::mem::replace(current, frame)))
}

/// Restores the thread's previous frame when dropped.
#[derive(Debug)]
pub(crate) struct Guard(Frame);

impl Drop for Guard {
    fn drop(&mut self) {
        FRAME.with_borrow_mut(|current| *current = std::mem::take(&mut self.0));
    }
}
