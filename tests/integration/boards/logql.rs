//! Rules of `LogQL`, as far as they can be checked without Loki: what opens is closed, and labels are
//! those that the log collector gives.

/// What the collector gives to each line.
const COLLECTOR_LABELS: [&str; 2] = ["cluster", "service"];

/// What is wrong with a query without variables.
pub(crate) fn problems(query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bare = match without_strings(query) {
        Ok(bare) => bare,
        Err(quote) => return vec![format!("a {quote} is not closed")],
    };
    if let Some(wrong) = unbalanced(&bare) {
        found.push(format!("a {wrong} has no other half"));
        return found;
    }
    let selectors: Vec<_> = inside(&bare, "{", '}').collect();
    if selectors.is_empty() {
        found.push("it selects no stream".to_owned());
    }
    for matcher in selectors.iter().flat_map(|selector| selector.split(',')) {
        let end = matcher.find(['=', '!', '~']).unwrap_or(matcher.len());
        let (label, operator) = (matcher[..end].trim(), matcher[end..].trim());
        if !COLLECTOR_LABELS.contains(&label) {
            found.push(format!("no line has a label {label}"));
        }
        if !["=\"\"", "!=\"\"", "=~\"\"", "!~\"\""].contains(&operator) {
            found.push(format!("{label} is compared with no string"));
        }
    }
    for label in inside(&bare, " by (", ')').flat_map(|labels| labels.split(',')) {
        if !COLLECTOR_LABELS.contains(&label.trim()) {
            found.push(format!("no line has a label {}", label.trim()));
        }
    }
    found
}

/// `query` with every string emptied.
fn without_strings(query: &str) -> Result<String, char> {
    let mut out = String::new();
    let mut chars = query.chars();
    while let Some(c) = chars.next() {
        if c != '"' && c != '`' {
            out.push(c);
            continue;
        }
        loop {
            match chars.next() {
                None => return Err(c),
                Some('\\') if c == '"' => drop(chars.next()),
                Some(end) if end == c => break,
                Some(_) => {}
            }
        }
        out.push_str("\"\"");
    }
    Ok(out)
}

/// The first bracket that is opened and not closed, or closed and not opened.
fn unbalanced(text: &str) -> Option<char> {
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => open.push(c),
            ')' | ']' | '}' => {
                let other = [(')', '('), (']', '['), ('}', '{')];
                let last = open.pop();
                if !other.iter().any(|pair| pair.0 == c && Some(pair.1) == last) {
                    return Some(c);
                }
            }
            _ => {}
        }
    }
    open.pop()
}

/// What stands between each `from` and the next `to`.
fn inside<'a>(text: &'a str, from: &'a str, to: char) -> impl Iterator<Item = &'a str> {
    text.split(from)
        .skip(1)
        .filter_map(move |rest| rest.split(to).next())
}
