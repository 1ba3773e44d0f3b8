//! Blocks of a document, and whether a program printed what one of them shows.

use super::plain;
use std::path::Path;

/// A fenced block.
pub(crate) struct Block {
    /// Where its fence is, from 1.
    pub(crate) line: usize,
    pub(crate) language: String,
    /// The file that it is the text of: the line above it ends with `` `path`: ``.
    pub(crate) file: Option<String>,
    pub(crate) text: String,
}

/// A line to be typed, after `$ `, and what the document shows of its output.
pub(crate) struct Typed {
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) shown: String,
}

/// The fenced blocks of a document, in order.
pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut above = "";
    let mut lines = document.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        if let Some(language) = text.strip_prefix("```") {
            let body = lines.by_ref().map(|(text, _)| text);
            let body = body.take_while(|text| *text != "```");
            let body = body.flat_map(|text| [text, "\n"]);
            found.push(Block {
                line,
                language: language.to_owned(),
                file: file_of(above),
                text: body.collect(),
            });
            above = "";
        } else if !text.is_empty() {
            above = text;
        }
    }
    found
}

fn file_of(above: &str) -> Option<String> {
    let (_, path) = above.strip_suffix("`:")?.rsplit_once('`')?;
    Some(path.to_owned())
}

impl Block {
    /// What is typed in it.
    #[track_caller]
    pub(crate) fn typed(&self) -> Vec<Typed> {
        let mut found: Vec<Typed> = Vec::new();
        for (text, line) in self.text.lines().zip(self.line + 1..) {
            if let Some(command) = text.strip_prefix("$ ") {
                found.push(Typed {
                    line,
                    command: command.to_owned(),
                    shown: String::new(),
                });
            } else {
                let last = found.last_mut();
                let last =
                    last.unwrap_or_else(|| panic!("line {line}: nothing is typed before it"));
                last.shown.extend([text, "\n"]);
            }
        }
        found
    }
}

/// Says how what was printed, in a folder, differs from what is shown. A line `…` stands for any
/// lines, `…` in a line for any text; times and white space at the ends of lines are not compared,
/// nor the order in which steps began that began together.
pub(crate) fn difference(shown: &str, printed: &str, folder: &Path) -> Option<String> {
    let comparable = |text| begun_together(&plain(text, folder));
    let (expected, found) = (comparable(shown), comparable(printed));
    if expected == ["…"] {
        return Some("`…` alone shows nothing".to_owned());
    }
    let same = lines_match(&expected, &found);
    (!same).then(|| format!("the document shows:\n{shown}\nbut it printed:\n{printed}"))
}

/// The lines of `text`, those next to each other that say that a step begins in order of their text.
fn begun_together(text: &str) -> Vec<String> {
    let begins = |line: &str| line.starts_with("-- ") && !line.ends_with(')');
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines
        .chunk_by_mut(|one, next| begins(one) && begins(next))
        .for_each(<[String]>::sort);
    lines
}

fn lines_match(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [any, rest @ ..] if any == "…" => {
            (0..=printed.len()).any(|count| lines_match(rest, &printed[count..]))
        }
        [line, rest @ ..] => printed
            .split_first()
            .is_some_and(|(found, others)| line_matches(line, found) && lines_match(rest, others)),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let Some((start, rest)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(printed) = printed.strip_prefix(start) else {
        return false;
    };
    let mut ends = (0..=printed.len()).filter(|end| printed.is_char_boundary(*end));
    ends.any(|end| line_matches(rest, &printed[end..]))
}
