//! Steps that wait until the test lets them go on, so that the moment is known.

use super::{Repo, Terminal};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// A repository with the recipe `it`, in which `wait(id)` starts a program that waits for [`go`]
/// and prints what it is told, without a line end.
pub(crate) fn gated(ids: &[&str], text: &str) -> Repo {
    let wait = r#"
        fn wait(id) {
            exec(["sh", "-c", "read -r line < go-" + id + "; printf '%s' \"$line\""]);
        }
    "#;
    let repo = Repo::new().recipe("it", &format!("{wait}\n{text}"));
    for id in ids {
        mkfifo(&repo.path().join(format!("go-{id}")), Mode::S_IRWXU).unwrap();
    }
    repo
}

/// Lets `id` go on and print `line`. Comes back when it has begun to wait.
pub(crate) fn go(repo: &Repo, id: &str, line: &str) {
    repo.write(&format!("go-{id}"), format!("{line}\n"));
}

/// `copilot dev` with the words of `line` on a terminal of so many rows and columns, without
/// colours.
pub(crate) fn on(repo: &Repo, line: &str, size: (u16, u16)) -> Terminal {
    let words = ["dev"].into_iter().chain(line.split_whitespace());
    let copilot = env!("CARGO_BIN_EXE_copilot");
    Terminal::sized(repo, copilot, words, &[("NO_COLOR", "1")], size)
}
