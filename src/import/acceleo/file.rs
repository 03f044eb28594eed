//! The files that the templates of a module become: artifacts, partial templates, helpers.

use std::collections::BTreeMap;

use super::body::{Body, Callee};
use super::drive::Around;
use super::emit;
use super::names::{Names, Typing, written};
use super::syntax::{Branch, File, Template};
use super::texts::{conjunction, scalar};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Sources};
use crate::expr::acceleo::{self, Meaning, Piece};
use crate::generate::language::{self, Language};

/// A file of the workspace, by its path below the folder of templates.
#[derive(Debug)]
pub struct Made {
    /// Its path, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Made {
    /// Whether it is a template; a file of helpers stands among transforms.
    pub fn is_template(&self) -> bool {
        self.path.strip_suffix(".hbs").is_some()
    }
}

/// What templates are translated with.
pub(super) struct Importer<'a> {
    pub(super) sources: &'a Sources,
    pub(super) meaning: &'a Meaning,
    pub(super) typing: Option<Typing>,
    /// The templates that are printed by others.
    pub(super) callees: &'a BTreeMap<String, Callee>,
    /// All templates.
    pub(super) templates: &'a [&'a Template],
    /// The templates that make files, or call some that do.
    pub(super) makers: &'a [String],
    /// Those of them whose files were made.
    pub(super) driven: Vec<String>,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) made: Vec<Made>,
}

