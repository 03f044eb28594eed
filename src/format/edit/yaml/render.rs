//! The text of what is new, and the pieces that old and new text is put together from.

use super::style::{hang, indent};
use super::tree::NodeId;
use super::{ID, REF, Writer};
use crate::format::edit::EditError;
use crate::format::edit::draft::Draft;
use crate::format::scalar::{Meaning, Spot, double_quoted, is_bare, literal, number, write};
use crate::format::shared;
use crate::metamodel::{ClassId, FeatureId, Literal, Primitive, ValueType};
use crate::model::{ObjectId, Proxy, Value};

/// A value as text that has no place yet.
#[derive(Debug)]
pub(super) struct Piece {
    /// Comments that stood with it, each for a line of its own above.
    pub(super) comments: Vec<String>,
    pub(super) body: Body,
    /// The comment behind it.
    pub(super) tail: Option<String>,
}

#[derive(Debug)]
pub(super) enum Body {
    /// What stands behind a key or a dash. Further lines are as they will be below the member's own column.
    Inline(String),
    /// A block scalar: its header and its lines.
    Literal(&'static str, String),
    /// A mapping or a sequence in lines of its own, with what stands before it: tag and anchor.
    Block {
        props: String,
        text: String,
        sequence: bool,
    },
}

impl Piece {
    pub(super) fn inline(text: impl Into<String>) -> Self {
        Self {
            comments: Vec::new(),
            body: Body::Inline(text.into()),
            tail: None,
        }
    }

    fn block(text: String, sequence: bool) -> Self {
        Self {
            comments: Vec::new(),
            body: Body::Block {
                props: String::new(),
                text,
                sequence,
            },
            tail: None,
        }
    }

    fn above(&self) -> String {
        let lines = self.comments.iter().flat_map(|c| [c.as_str(), "\n"]);
        lines.collect()
    }

    fn behind(&self) -> String {
        self.tail
            .as_ref()
            .map_or_else(String::new, |t| format!("  {t}"))
    }

    /// The lines of a member of a list; `width` is the distance from its dash.
    pub(super) fn item(&self, width: usize) -> String {
        let (above, behind) = (self.above(), self.behind());
        let blanks = " ".repeat(width.saturating_sub(1).max(1));
        match &self.body {
            Body::Inline(text) => format!("{above}-{blanks}{text}{behind}"),
            Body::Literal(header, text) => {
                format!("{above}-{blanks}{header}\n{}", indent(text, width))
            }
            Body::Block { props, text, .. } if props.is_empty() => {
                let text = hang(text, &" ".repeat(width));
                format!("{above}-{blanks}{text}")
            }
            Body::Block { props, text, .. } => {
                format!("{above}-{blanks}{props}\n{}", indent(text, width))
            }
        }
    }

    /// The lines of an entry of a mapping; `pad` are the blanks before a value in its line.
    pub(super) fn entry(&self, key: &str, pad: usize, below: (usize, usize)) -> String {
        let (above, behind) = (self.above(), self.behind());
        let (step, dash) = below;
        let blanks = " ".repeat(pad.max(1));
        match &self.body {
            Body::Inline(text) => format!("{above}{key}:{blanks}{text}{behind}"),
            Body::Literal(header, text) => {
                format!("{above}{key}:{blanks}{header}\n{}", indent(text, step))
            }
            Body::Block {
                props,
                text,
                sequence,
            } => {
                let props = if props.is_empty() {
                    String::new()
                } else {
                    format!(" {props}")
                };
                let columns = if *sequence { dash } else { step };
                format!("{above}{key}:{props}\n{}", indent(text, columns))
            }
        }
    }
}

/// How the values of an attribute are meant.
fn meaning(draft: &Draft<'_>, feature: FeatureId) -> Meaning {
    let metamodel = draft.metamodel();
    match metamodel.feature(feature).value_type() {
        Some(ValueType::Data(of)) => match metamodel.data_type(of).primitive {
            Primitive::Boolean
            | Primitive::Integer { .. }
            | Primitive::BigInteger
            | Primitive::Float
            | Primitive::Double
            | Primitive::BigDecimal => Meaning::Plain,
            _ => Meaning::Text,
        },
        _ => Meaning::Text,
    }
}

impl Writer<'_> {
    /// A new scalar of one line.
    pub(super) fn text(&self, text: &str, meaning: Meaning, flow: bool) -> String {
        write(text, meaning, None, self.spot(flow))
    }

