//! The end of what a child printed, whatever it printed before.

/// Bytes kept. Enough for twenty long lines.
const KEEP: usize = 16 * 1024;

/// The last bytes of a stream.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    /// Takes in what was printed.
    pub fn push(&mut self, chunk: &[u8]) {
        if chunk.len() >= KEEP {
            self.bytes.clear();
            self.bytes.extend_from_slice(&chunk[chunk.len() - KEEP..]);
            return;
        }
        // Cut only when twice as long, so that cutting costs little per byte.
        if self.bytes.len() + chunk.len() > 2 * KEEP {
            self.bytes.drain(..self.bytes.len() - (KEEP - chunk.len()));
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// The last `count` lines, with invalid UTF-8 replaced and terminal control stripped.
    pub fn lines(&self, count: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let text = console::strip_ansi_codes(&text);
        let lines: Vec<&str> = text
            .lines()
            // A progress bar rewrites its line: what was last on it is what stands.
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
        assert!(tail.bytes.len() <= 2 * KEEP);
        assert_eq!(tail.lines(2), ["line 99998", "line 99999"]);
        tail.push(&vec![b'x'; 10 * KEEP]);
        assert_eq!(tail.bytes.len(), KEEP);
    }

    #[test]
    fn strips_what_only_a_terminal_understands() {
        let mut tail = Tail::default();
        tail.push(b"10%\r50%\r\x1b[31mdone\x1b[0m\n\xff\n\n");
        assert_eq!(tail.lines(20), ["done", "\u{fffd}"]);
    }
}
