//! Printing: typed operations over a model become artifacts, checked in their own languages.

use std::collections::BTreeMap;

use super::compile::Template;
use super::language::{self, Language};
use super::output::Output;
use super::printer::{From, Printer, failed, with_variables};
use super::region::{self, Region};
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
        for element in reach.model.instances(self.class) {
            match artifact(self, from, element) {
                Ok(Some((artifact, language))) => {
                    verify(&artifact, (language, from), diagnostics);
                    artifacts.push(artifact);
                }
                Ok(None) => {}
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        artifacts
    }
}

type Rendered = Option<(Artifact, &'static dyn Language)>;

fn artifact(
    template: &Template,
    from: From<'_>,
    element: ObjectId,
) -> Result<Rendered, Box<Diagnostic>> {
    let reads = Reads::default();
    let context = Context::new(from.reach, &reads);
    let mut variables = vec![Value::Object(element)];
    if template.root == Root::Workspace {
        variables.push(Value::text(from.output));
    }
    let mut origins = BTreeMap::new();
    if let Some(guard) = &template.guard
        && guard
            .evaluate(&context, &variables)
            .map_err(|f| failed(&f, (&context, from), (element, &origins)))?
            != Value::Boolean(true)
    {
        return Ok(None);
    }
    for expression in &template.lets {
        reads.take();
        let value = expression.evaluate(&context, &variables);
        let value = value.map_err(|f| failed(&f, (&context, from), (element, &origins)))?;
        let read = with_variables(&reads, &origins);
        origins.insert(variables.len(), read);
        variables.push(value);
    }
    let artifact_path = template
        .artifact
        .evaluate(&context, &variables)
        .map_err(|f| failed(&f, (&context, from), (element, &origins)))?;
    if let Some(flaw) = path::flaw(&artifact_path, template.root) {
        let message = format!(
            "the path `{}` is not allowed: {flaw}",
            artifact_path.escape_debug()
        );
        let diagnostic = Diagnostic::error(Code::ArtifactPath, template.span, message);
        return Err(Box::new(from.about(diagnostic, element)));
    }
    reads.take();
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
    let mut printer = Printer {
        context,
        from,
        language,
        output: Output::new(language),
        variables,
        element,
        origins,
        users: Vec::new(),
        regions: Vec::new(),
    };
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
    Err(Box::new(printer.from.about(diagnostic, printer.element)))
}

/// Checks a finished artifact in its language; a flaw is reported at the line of the template that printed it.
fn verify(artifact: &Artifact, with: (&dyn Language, From<'_>), diagnostics: &mut Diagnostics) {
    let (language, from) = with;
    for flaw in language.check(&artifact.text) {
        let line = artifact.text[..flaw.offset.min(artifact.text.len())]
            .matches('\n')
            .count()
            + 1;
        let shown = artifact
            .text
            .lines()
            .nth(line - 1)
            .unwrap_or_default()
            .trim();
        let message = format!(
            "{}:{line} would be no valid {}: {}",
            artifact.path,
            language.name(),
            flaw.message
        );
        let span = artifact.template_at(flaw.offset);
        let diagnostic = Diagnostic::error(Code::InvalidArtifact, span, message)
            .label(format!("prints `{shown}`"));
        diagnostics.push(from.about(diagnostic, artifact.element));
    }
}
