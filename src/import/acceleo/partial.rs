//! Templates that others print: partial templates.

use super::body::Body;
use super::file::{Importer, Made, written_out};
use super::names::{argument, written};
use super::syntax::{Line, Template};
use super::texts::{conjunction, parameters, scalar};
use crate::generate::language::Language;

impl Importer<'_> {
    /// Templates of one name that others print, as one partial template: the first of them whose condition holds is printed.
    pub(super) fn partial(&mut self, group: &[&Template], language: &'static dyn Language) {
        let Some((base, others)) = group.split_last() else {
            return;
        };
        let mut front = Vec::new();
        if !base.parameters.is_empty() {
            front.push(format!("parameters: {}", parameters(&base.parameters)));
        }
        if let Some(text) = &base.description {
            front.push(format!("description: {}", scalar(text)));
        }
        if front.is_empty() {
            front.push(format!("description: {}", base.name.text));
        }
        let mut body = self.begin(self.names(), language);
        let mut open = false;
        for template in others.iter().chain([base]) {
            let condition = overload(&mut body, template, base);
            let line = Line::Own {
                indent: String::new(),
            };
            match condition {
                Err(()) => continue,
                Ok(Some(condition)) => {
                    let word = if open { "else if" } else { "#if" };
                    open = true;
                    body.tag(format!("{{{{{word} {}}}}}", argument(&condition)), &line);
                }
                Ok(None) if open => body.tag("{{else}}".to_owned(), &line),
                Ok(None) => {}
            }
            let from = body.out.len();
            body.nodes(&template.body);
            let is_open = body
                .callees
                .get(&*base.name.text)
                .is_some_and(|c| c.ends_open);
            body.finish(template, from, is_open);
        }
        if open {
            let end = Line::Own {
                indent: String::new(),
            };
            body.tag("{{/if}}".to_owned(), &end);
        }
        let text = written_out(&mut body, front);
        let path = format!("{}.hbs", base.name.text);
        self.made.push(Made { path, text });
    }
}

/// Makes the names of one of several templates mean the parameters of another; when it is the one that is printed.
fn overload(
    body: &mut Body<'_>,
    template: &Template,
    base: &Template,
) -> Result<Option<String>, ()> {
    body.names.reset((0, 0, None));
    let mut conditions = Vec::new();
    for (parameter, of_base) in template.parameters.iter().zip(&base.parameters) {
        let (name, ty) = (&*of_base.name.text, &*parameter.ty.text);
        let known = body.names.type_of(&of_base.ty.text);
        body.names.variable(name, known);
        let is_same = written(ty) == written(&of_base.ty.text);
        let value = if is_same {
            name.to_owned()
        } else {
            conditions.push(format!("{name}.isKindOf({ty})"));
            format!("{name}.asType({ty})")
        };
        body.names.stand_for(&parameter.name.text, value.clone());
        body.names.meaning.context.get_or_insert(value);
    }
    if let Some(guard) = &template.guard {
        conditions.push(body.translated(guard).ok_or(())?);
    }
    Ok((!conditions.is_empty()).then(|| conjunction(&conditions)))
}
