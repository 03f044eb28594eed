//! Ending a watch from elsewhere: a key, another thread, a signal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::WatchError;
use super::event_loop::Event;

/// Ends a watch, between two batches and never within one. Clones end the same watch.
#[derive(Clone, Debug, Default)]
pub struct StopHandle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    /// Where the loop waits, once it does.
    wake: Mutex<Option<Sender<Event>>>,
}

impl StopHandle {
    /// Ends the watch that runs with this handle, or the next one.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let wake = self
            .shared
            .wake
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*wake {
            // A loop that has ended meanwhile need not be woken.
            let _ = sender.send(Event::Stop);
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
pub fn on_interrupt(handle: StopHandle) -> Result<(), WatchError> {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]);
    let mut signals = signals.map_err(|source| WatchError::Signals { source })?;
    let listen = move || {
        for _ in signals.forever() {
            handle.stop();
        }
    };
    let thread = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen);
    thread.map_err(|source| WatchError::Signals { source })?;
    Ok(())
}
