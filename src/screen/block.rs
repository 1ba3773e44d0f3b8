//! Renders the block of running steps, and the bytes that replace one block with the next.

use super::room::Room;
use super::whole_seconds;
use console::{measure_text_width, strip_ansi_codes, style, truncate_str};
use std::time::Instant;

/// A running step as the block shows it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) ticket: u64,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) since: Instant,
}

impl Row {
    /// `id  title  12s` in `columns`; a long title is cut.
    fn line(&self, now: Instant, columns: usize) -> String {
        let time = format!("  {}", whole_seconds(now.duration_since(self.since)));
        let (id, title) = (printable(&self.id), printable(&self.title));
        let name = format!("{}  {title}", style(id).for_stderr().cyan());
        let name = truncate_str(&name, columns.saturating_sub(time.len()), "…");
        format!("{name}{}", style(time).for_stderr().dim())
    }
}

/// The lines of the block: the unfinished lines of children, then the running steps.
pub(super) fn lines(unended: &[Vec<u8>], rows: &[Row], now: Instant, room: Room) -> Vec<String> {
    // Some terminals wrap a line that fills its row exactly.
    let columns = room.columns - 1;
    let mut lines: Vec<_> = unended
        .iter()
        .map(|line| in_place(line))
        .filter(|line| !line.is_empty())
        .map(|line| truncate_str(&line, columns, "…").into_owned())
        .collect();
    // One row for the cursor, one for the last line written above.
    let left = (room.rows - 2).saturating_sub(lines.len()).max(1);
    let shown = if rows.len() > left {
        left - 1
    } else {
        rows.len()
    };
    lines.extend(rows[..shown].iter().map(|row| row.line(now, columns)));
    if shown < rows.len() {
        let more = format!("… and {} more", rows.len() - shown);
        lines.push(style(more).for_stderr().dim().to_string());
    }
    lines
}

/// What a terminal shows of an unfinished line, in one row: a progress bar rewrites it after `\r`.
fn in_place(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = strip_ansi_codes(&text);
    let last = text.rsplit('\r').find(|part| !part.is_empty());
    printable(last.unwrap_or_default())
}

/// `text` with control characters, which could move the cursor, replaced by spaces.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// The bytes that replace the block `old` with the whole lines `above` and, below them, the block
/// `new`.
pub(super) fn replace(old: &[String], above: &[u8], new: &[String], columns: usize) -> Vec<u8> {
    let height = height(old, columns);
    let mut bytes = Vec::new();
    if above.is_empty() && height == old.len() && old.len() == new.len() {
        if height > 0 {
            // Leave the cursor and its row alone: a child may be asking something on the terminal
            // itself.
            bytes.extend_from_slice(format!("\x1b7\x1b[{height}A\r").as_bytes());
            bytes.extend_from_slice(new.join("\x1b[K\r\n").as_bytes());
            bytes.extend_from_slice(b"\x1b[K\x1b8");
        }
        return bytes;
    }
    if height > 0 {
        bytes.extend_from_slice(format!("\x1b[{height}A\r\x1b[J").as_bytes());
    }
    bytes.extend_from_slice(above);
    if above.contains(&0x1b) && !new.is_empty() {
        // Ends a colour that a child has left on.
        bytes.extend_from_slice(b"\x1b[m");
    }
    for line in new {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The rows that `lines` take in `columns`. Most terminals rewrap their contents when they become
/// narrower.
fn height(lines: &[String], columns: usize) -> usize {
    let rows = |line: &String| measure_text_width(line).div_ceil(columns).max(1);
    lines.iter().map(rows).sum()
}
