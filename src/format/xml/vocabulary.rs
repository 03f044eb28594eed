//! The names of elements and attributes, each checked once.
//!
//! A file has few names and says them a million times, most often in the same order: what came behind a name the last
//! time is tried first.

/// How many names are remembered. What a file has beyond is looked at each time.
const MAX: usize = 1024;
/// Places of the table, and how many of them a name is looked for in.
const PLACES: usize = 4096;
const TRIES: usize = 8;

/// How many names that came behind another one are tried: some attributes are not in every tag.
const GUESSES: usize = 2;

/// No number.
const NONE: u16 = u16::MAX;

/// The name of an element or an attribute.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Name<'t> {
    pub(in crate::format) text: &'t str,
    /// The number, and a bit for a special one: in one word, since a processor waits where what it just wrote in
    /// parts is read as a whole.
    code: usize,
}

/// The bit of a special name.
const SPECIAL: usize = 1 << 16;

impl Name<'_> {
    /// The number of the name in this file, below 1,024, if it is one of the first.
    pub(in crate::format) fn number(self) -> Option<usize> {
        let number = self.code & !SPECIAL;
        (number != usize::from(NONE)).then_some(number)
    }

    /// Whether it has a prefix, or says where a reference points: all others are features.
    pub(in crate::format) fn is_special(self) -> bool {
        self.code & SPECIAL != 0
    }
}

/// What a name is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Element,
    Attribute,
}

/// A name with what tells it from others at a glance: its first and its last eight bytes.
#[derive(Clone, Copy, Debug)]
struct Entry<'t> {
    name: Name<'t>,
    head: u64,
    /// Which bits of the head belong to a name that is shorter.
    mask: u64,
    tail: u64,
}

/// Eight bytes at a place, if there are as many.
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*eight))
}

impl<'t> Entry<'t> {
    fn new(name: Name<'t>) -> Self {
        let bytes = name.text.as_bytes();
        let mut head = [0; 8];
        let short = bytes.len().min(8);
        head[..short].copy_from_slice(&bytes[..short]);
        Self {
            name,
            head: u64::from_le_bytes(head),
            mask: u64::MAX >> (64 - 8 * short.max(1)),
            tail: word(bytes, bytes.len().saturating_sub(8)).unwrap_or_default(),
        }
    }

    /// Whether the name stands at a place.
    #[inline]
    fn stands(&self, bytes: &[u8], at: usize) -> bool {
        let name = self.name.text.as_bytes();
        let end = at + name.len();
        let Some(first) = word(bytes, at) else {
            return bytes.get(at..end) == Some(name);
        };
        if (first ^ self.head) & self.mask != 0 {
            return false;
        }
        match name.len() {
            ..=8 => true,
            9..=16 => word(bytes, end - 8) == Some(self.tail),
            _ => bytes.get(at..end) == Some(name),
        }
    }
}

#[derive(Debug)]
pub(super) struct Vocabulary<'t> {
    names: Vec<Entry<'t>>,
    /// Which elements came behind each element, and which attributes behind each name, the last times.
    behind: [Vec<[u16; GUESSES]>; 2],
    /// The tag that had each name as an attribute the last time.
    had: Vec<usize>,
    /// Numbers by hash.
    table: Vec<u16>,
    element: u16,
    last: u16,
}

impl<'t> Vocabulary<'t> {
    pub(super) fn new() -> Self {
        Self {
            names: Vec::new(),
            behind: [Vec::new(), Vec::new()],
            had: Vec::new(),
            table: vec![NONE; PLACES],
            element: NONE,
            last: NONE,
        }
    }

