//! The processes of the machine, with the mark that their environment carries.

use super::mark::{DETACHED_VARIABLE, MARK_VARIABLE};
use std::fs;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    /// The name of its program, perhaps cut off.
    pub name: String,
    /// It has ended, and its parent has not noticed.
    pub is_zombie: bool,
}

/// All processes. Empty where there is neither `/proc` nor `ps`.
pub(super) fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return from_ps();
    };
    let pids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let processes: Vec<_> = pids
        .filter_map(|pid| from_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect();
    if processes.is_empty() {
        return from_ps();
    }
    processes
}

/// The process that the content of `/proc/PID/stat` describes: `pid (name) state parent group …`. The
/// name may contain any character.
fn from_stat(pid: i32, stat: &str) -> Option<Process> {
    let (start, fields) = stat.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let mut fields = fields.split_whitespace();
    Some(Process {
        pid,
        name: name.to_owned(),
        is_zombie: matches!(fields.next()?, "Z" | "X"),
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
    })
}

/// The processes as POSIX `ps` prints them.
fn from_ps() -> Vec<Process> {
    ps(&["-A", "-o", "pid=,ppid=,pgid=,stat=,comm="])
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            Some(Process {
                pid: fields.next()?.parse().ok()?,
                parent: fields.next()?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
                is_zombie: fields.next()?.starts_with('Z'),
                name: fields.collect::<Vec<_>>().join(" "),
            })
        })
        .collect()
}

/// What the environment of a process says about its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Marking {
    /// It carries this mark.
    Of(String),
    /// It may outlive the run.
    Detached,
    /// Nothing, or the environment cannot be read.
    None,
}

/// The marking of the process `pid`, in the environment with which its program was started.
pub(super) fn marking(pid: i32) -> Marking {
    match fs::read(format!("/proc/{pid}/environ")) {
        Ok(environment) => marking_in(
            String::from_utf8_lossy(&environment)
                .split('\0')
                .filter(|variable| !variable.is_empty()),
        ),
        Err(_) if fs::exists("/proc/self").is_ok_and(|exists| exists) => Marking::None,
        // BSD's option `e` appends the environment to the command.
        Err(_) => {
            let listing = ps(&["eww", "-o", "command=", "-p", &pid.to_string()]);
            marking_in(listing.split_whitespace())
        }
    }
}

fn marking_in<'a>(variables: impl Iterator<Item = &'a str>) -> Marking {
    let mut marking = Marking::None;
    for variable in variables {
        match variable.split_once('=') {
            Some((DETACHED_VARIABLE, _)) => return Marking::Detached,
            Some((MARK_VARIABLE, mark)) => marking = Marking::Of(mark.to_owned()),
            _ => {}
        }
    }
    marking
}

#[expect(clippy::disallowed_methods, reason = "no program of a recipe")]
fn ps(args: &[&str]) -> String {
    duct::cmd("ps", args)
        .stderr_null()
        .unchecked()
        .read()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_and_ps_agree_about_this_process() {
        let own = i32::try_from(std::process::id()).unwrap();
        let find = |processes: Vec<Process>| {
            let mut found = processes.into_iter().filter(|process| process.pid == own);
            found.next().unwrap()
        };
        assert_eq!(find(processes()), find(from_ps()));
    }

    #[test]
    fn a_name_with_a_parenthesis_is_read() {
        let process = from_stat(7, "7 (a) b) Z 1 5 5 0 -1").unwrap();
        assert_eq!((process.parent, process.group), (1, 5));
        assert_eq!(process.name, "a) b");
        assert!(process.is_zombie);
    }

    #[test]
    fn a_detached_process_has_no_mark() {
        let marked = ["A=1", "COPILOT_RUN=1-a.0"];
        assert_eq!(marking_in(marked.into_iter()), Marking::Of("1-a.0".into()));
        let detached = ["COPILOT_RUN=1-a.0", "COPILOT_DETACHED=1"];
        assert_eq!(marking_in(detached.into_iter()), Marking::Detached);
    }
}
