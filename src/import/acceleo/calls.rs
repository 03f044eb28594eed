//! Which templates call which, which of them make files, and which are printed by others.

use std::collections::{BTreeMap, BTreeSet};

use super::body::Callee;
use super::file::{end_of, language_of};
use super::syntax::{Head, Line, Node, Template};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt};
use crate::expr::Type;
use crate::expr::acceleo::{called, calls};
use crate::generate::language::Language;
use crate::metamodel::Metamodel;

/// What stands in the templates.
pub(super) struct Calls {
    /// By the name of the template: the names of what is called, and whether each call has a line for itself.
    of: BTreeMap<String, Vec<(String, bool)>>,
    /// The templates in which files are made.
    with_files: Vec<String>,
    /// What is called where its value is asked for.
    as_values: BTreeSet<String>,
}

impl Calls {
    pub(super) fn of(templates: &[&Template]) -> Self {
        let mut all = Self {
            of: BTreeMap::new(),
            with_files: Vec::new(),
            as_values: BTreeSet::new(),
        };
        for template in templates {
            let name = template.name.text.to_string();
            let mut found = Vec::new();
            all.add_values(template.guard.iter());
            all.values_of(&template.body);
            if walk(&template.body, &mut found) {
                all.with_files.push(name.clone());
            }
            all.of.entry(name).or_default().extend(found);
        }
        all
    }

    /// Whether the text of a template is asked for as a value.
    pub(super) fn is_value(&self, template: &str) -> bool {
        self.as_values.contains(template)
    }

    /// Whether a template is called among text.
    pub(super) fn is_printed(&self, template: &str) -> bool {
        self.of.values().flatten().any(|(name, _)| name == template)
    }

    pub(super) fn add_values<'e>(&mut self, expressions: impl Iterator<Item = &'e Excerpt>) {
        let names = expressions.flat_map(calls).map(|n| n.to_string());
        self.as_values.extend(names);
    }

    fn values_of(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Expression(excerpt, ..) => {
                    // A call that is all of an expression prints a text; what it is called on and with is a value.
                    let names = calls(excerpt).into_iter().map(|n| n.to_string());
                    let whole = usize::from(called(excerpt).is_some());
                    self.as_values.extend(names.skip(whole));
                }
                Node::Block(branches, ..) => {
                    for branch in branches {
                        self.add_values(branch.head.expressions().into_iter());
                        self.values_of(&branch.body);
                    }
                }
                Node::Text(_) | Node::Comment(..) | Node::Broken(..) => {}
            }
        }
    }

    fn names(&self, template: &str) -> impl Iterator<Item = &str> {
        let calls = self.of.get(template).into_iter().flatten();
        calls.map(|(name, _)| name.as_str())
    }

    /// The language of the files that partial templates are printed into; of several the first.
    pub(super) fn languages(
        &self,
        templates: &[&Template],
        makers: &[String],
    ) -> BTreeMap<String, &'static dyn Language> {
        let mut languages = BTreeMap::new();
        for template in templates.iter().filter(|t| is_in(makers, &t.name.text)) {
            let mut files = Vec::new();
            in_files(&template.body, &mut files);
            for (language, calls) in files {
                let mut open = calls;
                while let Some(name) = open.pop() {
                    if !languages.contains_key(&name) && !is_in(makers, &name) {
                        languages.insert(name.clone(), language);
                        open.extend(self.names(&name).map(str::to_owned));
                    }
                }
            }
        }
        languages
    }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|n| n == name)
}

/// Collects the calls in a body; whether it makes files.
fn walk(nodes: &[Node], found: &mut Vec<(String, bool)>) -> bool {
    let mut makes = false;
    for node in nodes {
        match node {
            Node::Expression(excerpt, _, line) => {
                let call = called(excerpt);
                found.extend(call.map(|c| (c.name.to_string(), *line != Line::Among)));
            }
            Node::Block(branches, ..) => {
                for branch in branches {
                    makes |= matches!(branch.head, Head::File(_));
                    makes |= walk(&branch.body, found);
                }
            }
            Node::Text(_) | Node::Comment(..) | Node::Broken(..) => {}
        }
    }
    makes
}

/// The files of a body: their languages, and what is called in them.
fn in_files(nodes: &[Node], files: &mut Vec<(&'static dyn Language, Vec<String>)>) {
    let branches = nodes.iter().filter_map(|node| match node {
        Node::Block(branches, ..) => Some(branches),
        _ => None,
    });
    for branch in branches.flatten() {
        if let Head::File(file) = &branch.head {
            let mut found = Vec::new();
            walk(&branch.body, &mut found);
            let names = found.into_iter().map(|(name, _)| name).collect();
            files.push((language_of(&end_of(&file.path)), names));
        } else {
            in_files(&branch.body, files);
        }
    }
}

/// The templates that make files, or call some that do.
pub(super) fn makers(templates: &[&Template], calls: &Calls) -> Vec<String> {
    let mut makers = calls.with_files.clone();
    loop {
        let more = templates
            .iter()
            .map(|t| &*t.name.text)
            .find(|name| !is_in(&makers, name) && calls.names(name).any(|c| is_in(&makers, c)));
        let Some(name) = more else {
            return makers;
        };
        makers.push(name.to_owned());
    }
}

/// The templates that are printed by others, by name: those of one name in the order in which they are asked.
pub(super) type Groups<'t> = BTreeMap<String, Vec<&'t Template>>;

/// Whether a template that makes files is called by another one that does.
pub(super) fn is_called(calls: &Calls, makers: &[String], name: &str) -> bool {
    let others = makers.iter().filter(|m| *m != name);
    others.flat_map(|m| calls.names(m)).any(|c| c == name)
}

/// The templates that make no files.
pub(super) fn groups<'t>(
    templates: &[&'t Template],
    makers: &[String],
    (metamodel, diagnostics): (Option<&Metamodel>, &mut Diagnostics),
) -> Groups<'t> {
    let mut groups = Groups::new();
    for template in templates.iter().filter(|t| !is_in(makers, &t.name.text)) {
        let name = template.name.text.to_string();
        groups.entry(name).or_default().push(template);
    }
    let sorted = groups
        .into_iter()
        .map(|(name, group)| (name, most_specific_first(group, metamodel, diagnostics)));
    sorted.collect()
}

