//! Workflow commands of GitHub Actions, which are lines of the output
//! (docs.github.com/actions/reference/workflows-and-actions/workflow-commands).

/// True in a job of GitHub Actions.
pub(crate) fn in_actions() -> bool {
    std::env::var("GITHUB_ACTIONS").as_deref() == Ok("true")
}

/// An annotation of a location in a file, or of the job without one. `kind` is `error`, `warning` or
/// `notice`; `place` is `file:line:column`.
pub(crate) fn annotation(kind: &str, place: Option<&str>, message: &str) -> String {
    let place = place.map(|place| {
        let mut parts = place.rsplitn(3, ':');
        let (column, line) = (parts.next(), parts.next());
        let (column, line) = (column.unwrap_or_default(), line.unwrap_or_default());
        let file = property(parts.next().unwrap_or_default());
        format!(" file={file},line={line},col={column}")
    });
    format!("::{kind}{}::{}", place.unwrap_or_default(), data(message))
}

/// Starts a group: the lines until [`END_GROUP`] are folded under `title`.
pub(crate) fn group(title: &str) -> String {
    format!("::group::{}", data(title))
}

pub(crate) const END_GROUP: &str = "::endgroup::";

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
    fn special_characters_are_escaped() {
        assert_eq!(
            annotation("error", Some("a,b:c:1:2"), "50%\nof: it, all"),
            "::error file=a%2Cb%3Ac,line=1,col=2::50%25%0Aof: it, all"
        );
        assert_eq!(annotation("warning", None, "x"), "::warning::x");
        assert_eq!(group("a\r\nb"), "::group::a%0D%0Ab");
    }
}
