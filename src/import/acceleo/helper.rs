//! Queries as helpers, and templates whose text is asked for as a value.

use super::file::Importer;
use super::names::{Names, called_on, written};
use super::syntax::{Branch, Head, Line, Node, Parameter, Query, Template};
use super::texts::{parameters, scalar};
use crate::diag::{Code, Diagnostic};
use crate::expr::Type;
use crate::expr::acceleo::{self, quoted};

impl Importer<'_> {
    /// A query as a helper.
    pub(super) fn query(&mut self, query: &Query) -> Option<String> {
        let (title, names, rest) = self.signature(&query.name.text, &query.parameters)?;
        let value = match acceleo::translate(&query.value, &names.meaning) {
            Ok(value) => {
                self.diagnostics.extend(value.differs);
                Ok(value.text)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                Err(&*query.value.text)
            }
        };
        let declared = (title.as_str(), rest, &*query.returns.text);
        Some(helper(
            declared,
            query.description.as_deref(),
            value.as_deref(),
        ))
    }

    /// Templates of one name and type whose text is a value elsewhere.
    pub(super) fn value_of(&mut self, group: &[&Template]) -> Option<String> {
        let (last, others) = group.split_last()?;
        let (title, names, rest) = self.signature(&last.name.text, &last.parameters)?;
        let mut value = self.text_of(last, &names);
        for template in others.iter().rev() {
            let (_, names, _) = self.signature(&template.name.text, &template.parameters)?;
            let guard = template.guard.as_ref()?;
            let guard = acceleo::translate(guard, &names.meaning).ok()?.text;
            let text = self.text_of(template, &names);
            value = value
                .zip(text)
                .map(|(otherwise, then)| format!("if {guard} then {then} else {otherwise} endif"));
        }
        if let (Some(text), Some(guard)) = (&value, &last.guard) {
            let guard = acceleo::translate(guard, &names.meaning).ok()?.text;
            value = Some(format!("if {guard} then {text} else \'\' endif"));
        }
        let Some(value) = value else {
            let message = format!(
                "the text of `{}` is a value elsewhere, and no expression gives it",
                last.name.text
            );
            let finding = Diagnostic::error(Code::NotTranslated, last.name.span, message);
            self.diagnostics.push(finding.hint("write it as a query"));
            return None;
        };
        let declared = (title.as_str(), rest, "String");
        Some(helper(declared, last.description.as_deref(), Ok(&value)))
    }

    /// What a helper is called, what names mean in it, and its further parameters.
    fn signature<'q>(
        &self,
        name: &str,
        parameters: &'q [Parameter],
    ) -> Option<(String, Names, &'q [Parameter])> {
        let known = self.meaning.queries.get(name)?;
        let mut names = self.names();
        let mut rest = parameters;
        let mut title = known.name.clone();
        if let (true, Some((first, more))) = (known.on_first, rest.split_first()) {
            let ty = names.type_of(&first.ty.text);
            names.variable("self", ty);
            names.stand_for(&first.name.text, "self".to_owned());
            names.meaning.context = Some("self".to_owned());
            title = format!("{}.{title}", written(&first.ty.text));
            rest = more;
        }
        for parameter in rest {
            let ty = names.type_of(&parameter.ty.text);
            names.variable(&parameter.name.text, ty);
        }
        Some((title, names, rest))
    }

    /// The text that a template prints as an expression; without the end of its last line.
    fn text_of(&mut self, template: &Template, names: &Names) -> Option<String> {
        let trims = match &template.post {
            None => false,
            Some(post) if &*post.text == "trim()" => true,
            Some(_) => return None,
        };
        let mut parts = self.parts(&template.body, names)?;
        end_line(&mut parts);
        let text = joined(&parts);
        Some(if trims {
            format!("{}.trim()", called_on(&text))
        } else {
            text
        })
    }

    fn parts(&mut self, nodes: &[Node], names: &Names) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for node in nodes {
            match node {
                Node::Text(span) => {
                    let text = self.sources.file(span.file).text[span.range()].replace('\r', "");
                    parts.push(Part::Text(text));
                }
                Node::Comment(..) => {}
                Node::Expression(excerpt, _, line) => {
                    let text = acceleo::translate(excerpt, &names.meaning).ok()?.text;
                    let is_text = names.type_of_expression(&text) == Some(Type::String);
                    let is_text = is_text || text.starts_with('\'');
                    let value = if is_text {
                        text
                    } else {
                        format!("{}.toString()", called_on(&text))
                    };
                    if let Line::Own { indent } = line {
                        let end = Part::Text("\n".to_owned());
                        parts.extend([Part::Text(indent.clone()), Part::Value(value), end]);
                    } else {
                        parts.push(Part::Value(value));
                    }
                }
                Node::Block(branches, ..) => parts.push(self.choice(branches, names)?),
                Node::Broken(..) => return None,
            }
        }
        Some(parts)
    }

    /// A condition with what is printed where it holds and where it does not.
    fn choice(&mut self, branches: &[Branch], names: &Names) -> Option<Part> {
        let mut all = Vec::new();
        let mut otherwise = Vec::new();
        for branch in branches {
            let body = self.parts(&branch.body, names)?;
            match &branch.head {
                Head::If(condition) => {
                    let condition = acceleo::translate(condition, &names.meaning).ok()?.text;
                    all.push((condition, body));
                }
                Head::Else => otherwise = body,
                _ => return None,
            }
        }
        Some(Part::Choice(all, otherwise))
    }
}

