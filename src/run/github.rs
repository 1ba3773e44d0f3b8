//! Commands for GitHub Actions, written as lines among others
//! (docs.github.com/actions/reference/workflows-and-actions/workflow-commands).

/// True in a job of GitHub Actions.
pub fn in_actions() -> bool {
    std::env::var("GITHUB_ACTIONS").as_deref() == Ok("true")
}

/// A line that marks a place of a file, or the job where there is none. `kind` is `error`,
/// `warning` or `notice`; `place` is `file:line:column`.
pub fn annotation(kind: &str, place: Option<&str>, message: &str) -> String {
    let place = place.map(|place| {
        let mut parts = place.rsplitn(3, ':');
        let (column, line) = (parts.next(), parts.next());
        let (column, line) = (column.unwrap_or_default(), line.unwrap_or_default());
        let file = property(parts.next().unwrap_or_default());
        format!(" file={file},line={line},col={column}")
    });
    format!("::{kind}{}::{}", place.unwrap_or_default(), data(message))
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
            annotation("error", Some("a,b:c:1:2"), "50%\nof: it, all"),
            "::error file=a%2Cb%3Ac,line=1,col=2::50%25%0Aof: it, all"
        );
        assert_eq!(annotation("warning", None, "x"), "::warning::x");
        assert_eq!(group("a\r\nb"), "::group::a%0D%0Ab");
    }
}
