//! `defer`: closures that run at the end of the run, even if it fails or is interrupted.

use super::deferred::Deferred;
use super::{Frame, Home, Level, Run, enter, frame};
use crate::fault::{Diagnostic, lock};
use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};
use std::sync::Arc;

impl Run {
    /// Stores `body` for the end of the run.
    pub(crate) fn defer(&self, ctx: &NativeCallContext<'_>, body: FnPtr) {
        lock(&self.deferred).push(Deferred {
            body,
            home: Home::from_call(ctx),
            dry_run: frame().dry_run,
        });
    }

    /// Runs the deferred closures, last in first out, with a token of their own since the run may
    /// have been interrupted. A failure is only a warning.
    pub(crate) fn run_deferred(&self, engine: &Engine) {
        let token = Arc::new(self.token.detached());
        loop {
            let next = lock(&self.deferred).pop();
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
                let diagnostic = Diagnostic::from_rhai(&error, ctx.call_source());
                let place = diagnostic.places().first().cloned().unwrap_or_default();
                self.reporter.message(
                    Level::Warning,
                    &format!("cleanup failed: {} (at {place})", diagnostic.message),
                );
            }
        }
    }
}
