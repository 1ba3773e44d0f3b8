//! What the block looks like, and the bytes that put one in the place of another.

use super::room::Room;
use super::whole_seconds;
use console::{measure_text_width, strip_ansi_codes, style, truncate_str};
use std::time::Instant;

/// A step that runs.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) turn: u64,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) since: Instant,
}

impl Row {
    /// `id  title  12s` in this many columns: the title is what may be cut.
    fn line(&self, now: Instant, columns: usize) -> String {
        let time = format!("  {}", whole_seconds(now.duration_since(self.since)));
        let (id, title) = (printable(&self.id), printable(&self.title));
        let name = format!("{}  {title}", style(id).for_stderr().cyan());
        let name = truncate_str(&name, columns.saturating_sub(time.len()), "…");
        format!("{name}{}", style(time).for_stderr().dim())
    }
}

/// The lines of the block: those that children have not ended yet, then the steps.
pub(super) fn lines(unended: &[Vec<u8>], rows: &[Row], now: Instant, room: Room) -> Vec<String> {
    // A line that fills its row makes some terminals begin another.
    let columns = room.columns - 1;
    let mut lines: Vec<_> = unended
        .iter()
        .map(|line| in_place(line))
        .filter(|line| !line.is_empty())
        .map(|line| truncate_str(&line, columns, "…").into_owned())
        .collect();
    // One row is for the cursor, one for what is said meanwhile.
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

/// What a terminal shows of a line that is not ended, in one row: a progress bar goes back to its
/// beginning with `\r`.
fn in_place(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = strip_ansi_codes(&text);
    let last = text.rsplit('\r').find(|part| !part.is_empty());
    printable(last.unwrap_or_default())
}

/// `text` without what would move the cursor.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// The bytes that put `above`, whole lines that stay, and under them `new` where `old` stands.
pub(super) fn replace(old: &[String], above: &[u8], new: &[String], columns: usize) -> Vec<u8> {
    let height = height(old, columns);
    let mut bytes = Vec::new();
    if above.is_empty() && height == old.len() && old.len() == new.len() {
        if height > 0 {
            // The row of the cursor, and the cursor, are left alone: a child may be about to ask
            // something on the terminal itself.
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
        // A colour that a child has not ended.
        bytes.extend_from_slice(b"\x1b[m");
    }
    for line in new {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The rows that `lines` take once the screen has this many columns. Most terminals wrap what is
/// there when they become narrower.
fn height(lines: &[String], columns: usize) -> usize {
    let rows = |line: &String| measure_text_width(line).div_ceil(columns).max(1);
    lines.iter().map(rows).sum()
}
