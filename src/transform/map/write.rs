//! Writing what one match makes into the target model.

use super::run::{Findings, Match, State, nth};
use crate::diag::{Code, Diagnostic, Span};
use crate::expr::{Context, Failure, Reads};
use crate::metamodel::{FeatureId, Role};
use crate::model::{Link, Model, ObjectId, Origin, Value};
use crate::transform::recipe::{ObjectRecipe, Picks, Recipe, RecipeKind, fit, holdable};

/// A slot of the target, and where its binding stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    object: ObjectId,
    feature: FeatureId,
    span: Span,
}

/// Writes the bindings of one match.
pub(super) struct Writer<'s, 'm> {
    state: &'s State<'m>,
    of: &'s Match,
    reads: Reads,
    variables: Vec<Value>,
}

impl<'s, 'm> Writer<'s, 'm> {
    pub(super) fn new(state: &'s State<'m>, of: &'s Match) -> Self {
        Self {
            state,
            of,
            reads: Reads::default(),
            variables: Vec::new(),
        }
    }

    fn sources(&self) -> Vec<Value> {
        let mut sources = self.of.further.clone();
        if self.of.source != Value::Null || !sources.is_empty() {
            sources.insert(0, self.of.source.clone());
        }
        sources
    }

    fn fail(&self, failure: Failure, found: &mut Findings) {
        found.push(self.state.failed(failure, self.of.rule, &self.sources()));
    }

    /// Writes all bindings; those that fail are reported.
    pub(super) fn bind(mut self, found: &mut Findings) {
        let rule = &self.state.map.rules[self.of.rule];
        self.variables.clone_from(&self.state.globals.borrow());
        let sources = self.sources();
        self.variables.extend(sources);
        for value in &rule.lets {
            let context = Context::new(self.state.source, &self.reads);
            match value.evaluate(&context, &self.variables) {
                Ok(value) => self.variables.push(value),
                Err(failure) => return self.fail(failure, found),
            }
        }
        for offset in 0..rule.targets.len() {
            self.variables
                .push(Value::Object(nth(self.of.target, offset)));
        }
        for (offset, target) in rule.targets.iter().enumerate() {
            let object = nth(self.of.target, offset);
            for (feature, recipe) in &target.bindings {
                self.write(object, *feature, (recipe, found));
            }
        }
    }

    fn write(&mut self, object: ObjectId, feature: FeatureId, with: (&Recipe, &mut Findings)) {
        let (recipe, found) = with;
        let place = Place {
            object,
            feature,
            span: recipe.span,
        };
        match self.value(recipe, feature, found) {
            Ok(value) => {
                let reads: Vec<_> = self.reads.take().into_iter().collect();
                let by = self.of.application;
                let link = self.state.trace.borrow_mut().link(by, recipe.span, &reads);
                self.put(place, value, (Origin::Derived(link), found));
            }
            Err(failure) => {
                self.reads.take();
                self.fail(failure, found);
            }
        }
    }

    fn value(
        &mut self,
        recipe: &Recipe,
        feature: FeatureId,
        found: &mut Findings,
    ) -> Result<Value, Failure> {
        let state = self.state;
        let metamodel = state.source.metamodel();
        match &recipe.kind {
            RecipeKind::Literal(value) => Ok(value.clone()),
            RecipeKind::Expression(expression) => {
                let value = self.evaluate(|context, v| {
                    holdable(expression.evaluate(context, v)?, expression, context)
                })?;
                Ok(fit(metamodel, feature, &value))
            }
            RecipeKind::Resolved(expression, picks) => {
                let value = self.evaluate(|context, v| expression.evaluate(context, v))?;
                self.resolve(&value, picks, expression.excerpt.span)
            }
            RecipeKind::Text(text) => {
                let text = self.evaluate(|context, v| text.evaluate(context, v))?;
                Ok(Value::text(text))
            }
            RecipeKind::List(recipes) => {
                let mut all = Vec::new();
                for recipe in recipes {
                    let value = self.value(recipe, feature, found)?;
                    all.extend(value.items().iter().cloned());
                }
                Ok(Value::List(all))
            }
            RecipeKind::Object(object) => self.objects(object, recipe.span, found),
        }
    }

