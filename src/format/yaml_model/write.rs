//! Writing models as YAML and JSON: every value that is set, so that nothing is lost against XMI.

use std::io;

use super::references::{Names, is_elsewhere};
use super::{EXTENSIONS, ID, REF, SCHEMA_LOCATION, TYPE, TYPE_ALWAYS};
use crate::format::shared;
use crate::metamodel::{
    ClassId, Feature, FeatureId, FeatureKind, Literal, Primitive, Role, ValueType,
};
use crate::model::{Fragments, Model, ObjectId, Proxy, SlotValue, Value, is_default};

use super::emit::{Emitter, Syntax};

/// Writes a model.
///
/// # Errors
/// Those of `out`, and `InvalidData` where objects nest deeper than readers follow.
pub fn write(model: &Model, syntax: Syntax, out: &mut dyn io::Write) -> io::Result<()> {
    write_commented(model, syntax, &|_, _| None, out)
}

/// What is to be said of a slot, in one line.
pub type Comments<'c> = dyn Fn(ObjectId, FeatureId) -> Option<String> + 'c;

/// Writes a model with a comment at each slot, in YAML.
///
/// # Errors
/// As those of [`write()`].
pub fn write_commented(
    model: &Model,
    syntax: Syntax,
    comments: &Comments<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut writer = Writer {
        model,
        names: Names::of(model),
        fragments: Fragments::new(model),
        comments,
        out: Emitter::new(syntax, out),
    };
    if let [root] = model.roots() {
        writer.object(*root, None)?;
    } else {
        writer.out.list()?;
        for root in model.roots() {
            writer.object(*root, None)?;
        }
        writer.out.end()?;
    }
    writer.out.finish()
}

struct Writer<'m, 'o> {
    model: &'m Model,
    names: Names,
    fragments: Fragments<'m>,
    comments: &'o Comments<'o>,
    out: Emitter<'o>,
}

impl Writer<'_, '_> {
    fn object(&mut self, object: ObjectId, declared: Option<ClassId>) -> io::Result<()> {
        self.out.object()?;
        let class = self.model.class(object);
        if declared != Some(class) {
            let has = |c: ClassId| self.model.metamodel().feature_named(c, TYPE).is_some();
            let taken = has(class) || declared.is_some_and(has);
            self.out.key(if taken { TYPE_ALWAYS } else { TYPE });
            let name = self.class_name(class);
            self.out.text(&name);
        }
        if let Some(id) = self.model.id(object) {
            self.out.key(ID);
            self.out.text(id);
        }
        if declared.is_none() && self.model.roots().first() == Some(&object) {
            self.schema_locations()?;
        }
        self.extensions(object)?;
        for (feature, value) in self.model.slots(object) {
            let declared = self.model.metamodel().feature(feature);
            if self.is_written(declared, value) {
                self.out.key(&declared.name);
                if let Some(comment) = (self.comments)(object, feature) {
                    self.out.comment(comment);
                }
                self.slot(declared, value)?;
            }
        }
        self.out.end()
    }

    fn schema_locations(&mut self) -> io::Result<()> {
        let Some(locations) = &self.model.document.schema_locations else {
            return Ok(());
        };
        self.out.key(SCHEMA_LOCATION);
        self.out.object()?;
        for (uri, file) in locations {
            self.out.key(uri);
            self.out.text(file);
        }
        self.out.end()
    }

    fn extensions(&mut self, object: ObjectId) -> io::Result<()> {
        let mut all = self.model.document.extensions.iter();
        let mut own = all.by_ref().filter(|e| e.object == Some(object)).peekable();
        if own.peek().is_none() {
            return Ok(());
        }
        self.out.key(EXTENSIONS);
        self.out.list()?;
        for extension in own {
            self.out.text(&extension.text);
        }
        self.out.end()
    }

    fn class_name(&self, class: ClassId) -> String {
        shared::class_name(self.model.metamodel(), class)
    }

    fn is_written(&self, declared: &Feature, value: SlotValue<'_>) -> bool {
        let metamodel = self.model.metamodel();
        if !declared.is_saved() {
            return false;
        }
        if let FeatureKind::Reference { opposite, .. } = declared.kind
            && opposite.is_some_and(|o| metamodel.feature(o).is_containment())
        {
            return false;
        }
        match value {
            SlotValue::Null => declared.unsettable || declared.default.is_some(),
            SlotValue::Objects([]) | SlotValue::Values([]) => false,
            value if !declared.unsettable && !declared.is_many() => !is_default(declared, value),
            _ => true,
        }
    }

