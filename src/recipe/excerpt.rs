//! Renders an error in a recipe with the source line and the location underlined.

use crate::fault::Diagnostic;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::path::Path;

/// Renders `diagnostic`, with the excerpt read from the file under `root`. The text does not end
/// with a newline.
pub(crate) fn render(diagnostic: &Diagnostic, root: &Path, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let width = console::Term::stderr()
        .size_checked()
        .map_or(140, |(_, columns)| columns);
    let renderer = renderer.term_width(usize::from(width));
    let level = if diagnostic.warning {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let title = level.primary_title(&diagnostic.message);
    let text = diagnostic
        .place
        .as_ref()
        .and_then(|place| std::fs::read_to_string(root.join(&place.file)).ok());
    let mut group = match (&diagnostic.place, &text) {
        (Some(place), Some(text)) => {
            let span = span(text, place.line, place.column);
            let snippet = Snippet::source(text)
                .path(&place.file)
                .annotation(AnnotationKind::Primary.span(span));
            title.element(snippet)
        }
        (Some(place), None) => title.element(Level::NOTE.no_name().message(format!("at {place}"))),
        _ => annotate_snippets::Group::with_title(title),
    };
    for (name, place) in &diagnostic.calls {
        if diagnostic.place.as_ref() != Some(place) {
            group = group.element(Level::NOTE.message(format!("in {name}, called at {place}")));
        }
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint));
    }
    renderer.render(&[group])
}

/// The byte range of the word at `line` and `column`. Both count from 1; the column is in characters.
fn span(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let start_of_line: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = text[start_of_line..].lines().next().unwrap_or_default();
    let offset = rest
        .char_indices()
        .nth(column - 1)
        .map_or(rest.len(), |(offset, _)| offset);
    let word = &rest[offset..];
    let end = quoted(word).unwrap_or_else(|| {
        word.find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(word.len())
    });
    // An operator is underlined as one character; the end of a line as nothing.
    let length = if end == 0 {
        word.chars().next().map_or(0, char::len_utf8)
    } else {
        end
    };
    let start = start_of_line + offset;
    start..start + length
}

/// The length in bytes of the string literal that `line` begins with, if it ends on that line.
fn quoted(line: &str) -> Option<usize> {
    let quote = line.chars().next().filter(|c| "\"`".contains(*c))?;
    let mut escaped = false;
    let inside = line[1..].find(|c: char| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped && quote == '"';
        ends
    })?;
    Some(inside + 2)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn underlines_the_word_even_after_wide_characters() {
        let text = "let a = 1;\n\t/* ü 日本 */ compse([]);\n";
        assert_eq!(&text[span(text, 2, 13)], "compse");
        assert_eq!(&text[span(text, 1, 7)], "=");
        assert_eq!(span(text, 9, 9).len(), 0);
    }

    #[test]
    fn underlines_the_whole_string() {
        let text = "exec(\"a \\\" b\", `c\\`, \"d);\n";
        assert_eq!(&text[span(text, 1, 6)], "\"a \\\" b\"");
        assert_eq!(&text[span(text, 1, 16)], "`c\\`");
        assert_eq!(&text[span(text, 1, 22)], "\"");
    }
}
