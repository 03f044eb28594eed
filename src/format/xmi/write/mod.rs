//! Writing XMI, byte for byte as EMF does with its default options; `.ecore` files in the form that they have there.
//!
//! Features come in the order of the class: first what fits into attributes, then what takes elements. What has its
//! default value is left out, unless the feature can be unset. Large models leave in pieces.

mod attributes;
mod output;
mod plan;
mod ways;

use std::borrow::Cow;
use std::hint::black_box;
use std::io;

pub use output::Layout;

use super::names::XSI;
use crate::metamodel::{Feature, Metamodel, Role};
use crate::model::{Fragments, LastPaths, Model, ObjectId, SlotValue, Value, is_default};
use attributes::Shape;
use output::Output;
use plan::Plan;
use ways::{Way, Ways};

/// How many parts of a list are looked at together, before they are written one by one.
const AHEAD: usize = 16;

/// A list of so many parts is longer than what the processor keeps near.
const LONG: usize = 1000;

const XMI: &str = "http://www.omg.org/XMI";

/// Writes a model.
///
/// # Errors
/// Those of `out`, and `InvalidData` where a text holds a character that no XML file can.
pub fn write(model: &Model, layout: Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let encoding = model.document.encoding.as_deref().unwrap_or("UTF-8");
    let version = model.document.xml_version.as_deref().unwrap_or("1.0");
    let mut writer = Writer {
        model,
        fragments: Fragments::new(model),
        plan: Plan::of(model, layout),
        layout,
        out: Output::new((encoding, version), layout, out),
        work: Vec::new(),
        scratch: String::new(),
        last: LastPaths::default(),
        ways: Ways::of(model.metamodel(), layout),
    };
    writer.document()?;
    writer.out.finish()
}

/// Where an object stands.
#[derive(Clone, Copy)]
enum Stands<'m> {
    /// At the outside of the document.
    Alone,
    /// In the wrapper of several roots.
    BesideOthers,
    /// In its container.
    In(&'m Feature),
}

