//! The targets of a reference, where the model has them.

use super::ObjectId;

/// The targets of a reference, seen without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'m> {
    objects: &'m [ObjectId],
    /// Whose they are.
    of: ObjectId,
}

impl<'m> Targets<'m> {
    /// Of nothing.
    pub const NONE: Self = Self {
        objects: &[],
        of: ObjectId(0),
    };

    /// Those of an object, as its own model calls them.
    #[inline]
    pub(super) fn of(objects: &'m [ObjectId], of: ObjectId) -> Self {
        Self { objects, of }
    }

    /// An object of a model itself, where that stands.
    #[inline]
    pub(super) fn only(object: &'m ObjectId) -> Self {
        Self::own(std::slice::from_ref(object))
    }

    /// Objects of a model itself.
    #[inline]
    pub(super) fn own(objects: &'m [ObjectId]) -> Self {
        Self::of(objects, Self::NONE.of)
    }

    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.objects.is_empty()
    }

    /// The only one.
    #[inline]
    pub fn single(self) -> Option<ObjectId> {
        match self.objects {
            [one] => Some(one.beside(self.of)),
            _ => None,
        }
    }

    /// Each of them.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = ObjectId> + 'm {
        let of = self.of;
        self.objects.iter().map(move |o| o.beside(of))
    }

    /// Adds them to others.
    #[inline]
    pub fn add_to(self, others: &mut Vec<ObjectId>) {
        if self.of.is_knowledge() {
            others.extend(self.iter());
        } else {
            others.extend_from_slice(self.objects);
        }
    }

    /// Whether an object is among them.
    #[inline]
    pub fn contains(self, object: ObjectId) -> bool {
        let own = object.seen_from(self.of);
        let (fours, rest) = self.objects.as_chunks::<4>();
        fours.iter().any(|four| is_among(own, four)) || rest.contains(&own)
    }

    /// The same, to look for many objects among them.
    #[inline]
    pub fn sought(self) -> Sought<'m> {
        let (whole, rest) = self.objects.as_chunks();
        let mut last = Sought::NONE.last;
        last[..rest.len()].copy_from_slice(rest);
        Sought {
            whole,
            last,
            of: self.of,
        }
    }
}

/// So many are compared at once.
const AT_ONCE: usize = 8;

/// The targets of a reference, to look for many objects among them.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'m> {
    whole: &'m [[ObjectId; AT_ONCE]],
    /// The last ones, with nothing behind them where there are fewer.
    last: [ObjectId; AT_ONCE],
    /// Whose they are.
    of: ObjectId,
}

impl Sought<'_> {
    /// Of nothing.
    pub const NONE: Self = Self {
        whole: &[],
        last: [ObjectId(u32::MAX); AT_ONCE],
        of: ObjectId(0),
    };

    /// Whether an object is among them.
    #[inline]
    pub fn contains(&self, object: ObjectId) -> bool {
        let own = object.seen_from(self.of);
        is_among(own, &self.last) || self.whole.iter().any(|some| is_among(own, some))
    }
}

/// Whether an object is one of a few: to look at all of them costs less than to guess at which one to stop.
#[inline]
fn is_among<const N: usize>(object: ObjectId, few: &[ObjectId; N]) -> bool {
    let times = few.iter().map(|o| u32::from(*o == object));
    times.fold(0, |any, one| any | one) > 0
}
