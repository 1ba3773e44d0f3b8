//! The supported shells, and what is particular to each.

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// A shell with completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// GNU Bash 3.2, which macOS has, or later.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
    /// Elvish, which passes completions through a closure.
    Elvish,
    /// `PowerShell`, on any system.
    Pwsh,
}

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Bash, Self::Zsh, Self::Fish, Self::Elvish, Self::Pwsh]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Pwsh => "powershell",
        }))
    }
}

impl Shell {
    /// The script that enables completion.
    pub(super) const fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("scripts/bash.sh"),
            Self::Zsh => include_str!("scripts/zsh.zsh"),
            Self::Fish => include_str!("scripts/fish.fish"),
            Self::Elvish => include_str!("scripts/elvish.elv"),
            Self::Pwsh => include_str!("scripts/powershell.ps1"),
        }
    }

    /// The shell does not filter completions by what was typed.
    pub(super) const fn needs_filtering(self) -> bool {
        matches!(self, Self::Bash | Self::Pwsh)
    }
}

/// Joins words that bash has split at `=` and `:`, and removes their quotes.
pub(super) fn joined(cut: Vec<String>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in cut {
        let breaks = !word.is_empty() && word.chars().all(|c| "=:".contains(c));
        match words.last_mut() {
            Some(last) if breaks || open => last.push_str(&word),
            _ => words.push(word),
        }
        open = breaks;
    }
    words.iter().map(|word| unquoted(word)).collect()
}

/// `word` as the program would receive it; a quote may still be open.
fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let mut quote = None;
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None | Some('"'), '\\') => text.extend(letters.next()),
            _ => text.push(letter),
        }
    }
    text
}

/// The index of the part of a word that bash replaces: after the last `=` or `:`.
pub(super) fn replaced_from(word: &str) -> usize {
    word.rfind(['=', ':']).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::{joined, replaced_from, unquoted};

    #[test]
    fn words_are_joined_as_they_were_typed() {
        let join = |words: &[&str]| joined(words.iter().map(ToString::to_string).collect());
        assert_eq!(
            join(&["up", "--jobs", "=", "2", "x"]),
            ["up", "--jobs=2", "x"]
        );
        assert_eq!(join(&["--only", "a/b", ":", ""]), ["--only", "a/b:"]);
        assert_eq!(join(&["--only", "a/b", ":"]), ["--only", "a/b:"]);
        assert_eq!(join(&["", ""]), ["", ""]);
        assert_eq!(replaced_from("--only=a:b"), 9);
    }

    #[test]
    fn open_quotes_are_removed_too() {
        assert_eq!(unquoted(r#"a\ b"c d"#), "a bc d");
        assert_eq!(unquoted("'it'"), "it");
    }
}
