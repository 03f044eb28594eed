//! Printing: typed operations over a model become artifacts, checked in their own languages.

use super::compile::Template;
use super::language::{self, Language};
use super::printer::{From, Printer};
use super::region::{self, Region};
use super::values::Values;
use super::{Artifact, Root, path};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::{Context, Reads};
use crate::model::{ObjectId, Reach, Value};

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
        self.print(from, diagnostics, |rendered, diagnostics| {
            let (artifact, language) = rendered;
            verify(&artifact, (language, from), diagnostics);
            artifacts.push(artifact);
        });
        artifacts
    }

    /// Prints the artifacts as [`Template::render`] does, hands out one after the other and looks at none: to tell what
    /// printing costs by itself.
    pub fn render_unchecked(
        &self,
        (reach, place, output): (Reach<'_>, &dyn Fn(ObjectId) -> Span, &str),
        diagnostics: &mut Diagnostics,
        mut take: impl FnMut(Artifact),
    ) {
        let from = From {
            reach,
            place,
            output,
        };
        self.print(from, diagnostics, |(artifact, _), _| take(artifact));
    }

    fn print(
        &self,
        from: From<'_>,
        diagnostics: &mut Diagnostics,
        mut take: impl FnMut(Rendered, &mut Diagnostics),
    ) {
        for element in from.reach.model.instances(self.class) {
            match artifact(self, from, element) {
                Ok(Some(rendered)) => take(rendered, diagnostics),
                Ok(None) => {}
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
    }
}

/// An artifact, and the language that it is in.
type Rendered = (Artifact, &'static dyn Language);

fn artifact(
    template: &Template,
    from: From<'_>,
    element: ObjectId,
) -> Result<Option<Rendered>, Box<Diagnostic>> {
    let reads = Reads::default();
    let mut values = Values::new(Context::new(from.reach, &reads), from, element);
    values.bind_plain(Value::Object(element));
    if template.root == Root::Workspace {
        values.bind_plain(Value::text(from.output));
    }
    if let Some(guard) = &template.guard
        && !values.holds(guard)?
    {
        return Ok(None);
    }
    values.bind_all(&template.lets)?;
    let artifact_path = values.text(&template.artifact)?;
    if let Some(flaw) = path::flaw(&artifact_path, template.root) {
        let message = format!(
            "the path `{}` is not allowed: {flaw}",
            artifact_path.escape_debug()
        );
        let diagnostic = Diagnostic::error(Code::ArtifactPath, template.span, message);
        return Err(Box::new(from.about(diagnostic, element)));
    }
    let language = template
        .language
        .or_else(|| language::find(None, &artifact_path));
    let Some(language) = language else {
        let message = format!("it is not known in which language `{artifact_path}` is");
        let known: Vec<&str> = language::LANGUAGES.iter().map(|l| l.name()).collect();
        let hint = format!(
            "say `language:` in the front matter: {}; `text` escapes nothing",
            known.join(", ")
        );
        return Err(Box::new(
            Diagnostic::error(Code::UnknownName, template.span, message).hint(hint),
        ));
    };
    let mut printer = Printer::new(values, language);
    printer.ops(&template.body)?;
    let regions = protected(&printer, template)?;
    let artifact = Artifact {
        path: match template.root {
            Root::Output => format!("{}/{artifact_path}", from.output),
            Root::Workspace => artifact_path,
        },
        text: printer.output.text,
        ownership: template.ownership,
        template: template.file.clone(),
        template_span: template.span,
        element,
        segments: printer.output.segments,
        reads: printer.output.reads,
        regions,
    };
    Ok(Some((artifact, language)))
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