/// What is left to write, the next last.
enum Work<'m> {
    /// An object.
    Object(ObjectId, Stands<'m>),
    /// The parts of a list that are left.
    Parts(&'m [ObjectId], &'m Feature),
    /// One slot that takes elements.
    Elements(ObjectId, usize),
    /// A value as an element.
    Element(&'m Feature, Cow<'m, Value>),
    /// What belongs to other tools in an object.
    Extensions(ObjectId),
    /// The end of an element.
    End(&'m str),
    /// The end of a root.
    EndRoot(ObjectId),
}

struct Writer<'m, 'o> {
    model: &'m Model,
    fragments: Fragments<'m>,
    plan: Plan<'m>,
    layout: Layout,
    out: Output<'o>,
    work: Vec<Work<'m>>,
    /// A reference, or digits, on their way.
    scratch: String,
    last: LastPaths,
    ways: Ways,
}

impl<'m> Writer<'m, '_> {
    fn document(&mut self) -> io::Result<()> {
        let roots = self.model.roots();
        if let [root] = roots {
            self.object(*root, Stands::Alone)?;
            return self.run();
        }
        self.out.open("xmi:XMI")?;
        header(&self.plan, &mut self.out)?;
        if roots.is_empty() && self.model.document.extensions.is_empty() {
            self.out.close_empty();
            return Ok(());
        }
        self.out.close_start();
        for root in roots.iter().rev() {
            self.work.push(Work::Object(*root, Stands::BesideOthers));
        }
        self.run()?;
        for extension in &self.model.document.extensions {
            if extension.object.is_none() {
                self.out.raw_element(&extension.text);
            }
        }
        self.out.end("xmi:XMI");
        Ok(())
    }

    fn run(&mut self) -> io::Result<()> {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Object(object, stands) => self.object(object, stands)?,
                Work::Parts(parts, through) => {
                    if parts.len() > LONG && parts.len().is_multiple_of(AHEAD) {
                        self.look_ahead(&parts[..AHEAD]);
                    }
                    if let [first, rest @ ..] = parts {
                        if !rest.is_empty() {
                            self.work.push(Work::Parts(rest, through));
                        }
                        self.object(*first, Stands::In(through))?;
                    }
                }
                Work::Elements(object, position) => self.elements(object, position)?,
                Work::Element(declared, value) => self.element(declared, &value)?,
                Work::Extensions(object) => {
                    for extension in &self.model.document.extensions {
                        if extension.object == Some(object) {
                            self.out.raw_element(&extension.text);
                        }
                    }
                }
                Work::End(name) => self.out.end(name),
                Work::EndRoot(root) => {
                    let class = self.model.class(root);
                    self.out.end(self.plan.type_name(class));
                }
            }
            self.out.flush_some()?;
        }
        Ok(())
    }

    /// Looks at the identities that the next parts refer to: memory far away that is asked together answers together.
    fn look_ahead(&self, parts: &[ObjectId]) {
        let mut length = 0;
        for held in parts.iter().flat_map(|part| self.model.held(*part)) {
            if self.ways.way(held.feature) == Way::Targets {
                let ids = held.targets().into_iter().flatten();
                length += ids
                    .filter_map(|t| self.model.id(*t))
                    .map(str::len)
                    .sum::<usize>();
            }
        }
        black_box(length);
    }

    /// The start of an object's element, and what is inside of it as further work.
    fn object(&mut self, object: ObjectId, stands: Stands<'m>) -> io::Result<()> {
        let class = self.model.class(object);
        if let Stands::In(feature) = stands {
            self.out.open(&feature.name)?;
            if feature.target() != Some(class) {
                self.out.attribute("xsi:type", self.plan.type_name(class))?;
            }
        } else {
            self.out.open(self.plan.type_name(class))?;
        }
        if let Stands::Alone = stands {
            let plan = &self.plan;
            self.out.aside(|out| header(plan, out))?;
        }
        if let Some(id) = self.model.id(object) {
            if self.plan.ids_are_plain {
                self.out.begin("xmi:id=\u{22}").push_str(id);
                self.out.end_plain();
            } else {
                self.out.attribute("xmi:id", id)?;
            }
        }
        let mark = self.work.len();
        self.work.push(match stands {
            Stands::In(feature) => Work::End(&feature.name),
            Stands::Alone | Stands::BesideOthers => Work::EndRoot(object),
        });
        let first = self.work.len();
        for (position, held) in self.model.held(object).enumerate() {
            let feature = held.feature;
            let way = self.ways.way(feature);
            match (way, held.targets()) {
                (Way::Never, _) | (_, Some([])) => continue,
                (Way::Parts, Some(_)) => {
                    self.work.push(Work::Elements(object, position));
                    continue;
                }
                (Way::Targets, Some(all)) => {
                    self.targets(feature, all)?;
                    continue;
                }
                _ => {}
            }
            let (declared, value) = (self.model.metamodel().feature(feature), held.value());
            if way == Way::Plain && !matches!(value, SlotValue::Null) {
                if !is_default(declared, value) {
                    self.plain(feature, value)?;
                }
                continue;
            }
            match self.shape(declared, value) {
                Shape::Nothing => {}
                Shape::Attribute => self.attribute(declared, value)?,
                Shape::Elements => self.work.push(Work::Elements(object, position)),
            }
        }
        if self.plan.is_extended(object) {
            self.work.push(Work::Extensions(object));
        }
        if self.work.len() == first {
            self.work.truncate(mark);
            self.out.close_empty();
            return Ok(());
        }
        self.work[first..].reverse();
        self.out.close_start();
        Ok(())
    }

    /// Writes the elements of a slot, or queues them.
    fn elements(&mut self, object: ObjectId, position: usize) -> io::Result<()> {
        let (feature, value) = self
            .model
            .slots(object)
            .nth(position)
            .expect("queued slots are there");
        let metamodel: &'m Metamodel = self.model.metamodel();
        let declared = metamodel.feature(feature);
        let mark = self.work.len();
        match value {
            SlotValue::Objects(all) if declared.is_containment() => {
                self.work.push(Work::Parts(all, declared));
            }
            SlotValue::Object(part) if declared.is_containment() => {
                self.work.push(Work::Object(part, Stands::In(declared)));
            }
            SlotValue::Values(all) => self.work.extend(all.iter().map(|value| {
                let (declared, value) = match value {
                    Value::Entry(entry) => (metamodel.feature(entry.feature), &entry.value),
                    other => (declared, other),
                };
                match value {
                    Value::Object(part) if declared.is_containment() => {
                        Work::Object(*part, Stands::In(declared))
                    }
                    value => Work::Element(declared, Cow::Borrowed(value)),
                }
            })),
            SlotValue::Texts(all) if self.ways.way(feature) == Way::Texts => {
                for text in all.iter() {
                    self.out.open(&declared.name)?;
                    self.out.text_element(&declared.name, text)?;
                    self.out.flush_some()?;
                }
            }
            SlotValue::Null => self
                .work
                .push(Work::Element(declared, Cow::Owned(Value::Null))),
            other => {
                let items = other.to_value().items().to_vec().into_iter();
                let elements = items.map(|item| Work::Element(declared, Cow::Owned(item)));
                self.work.extend(elements);
            }
        }
        self.work[mark..].reverse();
        Ok(())
    }

    /// A value as an element.
    fn element(&mut self, declared: &Feature, value: &Value) -> io::Result<()> {
        match value {
            Value::Null => {
                self.out.open(&declared.name)?;
                self.out.attribute("xsi:nil", "true")?;
                self.out.close_empty();
            }
            Value::Proxy(proxy) => {
                self.out.open(&declared.name)?;
                if let Some(class) = proxy.class.filter(|c| self.plan.needs_type(declared, *c)) {
                    let name = self.plan.qualified(class);
                    self.out.attribute("xsi:type", &name)?;
                }
                self.out.attribute("href", &proxy.uri)?;
                self.out.close_empty();
            }
            Value::Object(target) => {
                self.out.open(&declared.name)?;
                let class = self.model.class(*target);
                if self.plan.needs_type(declared, class) {
                    let name = self.plan.qualified(class);
                    self.out.attribute("xsi:type", &name)?;
                }
                let mut href = "#".to_owned();
                self.fragments.write(*target, &mut href);
                self.out.attribute("href", &href)?;
                self.out.close_empty();
            }
            value => {
                let text = self.print(declared, value);
                self.out.open(&declared.name)?;
                self.out.text_element(&declared.name, &text)?;
            }
        }
        Ok(())
    }
}

/// The attributes of the outermost element that are not the object's.
fn header(plan: &Plan<'_>, out: &mut Output<'_>) -> io::Result<()> {
    let (namespace, version) = plan.xmi();
    out.attribute("xmi:version", version)?;
    out.attribute("xmlns:xmi", namespace)?;
    if plan.uses_xsi {
        out.attribute("xmlns:xsi", XSI)?;
    }
    for (prefix, uri) in plan.namespaces() {
        let name = if prefix.is_empty() {
            "xmlns".to_owned()
        } else {
            format!("xmlns:{prefix}")
        };
        out.attribute(&name, uri)?;
    }
    if let Some(locations) = plan.schema_locations() {
        out.attribute("xsi:schemaLocation", &locations)?;
    }
    Ok(())
}
