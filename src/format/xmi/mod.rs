//! Models in XMI, as Eclipse reads and writes them, and in the short form without a namespace.
//!
//! Objects are made in document order; references are resolved when all are known, so that each direction of a pair
//! of references keeps the order in which the file has it. Values go from the file's text into the model's arena
//! without a detour, and the fields of classes are looked up once.

mod classes;
mod features;
mod fields;
mod follow;
mod named;
mod names;
mod references;
mod waiting;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use classes::Types;
use fields::Fields;
use names::{Namespaces, Purpose, Said};
use waiting::Pending;

pub use write::{Layout, write};

use super::xml::{Attribute, Tag, Token, Tokens};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::metamodel::{ClassId, FeatureId, Metamodel};
use crate::model::{Extension, Ids, Model, ObjectId};

/// Reads a model. What cannot be read is reported and left out.
pub fn read(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let text = sources.file(file).text.clone();
    let mut reader = Reader {
        model: Model::new(metamodel.clone()),
        metamodel,
        text: &text,
        own_name: file_name(sources.path(file)),
        names: Namespaces::default(),
        fields: Fields::new(metamodel),
        ids: Ids::default(),
        moved: Vec::new(),
        pending: Vec::new(),
        queued: BTreeSet::new(),
        rewritten: BTreeMap::new(),
        typed_at: BTreeMap::new(),
        members: BTreeSet::new(),
        stack: Vec::new(),
        value: TextValue {
            object: ObjectId(0),
            known: 0,
            text: String::new(),
            span: Span::new(file, 0, 0),
            nil: false,
        },
        extension: (None, 0),
        types: Types::default(),
        bare: false,
        diagnostics,
    };
    reader.reserve();
    let mut tokens = Tokens::new(&text, file);
    let head = text.trim_start_matches('\u{feff}');
    reader.model.document.encoding = super::encoding::declared(head.as_bytes()).map(Into::into);
    let version = super::encoding::version(head).filter(|v| *v != "1.0");
    reader.model.document.xml_version = version.map(Into::into);
    loop {
        match tokens.next() {
            Ok(Some(token)) => reader.token(&token, tokens.attributes()),
            Ok(None) => break,
            Err(diagnostic) => {
                reader.diagnostics.push(*diagnostic);
                break;
            }
        }
    }
    reader.resolve();
    let mut model = reader.model;
    model.shrink();
    model
}

/// Where a file says that metamodels are: namespace and location, without reading the rest of it.
pub fn schema_locations(text: &str) -> Vec<(String, String)> {
    let mut tokens = Tokens::new(text, FileId(0));
    match tokens.next() {
        Ok(Some(Token::Start(_))) => tokens
            .attributes()
            .iter()
            .filter(|a| names::split(a.name.text).1 == "schemaLocation")
            .flat_map(|a| pairs(&a.value))
            .collect(),
        _ => Vec::new(),
    }
}

/// The words of `xsi:schemaLocation`, two by two.
fn pairs(value: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let pairs = words.chunks_exact(2);
    pairs.map(|p| (p[0].to_owned(), p[1].to_owned())).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// What an open element stands for. Small, since one is made for each element.
#[derive(Clone, Copy)]
enum Frame {
    /// The wrapper of several roots.
    Wrapper,
    /// An object.
    Object(ObjectId),
    /// A value of an attribute, as an element; what it says so far is the reader's.
    Text,
    /// A part of another tool's; whose it is, the reader knows.
    Extension,
    /// A reference: its object stands elsewhere.
    Reference,
    /// What was reported already, or needs no reading.
    Skipped,
}

/// A start tag with what it says.
struct Element<'a> {
    tag: &'a Tag<'a>,
    attributes: &'a [Attribute<'a>],
    said: Said<'a>,
}

/// The value of an element that holds text: none has another inside.
struct TextValue {
    object: ObjectId,
    /// The number of the feature among those that were looked up.
    known: u32,
    text: String,
    span: Span,
    nil: bool,
}

struct Reader<'m, 'd> {
    model: Model,
    metamodel: &'m Arc<Metamodel>,
    text: &'m str,
    /// The name of the file that is read: a reference by it stays inside.
    own_name: &'m str,
    names: Namespaces,
    fields: Fields<'m>,
    ids: Ids,
    /// What waited in a slot that was needed.
    moved: Vec<Pending>,
    pending: Vec<Pending>,
    /// The features whose references wait there, one behind the other.
    queued: BTreeSet<(ObjectId, FeatureId)>,
    /// Texts of references that are not what the file has, because entities were resolved, by their place.
    rewritten: BTreeMap<u32, String>,
    /// Classes that elements give to what they point at, by the place of the reference.
    typed_at: BTreeMap<u32, ClassId>,
    /// References in feature maps, which are resolved in their place.
    members: BTreeSet<(ObjectId, FeatureId)>,
    stack: Vec<Frame>,
    value: TextValue,
    /// The open part of another tool's: in which object, and where it begins. None has another inside.
    extension: (Option<ObjectId>, usize),
    types: Types,
    /// Whether the root names no metamodel.
    bare: bool,
    diagnostics: &'d mut Diagnostics,
}