    /// The name that begins at a byte, if one does.
    #[inline]
    pub(super) fn read(&mut self, (text, at): (&'t str, usize), of: Of) -> Option<Name<'t>> {
        let before = match of {
            Of::Element => self.element,
            Of::Attribute => self.last,
        };
        let behind = self.behind[of as usize].get(usize::from(before)).copied();
        for guess in behind.unwrap_or([NONE; GUESSES]) {
            let Some(guess) = self.names.get(usize::from(guess)) else {
                break;
            };
            let bytes = text.as_bytes();
            if guess.stands(bytes, at) && ends(bytes.get(at + guess.name.text.len())) {
                let guess = guess.name;
                self.went_by(guess, of);
                return Some(guess);
            }
        }
        self.read_other((text, at), of, before)
    }

    /// Whether a name that was read stands at a place.
    #[inline]
    pub(super) fn stands(&self, name: Name<'t>, bytes: &[u8], at: usize) -> bool {
        match name.number().and_then(|n| self.names.get(n)) {
            Some(entry) => entry.stands(bytes, at),
            None => bytes.get(at..at + name.text.len()) == Some(name.text.as_bytes()),
        }
    }

    /// Notes that a tag, by its place, has an attribute; returns whether it had it before. Nobody knows where the name
    /// has no number.
    #[inline]
    pub(super) fn has_again(&mut self, name: Name<'t>, tag: usize) -> Option<bool> {
        let had = self.had.get_mut(name.number()?)?;
        Some(std::mem::replace(had, tag) == tag)
    }

    #[cold]
    #[inline(never)]
    fn read_other(
        &mut self,
        (text, at): (&'t str, usize),
        of: Of,
        before: u16,
    ) -> Option<Name<'t>> {
        let end = name_end(text.as_bytes(), at);
        let name = self.look(&text[at..end])?;
        if let Some(behind) = self.behind[of as usize].get_mut(usize::from(before)) {
            behind.rotate_right(1);
            behind[0] = short(name);
        }
        self.went_by(name, of);
        Some(name)
    }

    fn went_by(&mut self, name: Name<'t>, of: Of) {
        let number = short(name);
        self.last = number;
        if let Of::Element = of {
            self.element = number;
        }
    }

    fn look(&mut self, text: &'t str) -> Option<Name<'t>> {
        let hash = text.bytes().fold(0_usize, |h, b| {
            (h.rotate_left(5) ^ usize::from(b)).wrapping_mul(0x9e37_79b1)
        });
        let mut free = None;
        for place in (hash >> 7..).map(|p| p % PLACES).take(TRIES) {
            match self.names.get(usize::from(self.table[place])) {
                Some(entry) if entry.name.text == text => return Some(entry.name),
                Some(_) => {}
                None => {
                    free = Some(place);
                    break;
                }
            }
        }
        if !is_name(text) {
            return None;
        }
        let special = text.contains(':') || matches!(text, "href" | "xmlns");
        let code = |number: u16| usize::from(number) | if special { SPECIAL } else { 0 };
        let mut name = Name {
            text,
            code: code(NONE),
        };
        if let Some(place) = free.filter(|_| self.names.len() < MAX) {
            let number = u16::try_from(self.names.len()).unwrap_or(NONE);
            name.code = code(number);
            self.table[place] = number;
            self.names.push(Entry::new(name));
            self.behind.iter_mut().for_each(|b| b.push([NONE; GUESSES]));
            self.had.push(usize::MAX);
        }
        Some(name)
    }
}

/// The number of a name, or none, as it is kept.
fn short(name: Name<'_>) -> u16 {
    name.number()
        .and_then(|n| u16::try_from(n).ok())
        .unwrap_or(NONE)
}

/// Whether a byte cannot be in a name.
#[inline]
fn ends(byte: Option<&u8>) -> bool {
    const ENDS: [bool; 256] = {
        let mut ends = [false; 256];
        let all = b"=></ \t\n\r\x22'";
        let mut at = 0;
        while at < all.len() {
            ends[all[at] as usize] = true;
            at += 1;
        }
        ends
    };
    byte.is_none_or(|b| ENDS[*b as usize])
}

/// Where a name ends that begins at `at`.
pub(super) fn name_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|b| ends(Some(b)))
        .unwrap_or(rest.len())
}

/// Whether a text is a name with a prefix at most.
fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}') || c == ':';
    text.starts_with(first) && text.chars().all(rest) && text.matches(':').count() <= 1
}
