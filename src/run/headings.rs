//! The lines printed when a step begins and when it ends.

use super::scheduler::Scheduler;
use super::{END_GROUP, Event, State, frame, group, show_duration};
use crate::screen::Running;
use console::style;
use std::time::Duration;

impl Scheduler<'_> {
    /// Announces that a step begins. On a terminal it also gets a line in the live block, in the
    /// order of `ticket`, until the returned guard is dropped.
    pub(super) fn announce(&self, index: usize, ticket: u64) -> Option<Running> {
        let (step, path) = (&self.plan.steps[index], &self.paths[index]);
        self.run.reporter.event(&Event::StepStarted {
            step: path,
            title: &step.title,
        });
        let running = self.run.reporter.running(ticket, path, &step.title);
        // Where each line has its step's prefix, the line in the block is enough.
        let in_block = frame().parallel && running.as_ref().is_some_and(|line| line.shown);
        let line = format!("-- {path}: {}", step.title);
        if self.folds {
            self.run.reporter.text(&group(&line));
        } else if !self.run.reporter.quiet() && !in_block {
            self.run
                .reporter
                .text(&style(line).for_stderr().bold().to_string());
        }
        running
    }

    /// Prints how a step ended, and removes its line from the live block.
    pub(super) fn conclude(
        &self,
        index: usize,
        state: State,
        time: Duration,
        running: Option<Running>,
    ) {
        let (step, path) = (&self.plan.steps[index], &self.paths[index]);
        if self.folds {
            self.run.reporter.text(END_GROUP);
        }
        if !self.run.reporter.quiet() {
            let word = state.styled(0);
            // Repeat the title: the heading may be far above, or was only a line in the block.
            let title = running.as_ref().map(|_| format!(": {}", step.title));
            let title = title.unwrap_or_default();
            let line = format!("-- {path}{title}: {word} ({})", show_duration(time));
            drop(running);
            self.run.reporter.text(&line);
        }
    }
}