    pub(super) fn spot(&self, flow: bool) -> Spot {
        Spot {
            flow,
            json: self.style.json,
            quote: self.style.quote,
        }
    }

    /// A key, in the quotes that keys have in this file.
    pub(super) fn key(&self, name: &str) -> String {
        match self.style.key_quote {
            Some('\'') => format!("'{}'", name.replace('\'', "''")),
            None if is_bare(name, true) => name.to_owned(),
            // `$id` and its like are no words, but nobody takes them for anything else.
            None if name.strip_prefix('$').is_some_and(|n| is_bare(n, true)) => name.to_owned(),
            _ => double_quoted(name),
        }
    }

    /// The name by which files call a class.
    pub(super) fn class_name(&self, class: ClassId) -> String {
        shared::class_name(self.job.after.draft.metamodel(), class)
    }

    /// The text of all values of a feature.
    pub(super) fn slot(
        &self,
        object: ObjectId,
        feature: FeatureId,
        values: &[Value],
        flow: bool,
    ) -> Result<Piece, EditError> {
        let declared = self.job.after.draft.metamodel().feature(feature);
        let slot = (object, feature);
        if !declared.is_many() {
            return match values.last() {
                Some(value) => self.piece(slot, value, (flow, None)),
                None => Ok(Piece::inline("null")),
            };
        }
        if values.is_empty() {
            return Ok(Piece::inline("[]"));
        }
        let lines = !flow && (declared.is_containment() || self.style.block_lists);
        let pieces = values.iter().map(|v| self.piece(slot, v, (!lines, None)));
        let pieces = pieces.collect::<Result<Vec<Piece>, EditError>>()?;
        if lines {
            let items: Vec<String> = pieces.iter().map(|p| p.item(self.style.width)).collect();
            return Ok(Piece::block(items.join("\n"), true));
        }
        let pieces = pieces.into_iter().map(|p| self.inline(p, self.tree.root));
        let items = pieces.collect::<Result<Vec<String>, EditError>>()?;
        let blank = if self.style.blank.1 { " " } else { "" };
        Ok(Piece::inline(format!(
            "[{blank}{}{blank}]",
            items.join(", ")
        )))
    }

    /// The text of a value of an attribute: as an edit spelled it, where YAML reads that as the same kind of value.
    pub(super) fn attribute(
        &self,
        slot: (ObjectId, FeatureId),
        value: &Value,
    ) -> (String, Meaning) {
        let draft = self.job.after.draft;
        let meaning = meaning(draft, slot.1);
        let text = draft.text(slot.0, slot.1, value);
        if meaning == Meaning::Text || number(&text).is_some() {
            return (text.to_string(), meaning);
        }
        let literal: Option<Literal> = value.into();
        let of = draft.metamodel().feature(slot.1).value_type();
        let text = match (literal, of) {
            (Some(literal), Some(of)) => draft.metamodel().print(of, &literal),
            _ => String::new(),
        };
        (text, meaning)
    }

