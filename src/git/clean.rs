//! What files become on their way into a commit that go through a filter of the user's, which encrypts them, say, or
//! keeps large ones elsewhere.
//!
//! Git leaves a filter out without a word where it cannot read what says that there is one, and so does one that is not
//! required and fails. That would be a secret that is committed as it is. So which filters there are is read here, where
//! what cannot be read is told, and what a filter makes counts only where it says that all went well.

use std::sync::mpsc;
use std::thread;

use gix::bstr::{BStr, BString, ByteSlice};
use gix::filter::plumbing::Driver;
use gix::filter::plumbing::driver::apply::Context as Place;
use gix::filter::plumbing::driver::{Operation, State};

use super::GitError;
use super::error::Context;
use super::program::{PATIENCE, Program, late};

/// What a filter makes, or why it makes nothing.
type Made = Result<Vec<u8>, String>;

/// The filters that are configured.
pub(super) struct Clean<'g> {
    git: &'g gix::Repository,
    drivers: Vec<Driver>,
    /// The programs that go on from file to file.
    running: State,
}

impl<'g> Clean<'g> {
    pub(super) fn new(git: &'g gix::Repository, drivers: Vec<Driver>) -> Result<Self, GitError> {
        let context = git.command_context();
        let context = context.doing_at("read the filters of", git.git_dir())?;
        Ok(Self {
            git,
            drivers,
            running: State::new(context),
        })
    }

    /// The filter of a name; `None` where nothing is configured for it, which git takes for no filter.
    pub(super) fn driver(&self, name: &BStr) -> Option<Driver> {
        self.drivers.iter().find(|one| one.name == name).cloned()
    }

    /// Makes of the bytes of a file what a filter makes of them.
    pub(super) fn apply(
        &mut self,
        driver: Driver,
        path: &str,
        bytes: &[u8],
    ) -> Result<Made, GitError> {
        let is_required = driver.required;
        // Whoever sets the one that goes on, if only to nothing, takes the other one away.
        let made = match (&driver.process, &driver.clean) {
            (Some(process), _) if !process.is_empty() => self.go_on(driver, path, bytes),
            (None, Some(command)) if !command.is_empty() => {
                let command = for_path(command.as_ref(), path);
                Program::of(self.git)
                    .filter(command.as_ref(), bytes)?
                    .map(Some)
            }
            _ => Ok(None),
        };
        Ok(made.and_then(|made| match made {
            Some(made) => Ok(made),
            None if is_required => {
                Err("it is required, and changes no file on this way".to_owned())
            }
            None => Ok(bytes.to_owned()),
        }))
    }

    /// The same by a program that goes on; `None` where it is not for this way.
    fn go_on(
        &mut self,
        driver: Driver,
        path: &str,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, String> {
        // One that does not answer keeps what it was given.
        let next = self.running.clone();
        let mut running = std::mem::replace(&mut self.running, next);
        let (path, bytes) = (BString::from(path), bytes.to_owned());
        let (to, from) = mpsc::channel();
        thread::spawn(move || {
            let made = ask(&mut running, &driver, (path.as_bstr(), &bytes));
            drop(to.send((made, running)));
        });
        let (made, running) = from.recv_timeout(PATIENCE).map_err(|_| late())?;
        self.running = running;
        made
    }
}

fn ask(
    running: &mut State,
    driver: &Driver,
    (path, mut bytes): (&BStr, &[u8]),
) -> Result<Option<Vec<u8>>, String> {
    let place = Place {
        rela_path: path,
        ref_name: None,
        treeish: None,
        blob: None,
    };
    let out = running.apply(driver, &mut bytes, Operation::Clean, place);
    let Some(mut out) = out.map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let mut made = Vec::new();
    let read = out.read_to_end(&mut made);
    read.map(|_| Some(made)).map_err(|error| error.to_string())
}

/// A command with the path that it is about, for a shell: `%f` stands for it, and `%%` for `%`.
fn for_path(command: &BStr, path: &str) -> BString {
    let mut whole = BString::default();
    let mut rest = command.as_bytes();
    while let Some(at) = rest.find_byte(b'%') {
        whole.extend(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.first() {
            Some(b'f') => whole.extend(&*gix::quote::single(path.into())),
            Some(b'%') => whole.push(b'%'),
            _ => {
                whole.push(b'%');
                continue;
            }
        }
        rest = &rest[1..];
    }
    whole.extend(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::for_path;

    #[test]
    fn a_command_is_about_a_path() {
        for (command, whole) in [
            ("clean", "clean"),
            ("clean %f", "clean 'it'\\''s'"),
            ("%f %% %s %", "'it'\\''s' % %s %"),
            ("%%f", "%f"),
        ] {
            assert_eq!(for_path(command.into(), "it's"), whole, "{command}");
        }
    }
}
