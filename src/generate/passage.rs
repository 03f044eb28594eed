//! A text of a template, with where following it leads: from the same place, always to the same.
//!
//! The texts of a template are printed again and again, mostly at the same places of their target language. So a text is
//! followed character by character until it was printed twice; from then on, where it led to is known. Where it ends a
//! line that had a value in it, the place is a new one each time, and what is known is the way from the next line on.

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
    #[inline]
    pub(super) fn follow(&self, writer: &mut dyn Writer) {
        if writer.recurs() {
            return self.whole.go(&self.text, writer);
        }
        let Some((line, further)) = &self.further else {
            return writer.feed(&self.text);
        };
        writer.feed(&self.text[..*line]);
        further.go(&self.text[*line..], writer);
    }
}

impl Way {
    #[inline]
    fn go(&self, text: &str, writer: &mut dyn Writer) {
        match self.led.get() {
            Some([from, to]) if writer.is_at(&**from) => writer.go_to(&**to),
            None if self.was_followed.swap(true, Ordering::Relaxed) => {
                let from = writer.kept();
                writer.feed(text);
                // Another thread may have been here first.
                let _ = self.led.set([from, writer.kept()]);
            }
            _ => writer.feed(text),
        }
    }
}
