//! What stands around files: the templates, conditions and loops under which each of them is made.
//!
//! A call of a template that makes files is gone into, so that a file knows all conditions under which it is made. Its
//! element is the member of the innermost loop, else what the first template is about.

use super::calls::{group_of, most_specific_first};
use super::file::Importer;
use super::names::{Names, called_on, is_list, is_primitive, written};
use super::syntax::{Branch, For, Head, Node, Template};
use super::texts::{conjunction, replaced};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::acceleo::{self, Called};

/// What stands around a `[file]`.
#[derive(Clone)]
pub(super) struct Around {
    /// The element that the file is made for, with its class.
    pub(super) element: (String, String),
    /// The conditions under which it is made.
    pub(super) conditions: Vec<String>,
    pub(super) names: Names,
    /// Where a loop goes over something else than the parts of the element outside.
    pub(super) looped: Option<Span>,
    /// The conditions and loops that have no equal.
    pub(super) notes: Vec<String>,
    /// The templates that are gone into.
    within: Vec<String>,
}

impl Around {
    /// Calls the element by another name.
    fn rename(&mut self, to: &str) {
        let from = std::mem::replace(&mut self.element.0, to.to_owned());
        for condition in &mut self.conditions {
            *condition = replaced(condition, &from, to);
        }
    }
}

impl Around {
    /// Names a value that is of a class; the element itself, where it is that.
    fn narrow(&mut self, (name, class): (&str, &str), (value, asked): (&str, String)) {
        if value != self.element.0 {
            self.conditions.push(asked);
            let value = format!("{}.asType({class})", called_on(value));
            self.names.stand_for(name, value);
            return;
        }
        for (_, text) in &mut self.names.meaning.variables {
            *text = replaced(text, value, name);
        }
        self.rename(name);
        class.clone_into(&mut self.element.1);
        let known = self.names.type_of(class);
        self.names.variable(name, known);
        self.names.meaning.context = Some(name.to_owned());
    }
}

