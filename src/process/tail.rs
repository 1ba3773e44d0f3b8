//! The last part of a child's output, in bounded memory.

/// How much is kept of the end of a stream: enough for twenty long lines.
pub(super) const MAX_TAIL_BYTES: usize = 16 * 1024;

/// The last bytes of a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    /// Appends output and forgets what no longer fits.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        if chunk.len() >= MAX_TAIL_BYTES {
            self.bytes.clear();
            self.bytes
                .extend_from_slice(&chunk[chunk.len() - MAX_TAIL_BYTES..]);
            return;
        }
        // Cut only at twice the size, so that the cost per byte stays low.
        if self.bytes.len() + chunk.len() > 2 * MAX_TAIL_BYTES {
            self.bytes
                .drain(..self.bytes.len() - (MAX_TAIL_BYTES - chunk.len()));
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// The last `count` lines, with invalid UTF-8 replaced and terminal control sequences removed.
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let text = console::strip_ansi_codes(&text);
        let lines: Vec<&str> = text
            .lines()
            // A progress bar rewrites its line with `\r`: keep the last version.
            .map(|line| line.trim_end().rsplit('\r').next().unwrap_or(line))
            .collect();
        let last = lines
            .iter()
            .rposition(|line| !line.is_empty())
            .map_or(0, |i| i + 1);
        lines[last.saturating_sub(count)..last]
            .iter()
            .map(|line| (*line).to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_of_a_flood() {
        let mut tail = Tail::default();
        for i in 0..100_000 {
            tail.push(format!("line {i}\n").as_bytes());
        }
        assert!(tail.bytes.len() <= 2 * MAX_TAIL_BYTES);
        assert_eq!(tail.lines(2), ["line 99998", "line 99999"]);
        tail.push(&vec![b'x'; 10 * MAX_TAIL_BYTES]);
        assert_eq!(tail.bytes.len(), MAX_TAIL_BYTES);
    }

    #[test]
    fn strips_what_only_a_terminal_understands() {
        let mut tail = Tail::default();
        tail.push(b"10%\r50%\r\x1b[31mdone\x1b[0m\n\xff\n\n");
        assert_eq!(tail.lines(20), ["done", "\u{fffd}"]);
    }
}
