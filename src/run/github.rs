//! Commands for GitHub Actions, written as lines among others
//! (docs.github.com/actions/reference/workflows-and-actions/workflow-commands).

use std::fmt::Write;

/// True in a job of GitHub Actions.
pub fn in_actions() -> bool {
    std::env::var("GITHUB_ACTIONS").as_deref() == Ok("true")
}

/// A line that marks a place of a file, or the job where there is none. `kind` is `error`,
/// `warning` or `notice`; `place` a file with its line and column, both from 1.
pub fn annotation(kind: &str, place: Option<(&str, usize, usize)>, message: &str) -> String {
    let mut text = format!("::{kind}");
    if let Some((file, line, column)) = place {
        let _ = write!(text, " file={},line={line},col={column}", property(file));
    }
    let _ = write!(text, "::{}", data(message));
    text
}

/// A line after which others are folded under `title`, until [`END_GROUP`].
pub fn group(title: &str) -> String {
    format!("::group::{}", data(title))
}

/// Ends a group.
pub const END_GROUP: &str = "::endgroup::";

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{annotation, group};

    #[test]
    fn what_ends_a_command_is_escaped() {
        assert_eq!(
            annotation("error", Some(("a,b:c", 1, 2)), "50%\nof: it, all"),
            "::error file=a%2Cb%3Ac,line=1,col=2::50%25%0Aof: it, all"
        );
        assert_eq!(annotation("warning", None, "x"), "::warning::x");
        assert_eq!(group("a\r\nb"), "::group::a%0D%0Ab");
    }
}