impl Importer<'_> {
    /// A template that makes files, and that no other of them calls.
    pub(super) fn maker(&mut self, template: &Template) {
        let Some((first, more)) = template.parameters.split_first() else {
            let message = "a template that makes files is about an element";
            self.diagnostics
                .error::<()>(Code::NotTranslated, template.name.span, message);
            return;
        };
        if let Some(second) = more.first() {
            let message = "a template that makes files is about one element";
            let finding = Diagnostic::error(Code::NotTranslated, second.name.span, message);
            self.diagnostics
                .push(finding.hint("what else it takes is reached from there, or is a `let`"));
        }
        let (name, class) = (first.name.text.to_string(), first.ty.text.to_string());
        let around = Around {
            element: (name.clone(), class),
            conditions: Vec::new(),
            names: self.names(),
            looped: None,
            notes: Vec::new(),
            within: Vec::new(),
        };
        self.enter((template, &[name]), around);
    }

    /// Goes into a template with values for its parameters.
    fn enter(&mut self, (template, values): (&Template, &[String]), mut around: Around) {
        let name = template.name.text.to_string();
        if around.within.contains(&name) {
            // It calls itself for further elements of its class, for all of which its files are made.
            return;
        }
        around.within.push(name.clone());
        self.driven.push(name);
        let own = template.parameters.iter().zip(values);
        let element = around.element.0.clone();
        for (parameter, value) in own.clone() {
            if *value == element {
                around.rename(&parameter.name.text);
                let class = written(&parameter.ty.text);
                if !around.names.conforms(value, &class) && around.names.type_of(&class).is_some() {
                    around.element.1 = class;
                }
            }
        }
        let mut names = self.names();
        let to = around.element.0.clone();
        let ty = names.type_of(&around.element.1);
        names.variable(&to, ty);
        for (parameter, value) in own {
            let value = replaced(value, &element, &to);
            if *parameter.name.text != *to {
                names.stand_for(&parameter.name.text, called_on(&value));
            }
            names.meaning.context.get_or_insert(value);
        }
        names.meaning.context.get_or_insert(to);
        around.names = names;
        if let Some(guard) = &template.guard {
            match self.translated(guard, &around) {
                Some(guard) => around.conditions.push(guard),
                None => around.notes.push(format!("the guard {}", guard.text)),
            }
        }
        self.drive((&template.body, template), &around);
    }

    fn drive(&mut self, (nodes, template): (&[Node], &Template), around: &Around) {
        for node in nodes {
            match node {
                Node::Text(span) => {
                    let text = &self.sources.file(span.file).text[span.range()];
                    if !text.trim().is_empty() {
                        self.written_nowhere(*span);
                    }
                }
                Node::Expression(excerpt, span, _) => {
                    let called = acceleo::called(excerpt);
                    match called.filter(|c| self.makers.iter().any(|m| **m == *c.name)) {
                        Some(called) => self.driven_call((&called, excerpt), around),
                        None => self.written_nowhere(*span),
                    }
                }
                Node::Block(branches, ..) => self.driven_block((branches, template), around),
                Node::Comment(..) | Node::Broken(..) => {}
            }
        }
    }

    fn written_nowhere(&mut self, span: Span) {
        let message = "text outside of `[file]` is written nowhere";
        self.diagnostics
            .push(Diagnostic::warning(Code::NotTranslated, span, message));
    }

    fn driven_call(&mut self, (called, excerpt): (&Called, &Excerpt), around: &Around) {
        let group = group_of(self.templates, &called.name);
        let metamodel = self.typing.as_ref().map(|t| t.metamodel.clone());
        let group = most_specific_first(group, metamodel.as_deref(), self.diagnostics);
        let count = group.last().map_or(0, |t| t.parameters.len());
        let mut values = Vec::new();
        if called.arguments.len() < count {
            values.extend(around.names.meaning.context.clone());
        }
        for argument in &called.arguments {
            let Some(value) = self.translated(argument, around) else {
                return;
            };
            values.push(value);
        }
        // What a template without parameters is called on means nothing to it.
        values.truncate(count);
        if values.len() != count {
            let message = format!("`{}` takes {count} values", called.name);
            self.diagnostics
                .error::<()>(Code::NotTranslated, excerpt.span, message);
            return;
        }
        let general = group.last().copied();
        let mut inner = around.clone();
        for template in group {
            let mut chosen = inner.clone();
            let mut asked = Vec::new();
            let base = general.map(|t| &t.parameters).into_iter().flatten();
            for ((parameter, base), value) in template.parameters.iter().zip(base).zip(&values) {
                if parameter.ty.text != base.ty.text {
                    asked.push(format!("{value}.isKindOf({})", parameter.ty.text));
                }
            }
            chosen.conditions.extend(asked.iter().cloned());
            self.enter((template, &values), chosen);
            if !asked.is_empty() {
                let not = called_on(&conjunction(&asked));
                inner.conditions.push(format!("not {not}"));
            }
        }
    }

    fn driven_block(&mut self, (branches, template): (&[Branch], &Template), around: &Around) {
        let mut otherwise: Vec<String> = Vec::new();
        for branch in branches {
            let mut inner = around.clone();
            let negated = otherwise.iter().map(|c| format!("not {}", called_on(c)));
            inner.conditions.extend(negated);
            match &branch.head {
                Head::If(condition) => match self.translated(condition, &inner) {
                    Some(text) => {
                        otherwise.push(text.clone());
                        inner.conditions.push(text);
                    }
                    None => inner
                        .notes
                        .push(format!("the condition {}", condition.text)),
                },
                Head::For(head) => match self.looped((head, branch), &inner) {
                    Some(within) => inner = within,
                    None => inner
                        .notes
                        .push(format!("the loop over {}", head.list.text)),
                },
                Head::Let(parameter, value) => {
                    let Some(value) = self.translated(value, &inner) else {
                        inner
                            .notes
                            .push(format!("the value of {}", parameter.name.text));
                        continue;
                    };
                    let (name, ty) = (&parameter.name.text, &*parameter.ty.text);
                    let narrows = !is_list(ty) && !is_primitive(ty);
                    if !narrows || inner.names.conforms(&value, ty) {
                        inner.names.stand_for(name, called_on(&value));
                    } else {
                        let asked = format!("{}.isKindOf({ty})", called_on(&value));
                        otherwise.push(asked.clone());
                        inner.narrow((name, ty), (&value, asked));
                    }
                }
                Head::File(file) => {
                    self.artifact((file, branch), template, inner);
                    continue;
                }
                Head::Else | Head::Trace | Head::Protected(_) => {}
            }
            self.drive((&branch.body, template), &inner);
        }
    }

    /// A loop around a file: the file is made for its member, if that is one of the members.
    fn looped(&mut self, (head, branch): (&For, &Branch), around: &Around) -> Option<Around> {
        let Some((name, Some(ty))) = &head.member else {
            let message = "a loop around files says the name and the type of its member";
            return self
                .diagnostics
                .error(Code::NotTranslated, branch.span, message);
        };
        let list = self.translated(&head.list, around)?;
        let mut inner = around.clone();
        let (outer, class) = &around.element;
        let up = format!("{}.container({class})", name.text);
        // Seen from the member, what was the element is above it.
        let moved = |text: &str| replaced(text, outer, &up);
        for (_, text) in &mut inner.names.meaning.variables {
            *text = moved(text);
        }
        inner.conditions = around.conditions.iter().map(|c| moved(c)).collect();
        if !around.names.holds_all(&list, &ty.text) {
            let members = called_on(&moved(&list));
            let condition = format!("{members}->includes({})", name.text);
            inner.conditions.push(condition);
            if !around.names.is_containment(&list) {
                inner.looped = Some(head.list.span);
            }
        }
        let known = inner.names.type_of(&ty.text);
        inner.names.variable(&name.text, known);
        inner.names.meaning.context = Some(name.text.to_string());
        inner.element = (name.text.to_string(), ty.text.to_string());
        if let Some(guard) = &head.guard {
            let guard = self.translated(guard, &inner)?;
            inner.conditions.push(guard);
        }
        Some(inner)
    }
}
