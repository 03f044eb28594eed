//! Texts one behind the other, each with its length ahead, so that one number says where it is.

/// All texts of a model.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct TextPool(String);

/// The bits of a length that one character says; the one above them says that more follow.
const BITS: u32 = 6;
const MORE: u8 = 1 << BITS;

impl TextPool {
    /// Adds a text; returns where it is.
    #[inline]
    pub(super) fn keep(&mut self, text: &str) -> u32 {
        let start = super::index(self.0.len());
        let mut length = text.len();
        loop {
            let digit = u8::try_from(length % usize::from(MORE)).expect("six bits are left");
            length >>= BITS;
            let more = if length > 0 { MORE } else { 0 };
            self.0.push(char::from(digit | more));
            if length == 0 {
                break;
            }
        }
        self.0.push_str(text);
        start
    }

    /// The text at a place.
    #[inline]
    pub(in crate::model) fn at(&self, place: u32) -> &str {
        let mut start = place as usize;
        let (mut length, mut shift) = (0, 0);
        loop {
            let digit = self.0.as_bytes()[start];
            start += 1;
            length |= usize::from(digit % MORE) << shift;
            shift += BITS;
            if digit < MORE {
                return &self.0[start..start + length];
            }
        }
    }

    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::TextPool;

    #[test]
    fn texts_of_any_length_come_back() {
        let mut pool = TextPool::default();
        let lengths = [0, 1, 63, 64, 65, 4095, 4096, 4097, 300_000];
        let texts: Vec<String> = lengths.iter().map(|n| "ü".repeat(*n)).collect();
        let places: Vec<u32> = texts.iter().map(|t| pool.keep(t)).collect();
        for (text, place) in texts.iter().zip(places) {
            assert!(pool.at(place) == text, "{} bytes", text.len());
        }
    }
}
