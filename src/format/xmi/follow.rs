//! References of the common forms: members of lists by their places, and identities among them.
//!
//! Half of the bytes of a large model are paths such as `//@regions.4/@tracks.2`, and most begin as the one before
//! them: where the same feature pointed lately is tried first, without a look at the words of the path.

use super::Reader;
use super::fields::Known;
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{Landing, ObjectId, Parked, SlotValue, resolve_fragment};

/// How many lists are remembered beside the last one of each feature.
const LISTS: usize = 64;
/// How many lists around a list are remembered on the way to it.
const LISTS_IN_LISTS: usize = 8;

/// A list and the path that leads to it, without a position: `//@regions.4/@tracks.`.
#[derive(Clone, Copy)]
struct List<'t> {
    path: &'t str,
    object: ObjectId,
    feature: FeatureId,
}

/// Where references lately led.
pub(super) struct Followed<'t> {
    /// The last list of each feature, and whether all that it may hold are possible targets.
    last: Vec<Option<(List<'t>, bool)>>,
    /// Lists by their paths.
    lists: [Option<List<'t>>; LISTS],
    /// The last class of a target of each feature.
    fitting: Vec<Option<ClassId>>,
    targets: Vec<ObjectId>,
}

impl Followed<'_> {
    /// Remembers nothing yet of so many features.
    pub(super) fn new(features: usize) -> Self {
        Self {
            last: vec![None; features],
            lists: [None; LISTS],
            fitting: vec![None; features],
            targets: Vec::new(),
        }
    }
}

/// Where a list of that path is remembered.
fn place(path: &str) -> usize {
    let bytes = path.as_bytes();
    let from_end = |n: usize| {
        bytes
            .get(bytes.len().wrapping_sub(n))
            .map_or(0, |b| usize::from(*b))
    };
    (bytes.len() + from_end(3) * 3 + from_end(2) + from_end(12) * 5 + from_end(9) * 7) % LISTS
}

/// The position at the beginning of a text, and the rest of it.
fn position(text: &str) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let number = |sum: usize, b: &u8| sum * 10 + usize::from(b - b'0');
    let position = bytes[..digits].iter().fold(0, number);
    Some((position, &text[digits..]))
}

/// A text of references that begins with a word, split behind it.
fn first_word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| b.is_ascii_whitespace());
    text.split_at(end.unwrap_or(text.len()))
}