impl Importer<'_> {
    pub(super) fn names(&self) -> Names {
        Names::new(self.meaning.clone(), self.typing.clone())
    }

    pub(super) fn translated(&mut self, excerpt: &Excerpt, around: &Around) -> Option<String> {
        match acceleo::translate(excerpt, &around.names.meaning) {
            Ok(found) => {
                self.diagnostics.extend(found.differs);
                Some(found.text)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// A file as a template that makes it for each of its elements.
    pub(super) fn artifact(
        &mut self,
        (file, branch): (&File, &Branch),
        template: &Template,
        around: Around,
    ) {
        if let Some(mode) = file
            .mode
            .as_ref()
            .filter(|m| &*m.text == "true" || &*m.text == "append")
        {
            let message = "text is not added to a file here: each artifact is made whole";
            self.diagnostics
                .error::<()>(Code::NotTranslated, mode.span, message);
        }
        let encoding = file.encoding.as_ref();
        let is_utf8 = |e: &&Excerpt| e.text.to_ascii_lowercase().trim_matches('\'') == "utf-8";
        if let Some(encoding) = encoding.filter(|e| !is_utf8(e)) {
            let message = "artifacts are written in UTF-8";
            self.diagnostics.push(Diagnostic::warning(
                Code::NotTranslated,
                encoding.span,
                message,
            ));
        }
        if let Some(list) = around.looped {
            let message = "the file is made for each member whose container this is reached from";
            self.diagnostics
                .push(Diagnostic::warning(Code::NotTranslated, list, message));
        }
        let mut notes = around.notes.clone();
        let path = self.path(&file.path, &around).unwrap_or_else(|| {
            notes.push(format!("the path {}", file.path.text));
            template.name.text.to_string()
        });
        let literal = end_of(&file.path);
        let named = literal.trim_start_matches(['_', '-', '.']);
        let explicit = language::find(None, &path).is_none();
        let language = language_of(&literal);
        let (element, class) = around.element.clone();
        let mut front = vec![
            format!("artifact: {}", scalar(&path)),
            format!("for: {{{element}: {}}}", written(&class)),
        ];
        if !around.conditions.is_empty() {
            front.push(format!(
                "where: {}",
                scalar(&conjunction(&around.conditions))
            ));
        }
        for note in notes {
            let lines: Vec<&str> = note.lines().map(str::trim).collect();
            front.push(format!("# not translated: {}", lines.join(" ")));
        }
        if explicit {
            front.push(format!("language: {}", language.name()));
        }
        if let Some(text) = &template.description {
            front.push(format!("description: {}", scalar(text)));
        }
        let mut body = self.begin(around.names, language);
        body.nodes(&branch.body);
        let text = written_out(&mut body, front);
        let whole = path.rsplit('/').next() == Some(&*literal);
        let known = named.contains('.') || language::find(None, named).is_some();
        let name = if whole || known {
            named.to_owned()
        } else {
            format!("{}{literal}", template.name.text)
        };
        self.make(&name, text);
    }

    /// The path of an artifact, with expressions in `${…}`.
    fn path(&mut self, path: &Excerpt, around: &Around) -> Option<String> {
        let mut text = String::new();
        for piece in acceleo::pieces(path) {
            match piece {
                Piece::Text(part) => text.push_str(&part),
                Piece::Value(value) => {
                    let value = self.translated(&value, around)?;
                    text.extend(["${", &value, "}"]);
                }
            }
        }
        let below = text.strip_prefix("./").unwrap_or(&text);
        Some(below.trim_start_matches('/').to_owned())
    }

    /// Begins the body of a template.
    pub(super) fn begin(&mut self, names: Names, language: &'static dyn Language) -> Body<'_> {
        Body {
            sources: self.sources,
            names,
            callees: self.callees,
            diagnostics: self.diagnostics,
            out: Vec::new(),
            language,
            place: language.writer(),
            raw: None,
            word: None,
        }
    }

    /// Keeps a file under a name that no other has.
    fn make(&mut self, name: &str, text: String) {
        let fits = |c: char| c.is_alphanumeric() || "._-".contains(c);
        let name: String = name
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        let partials = self.callees;
        let taken = |path: &str| {
            let name = path.strip_suffix(".hbs").unwrap_or(path);
            partials.contains_key(name) || self.made.iter().any(|m| m.path == path)
        };
        let (stem, end) = name.split_at(name.find('.').unwrap_or(name.len()));
        let mut path = format!("{name}.hbs");
        let mut number = 2;
        while taken(&path) {
            path = format!("{stem}-{number}{end}.hbs");
            number += 1;
        }
        self.made.push(Made { path, text });
    }
}

/// Writes a template: its front matter, and its body.
pub(super) fn written_out(body: &mut Body<'_>, mut front: Vec<String>) -> String {
    if let Some(span) = body.raw {
        front.push("raw: true".to_owned());
        let message = "this is printed as it is, as Acceleo does";
        let finding = Diagnostic::warning(Code::NotTranslated, span, message);
        let hint = "`{{x}}` would print a value as a literal of the language, `{{ident x}}` as a name, and `raw: true` could go";
        body.diagnostics.push(finding.hint(hint));
    }
    if let Some(span) = body.word {
        let message = "a value with blanks is one word here, where Acceleo prints several";
        body.diagnostics
            .push(Diagnostic::warning(Code::NotTranslated, span, message));
    }
    format!("---\n{}\n---\n{}", front.join("\n"), emit::write(&body.out))
}

/// What of the last part of a path is the same for all elements; where that is nothing, the last text in it that names a file.
pub(super) fn end_of(path: &Excerpt) -> String {
    let (mut literal, mut values) = (String::new(), String::new());
    for piece in acceleo::pieces(path) {
        match piece {
            Piece::Text(part) => literal.push_str(&part),
            Piece::Value(value) => values.push_str(&value.text),
        }
    }
    let last = literal.rsplit('/').next().unwrap_or_default();
    if !last.is_empty() {
        return last.to_owned();
    }
    let texts = values.split('\'').skip(1).step_by(2);
    let named = texts.map(|t| t.rsplit('/').next().unwrap_or(t));
    let named = named.filter(|t| language::find(None, t).is_some()).last();
    named.unwrap_or_default().to_owned()
}

/// The language of files whose names end so.
pub(super) fn language_of(end: &str) -> &'static dyn Language {
    let named = end.trim_start_matches(['_', '-', '.']);
    let found = language::find(None, end).or(language::find(None, named));
    found.unwrap_or_else(plain)
}

/// The language of files that no program reads.
fn plain() -> &'static dyn Language {
    language::find(Some("text"), "").expect("plain text is a language")
}
