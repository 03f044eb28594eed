//! The loop: waits for an event or a moment, gathers, hands out batches.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::native::{Health, Native};
use super::pending::Pending;
use super::polling::Polling;
use super::{Handle, Notice, Options, Scope, Step, Update, WatchError};

/// How often to look at all files where the operating system does not report changes.
const POLL: Duration = Duration::from_millis(500);

/// How many events to take in before looking at the clock again.
const AT_ONCE: usize = 4096;

/// All that can wake the loop, but for the clock.
#[derive(Debug)]
pub(super) enum Event {
    /// The operating system reports something.
    Reported {
        /// What it reports.
        report: notify::Result<notify::Event>,
        /// When it arrived.
        at: Instant,
    },
    /// A key was pressed.
    Pressed {
        /// The key.
        key: char,
        /// Dropped once what it asks for is done.
        done: Sender<()>,
    },
    /// The watch is to end.
    Stop,
}

/// Watches a folder until it is told to stop, by the handle or by what `on_update` returns. First come notices, if
/// any, and [`Update::Watching`]; then a batch for each change.
pub fn watch(
    scope: &Scope<'_>,
    options: &Options,
    stop: &Handle,
    on_update: &mut dyn FnMut(Update) -> Step,
) -> Result<(), WatchError> {
    let unreadable = |source| WatchError::Root {
        path: scope.root.to_owned(),
        source,
    };
    std::fs::read_dir(scope.root).map_err(unreadable)?;
    let (sender, events) = channel();
    stop.wakes(sender.clone());
    let mut options = options.clone();
    if let Some(every) = options.poll {
        // Whether a file is still being written is told by two looks.
        options.writing = options.writing.max(2 * every);
        options.patience = options.patience.max(4 * every);
    }
    let mut watch = Watch {
        scope,
        options,
        events,
        sender,
        source: Source::None,
        pending: Pending::default(),
        again: None,
        pressed: Vec::new(),
    };
    let notice = watch.open();
    let mut updates: Vec<Update> = notice.map(Update::Notice).into_iter().collect();
    updates.push(Update::Watching);
    while !stop.is_stopped() {
        for update in updates {
            match on_update(update) {
                Step::Go => {}
                Step::Again(pause) => watch.again = Some(Instant::now() + pause),
                Step::Stop => return Ok(()),
            }
        }
        watch.pressed.clear();
        updates = watch.turn();
    }
    Ok(())
}

/// How many folders the operating system would report changes of, or why it would not.
///
/// # Errors
/// Where all files would be looked at from time to time instead.
pub fn rehearse(scope: &Scope<'_>) -> Result<usize, String> {
    let (sender, _events) = channel();
    native(scope, &sender).map(|native| native.folders())
}

/// The watches of the operating system, or why they would not do.
fn native(scope: &Scope<'_>, events: &Sender<Event>) -> Result<Native, String> {
    let remote = remote_file_system(scope.root);
    remote.map_or_else(
        || Native::new(scope, events),
        |name| Err(format!("this is {name}")),
    )
}

/// Where changes come from.
enum Source {
    Native(Native),
    Polling(Polling),
    /// Not opened yet.
    None,
}

struct Watch<'a> {
    scope: &'a Scope<'a>,
    options: Options,
    events: Receiver<Event>,
    sender: Sender<Event>,
    source: Source,
    pending: Pending,
    /// When the caller wants to be asked, though nothing happens.
    again: Option<Instant>,
    /// Who waits until a key is dealt with.
    pressed: Vec<Sender<()>>,
}