impl Reader<'_, '_> {
    /// Resolves a parked reference if each word of its text has a common form and leads to an object that the feature
    /// may have, and nothing else is to be looked at. Otherwise nothing is done.
    pub(super) fn all_at_once<'t>(
        &mut self,
        (object, parked): (ObjectId, Parked),
        known: Known<'_>,
        text: &'t str,
        followed: &mut Followed<'t>,
    ) -> bool {
        if !known.simple {
            return false;
        }
        let mut targets = std::mem::take(&mut followed.targets);
        targets.clear();
        let found = self.collect(&mut targets, (object, parked.number), text, followed);
        let landing = match (known.many, &targets[..]) {
            (true, targets) => Some(Landing::Many(targets)),
            (false, [one]) => Some(Landing::One(*one)),
            _ => None,
        };
        let landing = landing.filter(|_| found);
        if let Some(landing) = landing {
            self.model.land(object, parked, landing);
        }
        let done = landing.is_some();
        followed.targets = targets;
        done
    }

    /// Collects the targets of a text of references; `false` where one is not of a common form.
    fn collect<'t>(
        &self,
        targets: &mut Vec<ObjectId>,
        (object, index): (ObjectId, u32),
        text: &'t str,
        followed: &mut Followed<'t>,
    ) -> bool {
        let known = self.fields.at(index);
        let mut rest = text;
        loop {
            let Some((target, fits, behind)) = self.first((index, known), rest, followed) else {
                return false;
            };
            let fits = fits || self.conforms(target, known, &mut followed.fitting[index as usize]);
            if !fits || self.is_taken(target, known, object) {
                return false;
            }
            targets.push(target);
            match behind.as_bytes().first() {
                None => return true,
                Some(b' ') => rest = &behind[1..],
                Some(_) => return false,
            }
        }
    }

    /// Whether the class of a target is one that a reference may have; `last` remembers the last one that is.
    pub(super) fn conforms(
        &self,
        target: ObjectId,
        known: Known<'_>,
        last: &mut Option<ClassId>,
    ) -> bool {
        let class = self.model.class(target);
        if *last != Some(class) {
            if !self.metamodel.conforms(class, known.target) {
                return false;
            }
            *last = Some(class);
        }
        true
    }

    /// Whether the way back from a target holds one object, and that is another one.
    pub(super) fn is_taken(&self, target: ObjectId, known: Known<'_>, by: ObjectId) -> bool {
        let back = known.back.and_then(|back| self.model.see(target, back));
        matches!(back, Some(SlotValue::Object(other)) if other != by)
    }

    /// The target of the first reference of a text, whether it fits without a look at its class, and what stands
    /// behind it.
    fn first<'t>(
        &self,
        (index, known): (u32, Known<'_>),
        text: &'t str,
        followed: &mut Followed<'t>,
    ) -> Option<(ObjectId, bool, &'t str)> {
        if let Some((list, fits)) = followed.last[index as usize]
            && let Some(behind) = text.strip_prefix(list.path)
        {
            let (position, behind) = position(behind)?;
            let members = self.model.target_slice(list.object, list.feature);
            // A part of the last member of the path is another list.
            if behind.as_bytes().first() != Some(&b'/') {
                return Some((*members.get(position)?, fits, behind));
            }
        }
        let (word, behind) = first_word(text);
        if !word.starts_with('/') {
            return Some((self.ids.get(&self.model, word)?, false, behind));
        }
        let (list, position) = self.member(word, followed)?;
        let held = self.metamodel.feature(list.feature).target();
        let fits = held.is_some_and(|class| self.metamodel.conforms(class, known.target));
        followed.last[index as usize] = Some((list, fits));
        let members = self.model.target_slice(list.object, list.feature);
        Some((*members.get(position)?, fits, behind))
    }

    /// Follows a path, or finds an identity.
    pub(super) fn follow<'t>(
        &self,
        word: &'t str,
        followed: &mut Followed<'t>,
    ) -> Option<ObjectId> {
        if !word.starts_with('/') {
            return self.ids.get(&self.model, word);
        }
        match self.member(word, followed) {
            Some((list, position)) => {
                let members = self.model.target_slice(list.object, list.feature);
                members.get(position).copied()
            }
            None => resolve_fragment(&self.model, word).ok(),
        }
    }

    /// The list and the position in it that a path leads to.
    fn member<'t>(&self, word: &'t str, followed: &mut Followed<'t>) -> Option<(List<'t>, usize)> {
        self.member_within(word, followed, LISTS_IN_LISTS)
    }

    fn member_within<'t>(
        &self,
        word: &'t str,
        followed: &mut Followed<'t>,
        depth: usize,
    ) -> Option<(List<'t>, usize)> {
        let cut = word.bytes().rposition(|b| !b.is_ascii_digit())? + 1;
        let (path, digits) = word.split_at_checked(cut)?;
        let (position, _) = position(digits)?;
        let at = place(path);
        if let Some(list) = followed.lists[at]
            && list.path == path
        {
            return Some((list, position));
        }
        let list = self.list(path, followed, depth)?;
        followed.lists[at] = Some(list);
        Some((list, position))
    }

    fn list<'t>(
        &self,
        path: &'t str,
        followed: &mut Followed<'t>,
        depth: usize,
    ) -> Option<List<'t>> {
        let (prefix, name) = path.strip_suffix('.')?.rsplit_once('/')?;
        let object = match prefix {
            "" => return None,
            "/" => *self.model.roots().first()?,
            _ => {
                let inside = depth.checked_sub(1);
                let member = inside.and_then(|d| self.member_within(prefix, followed, d));
                let known = member.and_then(|(list, position)| {
                    let members = self.model.target_slice(list.object, list.feature);
                    members.get(position).copied()
                });
                known.or_else(|| resolve_fragment(&self.model, prefix).ok())?
            }
        };
        let class = self.model.class(object);
        let feature = self
            .metamodel
            .feature_named(class, name.strip_prefix('@')?)?;
        Some(List {
            path,
            object,
            feature,
        })
    }
}
