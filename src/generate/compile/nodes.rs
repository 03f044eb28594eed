//! The body of a template: parts of the syntax tree become typed operations.

use std::sync::Arc;

use super::partials::PartialTemplate;
use super::{Compiler, Frame};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::{Expression, Step, Type};
use crate::generate::helpers::{self, HELPERS, Helper, Takes};
use crate::generate::passage::Passage;
use crate::generate::syntax::{Argument, Call, Node, Partial};
use crate::model::Value;

/// A step of printing.
#[derive(Clone)]
pub(in crate::generate) enum Op {
    /// Prints text of the template.
    Text(Arc<Passage>, Span),
    /// Prints a value for its place.
    Print(Typed),
    /// Prints text as it is.
    Raw(Typed),
    /// Prints a value as a helper says.
    Helper(&'static Helper, Typed, Span),
    /// Prints the body of the first condition that holds.
    If(Vec<Branch>),
    /// Prints its body for each member, with variables.
    Each {
        list: Typed,
        variables: MemberVariables,
        body: Arc<[Op]>,
        otherwise: Arc<[Op]>,
    },
    /// Prints its body with a value as one more variable, and once more by a name of the template's own.
    With {
        value: Typed,
        names: usize,
        body: Arc<[Op]>,
        otherwise: Arc<[Op]>,
    },
    /// Prints its body with further variables.
    Let(Vec<Typed>, Arc<[Op]>, Indent),
    /// Prints a partial template.
    Partial {
        partial: Arc<PartialTemplate>,
        arguments: Vec<Typed>,
        indent: Indent,
        /// What the partial template prints where it asks for it.
        inner: Option<Arc<[Op]>>,
    },
    /// Prints what the use of the partial template stands around, or this where it stands around nothing.
    Inner(Arc<[Op]>),
    /// Prints a region that is the user's once it is written, between comments that name it.
    Protected {
        id: Typed,
        indent: Arc<str>,
        body: Arc<[Op]>,
    },
}

/// What the lines of a partial template get.
#[derive(Clone)]
pub(in crate::generate) struct Indent {
    pub(in crate::generate) blanks: Arc<str>,
    /// Whether its first line gets them.
    pub(in crate::generate) first: bool,
}

impl Indent {
    pub(super) fn of(used: &Partial) -> Self {
        Self {
            blanks: used.indent.clone(),
            first: used.alone,
        }
    }
}

/// What a variable of a block over members tells of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::generate) enum Member {
    Itself,
    Index,
    IsFirst,
    IsLast,
}

/// The variables of a block over members; names of the template's own follow, for the member and for its index.
pub(super) const MEMBER: [(&str, Member); 4] = [
    ("this", Member::Itself),
    ("@index", Member::Index),
    ("@first", Member::IsFirst),
    ("@last", Member::IsLast),
];

/// The variables of one block over members.
#[derive(Clone)]
pub(in crate::generate) struct MemberVariables {
    pub(in crate::generate) count: usize,
    /// Those that the body reads, by their positions: the others need no value.
    pub(in crate::generate) read: Vec<(usize, Member)>,
}

/// What is printed where a condition holds.
#[derive(Clone)]
pub(in crate::generate) struct Branch {
    /// The condition; `None` holds always.
    pub(in crate::generate) condition: Option<Typed>,
    /// Whether it holds where the condition does not.
    pub(in crate::generate) negated: bool,
    pub(in crate::generate) body: Arc<[Op]>,
}

/// A value with its type and place.
#[derive(Clone)]
pub(in crate::generate) struct Typed {
    pub(in crate::generate) source: Source,
    pub(in crate::generate) ty: Type,
    pub(in crate::generate) span: Span,
}

#[derive(Clone)]
pub(in crate::generate) enum Source {
    Expression(Expression),
    /// An expression that is no more than a step.
    Step(Box<Step>, Expression),
    Variable(usize),
    Constant(Value),
    /// A member of a list by its position from 0.
    Lookup(Box<(Typed, Typed)>),
}

impl<'n> Compiler<'_> {
    pub(super) fn nodes(&mut self, nodes: &'n [Node], frame: &mut Frame<'n>) -> Vec<Op> {
        let inlines = frame.inlines.len();
        let ops = nodes.iter().filter_map(|n| self.node(n, frame)).collect();
        self.forget_inlines(inlines, frame);
        ops
    }