/// A part of a text.
enum Part {
    Text(String),
    Value(String),
    Choice(Vec<(String, Vec<Self>)>, Vec<Self>),
}

/// Takes the end of the last line away.
fn end_line(parts: &mut [Part]) {
    match parts.last_mut() {
        Some(Part::Text(text)) => *text = text.strip_suffix('\n').unwrap_or(text).to_owned(),
        Some(Part::Choice(branches, otherwise)) => {
            for (_, body) in branches {
                end_line(body);
            }
            end_line(otherwise);
        }
        Some(Part::Value(_)) | None => {}
    }
}

/// Parts as an expression that puts them together.
fn joined(parts: &[Part]) -> String {
    let one = |part: &Part| match part {
        Part::Text(text) => (!text.is_empty()).then(|| quoted(text)),
        Part::Value(value) => Some(value.clone()),
        Part::Choice(branches, otherwise) => {
            let last = joined(otherwise);
            let choose = |rest: String, (condition, body): &(String, Vec<Part>)| {
                format!("if {condition} then {} else {rest} endif", joined(body))
            };
            Some(branches.iter().rev().fold(last, choose))
        }
    };
    let all: Vec<String> = parts.iter().filter_map(one).collect();
    match &all[..] {
        [] => "\'\'".to_owned(),
        [only] => only.clone(),
        all => {
            let operands: Vec<String> = all.iter().map(|t| called_on(t)).collect();
            operands.join(" + ")
        }
    }
}

/// A helper as a file of helpers has it; in place of a value that could not be translated its source.
fn helper(
    (title, rest, returns): (&str, &[Parameter], &str),
    description: Option<&str>,
    value: Result<&str, &&str>,
) -> String {
    let value = match value {
        Ok(value) => value,
        Err(source) => {
            let source = source.replace('\n', "\n  #   ");
            return format!("  # not translated: {title} = {source}\n");
        }
    };
    let mut lines = vec![format!("  - helper: {title}")];
    lines.extend(description.map(|text| format!("    description: {}", scalar(text))));
    if !rest.is_empty() {
        lines.push(format!("    parameters: {}", parameters(rest)));
    }
    lines.push(format!("    returns: {}", written(returns)));
    let value: Vec<&str> = value.lines().map(str::trim).collect();
    lines.push(format!("    value: {}", scalar(value.join(" ").trim())));
    lines.join("\n") + "\n"
}
