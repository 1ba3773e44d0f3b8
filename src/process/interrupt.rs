//! Ctrl-C and similar signals: the first requests an orderly stop, the second ends the process.

use super::ignored::ignored_at_start;
use super::{Token, group, strays, terminal, watchdog};
use crate::fault::{Interrupt, lock};
use crate::screen::{self, Stream, Suspended, on_broken_pipe};
use nix::sys::signal::{Signal, raise};
use nix::unistd::{getpgrp, getsid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Signals within this time are one request: `timeout` signals a program and then its group, and a
/// wrapper forwards what the terminal has already sent.
const DEBOUNCE_TIME: Duration = Duration::from_millis(200);

/// How long children may take to stop before the user is told what the run is waiting for.
const NOTICE_AFTER: Duration = Duration::from_secs(1);

/// The interrupt that `signal` stands for.
const fn interrupt_of(signal: i32) -> Interrupt {
    match signal {
        SIGTERM => Interrupt::Terminate,
        SIGHUP => Interrupt::Hangup,
        SIGQUIT => Interrupt::Quit,
        _ => Interrupt::CtrlC,
    }
}

/// The signal that asks the children to stop. Not SIGHUP: Terraform dies of it on the spot.
pub(super) const fn signal_of(interrupt: Interrupt) -> Signal {
    match interrupt {
        Interrupt::CtrlC => Signal::SIGINT,
        Interrupt::Quit => Signal::SIGQUIT,
        Interrupt::Terminate | Interrupt::Hangup | Interrupt::BrokenPipe => Signal::SIGTERM,
    }
}

/// Turns signals into stop requests on a token. The thread that waits for a child signals it; a
/// second signal kills every child and ends the process here.
struct Listener {
    signals: Signals,
    token: Arc<Token>,
    first: Option<(Interrupt, Instant)>,
    /// Ctrl-Z has stopped us, and SIGCONT has not arrived yet.
    suspended: Option<Suspended>,
}

/// The listener, until [`watch`] moves it to a thread: starting one takes longer than many runs.
static IDLE_LISTENER: Mutex<Option<Listener>> = Mutex::new(None);
/// [`watch`] was called.
static IS_WATCHING: AtomicBool = AtomicBool::new(false);

/// From now on signals do not end the process: they are queued for [`watch`] or [`poll_signals`].
/// A signal that was ignored when the process started, as `nohup` does, stays ignored. The loss of
/// the reader of our output stops `token` too.
pub(crate) fn listen(token: Arc<Token>) -> io::Result<()> {
    let ignored = ignored_at_start();
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
    let signals = Signals::new(signals.iter().filter(|signal| !ignored.has(**signal)))?;
    let broken = Arc::clone(&token);
    on_broken_pipe(move || broken.interrupt(Interrupt::BrokenPipe));
    watchdog::enable();
    *lock(&IDLE_LISTENER) = Some(Listener {
        signals,
        token,
        first: None,
        suspended: None,
    });
    Ok(())
}

/// Handles signals on a thread from now on. Called before anything that may take a while. Ctrl-Z
/// then removes the live block and stops the children before it stops the process. The first group
/// of a session is left as it is, since no shell could continue it.
pub(crate) fn watch() {
    if IS_WATCHING.swap(true, Ordering::Relaxed) {
        return;
    }
    if let Some(mut listener) = lock(&IDLE_LISTENER).take() {
        // If this fails, Ctrl-Z stops only this process.
        let _as_before = listener.signals.add_signal(SIGCONT);
        if getsid(None) != Ok(getpgrp()) {
            let _as_before = listener.signals.add_signal(SIGTSTP);
        }
        std::thread::spawn(move || {
            loop {
                let signals: Vec<_> = listener.signals.wait().collect();
                for signal in signals {
                    listener.handle(signal);
                }
            }
        });
    }
}

/// Handles the signals that have arrived, without starting a thread. Enough where the next call
/// follows soon.
pub(crate) fn poll_signals() {
    let mut idle = lock(&IDLE_LISTENER);
    let Some(listener) = idle.as_mut() else {
        return;
    };
    let signals: Vec<_> = listener.signals.pending().collect();
    for signal in &signals {
        listener.handle(*signal);
    }
    drop(idle);
    if !signals.is_empty() {
        watch();
    }
}

impl Listener {
    fn handle(&mut self, signal: i32) {
        match signal {
            SIGTSTP => {
                self.suspended = Some(screen::suspend());
                group::signal_all(Signal::SIGTSTP);
                let _stops_here = raise(Signal::SIGSTOP);
                return;
            }
            SIGCONT => {
                screen::continued();
                self.suspended = None;
                group::signal_all(Signal::SIGCONT);
                return;
            }
            _ => {}
        }
        let interrupt = interrupt_of(signal);
        match self.first {
            None => {
                self.first = Some((interrupt, Instant::now()));
                self.token.interrupt(interrupt);
                std::thread::spawn(announce_wait);
            }
            Some((first, at)) if is_another(interrupt, at) => {
                let nothing_starts = group::kill_all();
                strays::kill_all(&nothing_starts.children());
                terminal::restore();
                screen::remove_block();
                let _nobody_reads =
                    screen::write_whole(std::io::stderr(), b"error: killed by a second signal\n");
                std::process::exit(i32::from(first.exit_code()));
            }
            Some(_) => {}
        }
    }
}

/// Tells the user if children are slow to stop: otherwise the run would look stuck.
fn announce_wait() {
    std::thread::sleep(NOTICE_AFTER);
    if group::any() {
        let line = b"waiting for running programs to stop; press Ctrl-C again to kill them\n";
        screen::put(Stream::Stderr, line);
    }
}

/// True if this is a second request. SIGHUP never is: the kernel and the shell both send it when a
/// terminal closes.
fn is_another(interrupt: Interrupt, first: Instant) -> bool {
    interrupt != Interrupt::Hangup && first.elapsed() >= DEBOUNCE_TIME
}