    fn node(&mut self, node: &'n Node, frame: &mut Frame<'n>) -> Option<Op> {
        match node {
            Node::Text(span) => {
                let passage = Passage::new(&frame.text[span.range()]);
                Some(Op::Text(Arc::new(passage), *span))
            }
            Node::Print(call) => self.print(call, frame),
            Node::Block(block) => self.block(block, frame),
            Node::Partial(partial) => self.partial_use(partial, frame),
            Node::Inline(inline) => {
                self.inline(inline, frame);
                None
            }
            Node::Raw(call) => self.raw(call, frame),
            Node::Decorator(call) => {
                let message = format!("there is no decorator `{}`", call.name.text());
                let diagnostic = Diagnostic::error(Code::TemplateSyntax, call.span, message);
                let hint = "`{{#*inline \"name\"}}` is the only one";
                self.diagnostics.push(diagnostic.hint(hint));
                None
            }
            Node::Verbatim(call) => {
                let message = "a block whose text is not read is refused";
                let diagnostic = Diagnostic::error(Code::TemplateSyntax, call.span, message);
                let hint = "write `\\{{` where braces are to be printed";
                self.diagnostics.push(diagnostic.hint(hint));
                None
            }
        }
    }

    /// A value that is printed as it is: the author of the template answers for it.
    fn raw(&mut self, call: &'n Call, frame: &mut Frame<'n>) -> Option<Op> {
        if !frame.raw {
            let message = "raw output is refused: what is printed is escaped for its place";
            let diagnostic = Diagnostic::error(Code::TemplateSyntax, call.span, message);
            let hint = "where a value is code of the target language, `raw: true` in the front matter allows it";
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        }
        let value = self.call(call, frame)?;
        self.printable(&value)?;
        self.takes(("{{{…}}}", Takes::Word), &value)?;
        Some(Op::Raw(Typed {
            span: call.span,
            ..value
        }))
    }

    fn print(&mut self, call: &'n Call, frame: &mut Frame<'n>) -> Option<Op> {
        self.no_named(call);
        if let (Argument::Path(name), false) = (&call.name, call.arguments.is_empty())
            && !matches!(&*name.text, "q" | "lookup")
        {
            let Some(helper) = helpers::find(&name.text) else {
                self.unknown_helper(name);
                return None;
            };
            let [argument] = &call.arguments[..] else {
                let count = call.arguments.len();
                let message = format!("`{}` takes one value, not {count}", name.text);
                self.report(Code::UnknownHelper, call.span, message);
                return None;
            };
            let value = self.value(argument, frame)?;
            self.printable(&value)?;
            self.takes((helper.name, helper.takes), &value)?;
            return Some(Op::Helper(helper, value, call.span));
        }
        let value = self.call(call, frame)?;
        self.printable(&value)?;
        Some(Op::Print(Typed {
            span: call.span,
            ..value
        }))
    }

    /// Whether a helper can print values of a type.
    pub(super) fn takes(&mut self, (name, takes): (&str, Takes), value: &Typed) -> Option<()> {
        let text = matches!(value.ty, Type::String | Type::Enum(_) | Type::Null);
        let number = matches!(value.ty, Type::Integer | Type::Real);
        let fits = match takes {
            Takes::Any => true,
            Takes::Word => text || number,
            Takes::Text => text,
        };
        if fits {
            return Some(());
        }
        let is = value.ty.display(self.metamodel);
        let message = format!("`{name}` prints text, this is {is}");
        self.report(Code::ExpressionType, value.span, message);
        None
    }

    /// Only partial templates take `name=value`.
    pub(super) fn no_named(&mut self, call: &Call) {
        for (key, _) in &call.named {
            let message = format!("`{}=` is known to partial templates only", key.text);
            self.report(Code::TemplateSyntax, key.span, message);
        }
    }

    pub(super) fn unknown_helper(&mut self, name: &Excerpt) {
        let message = format!("there is no helper `{}`", name.text);
        let known: Vec<&str> = HELPERS
            .iter()
            .map(|h| h.name)
            .chain(["lookup", "q"])
            .collect();
        let diagnostic = Diagnostic::error(Code::UnknownHelper, name.span, message);
        let instead = match &*name.text {
            "eq" => "a = b",
            "ne" => "a <> b",
            "gt" => "a > b",
            "gte" => "a >= b",
            "lt" => "a < b",
            "lte" => "a <= b",
            "and" => "a and b",
            "or" => "a or b",
            "not" => "not a",
            "len" => "a->size()",
            _ => "",
        };
        let diagnostic = if instead.is_empty() {
            diagnostic
                .suggest(&name.text, known.clone())
                .hint(format!("helpers: {}", known.join(", ")))
        } else {
            diagnostic.hint(format!("write it as an expression: `(q \"{instead}\")`"))
        };
        self.diagnostics.push(diagnostic);
    }

    /// Objects cannot be printed, only their features.
    fn printable(&mut self, value: &Typed) -> Option<()> {
        let [class, ..] = value.ty.item().classes() else {
            return Some(());
        };
        let message = format!(
            "a {} cannot be printed, only one of its features",
            self.metamodel.class(*class).name
        );
        let names: Vec<&str> = self.metamodel.feature_names(*class).collect();
        let diagnostic = Diagnostic::error(Code::ExpressionType, value.span, message);
        self.diagnostics
            .push(diagnostic.hint(format!("its features are {}", names.join(", "))));
        None
    }
}
