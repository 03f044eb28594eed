//! A text of a template, with where following it leads: from the same place, always to the same.
//!
//! The texts of a template are printed again and again, mostly at the same places of their target language. So a text is
//! followed character by character until it was printed twice; from then on, where it led to is known. Where its first
//! line ends one that had a value in it, the place is a new one each time, and what comes behind that line is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::language::Writer;

/// A text of a template.
pub(super) struct Passage {
    pub(super) text: Arc<str>,
    whole: Way,
    /// Where its second line begins, and the way from there.
    further: Option<(usize, Way)>,
}

/// Where a text led to.
#[derive(Default)]
struct Way {
    was_followed: AtomicBool,
    /// From which place it led to which.
    led: OnceLock<[Box<dyn Writer>; 2]>,
}

impl Passage {
    pub(super) fn new(text: &str) -> Self {
        let line = text.find('\n').map(|end| end + 1);
        let further = line.filter(|end| *end < text.len());
        Self {
            text: text.into(),
            whole: Way::default(),
            further: further.map(|line| (line, Way::default())),
        }
    }

    /// Has a writer take it in.
    pub(super) fn follow(&self, writer: &mut dyn Writer) {
        if self.whole.is_gone(writer) {
            return;
        }
        let Some((line, further)) = &self.further else {
            return self.whole.go(&self.text, writer);
        };
        if self.whole.is_open() {
            return self.whole.go(&self.text, writer);
        }
        writer.feed(&self.text[..*line]);
        if !further.is_gone(writer) {
            further.go(&self.text[*line..], writer);
        }
    }
}

impl Way {
    /// Goes a way that is known from here; whether there is one.
    fn is_gone(&self, writer: &mut dyn Writer) -> bool {
        let known = self.led.get().filter(|[from, _]| writer.is_at(&**from));
        if let Some([_, to]) = known {
            writer.go_to(&**to);
        }
        known.is_some()
    }

    /// Whether it is not known yet where it leads to.
    fn is_open(&self) -> bool {
        self.led.get().is_none()
    }

    /// Follows a text, and remembers where that led to the second time.
    fn go(&self, text: &str, writer: &mut dyn Writer) {
        if self.is_open() && self.was_followed.swap(true, Ordering::Relaxed) {
            let from = writer.kept();
            writer.feed(text);
            // Another thread may have been here first.
            let _ = self.led.set([from, writer.kept()]);
        } else {
            writer.feed(text);
        }
    }
}
