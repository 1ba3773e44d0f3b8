//! Masks secrets in all output: those of the run, and signatures of AWS tokens.

use crate::screen::{Stream, masked, printable};
use std::borrow::Cow;

/// Query parameters of a signed request whose values are secret.
const SECRET_PARAMETERS: [&str; 2] = ["X-Amz-Signature=", "X-Amz-Security-Token="];

/// `text` with secrets replaced by `***`.
pub(crate) fn hide_secrets(text: &str) -> Cow<'_, str> {
    match masked(text) {
        Cow::Borrowed(text) => hide_tokens(text),
        Cow::Owned(text) => Cow::Owned(hide_tokens(&text).into_owned()),
    }
}

/// `text` as it is written to `stream`: without secrets, and on a terminal without control sequences.
pub(crate) fn safe_text(text: &str, stream: Stream) -> Cow<'_, str> {
    if !stream.is_terminal() {
        return hide_secrets(text);
    }
    match printable(text) {
        Cow::Borrowed(text) => hide_secrets(text),
        Cow::Owned(text) => Cow::Owned(hide_secrets(&text).into_owned()),
    }
}

/// `text` with the secret values of AWS tokens replaced by `***`.
fn hide_tokens(text: &str) -> Cow<'_, str> {
    if !SECRET_PARAMETERS.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let mut shown = text.to_owned();
    for word in SECRET_PARAMETERS {
        let mut from = 0;
        while let Some(at) = shown[from..].find(word) {
            let start = from + at + word.len();
            let ends = |c: char| !(c.is_ascii_alphanumeric() || "%-_.~+/=".contains(c));
            let end = shown[start..]
                .find(ends)
                .map_or(shown.len(), |length| start + length);
            shown.replace_range(start..end, "***");
            from = start;
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_tokens_are_masked() {
        let rows = [
            ("nothing here", "nothing here"),
            (
                "`psql host/?A=b&X-Amz-Signature=0aF9` failed",
                "`psql host/?A=b&X-Amz-Signature=***` failed",
            ),
            (
                "X-Amz-Security-Token=a%2Bb&X-Amz-Signature=1 X-Amz-Signature=2",
                "X-Amz-Security-Token=***&X-Amz-Signature=*** X-Amz-Signature=***",
            ),
        ];
        for (text, shown) in rows {
            assert_eq!(hide_tokens(text), shown);
        }
    }
}
