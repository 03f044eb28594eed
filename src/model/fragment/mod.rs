//! URI fragments: how files name an object by its identity or its place.
//!
//! `//@training/@parameters.0` is a path of containments from the only root, `/1/@f.0` one from the second of several,
//! anything without a `/` is an identity. Ecore's own elements go by name (`#//Pipeline/name`), annotations by source
//! (`%source%`), repeated names by a count (`name.1`), parts of a reference with keys by them (`@kids[name='a']`).
//! The rules are those of EMF's `eURIFragmentSegment`.

mod follow;
mod write;

pub use follow::{FragmentError, resolve_fragment};
pub use write::{Fragments, LastPaths};

use std::fmt::Write as _;

use super::{Model, ObjectId};
use crate::metamodel::{FeatureId, Metamodel};

/// Whether an identity can be a reference: readers take blanks, a `#` and a slash at the beginning for something else.
pub fn is_reference(id: &str) -> bool {
    let special = |b: u8| b.is_ascii_whitespace() || b == b'#';
    !id.is_empty() && !id.starts_with('/') && !id.bytes().any(special)
}

/// The source of an annotation of Ecore; `None` for anything else.
#[expect(
    clippy::option_option,
    reason = "an annotation without a source is one all the same"
)]
fn source_of(model: &Model, object: ObjectId) -> Option<Option<String>> {
    let metamodel = model.metamodel();
    let class = model.class(object);
    let declared = metamodel.class(class);
    if !declared.package.is_built_in() || &*declared.name != "EAnnotation" {
        return None;
    }
    let feature = metamodel.feature_named(class, "source")?;
    Some(printed(model, object, feature))
}

/// Whether an object is one of Ecore's named elements.
fn is_named(model: &Model, object: ObjectId) -> bool {
    built_in(model.metamodel(), model, object, "ENamedElement")
}

fn built_in(metamodel: &Metamodel, model: &Model, object: ObjectId, name: &str) -> bool {
    let class = model.class(object);
    let lineage = &metamodel.class(class).lineage;
    let is = |c: &crate::metamodel::ClassId| {
        let declared = metamodel.class(*c);
        declared.package.is_built_in() && &*declared.name == name
    };
    lineage.iter().any(is)
}

fn printed(model: &Model, object: ObjectId, feature: FeatureId) -> Option<String> {
    let literal: Option<_> = (&model.get(object, feature)).into();
    let of = model.metamodel().feature(feature).value_type()?;
    Some(model.metamodel().print(of, &literal?))
}

/// Decodes `%20` and its like.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes the source of an annotation for its step of a path: what RFC 2396 lets stand in a segment stays.
pub(crate) fn encode_source(text: &str) -> String {
    percent_encode(text, "-_.!~*'():@&=+$,;")
}

/// Encodes a name for its step of a path, or the value of a key.
pub(crate) fn encode_name(text: &str) -> String {
    percent_encode(text, "!$()*+-.;=?@[\\]^_`{|}~")
}

/// Characters from U+00A0 on stay, as with EMF.
fn percent_encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c >= '\u{a0}' || keep.contains(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
