//! The blocks of a body: conditions, loops, `let`, protected areas.

use super::body::Body;
use super::emit::Piece;
use super::names::{argument, called_on, is_list, is_primitive};
use super::syntax::{Branch, For, Head, Line};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::Type;
use crate::expr::acceleo;

impl Body<'_> {
    pub(super) fn block(&mut self, branches: &[Branch], (span, end): (Span, &Line)) {
        let Some(first) = branches.first() else {
            return;
        };
        let mark = (self.out.len(), self.names.mark(), self.raw, self.word);
        let done = match &first.head {
            Head::If(_) => self.conditions(branches, end),
            Head::For(head) => self.each((head, first), branches, end),
            Head::Let(..) => self.lets(branches, end),
            Head::Protected(id) => self.protected((id, first), end),
            Head::Trace => {
                self.nodes(&first.body);
                Some(())
            }
            Head::File(_) => {
                let message = "a file among the text of another one is not translated";
                let finding = Diagnostic::error(Code::NotTranslated, first.span, message);
                self.diagnostics
                    .push(finding.hint("make it a template of its own"));
                None
            }
            Head::Else => None,
        };
        if done.is_none() {
            self.out.truncate(mark.0);
            self.names.reset(mark.1);
            self.raw = mark.2;
            self.word = mark.3;
            self.left_over(span, &first.line);
        }
    }

    fn conditions(&mut self, branches: &[Branch], end: &Line) -> Option<()> {
        let begun = self.place.kept();
        for (index, branch) in branches.iter().enumerate() {
            let tag = match &branch.head {
                Head::If(condition) => {
                    let word = if index == 0 { "#if" } else { "else if" };
                    let condition = self.translated(condition)?;
                    format!("{{{{{word} {}}}}}", argument(&condition))
                }
                _ => "{{else}}".to_owned(),
            };
            self.place.go_to(&*begun);
            self.tag(tag, &branch.line);
            self.nodes(&branch.body);
        }
        self.tag("{{/if}}".to_owned(), end);
        Some(())
    }

    fn each(
        &mut self,
        (head, branch): (&For, &Branch),
        branches: &[Branch],
        end: &Line,
    ) -> Option<()> {
        if let Some(more) = branches.get(1) {
            let message = "a loop has no `[else]`";
            self.diagnostics
                .error::<()>(Code::TemplateSyntax, more.span, message)?;
        }
        let whole = self.translated(&head.list)?;
        let ty = head.member.as_ref().and_then(|(_, ty)| ty.as_ref());
        let mut list = self.list(&whole, ty.map(|t| &*t.text));
        let mark = self.names.mark();
        let member = match &head.member {
            Some((name, _)) => name.text.to_string(),
            None => self.names.fresh("member"),
        };
        let item = self.names.type_of_expression(&list);
        self.names
            .variable(&member, item.map(|ty| ty.item().clone()));
        self.names.meaning.context = Some(member.clone());
        if let Some(guard) = &head.guard {
            let guard = self.translated(guard)?;
            list = format!("{}->select({member} | {guard})", called_on(&list));
        }
        let index = format!("{member}_index");
        if member != "i" {
            self.names.stand_for("i", format!("({index} + 1)"));
            self.names.variable(&index, Some(Type::Integer));
        }
        self.around(head.before.as_ref(), &whole)?;
        let at = self.out.len();
        self.tag(String::new(), &branch.line);
        if let Some(separator) = head.separator.as_ref().filter(|s| &*s.text != "''") {
            self.out.push(Piece::Tag("{{#unless @first}}".to_owned()));
            self.joined(separator)?;
            self.out.push(Piece::Tag("{{/unless}}".to_owned()));
        }
        self.nodes(&branch.body);
        let names = [self.read_name(&member, at), self.read_name(&index, at)];
        let [name, index] = names.map(Option::unwrap_or_default);
        let name = if name.is_empty() {
            format!("_{member}")
        } else {
            name
        };
        let open = format!(
            "{{{{#each {} as |{}|}}}}",
            argument(&list),
            format!("{name} {index}").trim()
        );
        if let Some(Piece::Tag(tag) | Piece::Own(_, tag)) = self.out.get_mut(at) {
            *tag = open;
        }
        self.tag("{{/each}}".to_owned(), end);
        self.names.reset(mark);
        self.around(head.after.as_ref(), &whole)
    }

    /// A name where the tags that were made from a position on use it.
    fn read_name(&self, name: &str, from: usize) -> Option<String> {
        let uses = |piece: &Piece| match piece {
            Piece::Text(_) => false,
            Piece::Tag(tag) | Piece::Own(_, tag) => has_word(tag, name),
        };
        self.out[from..].iter().any(uses).then(|| name.to_owned())
    }

    /// What is printed before or behind the members of a list, where there are some.
    fn around(&mut self, text: Option<&Excerpt>, list: &str) -> Option<()> {
        let Some(text) = text else {
            return Some(());
        };
        let condition = format!("{}->notEmpty()", called_on(list));
        let open = format!("{{{{#if {}}}}}", argument(&condition));
        self.out.push(Piece::Tag(open));
        self.joined(text)?;
        self.out.push(Piece::Tag("{{/if}}".to_owned()));
        Some(())
    }

    /// The members of a list that are of a type, which Acceleo passes over where they are not.
    fn list(&self, list: &str, ty: Option<&str>) -> String {
        let is = self.names.type_of_expression(list);
        let one = is.as_ref().is_some_and(|ty| !ty.is_list());
        match ty {
            Some(ty) if is.is_some() && !is_primitive(ty) && !self.names.conforms(list, ty) => {
                format!("{}->filter({ty})", called_on(list))
            }
            _ if one => format!("{}->asSequence()", called_on(list)),
            _ => list.to_owned(),
        }
    }

    /// `let` holds where the value is of the type: a list of it has one member then, and none otherwise.
    fn lets(&mut self, branches: &[Branch], end: &Line) -> Option<()> {
        let begun = self.place.kept();
        let mut first = true;
        for branch in branches {
            self.place.go_to(&*begun);
            let Head::Let(parameter, value) = &branch.head else {
                self.tag("{{else}}".to_owned(), &branch.line);
                self.nodes(&branch.body);
                continue;
            };
            let value = self.translated(value)?;
            let mark = self.names.mark();
            let (name, ty) = (&*parameter.name.text, &*parameter.ty.text);
            if is_list(ty) {
                if branches.len() > 1 {
                    let message = "whether a value is a list is not asked here";
                    let span = parameter.ty.span;
                    self.diagnostics
                        .error::<()>(Code::NotTranslated, span, message)?;
                }
                self.names.stand_for(name, called_on(&value));
                self.nodes(&branch.body);
                self.names.reset(mark);
                return Some(());
            }
            let operation = if is_primitive(ty) || self.names.conforms(&value, ty) {
                "asSequence()".to_owned()
            } else {
                format!("filter({ty})")
            };
            let list = format!("{}->{operation}", called_on(&value));
            let known = self.names.type_of(ty);
            self.names.variable(name, known);
            let word = if first { "#each" } else { "else each" };
            first = false;
            let tag = format!("{{{{{word} {} as |{name}|}}}}", argument(&list));
            self.tag(tag, &branch.line);
            self.nodes(&branch.body);
            self.names.reset(mark);
        }
        self.tag("{{/each}}".to_owned(), end);
        Some(())
    }

    fn protected(&mut self, (id, branch): (&Excerpt, &Branch), end: &Line) -> Option<()> {
        if branch.line == Line::Among {
            let message = "a protected region begins and ends on a line of its own here";
            self.diagnostics
                .error::<()>(Code::NotTranslated, branch.span, message)?;
        }
        if self.language.comment().is_none() {
            let name = self.language.name();
            let message =
                format!("a file of {name} has no comments, which name a protected region");
            self.diagnostics
                .error::<()>(Code::NotTranslated, branch.span, message)?;
        }
        let mut parts = Vec::new();
        for piece in acceleo::pieces(id) {
            parts.push(match piece {
                // A region is called by a word.
                acceleo::Piece::Text(text) => {
                    let fits = |c: char| c.is_alphanumeric() || "._-/:[]".contains(c);
                    let word = |c: char| if fits(c) { c } else { '-' };
                    acceleo::quoted(&text.chars().map(word).collect::<String>())
                }
                acceleo::Piece::Value(value) => self.translated(&value)?,
            });
        }
        let id = argument(&parts.join(" + "));
        self.tag(format!("{{{{#protected {id}}}}}"), &branch.line);
        self.nodes(&branch.body);
        self.tag("{{/protected}}".to_owned(), end);
        Some(())
    }
}

/// Whether a text has a word.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c: char| !is_letter(c)).any(|w| w == word)
}
