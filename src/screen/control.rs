//! Keeps the control sequences of text from outside away from the terminal: they could move the
//! cursor, rewrite what is on the screen, or set the clipboard. Colours (SGR) stay.

use std::borrow::Cow;
use std::io::Write;
use vte::{Params, Parser, Perform};

/// Filters a stream that arrives in chunks.
#[derive(Default)]
pub(crate) struct Filter {
    parser: Parser,
}

impl Filter {
    /// `chunk` without control characters, except tabs and line ends, and without control sequences,
    /// except SGR.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut kept = Kept(Vec::with_capacity(chunk.len()));
        self.parser.advance(&mut kept, chunk);
        kept.0
    }
}

/// `text` without control characters and sequences, like [`Filter`].
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Cow::Borrowed(text);
    }
    let kept = Filter::default().push(text.as_bytes());
    Cow::Owned(String::from_utf8_lossy(&kept).into_owned())
}

struct Kept(Vec<u8>);

impl Perform for Kept {
    fn print(&mut self, c: char) {
        // Terminals take U+0080 to U+009F for control characters too.
        if !c.is_control() {
            self.0
                .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn execute(&mut self, byte: u8) {
        if matches!(byte, b'\n' | b'\r' | b'\t') {
            self.0.push(byte);
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        if action != 'm' || !intermediates.is_empty() {
            return;
        }
        let parameter = |values: &[u16]| {
            let values: Vec<_> = values.iter().map(u16::to_string).collect();
            values.join(":")
        };
        let parameters: Vec<_> = params.iter().map(parameter).collect();
        let _to_memory = write!(self.0, "\x1b[{}m", parameters.join(";"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, printable};

    #[test]
    fn only_text_and_colours_stay() {
        for (text, shown) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
            ("\x1b[38:2:1:2:3mred", "\x1b[38:2:1:2:3mred"),
            ("a\x1b[2Jb\x1b[1;1Hc\x1b[?25l", "abc"),
            ("a\x1b]52;c;aGk=\x07b\x1b]0;title\x1b\\c", "abc"),
            ("a\x1bPq#0\x1b\\b\x1b_x\x1b\\c", "abc"),
            ("a\x08\x07\x0e\x7fb", "ab"),
            ("a\u{9b}2Jb", "a2Jb"),
            ("ünï 😀", "ünï 😀"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }

    #[test]
    fn chunk_borders_change_nothing() {
        let text = "a\x1b[2Jb\x1b[31mü\x1b]52;c;aGk=\x07c\r\n";
        for size in 1..text.len() {
            let mut filter = Filter::default();
            let chunks = text.as_bytes().chunks(size);
            let shown: Vec<_> = chunks.flat_map(|chunk| filter.push(chunk)).collect();
            assert_eq!(shown, "ab\x1b[31müc\r\n".as_bytes(), "chunks of {size}");
        }
    }
}
