//! The signals that were ignored when the process started, as `nohup` and a shell's `&` arrange it.

/// A set of signals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ignored(u64);

impl Ignored {
    /// True if `signal` is in the set.
    pub(super) const fn has(self, signal: i32) -> bool {
        self.0 & (1 << (signal - 1)) != 0
    }

    /// The set that the content of `/proc/PID/stat` names.
    fn from_stat(stat: &str) -> Option<Self> {
        // The second field, the name in parentheses, may contain any character; `sigignore` is the
        // 33rd: proc_pid_stat(5).
        let (_, fields) = stat.rsplit_once(')')?;
        fields.split_whitespace().nth(30)?.parse().ok().map(Self)
    }
}

/// The ignored signals. Empty where there is no `/proc`, as on macOS: there, a signal handler
/// replaces what `nohup` arranged.
pub(super) fn ignored_at_start() -> Ignored {
    let stat = std::fs::read_to_string("/proc/self/stat");
    stat.ok()
        .and_then(|stat| Ignored::from_stat(&stat))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Ignored;

    #[test]
    fn the_33rd_field_is_the_set() {
        let stat = "7 (a) b) R 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 4096 1 2 1 1 1 0 0 0 0 4097 16384 0";
        let ignored = Ignored::from_stat(stat).unwrap();
        assert!(ignored.has(1) && ignored.has(13));
        assert!(!ignored.has(2));
    }
}
