//! The words of a Compose command: its options, the command, and what that does.

use super::spec::Effect;

/// Commands of Compose that change nothing.
const READING_COMMANDS: [&str; 11] = [
    "config", "events", "images", "logs", "ls", "port", "ps", "stats", "top", "version", "volumes",
];

/// Options before the command whose value is a word of its own.
const OPTIONS_WITH_VALUE: [&str; 10] = [
    "-f",
    "-p",
    "--ansi",
    "--env-file",
    "--file",
    "--parallel",
    "--profile",
    "--progress",
    "--project-directory",
    "--project-name",
];

/// The flags of commands that remove volumes, with the data in them: command, letter, name.
const VOLUME_REMOVING_FLAGS: [(&str, char, &str); 3] = [
    ("down", 'v', "volumes"),
    ("rm", 'v', "volumes"),
    ("up", 'V', "renew-anon-volumes"),
];

/// The parts of a command: Compose's own options, the command, and the words after it.
pub(super) fn split_command(args: &[String]) -> Option<(&[String], &str, &[String])> {
    let mut index = 0;
    while let Some(arg) = args.get(index) {
        if !arg.starts_with('-') {
            return Some((&args[..index], arg, &args[index + 1..]));
        }
        index += if OPTIONS_WITH_VALUE.contains(&arg.as_str()) {
            2
        } else {
            1
        };
    }
    None
}

/// What the command with these words does.
pub(super) fn compose_effect(args: &[String]) -> Effect {
    let Some((_, command, rest)) = split_command(args) else {
        return Effect::Changes;
    };
    // `config` can also write a file.
    let writes = |arg: &String| arg.starts_with("-o") || arg.starts_with("--output");
    let removes_volumes =
        |(name, short, long): &(&str, char, &str)| *name == command && has_flag(rest, *short, long);
    if READING_COMMANDS.contains(&command) && !(command == "config" && rest.iter().any(writes)) {
        Effect::Reads
    } else if VOLUME_REMOVING_FLAGS.iter().any(removes_volumes) {
        Effect::Destroys
    } else {
        Effect::Changes
    }
}

/// True if `args` have this flag, also where its letter stands among others.
fn has_flag(args: &[String], short: char, long: &str) -> bool {
    args.iter().any(|arg| match arg.strip_prefix("--") {
        Some(flag) => flag
            .strip_prefix(long)
            .is_some_and(|value| value.is_empty() || value == "=true"),
        // What follows `t` is the value of `--timeout`.
        None => arg.strip_prefix('-').is_some_and(|letters| {
            letters
                .chars()
                .take_while(|c| *c != 't')
                .any(|c| c == short)
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::{Effect, compose_effect};

    #[test]
    fn the_command_says_what_it_does() {
        let rows = [
            ("ps", Effect::Reads),
            ("logs --follow", Effect::Reads),
            ("--profile up ps", Effect::Reads),
            ("--profile=up ps", Effect::Reads),
            ("config --quiet", Effect::Reads),
            ("up", Effect::Changes),
            ("--profile stats up", Effect::Changes),
            ("-f ps down", Effect::Changes),
            ("config -o all.yml", Effect::Changes),
            ("attach a", Effect::Changes),
            ("--dry-run", Effect::Changes),
            ("down", Effect::Changes),
            ("down --volumes=false", Effect::Changes),
            ("down -t5v", Effect::Changes),
            ("up -v", Effect::Changes),
            ("down -v", Effect::Destroys),
            ("--profile all down --volumes", Effect::Destroys),
            ("down --volumes=true --timeout 5", Effect::Destroys),
            ("rm -fsv web", Effect::Destroys),
            ("up -dV", Effect::Destroys),
            ("up --renew-anon-volumes", Effect::Destroys),
        ];
        for (line, effect) in rows {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(compose_effect(&words), effect, "{line}");
        }
    }
}
