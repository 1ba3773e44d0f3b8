//! Paths in tokens that are not parsed: the inside of macros and attributes.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};

/// Something in a row of tokens that looks like a path.
pub(crate) enum TokenPath {
    /// `a`, `a::b`.
    Plain(Vec<Ident>),
    /// `a!`.
    MacroCall(Ident),
    /// `a::{…}` or `a::*`.
    UseTree(Vec<Ident>),
}

/// Every path in `tokens`; with `in_strings`, texts such as `"crate::a::b"` are paths too.
pub(crate) fn token_paths(tokens: &TokenStream, in_strings: bool) -> Vec<TokenPath> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(_) if !begins_path(&tokens, at) => at += 1,
            TokenTree::Ident(_) => {
                let (path, end) = path_at(&tokens, at);
                found.extend(path);
                at = end;
            }
            TokenTree::Group(group) => {
                found.extend(token_paths(&group.stream(), in_strings));
                at += 1;
            }
            TokenTree::Literal(literal) if in_strings => {
                found.extend(path_in_string(literal));
                at += 1;
            }
            TokenTree::Literal(_) | TokenTree::Punct(_) => at += 1,
        }
    }
    found
}

/// False for a field, a method, a lifetime, a macro's `$name`, a name after a leading `::`.
fn begins_path(tokens: &[TokenTree], at: usize) -> bool {
    let is_crate = matches!(&tokens[at], TokenTree::Ident(name) if name == "crate");
    let before = |distance: usize| {
        let punct = at.checked_sub(distance).map(|at| &tokens[at]);
        match punct {
            Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
            _ => None,
        }
    };
    match before(1) {
        Some('.') => before(2) == Some('.'),
        Some('\'') => false,
        Some('$') => is_crate,
        Some(':') => before(2) != Some(':'),
        _ => true,
    }
}

/// The path whose first segment is at `at`, and the place after it.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Option<TokenPath>, usize) {
    let mut segments = Vec::new();
    let mut is_open = false;
    while let Some(TokenTree::Ident(segment)) = tokens.get(at) {
        segments.push(segment.clone());
        at += 1;
        is_open = is_double_colon(tokens, at);
        if !is_open {
            break;
        }
        at += 2;
    }
    let is_braced = matches!(
        tokens.get(at),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace
    );
    let punct = match tokens.get(at) {
        Some(TokenTree::Punct(punct)) => Some((punct.as_char(), punct.spacing())),
        _ => None,
    };
    let path = match (segments.as_slice(), is_open, punct) {
        (_, true, Some(('*', _))) => Some(TokenPath::UseTree(segments)),
        (_, true, None) if is_braced => Some(TokenPath::UseTree(segments)),
        ([name], false, Some(('!', Spacing::Alone))) => Some(TokenPath::MacroCall(name.clone())),
        // The name of a field.
        ([_], false, Some((':', _))) => None,
        _ => Some(TokenPath::Plain(segments)),
    };
    (path, at)
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(at) && is_colon(at + 1)
}

/// A string that holds a path of several segments, as serde's `default = "crate::a::b"`.
fn path_in_string(literal: &proc_macro2::Literal) -> Option<TokenPath> {
    let text = syn::parse_str::<syn::LitStr>(&literal.to_string())
        .ok()?
        .value();
    let path = syn::parse_str::<syn::Path>(&text).ok()?;
    let segment = |it: &syn::PathSegment| Ident::new(&it.ident.to_string(), literal.span());
    let segments: Vec<_> = path.segments.iter().map(segment).collect();
    (segments.len() > 1).then_some(TokenPath::Plain(segments))
}