    fn evaluate<T>(
        &self,
        with: impl FnOnce(&Context<'_>, &[Value]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut context = Context::new(self.state.source, &self.reads);
        context.rules = Some(self.state);
        with(&context, &self.variables)
    }

    /// What rules made of objects of the source.
    fn resolve(&self, value: &Value, picks: &Picks, span: Span) -> Result<Value, Failure> {
        let mut all = Vec::new();
        for item in value.items() {
            let object = match item {
                Value::Object(object) => *object,
                Value::Proxy(proxy) => {
                    let message = format!("`{}` is in a file that is not loaded", proxy.uri);
                    return Err(Failure { span, message });
                }
                _ => continue,
            };
            match &self.state.resolved(object, picks)[..] {
                [(_, made)] => all.push(Value::Object(*made)),
                [] => {
                    let path = self.state.source.path(object);
                    let class = self.state.source.class_name(object);
                    let message = format!("no rule made anything of the `{class}` {path}");
                    return Err(Failure { span, message });
                }
                [(one, _), (other, _), ..] => {
                    let path = self.state.source.path(object);
                    let rules = &self.state.map.rules;
                    let (one, other) = (&rules[*one].name, &rules[*other].name);
                    let message = format!(
                        "rules `{one}` and `{other}` both made something of {path}: say which, as in `.target('{one}')`"
                    );
                    return Err(Failure { span, message });
                }
            }
        }
        Ok(match (value, all.len()) {
            (Value::List(_), _) => Value::List(all),
            _ => all.pop().unwrap_or(Value::Null),
        })
    }

    /// Makes new objects in place.
    fn objects(
        &mut self,
        recipe: &ObjectRecipe,
        span: Span,
        found: &mut Findings,
    ) -> Result<Value, Failure> {
        let Some(each) = &recipe.each else {
            let made = self.object(recipe, span, found)?;
            return Ok(made.map_or(Value::Null, Value::Object));
        };
        let members = self.evaluate(|context, v| each.evaluate(context, v))?;
        let mut all = Vec::new();
        for member in members.items() {
            self.variables.push(member.clone());
            let made = self.object(recipe, span, found);
            self.variables.pop();
            all.extend(made?.map(Value::Object));
        }
        Ok(Value::List(all))
    }

    fn object(
        &mut self,
        recipe: &ObjectRecipe,
        span: Span,
        found: &mut Findings,
    ) -> Result<Option<ObjectId>, Failure> {
        if !self.evaluate(|context, v| recipe.holds(context, v))? {
            return Ok(None);
        }
        let reads: Vec<_> = self.reads.take().into_iter().collect();
        let by = self.of.application;
        let link = self.state.trace.borrow_mut().link(by, span, &reads);
        let origin = Origin::Derived(link);
        let object = self.state.target.borrow_mut().create(recipe.class, origin);
        for (feature, part) in &recipe.features {
            self.write(object, *feature, (part, found));
        }
        Ok(Some(object))
    }

    /// Writes a value into a slot; parts that are in another place already are reported.
    fn put(&self, place: Place, value: Value, (origin, found): (Origin, &mut Findings)) {
        let mut target = self.state.target.borrow_mut();
        let Place {
            object, feature, ..
        } = place;
        let declared = target.metamodel().feature(feature);
        let (many, unique, role) = (declared.is_many(), declared.unique, declared.role);
        if value == Value::Null {
            return;
        }
        if declared.target().is_none() || role != Role::Plain {
            let value = match value {
                Value::List(mut items) if !many => items.pop().unwrap_or(Value::Null),
                one if many => Value::List(one.items().to_vec()),
                one => one,
            };
            if many && target.own(object, feature).is_some() {
                for item in value.items() {
                    target.add(object, feature, item.clone(), origin);
                }
            } else {
                target.set(object, feature, value, origin);
            }
            return;
        }
        let containment = declared.is_containment();
        let owner = declared
            .opposite()
            .filter(|o| target.metamodel().feature(*o).is_containment());
        let mut known = if many && unique {
            target.targets(object, feature)
        } else {
            Vec::new()
        };
        // A list that was checked by sorting stays fast however long it is.
        known.sort_unstable();
        for item in value.items() {
            let Value::Object(part) = item else { continue };
            if many && unique {
                match known.binary_search(part) {
                    Ok(_) => continue,
                    Err(at) => known.insert(at, *part),
                }
            }
            if containment {
                if let Some(conflict) = self.contained(&target, *part, place) {
                    found.push(conflict);
                    continue;
                }
                adopt(&mut target, (object, feature), *part, origin);
            } else if let Some(containment) = owner {
                if target.container(object) == Some(*part)
                    && target.containing_feature(object) == Some(containment)
                {
                    continue;
                }
                if let Some(conflict) = self.contained(&target, object, place) {
                    found.push(conflict);
                    continue;
                }
                adopt(&mut target, (*part, containment), object, origin);
            } else {
                let field = target.metamodel().field(target.class(object), feature);
                let item = Value::Object(*part);
                let link = if many {
                    Link::Member(item)
                } else {
                    Link::One(item)
                };
                target.link(object, field, link, origin);
            }
        }
    }

    /// Says where a part is already, if it is in a container.
    fn contained(&self, target: &Model, part: ObjectId, place: Place) -> Option<Diagnostic> {
        let (container, feature) = (target.container(part)?, target.containing_feature(part)?);
        let class = target.class_name(part);
        let name = &target.metamodel().feature(place.feature).name;
        let message = format!("this `{class}` would be in two places: `{name}` is the second");
        let first = self.state.binding_of(target, (container, feature));
        let sources: Vec<ObjectId> = self.sources().iter().filter_map(Value::as_object).collect();
        let paths: Vec<String> = sources.iter().map(|o| self.state.source.path(*o)).collect();
        let mut diagnostic = Diagnostic::error(Code::RuleConflict, place.span, message);
        if !paths.is_empty() {
            diagnostic = diagnostic.label(format!("for {}", paths.join(" and ")));
        }
        Some(diagnostic.related(first, "it was put here"))
    }
}

fn adopt(
    target: &mut Model,
    (container, feature): (ObjectId, FeatureId),
    part: ObjectId,
    origin: Origin,
) {
    let declared = target.metamodel().feature(feature);
    let many = declared.is_many();
    let field = target.metamodel().field(target.class(container), feature);
    let item = Value::Object(part);
    let link = if many {
        Link::Member(item)
    } else {
        Link::One(item)
    };
    target.adopt(container, field, link, origin);
}