impl Reader<'_, '_> {
    /// Makes room for what the file seems to hold, so that little moves while it grows.
    fn reserve(&mut self) {
        const PART: usize = 1 << 16;
        let bytes = self.text.as_bytes();
        if bytes.len() < 2 * PART {
            return;
        }
        // What stands in the middle is taken for the rest. No honest file has more in so few bytes; a hostile one must
        // not make us ask for more than a few times its size.
        let middle = bytes.len() / 2;
        let part = &bytes[middle - PART / 2..middle + PART / 2];
        let whole = |count: usize| count * (bytes.len() / PART + 1);
        let tags = whole(memchr::memchr_iter(b'<', part).count());
        let attributes = whole(memchr::memchr_iter(b'=', part).count());
        let slots = (attributes + tags / 4).min(bytes.len() / 12);
        self.model.reserve(tags.min(bytes.len() / 16), slots);
    }

    fn token<'a>(&mut self, token: &'a Token<'a>, attributes: &'a [Attribute<'a>]) {
        match token {
            Token::Start(tag) => {
                let said = self.names.open(tag.is_special, attributes);
                let element = &Element {
                    tag,
                    attributes,
                    said,
                };
                let frame = match self.stack.last() {
                    None => self.document(element),
                    Some(Frame::Wrapper) => self.root(element),
                    Some(Frame::Object(parent)) => self.child(*parent, element),
                    Some(Frame::Text) => {
                        let name = &self.fields.at(self.value.known).declared.name;
                        let message = format!("`{name}` holds text, not elements");
                        self.report(Code::WrongType, tag.name_span(), message);
                        Frame::Skipped
                    }
                    Some(Frame::Reference) => {
                        self.warn_of_unread(tag.name.text, tag.name_span());
                        Frame::Skipped
                    }
                    Some(Frame::Extension | Frame::Skipped) => Frame::Skipped,
                };
                self.stack.push(frame);
            }
            Token::End(end) => {
                self.names.close();
                match self.stack.pop() {
                    Some(Frame::Text) => self.element_value(),
                    Some(Frame::Extension) => {
                        let (object, start) = self.extension;
                        let text = self.text[start..*end].into();
                        let extension = Extension { object, text };
                        self.model.document.extensions.push(extension);
                    }
                    _ => {}
                }
            }
            Token::Blank(part, span) if self.holds_text() => self.characters(part, *span),
            Token::Blank(..) => {}
            Token::Text(part, span) => self.characters(part, *span),
        }
    }

    fn holds_text(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Text))
    }

    fn characters(&mut self, part: &str, span: Span) {
        match self.stack.last() {
            Some(Frame::Text) => {
                let value = &mut self.value;
                let empty = value.text.is_empty();
                value.span = if empty { span } else { value.span.to(span) };
                value.text.push_str(part);
            }
            Some(Frame::Object(_)) if !part.trim_ascii().is_empty() => {
                let message = "text between the features of an object is no part of the model";
                let diagnostic = Diagnostic::warning(Code::WrongType, span, message);
                self.diagnostics.push(diagnostic);
            }
            _ => {}
        }
    }

    fn report(&mut self, code: Code, span: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message));
    }

    /// The outermost element: a root, or the wrapper of several.
    fn document(&mut self, element: &Element<'_>) -> Frame {
        let Element {
            tag, attributes, ..
        } = *element;
        for attribute in attributes {
            if self.names.purpose(attribute) == Purpose::SchemaLocation {
                let found = pairs(&attribute.value).into_iter();
                let locations = &mut self.model.document.schema_locations;
                locations
                    .get_or_insert_default()
                    .extend(found.map(|(uri, file)| (uri.into(), file.into())));
            }
        }
        self.model.document.xmi = self.names.xmi(attributes);
        let (prefix, local) = names::split(tag.name.text);
        if local == "XMI" && self.names.is_xmi(prefix) {
            return Frame::Wrapper;
        }
        self.root(element)
    }

    fn root(&mut self, element: &Element<'_>) -> Frame {
        let tag = element.tag;
        let (prefix, _) = names::split(tag.name.text);
        if !self.stack.is_empty() && !prefix.is_empty() && self.names.is_xmi(prefix) {
            return self.xmi_element(None, tag);
        }
        let class = match (self.names.resolve(prefix), element.said.class) {
            (None, Some((name, span))) => {
                self.typed(name, span).and_then(|c| self.concrete(c, span))
            }
            (_, named) => {
                if let Some((_, span)) = named {
                    let message = "the element of a root names its class: this is not read";
                    let diagnostic = Diagnostic::warning(Code::WrongType, span, message);
                    self.diagnostics.push(diagnostic);
                }
                self.root_class(tag)
                    .and_then(|c| self.concrete(c, tag.name_span()))
            }
        };
        match class {
            Some(class) => {
                let object = self.object(class, element);
                self.model.add_root(object);
                Frame::Object(object)
            }
            None => Frame::Skipped,
        }
    }

    /// An element of XMI itself: an extension is kept, documentation and the like are passed over.
    fn xmi_element(&mut self, object: Option<ObjectId>, tag: &Tag<'_>) -> Frame {
        if names::split(tag.name.text).1 == "Extension" {
            self.extension = (object, tag.span.start as usize);
            return Frame::Extension;
        }
        let message = format!("`{}` is no part of the model", tag.name.text);
        let diagnostic = Diagnostic::warning(Code::UnknownFeature, tag.name_span(), message);
        self.diagnostics.push(diagnostic);
        Frame::Skipped
    }
}
