//! Reaching a watch from elsewhere: a key, another thread, a signal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::WatchError;
use super::event_loop::Event;

/// Ends a watch or tells it of keys, between two batches and never within one. Clones reach the same watch.
#[derive(Clone, Debug, Default)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    /// Whether another program has the terminal, so that Ctrl-C is meant for it.
    lent: AtomicBool,
    /// Where the loop waits, once it does.
    wake: Mutex<Option<Sender<Event>>>,
}

impl Handle {
    /// Ends the watch that runs with this handle, or the next one.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.wake(Event::Stop);
    }

    /// Tells the watch of a key, and waits until it has done what the key asks for.
    pub fn press(&self, key: char) {
        let (done, wait) = channel();
        self.wake(Event::Pressed { key, done });
        // Nothing is sent: it ends when the loop lets go of the event, or has ended.
        let _ = wait.recv();
    }

    /// Takes no notice of Ctrl-C and Ctrl-\\ until the terminal is [taken back](Self::take_back).
    pub(super) fn lend(&self) {
        self.shared.lent.store(true, Ordering::SeqCst);
    }

    pub(super) fn take_back(&self) {
        self.shared.lent.store(false, Ordering::SeqCst);
    }

    fn wake(&self, event: Event) {
        let wake = self
            .shared
            .wake
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*wake {
            // A loop that has ended meanwhile need not be woken.
            let _ = sender.send(event);
        }
    }

    /// Whether the watch has been asked to end.
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::SeqCst)
    }

    /// Says where the loop waits.
    pub(super) fn wakes(&self, sender: Sender<Event>) {
        *self
            .shared
            .wake
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(sender);
    }
}

/// Has Ctrl-C, a request to terminate and the end of the terminal stop a watch, after the batch it is working on.
pub fn on_interrupt(handle: Handle) -> Result<(), WatchError> {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]);
    let mut signals = signals.map_err(|source| WatchError::Signals { source })?;
    let listen = move || {
        for signal in signals.forever() {
            let of_keyboard = matches!(signal, SIGINT | SIGQUIT);
            if !(of_keyboard && handle.shared.lent.load(Ordering::SeqCst)) {
                handle.stop();
            }
        }
    };
    let thread = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen);
    thread.map_err(|source| WatchError::Signals { source })?;
    Ok(())
}
