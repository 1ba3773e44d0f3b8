//! What is said of a step as it begins and as it ends.

use super::scheduler::Scheduler;
use super::{END_GROUP, Event, State, frame, group, show_duration};
use crate::screen::Running;
use console::style;
use std::time::Duration;

impl Scheduler<'_> {
    /// Says that a step begins. On a terminal it has a line in the live block, at its `turn`, until
    /// what is returned goes.
    pub(super) fn announce(&self, index: usize, turn: u64) -> Option<Running> {
        let (step, path) = (&self.plan.steps[index], &self.paths[index]);
        self.run.reporter.event(&Event::StepStarted {
            step: path,
            title: &step.title,
        });
        let running = self.run.reporter.running(turn, path, &step.title);
        // Where lines say whose they are, its line in the block is heading enough.
        let headed = frame().side_by_side && running.as_ref().is_some_and(|line| line.shown);
        let line = format!("-- {path}: {}", step.title);
        if self.folds {
            self.run.reporter.text(&group(&line));
        } else if !self.run.reporter.quiet() && !headed {
            self.run
                .reporter
                .text(&style(line).for_stderr().bold().to_string());
        }
        running
    }

    /// Says how a step has ended, in place of its line in the live block.
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
            // Its heading may be far above, or have been its line in the block.
            let title = running.as_ref().map(|_| format!(": {}", step.title));
            let title = title.unwrap_or_default();
            let line = format!("-- {path}{title}: {word} ({})", show_duration(time));
            drop(running);
            self.run.reporter.text(&line);
        }
    }
}
