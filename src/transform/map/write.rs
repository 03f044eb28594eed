//! Writing what one match makes into the target model.

use super::follow::Unit;
use super::lists::{add_all, one_of};
use super::run::Findings;
use super::state::{Match, State, nth};
use super::watch::{BindingId, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::expr::{Context, Expression, Failure, Reads};
use crate::metamodel::{FeatureId, Field};
use crate::model::{Link, LinkId, Model, ObjectId, Origin, Value};
use crate::recipe::{Bound, Holds, ObjectRecipe, Picks, Recipe, RecipeKind, fit, holdable};

/// A slot of the target, and what is bound to it.
#[derive(Clone, Copy, Debug)]
struct Place<'b> {
    object: ObjectId,
    bound: &'b Bound,
}

/// Writes the bindings of matches, one after the other.
pub(super) struct Writer<'s, 'm> {
    state: &'s State<'m>,
    /// What is matched, and what is made of it.
    of: Option<Match>,
    /// The binding that is being written.
    at: BindingId,
    reads: Reads,
    variables: Vec<Value>,
    /// Room that each look at a text uses again.
    text: String,
    /// Room that each list of parts uses again.
    parts: Vec<ObjectId>,
}

impl<'s, 'm> Writer<'s, 'm> {
    pub(super) fn new(state: &'s State<'m>) -> Self {
        Self {
            state,
            of: None,
            at: BindingId::default(),
            reads: state.made.reads(),
            variables: Vec::new(),
            text: String::new(),
            parts: Vec::new(),
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

    /// Writes all bindings of the match at a position; those that fail are reported.
    pub(super) fn bind(&mut self, number: usize, of: Match, found: &mut Findings) {
        self.take(number, of);
        let rule = &self.state.map.rules[self.of().rule()];
        for (offset, target) in rule.targets.iter().enumerate() {
            let object = nth(self.of().target, offset);
            self.at.target = position(offset);
            for (index, bound) in target.bindings.iter().enumerate() {
                self.at.binding = position(index);
                self.write(Place { object, bound }, found);
            }
        }
    }

    /// Begins with a match: its variables get their values.
    fn take(&mut self, number: usize, of: Match) {
        let state = self.state;
        state.begin(&mut self.variables);
        of.add_sources(&mut self.variables);
        self.variables.extend_from_slice(of.lets());
        for offset in 0..state.map.rules[of.rule()].targets.len() {
            self.variables.push(Value::Object(nth(of.target, offset)));
        }
        self.at.of = u32::try_from(number).unwrap_or(u32::MAX);
        self.of = Some(of);
    }

    /// Writes the bindings of a slot whose values were taken away.
    pub(super) fn fill(&mut self, unit: Unit, found: &mut Findings) {
        let (number, target, feature) = unit;
        let of = self.state.made.matches.borrow()[number as usize].clone();
        let bindings = &self.state.map.rules[of.rule()].targets[usize::from(target)].bindings;
        let object = nth(of.target, usize::from(target));
        self.take(number as usize, of);
        self.at.target = target;
        for (index, bound) in bindings.iter().enumerate() {
            if bound.feature() == feature {
                self.at.binding = position(index);
                self.write(Place { object, bound }, found);
            }
        }
    }

    fn write(&mut self, place: Place<'_>, found: &mut Findings) {
        if let Err(failure) = self.try_write(place, found) {
            self.reads.taken(|_| ());
            self.fail(failure, found);
        }
    }

    fn try_write(&mut self, place: Place<'_>, found: &mut Findings) -> Result<(), Failure> {
        let recipe = &place.bound.recipe;
        let written = match place.bound.holds {
            Holds::Scalar => self.write_text(place)?,
            Holds::Object => self.write_object(place)?,
            Holds::Parts => self.write_parts(place, found)?,
            _ => false,
        };
        if !written {
            let value = self.value(recipe, place.bound.feature(), found)?;
            let link = self.link(recipe.span);
            self.put(place, value, (Origin::Derived(link), found));
        }
        Ok(())
    }

    /// Writes a text without a value in between; whether it was one.
    fn write_text(&mut self, place: Place<'_>) -> Result<bool, Failure> {
        let mut room = String::new();
        let context = Context::new(self.state.source, &self.reads);
        let text = match &place.bound.recipe.kind {
            RecipeKind::Expression(expression) => {
                match expression.text_seen(&context, &self.variables) {
                    Some(text) => text,
                    None => return Ok(false),
                }
            }
            RecipeKind::Literal(Value::String(text), _) => text,
            RecipeKind::Text(text) => {
                room = std::mem::take(&mut self.text);
                room.clear();
                self.evaluate(|context, v| text.evaluate_into(&mut room, context, v))?;
                &room
            }
            _ => return Ok(false),
        };
        let origin = Origin::Derived(self.link(place.bound.recipe.span));
        let mut target = self.state.made.target.borrow_mut();
        target.write_text(place.object, place.bound.field, text, origin);
        drop(target);
        if room.capacity() > 0 {
            self.text = room;
        }
        Ok(true)
    }

    /// Makes a list of objects the parts of one; whether it was such a list.
    fn write_parts(&mut self, place: Place<'_>, found: &mut Findings) -> Result<bool, Failure> {
        let recipe = &place.bound.recipe;
        let RecipeKind::List(members) = &recipe.kind else {
            return Ok(false);
        };
        let mut parts = std::mem::take(&mut self.parts);
        parts.clear();
        for member in members {
            self.add_parts(member, place.bound.feature(), (&mut parts, found))?;
        }
        let origin = Origin::Derived(self.link(recipe.span));
        let mut target = self.state.made.target.borrow_mut();
        for part in &parts {
            let whole = (place.object, place.bound.field);
            self.adopt(&mut target, (whole, *part), (place, origin, &mut *found));
        }
        drop(target);
        self.parts = parts;
        Ok(true)
    }

    /// Adds the objects that a recipe makes or chooses.
    fn add_parts(
        &mut self,
        recipe: &Recipe,
        feature: FeatureId,
        (parts, found): (&mut Vec<ObjectId>, &mut Findings),
    ) -> Result<(), Failure> {
        match &recipe.kind {
            RecipeKind::Resolved(expression, picks) => {
                let value = self.evaluate(|context, v| expression.evaluate(context, v))?;
                self.resolve(&value, (picks, expression), |o| parts.push(o))
            }
            RecipeKind::List(members) => {
                for member in members {
                    self.add_parts(member, feature, (&mut *parts, &mut *found))?;
                }
                Ok(())
            }
            _ => {
                parts.extend(self.value(recipe, feature, found)?.objects());
                Ok(())
            }
        }
    }

    /// Writes a reference to one object without a value in between; whether it was one.
    fn write_object(&self, place: Place<'_>) -> Result<bool, Failure> {
        let RecipeKind::Resolved(expression, picks) = &place.bound.recipe.kind else {
            return Ok(false);
        };
        let seen = self.evaluate(|context, v| Ok(expression.object_seen(context, v)))?;
        let Some(object) = seen else {
            return Ok(false);
        };
        let made = self.resolved(object, picks, expression)?;
        let origin = Origin::Derived(self.link(place.bound.recipe.span));
        let link = Link::One(Value::Object(made));
        let mut target = self.state.made.target.borrow_mut();
        target.link(place.object, place.bound.field, link, origin);
        Ok(true)
    }

    /// Records a write, with what was read for it.
    fn link(&self, span: Span) -> LinkId {
        if let Some(watch) = &self.state.made.watch {
            let reader = Reader::Binding(self.at);
            watch.borrow_mut().record(reader, &self.reads);
        }
        let by = self.of().application;
        let mut trace = self.state.made.trace.borrow_mut();
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
            RecipeKind::Literal(value, _) => Ok(value.clone()),
            RecipeKind::Expression(expression) => {
                let value = self.evaluate(|context, v| {
                    holdable(expression.evaluate(context, v)?, expression, context)
                })?;
                Ok(fit(metamodel, feature, value))
            }
            RecipeKind::Resolved(expression, picks) => {
                let value = self.evaluate(|context, v| expression.evaluate(context, v))?;
                let mut all = Vec::new();
                let by = (&**picks, expression);
                self.resolve(&value, by, |o| all.push(Value::Object(o)))?;
                Ok(match value {
                    Value::List(_) => Value::List(all),
                    _ => all.pop().unwrap_or(Value::Null),
                })
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
        let context = Context::new(self.state.source, &self.reads);
        let mut context = context.remembering(&self.state.memo);
        context.rules = Some(self.state);
        with(&context, &self.variables)
    }

    /// Takes what rules made of objects of the source.
    fn resolve(
        &self,
        value: &Value,
        (picks, expression): (&Picks, &Expression),
        mut take: impl FnMut(ObjectId),
    ) -> Result<(), Failure> {
        for item in value.items() {
            let object = match item {
                Value::Object(object) => *object,
                Value::Proxy(proxy) => {
                    let message = format!("`{}` is in a file that is not loaded", proxy.uri);
                    return Err(Failure::at(expression.excerpt.span, message));
                }
                _ => continue,
            };
            take(self.resolved(object, picks, expression)?);
        }
        Ok(())
    }

    /// What a rule made of an object of the source.
    fn resolved(
        &self,
        object: ObjectId,
        picks: &Picks,
        expression: &Expression,
    ) -> Result<ObjectId, Failure> {
        let source = self.state.source;
        match self.state.resolved(object, picks) {
            [Some((_, made)), None] => Ok(made),
            [None, _] => {
                let (class, path) = (source.class_name(object), source.path(object));
                let message = format!("no rule made anything of the `{class}` {path}");
                let ways = self.ways(0..picks.len(), picks);
                let hint = format!(
                    "`{}` gives nothing where there is nothing",
                    ways.join("` or `")
                );
                Err(unclear((message, hint), expression, &ways))
            }
            [Some((other, _)), Some((one, _))] => {
                let path = source.path(object);
                let [a, b] = [one, other].map(|rule| &self.state.map.rules[rule].name);
                let message = format!("rules `{a}` and `{b}` both made something of {path}");
                let ways = self.ways([one, other], picks);
                let hint = format!("say which: `{}`", ways.join("` or `"));
                Err(unclear((message, hint), expression, &ways))
            }
        }
    }

    /// The operations that ask one of some rules what it made.
    fn ways(&self, rules: impl IntoIterator<Item = usize>, picks: &Picks) -> Vec<String> {
        let types = &self.state.map.types.rules;
        let way = |rule: usize| Some(types[rule].target(picks[rule]?));
        rules.into_iter().filter_map(way).collect()
    }

    /// Makes new objects in place.
    fn objects(
        &mut self,
        recipe: &ObjectRecipe,
        span: Span,
        found: &mut Findings,
    ) -> Result<Value, Failure> {
        if recipe.loops.is_empty() {
            let made = self.object(recipe, span, found)?;
            return Ok(made.map_or(Value::Null, Value::Object));
        }
        let mut all = Vec::new();
        self.each((recipe, &recipe.loops), span, found, &mut all)?;
        Ok(Value::List(all))
    }

    fn each(
        &mut self,
        (recipe, loops): (&ObjectRecipe, &[Expression]),
        span: Span,
        found: &mut Findings,
        all: &mut Vec<Value>,
    ) -> Result<(), Failure> {
        let Some((each, inner)) = loops.split_first() else {
            let made = self.object(recipe, span, found)?;
            all.extend(made.map(Value::Object));
            return Ok(());
        };
        let members = self.evaluate(|context, v| each.evaluate(context, v))?;
        for member in members.items() {
            self.variables.push(member.clone());
            let made = self.each((recipe, inner), span, found, all);
            self.variables.pop();
            made?;
        }
        Ok(())
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
        let object = self
            .state
            .made
            .target
            .borrow_mut()
            .create(recipe.class, origin);
        for bound in &recipe.features {
            self.write(Place { object, bound }, found);
        }
        Ok(Some(object))
    }

    /// Writes a value into a slot; parts that are in another place already are reported.
    fn put(&self, place: Place<'_>, value: Value, (origin, found): (Origin, &mut Findings)) {
        let mut target = self.state.made.target.borrow_mut();
        let (object, field) = (place.object, place.bound.field);
        match (place.bound.holds, value) {
            (_, Value::Null) => {}
            (Holds::Scalar, Value::List(mut items)) => {
                if let Some(value) = items.pop() {
                    target.write(object, field, value, origin);
                }
            }
            (Holds::Scalar, value) => target.write(object, field, value, origin),
            (Holds::Object, value) => {
                if let Some(one) = value.objects().last() {
                    let link = Link::One(Value::Object(one));
                    target.link(object, field, link, origin);
                }
            }
            (Holds::Parts, value) => {
                for part in value.objects() {
                    let whole = (object, field);
                    self.adopt(&mut target, (whole, part), (place, origin, &mut *found));
                }
            }
            (Holds::Container(containment), value) => {
                for whole in value.objects() {
                    let field = target.metamodel().field(target.class(whole), containment);
                    let whole = (whole, field);
                    self.adopt(&mut target, (whole, object), (place, origin, &mut *found));
                }
            }
            (Holds::Other, value) => {
                let slot = (place.object, place.bound.field);
                add_all(&mut target, slot, &value, origin);
            }
        }
    }

    /// Makes an object a part of another one, unless it is one elsewhere, which is reported.
    fn adopt(
        &self,
        target: &mut Model,
        ((whole, field), part): ((ObjectId, Field), ObjectId),
        (place, origin, found): (Place<'_>, Origin, &mut Findings),
    ) {
        if let Some(there) = target.container(part) {
            let same = there == whole && target.containing_feature(part) == Some(field.feature);
            if !same {
                found.extend(self.contained(target, part, place));
            }
            return;
        }
        let link = one_of(target.metamodel().feature(field.feature), part);
        target.adopt(whole, field, link, origin);
    }

    /// Says where a part is already, if it is in a container.
    fn contained(&self, target: &Model, part: ObjectId, place: Place<'_>) -> Option<Diagnostic> {
        let (container, feature) = (target.container(part)?, target.containing_feature(part)?);
        let class = target.class_name(part);
        let name = &target.metamodel().feature(place.bound.feature()).name;
        let message = format!("this `{class}` would be in two places: `{name}` is the second");
        let first = self.state.binding_of(target, (container, feature));
        let sources: Vec<ObjectId> = self.sources().iter().filter_map(Value::as_object).collect();
        let paths: Vec<String> = sources.iter().map(|o| self.state.source.path(*o)).collect();
        let mut diagnostic =
            Diagnostic::error(Code::RuleConflict, place.bound.recipe.span, message);
        if !paths.is_empty() {
            diagnostic = diagnostic.label(format!("for {}", paths.join(" and ")));
        }
        Some(diagnostic.related(first, "it was put here"))
    }
}

fn position(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// A failure to tell what an object stands for, with edits that say which rule is asked.
fn unclear((message, hint): (String, String), expression: &Expression, ways: &[String]) -> Failure {
    let mut failure = Failure::at(expression.excerpt.span, message);
    let edits = ways.iter().filter_map(|way| expression.followed(way));
    failure.fixes.extend(edits);
    failure.hints.push(hint);
    failure
}