    fn slot(&mut self, declared: &Feature, value: SlotValue<'_>) -> io::Result<()> {
        match value {
            SlotValue::Text(text) if !declared.is_many() && !self.is_char(declared) => {
                self.out.text(text);
                Ok(())
            }
            SlotValue::Objects(all) if declared.is_many() => {
                self.out.list()?;
                for target in all {
                    self.target(declared, *target)?;
                }
                self.out.end()
            }
            other if declared.is_many() => {
                self.out.list()?;
                for item in other.to_value().items() {
                    self.item(declared, item)?;
                }
                self.out.end()
            }
            other => self.item(declared, &other.to_value()),
        }
    }

    fn is_char(&self, declared: &Feature) -> bool {
        matches!(declared.value_type(), Some(ValueType::Data(id))
            if self.model.metamodel().data_type(id).primitive == Primitive::Char)
    }

    fn item(&mut self, declared: &Feature, value: &Value) -> io::Result<()> {
        match value {
            Value::Null => self.out.bare("null"),
            Value::Boolean(b) => self.out.bare(if *b { "true" } else { "false" }),
            Value::Integer(n) => self.out.bare(&n.to_string()),
            Value::Real(x) => self.real(declared, *x),
            Value::Object(target) => return self.target(declared, *target),
            Value::Proxy(proxy) => return self.proxy(declared, proxy),
            Value::Entry(entry) => {
                let of = self.model.metamodel().feature(entry.feature);
                self.out.object()?;
                self.out.key(&of.name);
                if of.is_many() && of.is_containment() {
                    self.out.list()?;
                    self.item(of, &entry.value)?;
                    self.out.end()?;
                } else {
                    self.item(of, &entry.value)?;
                }
                return self.out.end();
            }
            Value::String(text) if self.is_char(declared) => self.character(text),
            Value::String(text) => self.out.text(text),
            Value::Enum(..) => {
                let literal: Option<Literal> = value.into();
                let literal = literal.map(|l| self.model.metamodel().show(&l));
                self.out.text(&literal.unwrap_or_default());
            }
            Value::List(_) => {}
        }
        Ok(())
    }

    /// A character as itself, unless a reader would take it for a number.
    fn character(&mut self, text: &str) {
        match text.chars().next() {
            Some(c) if c.is_ascii_digit() || c.is_control() => {
                self.out.bare(&u32::from(c).to_string());
            }
            _ => self.out.text(text),
        }
    }

    fn real(&mut self, declared: &Feature, x: f64) {
        let metamodel = self.model.metamodel();
        let text = match declared.value_type() {
            Some(of) => metamodel.print(of, &Literal::Real(x)),
            None => metamodel.show(&Literal::Real(x)),
        };
        if x.is_finite() {
            // A sign in the exponent, so that YAML 1.1 takes it for a number too.
            let signed = text.split_once('E').map(|(mantissa, exponent)| {
                let sign = if exponent.starts_with('-') { "" } else { "+" };
                format!("{mantissa}e{sign}{exponent}")
            });
            self.out.bare(&signed.unwrap_or(text));
        } else {
            self.out.text(&text);
        }
    }

    fn target(&mut self, declared: &Feature, target: ObjectId) -> io::Result<()> {
        if declared.is_containment() {
            return self.object(target, declared.target());
        }
        let name = self.reference(declared, target);
        self.out.text(&name);
        Ok(())
    }

    /// The shortest text by which readers find an object.
    fn reference(&self, declared: &Feature, target: ObjectId) -> String {
        let plain = |text: &str| !text.is_empty() && !text.starts_with('/') && !text.contains('#');
        let model = self.model;
        let by_id = |text: &str| plain(text) && self.names.by_id(model, text) == Some(target);
        if let Some(id) = model.id(target).filter(|id| by_id(id)) {
            return id.to_owned();
        }
        if let Some(id) = model.id_value(target).filter(|id| by_id(id)) {
            return id.into_owned();
        }
        if let (Some(key), Some(class)) = (model.key(target), declared.target())
            && plain(&key)
            && self.names.by_id(model, &key).is_none()
            && self.names.by_name(model, &key, class) == [target]
        {
            return key.to_string();
        }
        let mut place = String::new();
        self.fragments.write_place(target, &mut place);
        place
    }

    fn proxy(&mut self, declared: &Feature, proxy: &Proxy) -> io::Result<()> {
        let class = proxy.class.filter(|c| Some(*c) != declared.target());
        let simple = class.is_none() && !declared.is_containment();
        if simple && is_elsewhere(&proxy.uri, "") && declared.role != Role::Map {
            self.out.text(&proxy.uri);
            return Ok(());
        }
        self.out.object()?;
        self.out.key(REF);
        self.out.text(&proxy.uri);
        if let Some(class) = class {
            let name = self.class_name(class);
            self.out.key(TYPE_ALWAYS);
            self.out.text(&name);
        }
        self.out.end()
    }
}
