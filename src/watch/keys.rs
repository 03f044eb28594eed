//! The keys of a terminal, one at a time and without a line break behind them.
//!
//! The terminal is told to hand out each key at once and to show none. It gets its modes back however the program ends:
//! when [`Keys`] is dropped, at the end, by a signal that ends the watch or while a panic unwinds, and while the program
//! is stopped or an editor has the terminal. Ctrl-C and its kind stay signals.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use signal_hook::consts::{SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use super::Handle;

/// What the watch is told when the screen has to be drawn again.
pub const REDRAW: char = '\u{c}';

/// How long to wait before looking again whether the terminal is ours to read.
const BACKGROUND: Duration = Duration::from_millis(200);

/// Keys go to a watch until this is dropped.
#[derive(Debug)]
pub struct Keys {
    modes: Arc<Modes>,
    handle: Handle,
}

impl Keys {
    /// Sends the keys that are pressed from now on to a watch. `None` where stdin is no terminal of ours to read.
    pub fn listen(handle: &Handle) -> Option<Self> {
        let modes = Arc::new(Modes::of(
            rustix::stdio::stdin().try_clone_to_owned().ok()?,
        )?);
        if !modes.is_foreground() {
            return None;
        }
        modes.enter();
        let keys = Self {
            modes: modes.clone(),
            handle: handle.clone(),
        };
        let mut signals = Signals::new([SIGTSTP, SIGWINCH]).ok()?;
        let (to, of) = (handle.clone(), modes.clone());
        let stops = move || {
            for signal in signals.forever() {
                if signal == SIGTSTP {
                    of.suspend();
                }
                to.press(REDRAW);
            }
        };
        let to = handle.clone();
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        named("stops").spawn(stops).ok()?;
        named("keys").spawn(move || read(&modes, &to)).ok()?;
        Some(keys)
    }

    /// Lends the terminal, as it was before, to something such as an editor. Ctrl-C is not for us meanwhile.
    pub fn lend<T>(&self, to: impl FnOnce() -> T) -> T {
        self.modes.leave();
        self.handle.lend();
        let done = to();
        self.handle.take_back();
        self.modes.enter();
        done
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.modes.close();
    }
}

/// The modes of a terminal.
#[derive(Debug)]
struct Modes {
    terminal: OwnedFd,
    before: Termios,
    /// Whether keys are wanted, until they never are again.
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The modes are those from before.
    Outside,
    /// Each key comes at once.
    Inside,
    /// The modes are those from before, for good.
    Closed,
}

impl Modes {
    fn of(terminal: OwnedFd) -> Option<Self> {
        let before = tcgetattr(&terminal).ok()?;
        Some(Self {
            terminal,
            before,
            state: Mutex::new(State::Outside),
        })
    }

    /// Whether the terminal is for us to read: to touch it from the background would stop the program.
    fn is_foreground(&self) -> bool {
        // One that does not control us, or is gone, cannot stop us.
        tcgetpgrp(&self.terminal).map_or(true, |group| group == rustix::process::getpgrp())
    }

    fn enter(&self) {
        let mut modes = self.before.clone();
        modes
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.set(&modes, State::Inside);
    }

    fn leave(&self) {
        self.set(&self.before, State::Outside);
    }

    fn close(&self) {
        self.set(&self.before, State::Closed);
    }

    fn set(&self, modes: &Termios, next: State) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *state != State::Closed && self.is_foreground() {
            // A terminal that is gone needs no modes.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, modes);
            *state = next;
        }
    }

    /// Stops the program as Ctrl-Z wants, with the terminal as it was before.
    fn suspend(&self) {
        let was = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.leave();
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        if was == State::Inside {
            self.enter();
        }
    }
}

/// Reads keys as long as there is a terminal.
fn read(modes: &Modes, handle: &Handle) {
    while let Some(key) = next(modes) {
        handle.press(key);
    }
}

/// Waits for a key. Those of more than one byte, such as arrows, mean nothing and come byte by byte.
fn next(modes: &Modes) -> Option<char> {
    loop {
        wait(modes.terminal.as_fd())?;
        if !modes.is_foreground() {
            thread::sleep(BACKGROUND);
            continue;
        }
        let mut byte = [0];
        return match rustix::io::read(&modes.terminal, &mut byte) {
            Ok(1) => Some(char::from(byte[0])),
            Err(rustix::io::Errno::INTR) => continue,
            _ => None,
        };
    }
}

/// Waits until there is something to read; `None` where there never will be.
fn wait(terminal: BorrowedFd<'_>) -> Option<()> {
    let mut polled = [PollFd::new(&terminal, PollFlags::IN)];
    loop {
        match poll(&mut polled, None) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    polled[0].revents().contains(PollFlags::IN).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    /// A terminal with somebody at its other end.
    fn terminal() -> (OwnedFd, OwnedFd) {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&far).unwrap();
        unlockpt(&far).unwrap();
        let name = ptsname(&far, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let near = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        (far, near)
    }

    fn echoes(terminal: &OwnedFd) -> bool {
        let modes = tcgetattr(terminal).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    #[test]
    fn a_panic_gives_the_terminal_its_modes_back() {
        let (_far, near) = terminal();
        assert!(echoes(&near));
        let modes = Arc::new(Modes::of(near.try_clone().unwrap()).unwrap());
        modes.enter();
        assert!(!echoes(&near));
        let handle = Handle::default();
        let keys = Keys { modes, handle };
        keys.lend(|| assert!(echoes(&near)));
        assert!(!echoes(&near));
        let died = thread::spawn(move || {
            let _keys = keys;
            panic!("on purpose");
        });
        assert!(died.join().is_err());
        assert!(echoes(&near));
    }

    #[test]
    fn a_key_comes_without_a_line_break_and_none_comes_from_nobody() {
        let (far, near) = terminal();
        let modes = Modes::of(near).unwrap();
        modes.enter();
        rustix::io::write(&far, b"q").unwrap();
        assert_eq!(next(&modes), Some('q'));
        drop(far);
        assert_eq!(next(&modes), None);
    }
}
