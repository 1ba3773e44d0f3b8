//! What a run records for a later `--resume`, and what it takes from the last run.

use super::journal::{Journal, Journaling};
use super::{Level, Run, State, frame};
use crate::fault::lock;
use crate::recipe::{Fingerprints, fingerprints};

impl Run {
    /// Counts one more occurrence of a step. True if the last run completed it and `--resume`,
    /// `--only` or `--skip` is given; the new journal must then still record it as done.
    pub(super) fn was_done_before(&self, key: &str) -> bool {
        if frame().dry_run {
            // A dry run writes no journal.
            return false;
        }
        let mut occurrences = lock(&self.occurrences);
        let count = occurrences.entry(key.to_owned()).or_default();
        *count += 1;
        let occurrence = *count - 1;
        drop(occurrences);
        self.succeeded_before(key, occurrence) && self.edited_file().is_none()
    }

    fn succeeded_before(&self, key: &str, occurrence: usize) -> bool {
        let earlier = self.earlier.as_ref();
        earlier.is_some_and(|earlier| earlier.step_succeeded(key, occurrence))
    }

    /// The recipe that runs now: the one that was started, or one that it calls.
    fn current_recipe(&self) -> String {
        let scope = frame().scope;
        let called = scope.as_deref().and_then(|scope| scope.rsplit(':').next());
        called.unwrap_or(&self.recipe).to_owned()
    }

    /// The files that `recipe` consists of when its first step comes up.
    fn files_of(&self, recipe: &str) -> Fingerprints {
        let read = || fingerprints(&self.root, &format!("recipes/{recipe}.rhai"));
        let mut files = lock(&self.files);
        files.entry(recipe.to_owned()).or_insert_with(read).clone()
    }

    /// A file of the current recipe that was edited since the last run.
    fn edited_file(&self) -> Option<String> {
        let earlier = self.earlier.as_ref()?;
        let recipe = self.current_recipe();
        let now = self.files_of(&recipe);
        earlier.edited_file(&recipe, &now).map(str::to_owned)
    }

    /// Says why steps that succeeded in the last run, by their `keys`, run again.
    pub(super) fn explain_repeated(&self, keys: &[String]) {
        let occurrence = |key: &str| lock(&self.occurrences).get(key).copied().unwrap_or(0);
        let again = keys
            .iter()
            .any(|key| self.succeeded_before(key, occurrence(key)));
        if self.options.resume
            && !frame().dry_run
            && again
            && let Some(file) = self.edited_file()
        {
            let text =
                format!("{file} was edited since the last run: the steps that use it run again");
            self.reporter.message(Level::Info, &text);
        }
    }

    /// Whether the last run completed the next occurrence of the step; does not count it.
    pub(super) fn will_count_as_done(&self, key: &str) -> bool {
        let occurrence = lock(&self.occurrences).get(key).copied().unwrap_or(0);
        !frame().dry_run && self.succeeded_before(key, occurrence) && self.edited_file().is_none()
    }

    /// Creates the journal before the first step, so that even a run killed during that step counts
    /// as the last run. If the journal cannot be written, the run warns once and continues.
    pub(super) fn open_journal(&self) {
        if self.options.dry_run || frame().dry_run {
            return;
        }
        let mut journal = lock(&self.journal);
        if let Journaling::NotYet = *journal {
            let earlier = self.earlier.as_ref();
            *journal = match Journal::create(&self.root, &self.recipe, self.params.hash(), earlier)
            {
                Ok(created) => Journaling::Open(created),
                Err(error) => self.without_journal(&error),
            };
        }
    }

    /// Records in the journal what the current recipe consists of, before its first step.
    pub(super) fn record_files(&self) {
        if frame().dry_run {
            return;
        }
        let recipe = self.current_recipe();
        let mut journal = lock(&self.journal);
        if let Journaling::Open(open) = &mut *journal
            && let Err(error) = open.record_files(&recipe, &self.files_of(&recipe))
        {
            *journal = self.without_journal(&error);
        }
    }

    /// Records in the journal how a step ended.
    pub(super) fn record(&self, step: &str, state: State) {
        if frame().dry_run {
            return;
        }
        let mut journal = lock(&self.journal);
        if let Journaling::Open(open) = &mut *journal
            && let Err(error) = open.record(step, state)
        {
            *journal = self.without_journal(&error);
        }
    }

    fn without_journal(&self, error: &crate::fault::Error) -> Journaling {
        self.reporter.message(
            Level::Warning,
            &format!("{error}; this run cannot be resumed"),
        );
        Journaling::Off
    }
}