    /// The text of one value; `how` is whether it stands in brackets, and a scalar whose style it shall have.
    pub(super) fn piece(
        &self,
        slot: (ObjectId, FeatureId),
        value: &Value,
        how: (bool, Option<NodeId>),
    ) -> Result<Piece, EditError> {
        let draft = self.job.after.draft;
        let declared = draft.metamodel().feature(slot.1);
        let (flow, like) = how;
        let style = like.and_then(|l| self.scalar_style(l));
        if declared.is_containment() {
            return match value {
                Value::Object(part) if draft.is_new(*part) => self.fresh(*part, flow),
                Value::Object(part) => self.carry(*part, flow),
                Value::Proxy(proxy) => Ok(Piece::inline(self.elsewhere_text(proxy))),
                _ => Ok(Piece::inline("null")),
            };
        }
        match value {
            Value::Null => return Ok(Piece::inline("null")),
            Value::Proxy(proxy) if proxy.class.is_some() => {
                return Ok(Piece::inline(self.elsewhere_text(proxy)));
            }
            _ => {}
        }
        let (text, meaning) = if declared.target().is_some() {
            let text = self.references.print(slot.1, value, None);
            (text, Meaning::Text)
        } else {
            self.attribute(slot, value)
        };
        if !flow
            && !self.style.json
            && let Some((header, lines)) = literal(&text)
        {
            return Ok(Piece {
                comments: Vec::new(),
                body: Body::Literal(header, lines),
                tail: None,
            });
        }
        Ok(Piece::inline(write(&text, meaning, style, self.spot(flow))))
    }

    /// An object of another file, with its class where the reference does not say it.
    fn elsewhere_text(&self, proxy: &Proxy) -> String {
        let text = |text: &str| write(text, Meaning::Text, None, self.spot(true));
        let class = proxy.class.map(|class| {
            let name = text(&self.class_name(class));
            format!(", {}: {name}", self.key("$type"))
        });
        let (key, uri) = (self.key(REF), text(&proxy.uri));
        format!("{{{key}: {uri}{}}}", class.unwrap_or_default())
    }

    /// The text of a new object.
    pub(super) fn fresh(&self, object: ObjectId, flow: bool) -> Result<Piece, EditError> {
        let draft = self.job.after.draft;
        let metamodel = draft.metamodel();
        let class = draft.class(object);
        let declared = draft
            .container(object)
            .and_then(|c| metamodel.feature(c.1).target());
        let mut entries = Vec::new();
        let text = |text: &str| Piece::inline(self.text(text, Meaning::Text, flow));
        if declared != Some(class) {
            let name = self.class_name(class);
            entries.push((self.type_key(declared).to_owned(), text(&name)));
        }
        if let Some(id) = draft.ids.get(&object) {
            entries.push((ID.to_owned(), text(id)));
        }
        for feature in &metamodel.class(class).features {
            let values = self.pairs.wanted(self.job, (object, *feature), false);
            if !values.is_empty() {
                let name = metamodel.feature(*feature).name.to_string();
                entries.push((name, self.slot(object, *feature, &values, flow)?));
            }
        }
        if !flow {
            return Ok(self.compose(&entries));
        }
        let mut texts = Vec::new();
        for (key, piece) in entries {
            let value = self.inline(piece, self.tree.root)?;
            texts.push(format!("{}: {value}", self.key(&key)));
        }
        let blank = if self.style.blank.0 && !texts.is_empty() {
            " "
        } else {
            ""
        };
        Ok(Piece::inline(format!(
            "{{{blank}{}{blank}}}",
            texts.join(", ")
        )))
    }

    /// A mapping in lines of its own.
    pub(super) fn compose(&self, entries: &[(String, Piece)]) -> Piece {
        if entries.is_empty() {
            return Piece::inline("{}");
        }
        let below = (self.style.step, self.style.dash);
        let lines: Vec<String> = entries
            .iter()
            .map(|(key, piece)| piece.entry(&self.key(key), 1, below))
            .collect();
        Piece::block(lines.join("\n"), false)
    }

    /// A piece as it stands in brackets; refused where comments would be lost or break the line.
    pub(super) fn inline(&self, piece: Piece, place: NodeId) -> Result<String, EditError> {
        match piece {
            Piece {
                comments,
                body: Body::Inline(text),
                tail: None,
            } if comments.is_empty() => Ok(text),
            _ => {
                let range = self.tree.node(place).content.clone();
                let reason =
                    "what comes here has comments or lines of its own, and stands in brackets";
                Err(self.job.layout(range, reason))
            }
        }
    }
}
