//! The secrets of the run, which are masked in everything that is shown or stored.

use crate::fault::lock;
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A shorter value would mask parts of unrelated words.
pub(crate) const MIN_SECRET_BYTES: usize = 8;
/// What is shown in place of a secret.
const MASK: &str = "***";

/// The forms of all secrets, and a search for them.
#[derive(Debug)]
struct Secrets {
    forms: BTreeSet<Vec<u8>>,
    search: Option<Arc<Search>>,
}

#[derive(Debug)]
struct Search {
    automaton: AhoCorasick,
    forms: Vec<Vec<u8>>,
    longest: usize,
}

static SECRETS: Mutex<Secrets> = Mutex::new(Secrets {
    forms: BTreeSet::new(),
    search: None,
});
/// Saves the lock in runs without secrets.
static HAS_SECRETS: AtomicBool = AtomicBool::new(false);

/// Masks `value` from now on, and each of its lines. False if it is shorter than
/// [`MIN_SECRET_BYTES`], so that it is not masked.
pub(crate) fn mask_from_now_on(value: &str) -> bool {
    if value.len() < MIN_SECRET_BYTES {
        return false;
    }
    let mut secrets = lock(&SECRETS);
    let lines = value.lines().filter(|line| line.len() >= MIN_SECRET_BYTES);
    let mut is_new = false;
    for form in lines.chain([value]).flat_map(forms) {
        is_new |= secrets.forms.insert(form.into_bytes());
    }
    if is_new {
        let forms: Vec<_> = secrets.forms.iter().cloned().collect();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&forms);
        // Building fails only for gigabytes of secrets.
        secrets.search = automaton.ok().map(|automaton| {
            let longest = forms.iter().map(Vec::len).max().unwrap_or(0);
            Arc::new(Search {
                automaton,
                forms,
                longest,
            })
        });
        HAS_SECRETS.store(true, Ordering::SeqCst);
    }
    true
}

/// True if there is something to mask.
pub(crate) fn has_secrets() -> bool {
    HAS_SECRETS.load(Ordering::SeqCst)
}

fn search() -> Option<Arc<Search>> {
    if !has_secrets() {
        return None;
    }
    lock(&SECRETS).search.clone()
}

/// The ways in which a secret is written: as it is, inside JSON, inside the quotes of a shell, and in a
/// URL.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([secret.to_owned(), secret.replace('\'', r"'\''")]);
    // `debug` quotes text like JSON, and an event quotes that once more.
    let quoted = json_escaped(secret);
    forms.insert(json_escaped(&quoted));
    forms.insert(quoted);
    for (lower_case, is_query) in [(false, false), (true, false), (false, true), (true, true)] {
        forms.insert(percent_encoded(secret, lower_case, is_query));
    }
    forms
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(text).to_owned()
}

/// `secret` with all but unreserved characters (RFC 3986) encoded; in a query a space may be `+`.
fn percent_encoded(secret: &str, lower_case: bool, is_query: bool) -> String {
    let mut encoded = String::new();
    for byte in secret.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            b' ' if is_query => encoded.push('+'),
            _ => {
                let _to_a_string = if lower_case {
                    write!(encoded, "%{byte:02x}")
                } else {
                    write!(encoded, "%{byte:02X}")
                };
            }
        }
    }
    encoded
}

/// `text` with every secret replaced by `***`.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    match search() {
        Some(search) if search.automaton.is_match(text) => {
            let masks = vec![MASK; search.forms.len()];
            Cow::Owned(search.automaton.replace_all(text, &masks))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Masks a stream that arrives in chunks, also where a secret crosses their borders.
#[derive(Debug, Default)]
pub(crate) struct MaskedStream {
    /// The end of the last chunk, which may be the beginning of a secret.
    held: Vec<u8>,
}

impl MaskedStream {
    /// The next part of the stream that can be shown.
    pub(crate) fn push<'a>(&mut self, chunk: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(search) = search() else {
            return Cow::Borrowed(chunk);
        };
        self.held.extend_from_slice(chunk);
        let (shown, held_from) = search.masked_part(&self.held);
        self.held.drain(..held_from);
        Cow::Owned(shown)
    }

    /// What was held back when the stream ended.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        match search() {
            Some(search) => {
                let masks = vec![MASK; search.forms.len()];
                search.automaton.replace_all_bytes(&held, &masks)
            }
            None => held,
        }
    }
}

impl Search {
    /// The masked beginning of `bytes`, and where the rest begins, which may be the beginning of a
    /// secret or of a longer one.
    fn masked_part(&self, bytes: &[u8]) -> (Vec<u8>, usize) {
        let cut = bytes.len() - self.beginning_at_the_end(bytes);
        let (mut shown, mut from) = (Vec::with_capacity(bytes.len()), 0);
        let found = self.automaton.find_iter(bytes);
        for secret in found.take_while(|secret| secret.start() < cut) {
            shown.extend_from_slice(&bytes[from..secret.start()]);
            shown.extend_from_slice(MASK.as_bytes());
            from = secret.end();
        }
        let held_from = from.max(cut);
        shown.extend_from_slice(&bytes[from..held_from]);
        (shown, held_from)
    }

    /// The length of the end of `bytes` that is the beginning of a form.
    fn beginning_at_the_end(&self, bytes: &[u8]) -> usize {
        let longest = bytes.len().min(self.longest.saturating_sub(1));
        let is_beginning = |length: &usize| {
            let end = &bytes[bytes.len() - length..];
            self.forms
                .iter()
                .any(|form| form.len() > *length && form.starts_with(end))
        };
        (1..=longest).rev().find(is_beginning).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The registry is global: each test has values of its own.

    #[test]
    fn every_form_is_masked() {
        assert!(mask_from_now_on("p@ss wörd\"'/1"));
        for text in [
            "a p@ss wörd\"'/1 b",
            r#"a p@ss wörd\"'/1 b"#,
            r#"a p@ss wörd"'\''/1 b"#,
            "a p%40ss%20w%C3%B6rd%22%27%2F1 b",
            "a p%40ss%20w%c3%b6rd%22%27%2f1 b",
            "a p%40ss+w%C3%B6rd%22%27%2F1 b",
        ] {
            assert_eq!(masked(text), "a *** b", "{text}");
        }
        assert_eq!(masked("p@ss"), "p@ss");
    }

    #[test]
    fn short_values_are_not_masked() {
        assert!(!mask_from_now_on("seven77"));
        assert_eq!(masked("seven77"), "seven77");
    }

    #[test]
    fn each_line_of_a_secret_is_masked() {
        assert!(mask_from_now_on("first line of it\nend\nlast line of it"));
        assert_eq!(
            masked("x last line of it\nfirst line of it end"),
            "x ***\n*** end"
        );
    }

    #[test]
    fn chunk_borders_hide_nothing() {
        let secret = "abcabcabcabd";
        for value in [secret, "abcabcabcabdefgh", "azzzzzzza"] {
            assert!(mask_from_now_on(value));
        }
        let text = format!(
            "1 {secret}{secret} abcabcabc 2 abcabcabcabcabd {secret}efgh azzzzzzza {secret}"
        );
        let whole = masked(&text).into_owned();
        assert!(!whole.contains(secret));
        for size in 1..text.len() {
            let mut stream = MaskedStream::default();
            let mut shown = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                shown.extend_from_slice(&stream.push(chunk));
            }
            shown.extend(stream.end());
            assert_eq!(String::from_utf8(shown).unwrap(), whole, "chunks of {size}");
        }
    }
}
