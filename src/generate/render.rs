//! Printing: typed operations over a model become artifacts, checked in their own languages.

use super::compile::Template;
use super::language::{self, Language};
use super::printer::{From, Printer};
use super::region::{self, Region};
use super::values::Values;
use super::{Artifact, Root, path};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::{Context, Part, Reads};
use crate::model::{Model, ObjectId, Reach, Value};

impl Template {
    /// Prints the artifacts of a model, in the order of its elements, which are those of the model alone.
    /// `place` is where people are shown one of its objects, `output` the folder that artifacts are in.
    pub fn render(
        &self,
        (reach, place, output): (Reach<'_>, &dyn Fn(ObjectId) -> Span, &str),
        diagnostics: &mut Diagnostics,
    ) -> Vec<Artifact> {
        let from = From {
            reach,
            place,
            output,
        };
        let mut artifacts = Vec::new();
        let elements = self.elements(reach.model);
        self.print((from, &elements), diagnostics, |rendered, diagnostics| {
            let (artifact, language) = rendered;
            verify(&artifact, (language, from), diagnostics);
            artifacts.push(artifact);
        });
        artifacts
    }

    /// Prints the artifact of one element as [`Template::render`] does, and does not look at it; `None` where that makes none.
    pub fn render_one(
        &self,
        (reach, place, output): (Reach<'_>, &dyn Fn(ObjectId) -> Span, &str),
        element: ObjectId,
    ) -> Option<Artifact> {
        let from = From {
            reach,
            place,
            output,
        };
        let reads = Reads::default();
        let values = Values::new(Context::new(reach, &reads), from);
        let mut printer = Printer::new(values);
        let language = self.language.or_else(|| self.language_of_name());
        let rendered = artifact((self, language), element, &mut printer);
        rendered.ok().flatten().map(|(artifact, _)| artifact)
    }

    /// The elements of a model that it may make artifacts of, in their order.
    pub fn elements(&self, model: &Model) -> Vec<ObjectId> {
        model.instances(self.class)
    }

    /// Prints the artifacts of some elements as [`Template::render`] does, hands out one after the other and looks at none: to
    /// tell what printing costs by itself.
    pub fn render_unchecked(
        &self,
        (reach, place, output): (Reach<'_>, &dyn Fn(ObjectId) -> Span, &str),
        (elements, diagnostics): (&[ObjectId], &mut Diagnostics),
        mut take: impl FnMut(Artifact),
    ) {
        let from = From {
            reach,
            place,
            output,
        };
        self.print((from, elements), diagnostics, |(artifact, _), _| {
            take(artifact);
        });
    }

    fn print(
        &self,
        (from, elements): (From<'_>, &[ObjectId]),
        diagnostics: &mut Diagnostics,
        mut take: impl FnMut(Rendered, &mut Diagnostics),
    ) {
        let reads = Reads::default();
        let values = Values::new(Context::new(from.reach, &reads), from);
        let mut printer = Printer::new(values);
        let language = self.language.or_else(|| self.language_of_name());
        for &element in elements {
            match artifact((self, language), element, &mut printer) {
                Ok(Some(rendered)) => take(rendered, diagnostics),
                Ok(None) => {}
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
    }

    /// The language of all its artifacts, where the name of the file is the same for all.
    fn language_of_name(&self) -> Option<&'static dyn Language> {
        match self.artifact.parts.last()? {
            Part::Literal(end) if end.text.contains('/') => language::find(None, &end.text),
            _ => None,
        }
    }
}

/// An artifact, and the language that it is in.
type Rendered = (Artifact, &'static dyn Language);

fn artifact(
    (template, language): (&Template, Option<&'static dyn Language>),
    element: ObjectId,
    printer: &mut Printer<'_>,
) -> Result<Option<Rendered>, Box<Diagnostic>> {
    let from = printer.values.from;
    printer.values.begin(element);
    if template.root == Root::Workspace {
        printer.values.bind_plain(Value::text(from.output));
    }
    if let Some(guard) = &template.guard
        && !printer.values.holds(guard)?
    {
        return Ok(None);
    }
    printer.values.bind_all(&template.lets)?;
    let (path, start) = artifact_path(template, printer)?;
    let language = language.or_else(|| language::find(None, &path));
    let language = language.ok_or_else(|| no_language(template, &path[start..]))?;
    printer.begin(language);
    printer.ops(&template.body)?;
    let regions = protected(printer, template)?;
    let (text, origins) = printer.output.end();
    let artifact = Artifact {
        path,
        text,
        ownership: template.ownership,
        template: template.file.clone(),
        template_span: template.span,
        element,
        origins,
        regions,
    };
    Ok(Some((artifact, language)))
}

/// The path of an artifact below the workspace, and where in it begins what the template says.
fn artifact_path(
    template: &Template,
    printer: &mut Printer<'_>,
) -> Result<(String, usize), Box<Diagnostic>> {
    let from = printer.values.from;
    let mut path = String::with_capacity(64);
    if template.root == Root::Output {
        path.push_str(from.output);
        path.push('/');
    }
    let start = path.len();
    printer.values.write(&template.artifact, &mut path)?;
    let Some(flaw) = path::flaw(&path[start..], template.root) else {
        return Ok((path, start));
    };
    let shown = path[start..].escape_debug();
    let message = format!("the path `{shown}` is not allowed: {flaw}");
    let diagnostic = Diagnostic::error(Code::ArtifactPath, template.span, message);
    Err(Box::new(from.about(diagnostic, printer.values.element)))
}

fn no_language(template: &Template, path: &str) -> Box<Diagnostic> {
    let message = format!("it is not known in which language `{path}` is");
    let known: Vec<&str> = language::LANGUAGES.iter().map(|l| l.name()).collect();
    let hint = format!(
        "say `language:` in the front matter: {}; `text` escapes nothing",
        known.join(", ")
    );
    Box::new(Diagnostic::error(Code::UnknownName, template.span, message).hint(hint))
}

/// The protected regions of what was printed, which are found again by their comments.
fn protected(printer: &Printer<'_>, template: &Template) -> Result<Vec<Region>, Box<Diagnostic>> {
    if printer.regions.is_empty() {
        return Ok(Vec::new());
    }
    let found = region::regions(&printer.output.text);
    let names = found.iter().map(|r| &r.id);
    if names.eq(&printer.regions) {
        return Ok(found);
    }
    let message = "what is printed looks like the comments of a protected region, or one is printed inside of another";
    let diagnostic = Diagnostic::error(Code::TemplateSyntax, template.span, message);
    Err(Box::new(
        printer
            .values
            .from
            .about(diagnostic, printer.values.element),
    ))
}

/// Checks a finished artifact in its language; a flaw is reported at the line of the template that printed it.
fn verify(artifact: &Artifact, with: (&dyn Language, From<'_>), diagnostics: &mut Diagnostics) {
    let (language, from) = with;
    let what = format!("no valid {}", language.name());
    for flaw in language.check(&artifact.text) {
        diagnostics.push(from.about(artifact.flawed(&flaw, &what), artifact.element));
    }
}