/// How the templates that are printed by others are called.
pub(super) fn callees(groups: &Groups<'_>, calls: &Calls) -> BTreeMap<String, Callee> {
    let callee = |(name, group): (&String, &Vec<&Template>)| {
        let among = |(called, own): &(String, bool)| called == name && !own;
        let called_among = calls.of.values().flatten().any(among);
        let opens = |t: &&Template| t.post.is_some() || !ends_line(&t.body);
        // The last, which is of the most general class, gives the names.
        let parameters = group.last().map(|t| &t.parameters).into_iter().flatten();
        let callee = Callee {
            parameters: parameters.map(|p| p.name.text.to_string()).collect(),
            calls: calls.names(name).map(str::to_owned).collect(),
            ends_open: called_among || group.iter().any(opens),
        };
        (name.clone(), callee)
    };
    groups.iter().map(callee).collect()
}

/// Whether the text of a body ends with the end of a line.
fn ends_line(nodes: &[Node]) -> bool {
    let last = nodes.iter().rfind(|n| !matches!(n, Node::Comment(..)));
    match last {
        Some(Node::Expression(.., line) | Node::Block(.., line) | Node::Broken(_, line)) => {
            *line != Line::Among
        }
        // A text before the end of a template ends its line, where the end has one for itself.
        Some(Node::Text(_)) => true,
        Some(Node::Comment(..)) | None => false,
    }
}

/// The parts of a group of templates whose parameters have the same types.
pub(super) fn same_types<'g, 't>(
    group: &'g [&'t Template],
) -> impl Iterator<Item = &'g [&'t Template]> {
    group.chunk_by(|a, b| {
        let types = |t: &Template| {
            t.parameters
                .iter()
                .map(|p| p.ty.text.clone())
                .collect::<Vec<_>>()
        };
        types(a) == types(b)
    })
}

/// The templates of a name.
pub(super) fn group_of<'t>(templates: &[&'t Template], name: &str) -> Vec<&'t Template> {
    let named = templates.iter().filter(|t| *t.name.text == *name);
    named.copied().collect()
}

/// Templates of one name in the order in which they are asked whether they are meant.
pub(super) fn most_specific_first<'t>(
    mut group: Vec<&'t Template>,
    metamodel: Option<&Metamodel>,
    diagnostics: &mut Diagnostics,
) -> Vec<&'t Template> {
    let types = |t: &Template| -> Vec<String> {
        t.parameters.iter().map(|p| p.ty.text.to_string()).collect()
    };
    let Some(first) = group.first().copied() else {
        return group;
    };
    let all = types(first);
    if group.iter().all(|t| types(t) == all) {
        // One without a condition is asked last: those behind it are never meant.
        let free = group.iter().position(|t| t.guard.is_none());
        group.truncate(free.map_or(group.len(), |at| at + 1));
        return group;
    }
    let Some(metamodel) = metamodel else {
        for other in group.drain(1..) {
            let message = format!(
                "which template `{}` is meant depends on classes",
                other.name.text
            );
            let finding = Diagnostic::error(Code::NotTranslated, other.name.span, message);
            diagnostics.push(finding.hint("name the metamodel: `--metamodel FILE`"));
        }
        return group;
    };
    let narrower = |a: &Template, b: &Template| {
        let (a, b) = (types(a), types(b));
        let known = |ty: &str| Type::parse(ty, metamodel);
        let conforms = |(a, b): (&String, &String)| matches!((known(a), known(b)), (Some(a), Some(b)) if a.conforms(&b, metamodel));
        a != b && a.iter().zip(&b).all(conforms)
    };
    let mut sorted: Vec<&Template> = Vec::new();
    for template in group {
        let at = sorted.iter().position(|other| narrower(template, other));
        sorted.insert(at.unwrap_or(sorted.len()), template);
    }
    if let Some((base, others)) = sorted.split_last() {
        for other in others
            .iter()
            .filter(|o| types(o) != types(base) && !narrower(o, base))
        {
            let message = format!(
                "there is no template `{}` for a class above this",
                other.name.text
            );
            diagnostics.error::<()>(Code::NotTranslated, other.name.span, message);
        }
    }
    sorted
}
