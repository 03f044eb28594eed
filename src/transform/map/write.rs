//! Writing what one match makes into the target model.

use std::collections::BTreeSet;

use super::run::{Findings, Match, State, nth};
use crate::diag::{Code, Diagnostic, Span};
use crate::expr::{Context, Failure, Reads};
use crate::metamodel::{Feature, FeatureId, Role};
use crate::model::{Link, LinkId, Model, ObjectId, Origin, Value};
use crate::transform::recipe::{ObjectRecipe, Picks, Recipe, RecipeKind, fit, holdable};

/// A slot of the target, and where its binding stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    object: ObjectId,
    feature: FeatureId,
    span: Span,
}

/// Writes the bindings of matches, one after the other.
pub(super) struct Writer<'s, 'm> {
    state: &'s State<'m>,
    /// What is matched, and what is made of it.
    of: Option<Match>,
    reads: Reads,
    variables: Vec<Value>,
}

impl<'s, 'm> Writer<'s, 'm> {
    pub(super) fn new(state: &'s State<'m>) -> Self {
        Self {
            state,
            of: None,
            reads: Reads::default(),
            variables: Vec::new(),
        }
    }

    fn of(&self) -> &Match {
        self.of.as_ref().expect("a match is being bound")
    }

    fn sources(&self) -> Vec<Value> {
        self.of().sources()
    }

    fn fail(&self, failure: Failure, found: &mut Findings) {
        found.push(
            self.state
                .failed(failure, self.of().rule(), &self.sources()),
        );
    }

    /// Writes all bindings of a match; those that fail are reported.
    pub(super) fn bind(&mut self, of: Match, found: &mut Findings) {
        let state = self.state;
        let rule = &state.map.rules[of.rule()];
        self.variables.clear();
        self.variables.extend_from_slice(&state.globals.borrow());
        of.add_sources(&mut self.variables);
        self.variables.extend_from_slice(of.lets());
        for offset in 0..rule.targets.len() {
            self.variables.push(Value::Object(nth(of.target, offset)));
        }
        let first = of.target;
        self.of = Some(of);
        for (offset, target) in rule.targets.iter().enumerate() {
            let object = nth(first, offset);
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
                let link = self.link(recipe.span);
                self.put(place, value, (Origin::Derived(link), found));
            }
            Err(failure) => {
                self.reads.taken(|_| ());
                self.fail(failure, found);
            }
        }
    }

    /// Records a write, with what was read for it.
    fn link(&self, span: Span) -> LinkId {
        let by = self.of().application;
        let mut trace = self.state.trace.borrow_mut();
        self.reads.taken(|reads| trace.link(by, span, reads))
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
            match self.state.resolved(object, picks) {
                (Some((_, made)), None) => all.push(Value::Object(made)),
                (None, _) => {
                    let path = self.state.source.path(object);
                    let class = self.state.source.class_name(object);
                    let message = format!("no rule made anything of the `{class}` {path}");
                    return Err(Failure { span, message });
                }
                (Some((other, _)), Some((one, _))) => {
                    let path = self.state.source.path(object);
                    let rules = &self.state.map.rules;
                    let (one, other) = (&rules[one].name, &rules[other].name);
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
        let origin = Origin::Derived(self.link(span));
        let object = self.state.target.borrow_mut().create(recipe.class, origin);
        for (feature, part) in &recipe.features {
            self.write(object, *feature, (part, found));
        }
        Ok(Some(object))
    }

    /// Writes a value into a slot; parts that are in another place already are reported.
    fn put(&self, place: Place, value: Value, (origin, found): (Origin, &mut Findings)) {
        if value == Value::Null {
            return;
        }
        let mut target = self.state.target.borrow_mut();
        let declared = target.metamodel().feature(place.feature);
        if declared.target().is_none() || declared.role != Role::Plain {
            put_plain(&mut target, place, value, origin);
            return;
        }
        let owner = declared.opposite();
        let owner = owner.filter(|o| target.metamodel().feature(*o).is_containment());
        let (containment, many) = (declared.is_containment(), declared.is_many());
        let items = if many && declared.unique {
            let known = target.target_slice(place.object, place.feature);
            first_of_each(known, value.objects().collect())
        } else {
            value.objects().collect()
        };
        for part in items {
            let (container, feature, held) = match owner {
                _ if containment => (place.object, place.feature, part),
                Some(containment) => (part, containment, place.object),
                None => {
                    let field = target
                        .metamodel()
                        .field(target.class(place.object), place.feature);
                    let link = one_of(target.metamodel().feature(place.feature), part);
                    target.link(place.object, field, link, origin);
                    continue;
                }
            };
            let there = target.container(held) == Some(container)
                && target.containing_feature(held) == Some(feature);
            if there {
                continue;
            }
            if let Some(conflict) = self.contained(&target, held, place) {
                found.push(conflict);
                continue;
            }
            let declared = target.metamodel().feature(feature);
            let link = one_of(declared, held);
            let field = target.metamodel().field(target.class(container), feature);
            target.adopt(container, field, link, origin);
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

/// Writes what is no reference.
fn put_plain(target: &mut Model, place: Place, value: Value, origin: Origin) {
    let Place {
        object, feature, ..
    } = place;
    let declared = target.metamodel().feature(feature);
    if declared.role != Role::Plain {
        for item in value.items() {
            target.add(object, feature, item.clone(), origin);
        }
        return;
    }
    let field = target.metamodel().field(target.class(object), feature);
    if !declared.is_many() {
        let value = match value {
            Value::List(mut items) => items.pop().unwrap_or(Value::Null),
            one => one,
        };
        target.write(object, field, value, origin);
        return;
    }
    let unique = declared.unique;
    let mut items = match target.own(object, feature) {
        Some(Value::List(items)) => items,
        _ => Vec::new(),
    };
    for item in value.items() {
        if !(unique && items.contains(item)) {
            items.push(item.clone());
        }
    }
    target.write(object, field, Value::List(items), origin);
}

/// The objects that are not known yet, each once, in order.
fn first_of_each(known: &[ObjectId], mut objects: Vec<ObjectId>) -> Vec<ObjectId> {
    // Most lists have their objects in the order in which these were made: none is there twice.
    if !known.is_empty() || !objects.is_sorted_by(|a, b| a < b) {
        let mut seen: BTreeSet<ObjectId> = known.iter().copied().collect();
        objects.retain(|o| seen.insert(*o));
    }
    objects
}

fn one_of(declared: &Feature, object: ObjectId) -> Link {
    if declared.is_many() {
        Link::Member(Value::Object(object))
    } else {
        Link::One(Value::Object(object))
    }
}
