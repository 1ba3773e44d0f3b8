//! Ctrl-C and its kin: the first asks for an orderly stop, the second ends at once.

use super::{Token, group, terminal};
use crate::fault::Interrupt;
use crate::screen::{self, Away, Stream};
use nix::sys::signal::{Signal, raise};
use nix::unistd::{getpgrp, getsid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What comes within this time is one request: `timeout` signals a program and then its group, a
/// wrapper passes on what the terminal has sent already.
const ONE_REQUEST: Duration = Duration::from_millis(200);

/// After this time without an end it is said what is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The interrupt that `signal` asks for.
const fn of_signal(signal: i32) -> Interrupt {
    match signal {
        SIGTERM => Interrupt::Terminate,
        SIGHUP => Interrupt::Hangup,
        _ => Interrupt::CtrlC,
    }
}

/// The signal that passes `interrupt` on to the children.
pub(super) const fn signal_of(interrupt: Interrupt) -> Signal {
    match interrupt {
        Interrupt::CtrlC => Signal::SIGINT,
        Interrupt::Terminate => Signal::SIGTERM,
        Interrupt::Hangup => Signal::SIGHUP,
    }
}

/// Turns signals into requests on a token. Each child is told by the thread that waits for it; a
/// second signal kills every child and ends the process here.
struct Listener {
    signals: Signals,
    token: Arc<Token>,
    first: Option<(Interrupt, Instant)>,
    /// Ctrl-Z has stopped us, and nothing has continued us yet.
    halted: Option<Away>,
}

/// The listener until a thread has it: waking a second thread up takes longer than many a run.
static WAITING: Mutex<Option<Listener>> = Mutex::new(None);
static WATCHED: AtomicBool = AtomicBool::new(false);
static HANDLE: OnceLock<Handle> = OnceLock::new();

/// From now on no signal ends the process by itself: each is kept until [`watch`] or [`heard`].
pub fn listen(token: Arc<Token>) -> io::Result<()> {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let _once_a_process = HANDLE.set(signals.handle());
    *waiting() = Some(Listener {
        signals,
        token,
        first: None,
        halted: None,
    });
    Ok(())
}

/// Hears signals at once from now on. To be called before anything that may take a while.
pub fn watch() {
    if WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    if let Some(mut listener) = waiting().take() {
        std::thread::spawn(move || {
            loop {
                let signals: Vec<_> = listener.signals.wait().collect();
                for signal in signals {
                    listener.hear(signal);
                }
            }
        });
    }
}

/// From now on Ctrl-Z takes what is live off the screen first. Nobody could continue a session's
/// first group, so that one is not stopped, as without us.
pub fn watch_halts() {
    watch();
    let Some(handle) = HANDLE.get() else {
        return;
    };
    // Without it Ctrl-Z leaves a block of text behind, and no more.
    let _as_before = handle.add_signal(SIGCONT);
    if getsid(None) != Ok(getpgrp()) {
        let _as_before = handle.add_signal(SIGTSTP);
    }
}

/// Looks whether a signal has come: enough where the next look is a moment away.
pub fn heard() {
    let mut waiting = waiting();
    let Some(listener) = waiting.as_mut() else {
        return;
    };
    let signals: Vec<_> = listener.signals.pending().collect();
    for signal in &signals {
        listener.hear(*signal);
    }
    drop(waiting);
    if !signals.is_empty() {
        watch();
    }
}

fn waiting() -> MutexGuard<'static, Option<Listener>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Listener {
    fn hear(&mut self, signal: i32) {
        match signal {
            SIGTSTP => {
                self.halted = Some(screen::away());
                let _halts_here = raise(Signal::SIGSTOP);
                return;
            }
            SIGCONT => {
                screen::continued();
                self.halted = None;
                return;
            }
            _ => {}
        }
        let interrupt = of_signal(signal);
        match self.first {
            None => {
                self.first = Some((interrupt, Instant::now()));
                self.token.interrupt(interrupt);
                std::thread::spawn(say_what_is_waited_for);
            }
            Some((first, at)) if is_another(interrupt, at) => {
                let _nothing_starts = group::kill_everything();
                terminal::restore();
                screen::leave();
                let _nobody_reads =
                    screen::write_whole(std::io::stderr(), b"error: stopped at once\n");
                std::process::exit(i32::from(first.exit_code()));
            }
            Some(_) => {}
        }
    }
}

/// Says so if programs take their time to stop: a screen that stands still looks stuck.
fn say_what_is_waited_for() {
    std::thread::sleep(PATIENCE);
    if group::any() {
        let line = b"waiting for what runs to stop; Ctrl-C again ends it at once\n";
        screen::put(Stream::Stderr, line);
    }
}

/// A terminal that goes away says so more than once, by the kernel and by the shell.
fn is_another(interrupt: Interrupt, first: Instant) -> bool {
    interrupt != Interrupt::Hangup && first.elapsed() >= ONE_REQUEST
}
