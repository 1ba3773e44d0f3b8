//! Closures that run when the run ends, however it ends.

use super::deferred::Deferred;
use super::{Frame, Home, Level, Run, enter, frame};
use crate::fault::Diagnostic;
use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};
use std::sync::{Arc, PoisonError};

impl Run {
    /// Keeps `body` for the end of the run.
    pub fn defer(&self, ctx: &NativeCallContext<'_>, body: FnPtr) {
        self.deferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Deferred {
                body,
                home: Home::of(ctx),
                dry_run: frame().dry_run,
            });
    }

    /// Runs what was deferred, last in first out. The run may have been interrupted: these get a
    /// token of their own. A failure is said and changes nothing else.
    pub fn run_deferred(&self, engine: &Engine) {
        let token = Arc::new(self.token.afresh());
        loop {
            let next = self
                .deferred
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            let Some(Deferred {
                body,
                home,
                dry_run,
            }) = next
            else {
                return;
            };
            let _frame = enter(Frame {
                token: Arc::clone(&token),
                dry_run,
                ..Frame::default()
            });
            let ctx = home.context(engine);
            if let Err(error) = body.call_within_context::<Dynamic>(&ctx, ()) {
                let diagnostic = Diagnostic::of(&error, ctx.call_source());
                let place = diagnostic.places().first().cloned().unwrap_or_default();
                self.reporter.message(
                    Level::Warning,
                    &format!("cleaning up failed: {} (at {place})", diagnostic.message),
                );
            }
        }
    }
}
