//! The environment variable that marks the processes of a run, so that those which left the group of
//! their child can be found.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Carries the mark of a child. What the child starts inherits it.
pub(super) const MARK_VARIABLE: &str = "COPILOT_RUN";
/// Set for programs that may outlive the run, in place of the mark.
pub(super) const DETACHED_VARIABLE: &str = "COPILOT_DETACHED";

/// This process, below the child of another `copilot` that it is.
static RUN_ID: LazyLock<String> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    let own = format!("{:x}-{nanoseconds:x}", std::process::id());
    match std::env::var(MARK_VARIABLE) {
        Ok(outer) if !outer.is_empty() => format!("{outer}/{own}"),
        _ => own,
    }
});

/// Identifies this process among all that ever run on the machine: letters, digits and `-./`.
pub(crate) fn run_id() -> &'static str {
    &RUN_ID
}

/// True if another `copilot` has started this process.
pub(super) fn is_nested() -> bool {
    run_id().contains('/')
}

/// True if the mark, or the id of a run, is that of `run` or below it.
pub(crate) fn is_below(mark: &str, run: &str) -> bool {
    mark.strip_prefix(run)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

/// The value of [`MARK_VARIABLE`] for one child, `RUN.N`; a nested `copilot` appends `/RUN.N`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Mark(String);

impl Mark {
    /// The mark of another child.
    pub(super) fn next() -> Self {
        static CHILD_COUNT: AtomicU64 = AtomicU64::new(0);
        let number = CHILD_COUNT.fetch_add(1, Ordering::Relaxed);
        Self(format!("{}.{number}", run_id()))
    }

    /// The value of the variable.
    pub(super) fn value(&self) -> &str {
        &self.0
    }
}

/// Whose processes to find.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    /// Those of the run with this id.
    Run(&'a str),
    /// The same without those of these children.
    RunExcept(&'a str, &'a BTreeSet<Mark>),
    /// Those of one child.
    Child(&'a Mark),
}

impl Owner<'_> {
    /// True if a process with this value of [`MARK_VARIABLE`] is the owner's, and not that of a nested
    /// `copilot`, which stops its processes itself.
    pub(super) fn owns(self, value: &str) -> bool {
        match self {
            Self::Run(id) => value
                .strip_prefix(id)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|number| !number.contains('/')),
            Self::RunExcept(id, marks) => {
                Self::Run(id).owns(value) && !marks.iter().any(|mark| mark.0 == value)
            }
            Self::Child(mark) => value == mark.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Owner};

    #[test]
    fn a_mark_belongs_to_its_child_and_run() {
        let run = Owner::Run("1-a");
        assert!(run.owns("1-a.0") && run.owns("1-a.12"));
        assert!(!run.owns("1-ab.0") && !run.owns("1-a") && !run.owns("1-a.0/2-b.0"));
        let mark = Mark("1-a.1".to_owned());
        assert!(Owner::Child(&mark).owns("1-a.1"));
        assert!(!Owner::Child(&mark).owns("1-a.12"));
    }

    #[test]
    fn every_child_has_a_mark_of_its_own() {
        assert_ne!(Mark::next(), Mark::next());
    }
}
