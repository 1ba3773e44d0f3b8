//! Completes the word at the cursor from the definition of a clap command.

use clap::{Arg, ArgAction, Command};

/// The completions for the word at the cursor.
#[derive(Debug)]
pub(super) enum Offer {
    /// These words, each with a line of help.
    Words(Vec<(String, String)>),
    /// Files, which the shell completes itself.
    Files,
}

impl Offer {
    /// No completions.
    pub(super) const fn none() -> Self {
        Self::Words(Vec::new())
    }

    /// Words without help.
    pub(super) fn plain<T: ToString>(words: &[T]) -> Self {
        let words = words.iter().map(|word| (word.to_string(), String::new()));
        Self::Words(words.collect())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Words(words) if words.is_empty())
    }

    /// The same completions with `prefix` before each word.
    fn prefixed(self, prefix: &str) -> Self {
        match self {
            Self::Words(words) => {
                let words = words.into_iter();
                Self::Words(
                    words
                        .map(|(word, help)| (format!("{prefix}{word}"), help))
                        .collect(),
                )
            }
            Self::Files => Self::Files,
        }
    }
}

/// Completes `word` after `before`, the earlier words for `command`. `values` completes an argument
/// that has no fixed list of values.
pub(super) fn complete(
    command: &Command,
    before: &[String],
    word: &str,
    values: &dyn Fn(&Arg) -> Offer,
) -> Offer {
    let state = State::after(command, before);
    let of_arg = |arg: &Arg| {
        let fixed: Vec<_> = arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| (value.get_name().to_owned(), help(value.get_help())))
            .collect();
        if fixed.is_empty() || !arg.get_action().takes_values() {
            values(arg)
        } else {
            Offer::Words(fixed)
        }
    };
    if let Some(arg) = state.expecting {
        return of_arg(arg);
    }
    if !state.only_words && word.starts_with('-') {
        let Some((option, _)) = word.split_once('=') else {
            return options(command, &state.given);
        };
        return match long(command, option) {
            Some(arg) if arg.get_action().takes_values() => {
                of_arg(arg).prefixed(&format!("{option}="))
            }
            _ => Offer::none(),
        };
    }
    let offer = match positional(command, state.words) {
        Some(arg) => of_arg(arg),
        None => subcommands(command),
    };
    if let Offer::Words(words) = offer {
        // Values already given are not offered again.
        let left = words.into_iter();
        let left: Vec<_> = left.filter(|(value, _)| !before.contains(value)).collect();
        let left = Offer::Words(left);
        return if left.is_empty() && word.is_empty() && !state.only_words {
            options(command, &state.given)
        } else {
            left
        };
    }
    offer
}

/// What the words before the cursor determine.
#[derive(Debug, Default)]
struct State<'a> {
    /// The option whose value comes next.
    expecting: Option<&'a Arg>,
    /// `--` was given, so no options follow.
    only_words: bool,
    /// The number of positional arguments so far.
    words: usize,
    /// The ids of the options given.
    given: Vec<&'a str>,
}

impl<'a> State<'a> {
    fn after(command: &'a Command, before: &[String]) -> Self {
        let mut state = Self::default();
        for word in before {
            if state.expecting.take().is_some() {
                continue;
            }
            if state.only_words || !word.starts_with('-') || word == "-" {
                state.words += 1;
            } else if word == "--" {
                state.only_words = true;
            } else if word.starts_with("--") {
                let (option, value) = word.split_once('=').unzip();
                let arg = long(command, option.unwrap_or(word));
                state.give(arg, value.is_none());
            } else {
                let letters: Vec<_> = word.chars().skip(1).collect();
                for (index, letter) in letters.iter().enumerate() {
                    let arg = command
                        .get_arguments()
                        .find(|arg| arg.get_short() == Some(*letter));
                    state.give(arg, index + 1 == letters.len());
                    if arg.is_some_and(|arg| arg.get_action().takes_values()) {
                        break;
                    }
                }
            }
        }
        state
    }

    fn give(&mut self, arg: Option<&'a Arg>, value_follows: bool) {
        let Some(arg) = arg else { return };
        self.given.push(arg.get_id().as_str());
        if value_follows && arg.get_action().takes_values() {
            self.expecting = Some(arg);
        }
    }
}

fn long<'a>(command: &'a Command, option: &str) -> Option<&'a Arg> {
    let name = option.strip_prefix("--")?;
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(name))
}

/// The positional argument at index `words`; the last one may take all that follow.
fn positional(command: &Command, words: usize) -> Option<&Arg> {
    let all: Vec<_> = command.get_positionals().collect();
    let last = all.last().copied().filter(|arg| {
        arg.get_num_args()
            .is_some_and(|count| count.max_values() > 1)
    });
    all.get(words).copied().or(last)
}

fn subcommands(command: &Command) -> Offer {
    let shown = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    Offer::Words(
        shown
            .map(|command| (command.get_name().to_owned(), help(command.get_about())))
            .collect(),
    )
}

fn options(command: &Command, given: &[&str]) -> Offer {
    let left = command.get_arguments().filter(|arg| {
        let again = matches!(arg.get_action(), ArgAction::Append);
        !arg.is_hide_set() && (again || !given.contains(&arg.get_id().as_str()))
    });
    let named =
        left.filter_map(|arg| Some((format!("--{}", arg.get_long()?), help(arg.get_help()))));
    Offer::Words(named.collect())
}

/// The first line of a help text.
fn help(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
