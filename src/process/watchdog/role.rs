//! The watchdog's own process.

use super::super::command::DEFAULT_GRACE;
use super::super::group::{Group, Starting};
use super::super::mark::Owner;
use super::super::{Command, Token, run, strays};
use super::message::{Child, Cleanup, Message, Receiver};
use super::{Modes, ROLE};
use nix::sys::signal::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

/// How long the program that cleans up after a child may take.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long processes that start while the others are stopped get to end.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// A child, and the pipes into which it writes.
struct Watched {
    child: Child,
    group: Group,
    outputs: Vec<OwnedFd>,
}

/// Watches over a host if the arguments of this process ask for it; true once that is over.
pub(crate) fn run_if_asked() -> bool {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() != Some(ROLE) {
        return false;
    }
    if let (Some(run), Some(host_group)) = (args.next(), args.next())
        && let Some(Left {
            children,
            modes,
            held,
        }) = listen()
    {
        let groups: Vec<_> = children.iter().map(|watched| watched.group.id()).collect();
        stop(&run, children);
        if let (Some(modes), Ok(host_group)) = (modes, host_group.parse()) {
            modes.put_back(&groups, host_group);
        }
        drop(held);
    }
    true
}

/// What a host has left behind.
struct Left {
    children: Vec<Watched>,
    /// The modes of the terminal, if a child has it.
    modes: Option<Modes>,
    /// Files to keep open until all programs have ended.
    held: Vec<OwnedFd>,
}

/// Listens until the host is gone. What it has left behind, or `None` after a farewell.
fn listen() -> Option<Left> {
    let socket = io::stdin();
    let mut receiver = Receiver::default();
    let mut children: BTreeMap<_, Watched> = BTreeMap::new();
    let mut modes = None;
    let mut held = Vec::new();
    loop {
        match receiver.receive(&socket) {
            Ok(Some(Message::Started(child))) => {
                let outputs = receiver.files(child.outputs);
                let leader = u32::try_from(child.group).ok();
                let group = Starting::wait_for_others().register_child(leader);
                let watched = Watched {
                    child,
                    group,
                    outputs,
                };
                children.insert(watched.child.group, watched);
            }
            Ok(Some(Message::Closed { group })) => {
                if let Some(watched) = children.get_mut(&group) {
                    watched.outputs.clear();
                }
            }
            Ok(Some(Message::Ended { group })) => {
                children.remove(&group);
            }
            Ok(Some(Message::Terminal(saved))) => modes = saved,
            Ok(Some(Message::Hold)) => held = receiver.files(1),
            Ok(Some(Message::Release)) => held.clear(),
            Ok(Some(Message::Done)) => return None,
            Ok(None) | Err(_) => {
                let children = children.into_values().collect();
                return Some(Left {
                    children,
                    modes,
                    held,
                });
            }
        }
    }
}

/// Stops everything that is left of the run: each child with its grace, side by side.
fn stop(run: &str, children: Vec<Watched>) {
    let marks: BTreeSet<_> = children
        .iter()
        .map(|watched| watched.child.mark.clone())
        .collect();
    thread::scope(|scope| {
        for watched in children {
            scope.spawn(move || stop_child(watched));
        }
        strays::clear(
            Owner::RunExcept(run, &marks),
            Instant::now() + DEFAULT_GRACE,
        );
    });
    strays::clear(Owner::Run(run), Instant::now() + LAST_GRACE);
}

fn stop_child(watched: Watched) {
    let Watched {
        child,
        group,
        outputs,
    } = watched;
    for output in outputs {
        // A full or closed pipe would keep the child from ending well.
        thread::spawn(move || io::copy(&mut File::from(output), &mut io::sink()));
    }
    let owner = Owner::Child(&child.mark);
    let end = Instant::now() + child.grace;
    if child.keeps_state {
        group.end(Signal::SIGINT, end);
    } else {
        strays::ask(owner);
        group.end(Signal::SIGTERM, end);
    }
    strays::clear(owner, end);
    drop(group);
    if let Some(cleanup) = child.cleanup {
        clean_up(cleanup);
    }
}

fn clean_up(Cleanup { argv, cwd, env }: Cleanup) {
    let mut command = Command::new(argv, cwd);
    command.variables = env;
    command.timeout = Some(CLEANUP_TIMEOUT);
    // Our own outputs are closed, and nobody could act on an error.
    let _best_effort = run(&command, None, false, &Token::default());
}
