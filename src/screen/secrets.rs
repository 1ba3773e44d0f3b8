//! The secrets of the run, which are masked in everything that is shown or stored.

use crate::fault::lock;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A shorter value would mask parts of unrelated words.
pub(crate) const MIN_SECRET_BYTES: usize = 8;
/// What is shown in place of a secret.
const MASK: &str = "***";

/// The forms of all secrets.
static FORMS: Mutex<Option<Arc<Forms>>> = Mutex::new(None);
/// Saves the lock in runs without secrets.
static HAS_SECRETS: AtomicBool = AtomicBool::new(false);

/// Masks `value` from now on, and each of its lines. False if it is shorter than
/// [`MIN_SECRET_BYTES`], so that it is not masked.
pub(crate) fn mask_from_now_on(value: &str) -> bool {
    if value.len() < MIN_SECRET_BYTES {
        return false;
    }
    let mut current = lock(&FORMS);
    let mut all: Vec<_> = current.iter().flat_map(|forms| forms.0.clone()).collect();
    let lines = value.lines().filter(|line| line.len() >= MIN_SECRET_BYTES);
    for form in lines.chain([value]).flat_map(forms) {
        if !all.iter().any(|known| known.bytes == form.as_bytes()) {
            all.push(Arc::new(Form::new(form.as_bytes())));
        }
    }
    *current = Some(Arc::new(Forms(all)));
    HAS_SECRETS.store(true, Ordering::SeqCst);
    true
}

/// True if there is something to mask.
pub(crate) fn has_secrets() -> bool {
    HAS_SECRETS.load(Ordering::SeqCst)
}

fn all_forms() -> Option<Arc<Forms>> {
    if !has_secrets() {
        return None;
    }
    lock(&FORMS).clone()
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
    let Some(forms) = all_forms() else {
        return Cow::Borrowed(text);
    };
    let (shown, _) = forms.masked_part(text.as_bytes(), text.len());
    Cow::Owned(String::from_utf8_lossy(&shown).into_owned())
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
        let Some(forms) = all_forms() else {
            return Cow::Borrowed(chunk);
        };
        self.held.extend_from_slice(chunk);
        let cut = self.held.len() - forms.beginning_at_the_end(&self.held);
        let (shown, held_from) = forms.masked_part(&self.held, cut);
        self.held.drain(..held_from);
        Cow::Owned(shown)
    }

    /// What was held back when the stream ended.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        match all_forms() {
            Some(forms) => forms.masked_part(&held, held.len()).0,
            None => held,
        }
    }
}

/// Each way in which one of the secrets is written.
#[derive(Debug)]
struct Forms(Vec<Arc<Form>>);

impl Forms {
    /// The beginning of `bytes` up to `cut`, masked, and where the rest begins: a secret may go on after
    /// `cut`, and what begins there may be the beginning of a secret or of a longer one.
    fn masked_part(&self, bytes: &[u8], cut: usize) -> (Vec<u8>, usize) {
        let (mut shown, mut from) = (Vec::with_capacity(bytes.len()), 0);
        let mut next: Vec<_> = self.0.iter().map(|form| form.find(bytes, 0)).collect();
        loop {
            for (form, start) in self.0.iter().zip(&mut next) {
                if start.is_some_and(|start| start < from) {
                    *start = form.find(bytes, from);
                }
            }
            let found = self.0.iter().zip(&next);
            let found = found.filter_map(|(form, start)| Some((start.as_ref()?, form.bytes.len())));
            let first = found.min_by_key(|(start, length)| (**start, usize::MAX - length));
            match first {
                Some((&start, length)) if start < cut => {
                    shown.extend_from_slice(&bytes[from..start]);
                    shown.extend_from_slice(MASK.as_bytes());
                    from = start + length;
                }
                _ => break,
            }
        }
        let held_from = from.max(cut);
        shown.extend_from_slice(&bytes[from..held_from]);
        (shown, held_from)
    }

    /// The length of the end of `bytes` that is the beginning of a form.
    fn beginning_at_the_end(&self, bytes: &[u8]) -> usize {
        let beginnings = self.0.iter().map(|form| form.beginning_at_the_end(bytes));
        beginnings.max().unwrap_or(0)
    }
}

/// One way in which a secret is written, prepared for the algorithm of Knuth, Morris and Pratt.
#[derive(Debug)]
struct Form {
    bytes: Vec<u8>,
    finder: Finder<'static>,
    /// For each length of a beginning, that of the longest shorter one with which it ends.
    borders: Vec<usize>,
}

impl Form {
    fn new(bytes: &[u8]) -> Self {
        let mut form = Self {
            bytes: bytes.to_vec(),
            finder: Finder::new(bytes).into_owned(),
            borders: vec![0, 0],
        };
        for byte in &bytes[1..] {
            let border = form.borders.last().copied().unwrap_or(0);
            form.borders.push(form.extended(border, *byte));
        }
        form
    }

    /// Where it begins in `text`, from `from` on.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.finder.find(&text[from..]).map(|at| from + at)
    }

    /// The length of the longest beginning with which a text ends once `byte` is appended, if that of
    /// the text before is `length`.
    fn extended(&self, mut length: usize, byte: u8) -> usize {
        while length > 0 && self.bytes[length] != byte {
            length = self.borders[length];
        }
        if self.bytes[length] == byte {
            length + 1
        } else {
            0
        }
    }

    /// The length of the end of `text` that is a beginning of this, but not all of it.
    fn beginning_at_the_end(&self, text: &[u8]) -> usize {
        let from = text.len().saturating_sub(self.bytes.len() - 1);
        let mut length = 0;
        for byte in &text[from..] {
            length = self.extended(length, *byte);
        }
        length
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
