//! `copilot completions SHELL` prints a completion script, which calls the hidden command `copilot
//! complete` for each word, so that new recipes complete at once.

mod command;
mod dev;
mod shell;

use super::arguments::HELP_TOPICS;
use super::show;
use clap::{Arg, ArgMatches, Command, value_parser};
use command::Offer;
use shell::Shell;

fn shell() -> Arg {
    Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .value_parser(value_parser!(Shell))
}

/// `copilot completions`.
pub(super) fn completions() -> Command {
    Command::new("completions")
        .about("Print a shell's completion script for verbs, parameters, services and steps")
        .arg(shell().help("The shell; the first lines of the script say where to install it"))
}

/// `copilot complete`, which shells call.
pub(super) fn complete() -> Command {
    Command::new("complete")
        .about("Print the completions of a word, one per line")
        .hide(true)
        .arg(shell())
        .arg(
            Arg::new("word")
                .long("word")
                .required(true)
                .allow_hyphen_values(true)
                .help("The part of the word before the cursor"),
        )
        .arg(
            Arg::new("before")
                .value_name("WORD")
                .num_args(0..)
                .last(true)
                .help("The words between `copilot` and this word"),
        )
}

/// Runs `copilot completions`.
pub(super) fn print(matches: &ArgMatches) -> u8 {
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        show::answer(shell.script().trim_end());
    }
    0
}

/// Runs `copilot complete`; `program` is the definition of the whole command line. An invalid command
/// line is not an error, since the user is still typing.
pub(super) fn run(matches: &ArgMatches, mut program: Command) -> u8 {
    let Some(shell) = matches.get_one::<Shell>("shell").copied() else {
        return 0;
    };
    let before = matches.get_many::<String>("before").unwrap_or_default();
    let word = matches.get_one::<String>("word");
    let mut words: Vec<_> = before.chain(word).cloned().collect();
    if shell == Shell::Bash {
        words = shell::joined(words);
    }
    let word = words.pop().unwrap_or_default();
    let cut = if shell == Shell::Bash {
        shell::replaced_from(&word)
    } else {
        0
    };
    program.build();
    match offer(&program, &words, &word) {
        Offer::Files => show::answer(":files"),
        Offer::Words(candidates) => {
            for (value, help) in candidates {
                let fits = !shell.needs_filtering() || value.starts_with(&word);
                // Recipes may contain newlines and tabs, which separate completions.
                let (value, help) = (plain(&value), plain(&help));
                match value.get(cut..) {
                    Some(rest) if fits && shell == Shell::Bash => show::answer(rest),
                    Some(_) if fits => show::answer(&format!("{value}\t{help}")),
                    _ => {}
                }
            }
        }
    }
    0
}

fn plain(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// Completes `word` after the words `before`.
fn offer(program: &Command, before: &[String], word: &str) -> Offer {
    let Some(at) = before.iter().position(|word| !word.starts_with('-')) else {
        return command::complete(program, before, word, &|_| Offer::none());
    };
    let rest = &before[at + 1..];
    match before[at].as_str() {
        "dev" => program
            .find_subcommand("dev")
            .map_or_else(Offer::none, |command| dev::offer(command, rest, word)),
        "help" => Offer::plain(if rest.is_empty() { &HELP_TOPICS } else { &[] }),
        name => program
            .find_subcommand(name)
            .map_or_else(Offer::none, |found| fixed(found, rest, word)),
    }
}

/// Completes `word` below `command`, whose subcommands are fixed.
fn fixed(command: &Command, before: &[String], word: &str) -> Offer {
    let at = before.iter().position(|word| !word.starts_with('-'));
    let below = at.and_then(|at| Some((command.find_subcommand(&before[at])?, at)));
    match below {
        Some((found, at)) => fixed(found, &before[at + 1..], word),
        None => command::complete(command, before, word, &of_hint),
    }
}

fn of_hint(arg: &Arg) -> Offer {
    match arg.get_value_hint() {
        clap::ValueHint::DirPath => Offer::Files,
        _ => Offer::none(),
    }
}