impl Watch<'_> {
    /// Begins with the events of the operating system, or falls back to looking.
    fn open(&mut self) -> Option<Notice> {
        if let Some(every) = self.options.poll {
            self.source = Source::Polling(Polling::new(self.scope, every));
            return None;
        }
        match native(self.scope, &self.sender) {
            Ok(native) => {
                self.source = Source::Native(native);
                None
            }
            Err(reason) => Some(self.poll_because(reason)),
        }
    }

    fn poll_because(&mut self, reason: String) -> Notice {
        self.source = Source::Polling(Polling::new(self.scope, POLL));
        self.pending.rescan(Instant::now());
        Notice::Polling {
            every: POLL,
            reason,
        }
    }

    /// Waits once, and returns what is to be told.
    fn turn(&mut self) -> Vec<Update> {
        let mut updates = Vec::new();
        match self.events.recv_timeout(self.patience()) {
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return updates,
            Ok(event) => updates.extend(self.absorb(event)),
            Err(RecvTimeoutError::Timeout) => {}
        }
        for _ in 0..AT_ONCE {
            match self.events.try_recv() {
                Ok(Event::Stop) | Err(_) => break,
                Ok(event) => updates.extend(self.absorb(event)),
            }
        }
        updates.extend(self.tick(Instant::now()).map(Update::Notice));
        if self.again_at().is_some_and(|again| again <= Instant::now()) {
            self.again = None;
            updates.push(Update::Again);
        }
        if !self.is_root_missing() {
            updates.extend(
                self.pending
                    .take(&self.options, Instant::now())
                    .map(Update::Batch),
            );
        }
        updates
    }

    /// How long there is nothing to do, if no event comes.
    fn patience(&self) -> Duration {
        let tick = match &self.source {
            Source::Native(native) => Some(native.next_tick()),
            Source::Polling(polling) => Some(polling.next_tick()),
            Source::None => None,
        };
        let ready = self
            .pending
            .ready_at(&self.options)
            .filter(|_| !self.is_root_missing());
        let next = tick.into_iter().chain(ready).chain(self.again_at()).min();
        next.map_or(POLL, |next| next.saturating_duration_since(Instant::now()))
    }

    /// When the caller is asked again: not while something is pending, which may be half written.
    fn again_at(&self) -> Option<Instant> {
        let is_quiet = self.pending.ready_at(&self.options).is_none();
        self.again.filter(|_| is_quiet)
    }

    fn is_root_missing(&self) -> bool {
        match &self.source {
            Source::Native(native) => native.is_root_missing(),
            Source::Polling(polling) => polling.is_root_missing(),
            Source::None => false,
        }
    }

    /// Takes in a key, or a report of the operating system.
    fn absorb(&mut self, event: Event) -> Option<Update> {
        let (report, at) = match event {
            Event::Reported { report, at } => (report, at),
            Event::Pressed { key, done } => {
                self.pressed.push(done);
                return Some(Update::Key(key));
            }
            Event::Stop => return None,
        };
        let Source::Native(native) = &mut self.source else {
            return None;
        };
        match native.absorb(self.scope, report, (&mut self.pending, at)) {
            Health::Fine => None,
            Health::Broken(reason) => Some(Update::Notice(self.poll_because(reason))),
        }
    }

    /// Does what is due by the clock.
    fn tick(&mut self, now: Instant) -> Option<Notice> {
        match &mut self.source {
            Source::Native(native) => match native.tick(self.scope, &self.sender, now) {
                Ok(Some(Notice::RootBack)) => {
                    self.pending.rescan(now);
                    Some(Notice::RootBack)
                }
                Ok(notice) => notice,
                Err(reason) => Some(self.poll_because(reason)),
            },
            Source::Polling(polling) => polling.tick(self.scope, &mut self.pending, now),
            Source::None => None,
        }
    }
}

/// The name of a file system on which other machines make changes that this one is not told of.
#[cfg(target_os = "linux")]
fn remote_file_system(root: &Path) -> Option<&'static str> {
    const NAMES: [(u32, &str); 4] = [
        (0x6969, "a network file system (NFS)"),
        (0xFF53_4D42, "a network file system (CIFS)"),
        (0xFE53_4D42, "a network file system (SMB)"),
        (0x0102_1997, "a shared file system (9p)"),
    ];
    let kind = u32::try_from(rustix::fs::statfs(root).ok()?.f_type & 0xFFFF_FFFF).ok()?;
    NAMES
        .iter()
        .find(|(magic, _)| *magic == kind)
        .map(|(_, name)| *name)
}

#[cfg(not(target_os = "linux"))]
fn remote_file_system(_: &Path) -> Option<&'static str> {
    None
}
