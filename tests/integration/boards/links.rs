//! Rules of links: they lead to dashboards that are there, and carry variables those have.

use super::board::{Board, list, text};
use super::facts::Facts;

/// What is wrong with the links of `board`.
pub(crate) fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    let mut reached = Vec::new();
    for link in list(&board.json, "links") {
        let (title, url) = (text(link, "title"), text(link, "url"));
        reached.push(check(title, url, facts, &mut found));
    }
    for panel in board.shown() {
        let title = text(panel, "title");
        let data = list(&panel["fieldConfig"]["defaults"], "links");
        for link in list(panel, "links").iter().chain(data) {
            check(title, text(link, "url"), facts, &mut found);
        }
    }
    for other in facts.boards.keys().filter(|uid| *uid != board.uid()) {
        if !reached.contains(&Some(other.as_str())) {
            found.push(format!("no link leads to {other}"));
        }
    }
    found
}

/// The dashboard that `url` leads to.
fn check<'a>(title: &str, url: &'a str, facts: &Facts, found: &mut Vec<String>) -> Option<&'a str> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let uid = path.strip_prefix("/d/").unwrap_or_default();
    let Some(variables) = facts.boards.get(uid) else {
        found.push(format!("{title}: its link leads nowhere: {url}"));
        return None;
    };
    for word in query
        .split('&')
        .filter_map(|word| word.strip_prefix("var-"))
    {
        let name = word.split('=').next().unwrap_or(word);
        if !variables.contains(name) {
            found.push(format!("{title}: {uid} has no variable {name}"));
        }
    }
    Some(uid)
}
