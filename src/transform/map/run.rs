//! Running a map: every rule matches and creates, then all bindings are written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::write::Writer;
use super::{Map, Rule};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::expr::{Context, Failure, Key, Lazy, Reads, Rules, Type};
use crate::metamodel::{ClassId, Metamodel};
use crate::model::{Model, ObjectId, Origin, Reach, Value};
use crate::transform::trace::{ApplicationId, Trace, TracedRule, TracedRuleId};

/// A model that a transformation made.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// The model.
    pub model: Model,
}

/// What a transformation made.
#[derive(Debug)]
pub struct Outputs {
    /// The models, in the order in which the transformation names them.
    pub models: Vec<Output>,
    /// Which rule made what of what; elements and slots that were read are those of the source.
    pub trace: Trace,
}

/// Runs the rules over a model. What goes wrong is reported, and left out of what is made.
///
/// `file` is where the model of a name will be: references from one that is made to another lead there.
pub fn run(
    transform: (&Arc<str>, &Map),
    (source, file): (Reach<'_>, &dyn Fn(&str) -> String),
    diagnostics: &mut Diagnostics,
) -> Outputs {
    let (name, map) = transform;
    let state = State::new(name, map, source);
    let mut found = Findings::default();
    match state.globals() {
        Ok(globals) => {
            *state.globals.borrow_mut() = globals;
            state.match_all(&mut found);
            state.bind_all(&mut found);
        }
        Err(failure) => diagnostics.push(failure.diagnostic()),
    }
    state.finish(&mut found);
    diagnostics.extend(found.all);
    let model = state.target.into_inner();
    Outputs {
        models: super::split::split(map, model, &state.matches.into_inner(), file),
        trace: state.trace.into_inner(),
    }
}

/// How many findings of one place are shown.
const SHOWN: usize = 10;

/// What went wrong, the same place not too often.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Diagnostic>,
    seen: BTreeMap<Span, usize>,
}

impl Findings {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if let Some(primary) = &diagnostic.primary {
            let seen = self.seen.entry(primary.span).or_default();
            *seen += 1;
            if *seen > SHOWN {
                return;
            }
        }
        self.all.push(diagnostic);
    }
}

/// One application of a rule: what it matched, and what it makes of it.
#[derive(Clone, Debug)]
pub(super) struct Match {
    rule: u32,
    /// What it matched, where that is one object.
    object: Option<ObjectId>,
    /// What it matched else, and the values of its `let`s.
    further: Option<Box<Further>>,
    /// The first of its targets; the others follow.
    pub(super) target: ObjectId,
    pub(super) application: ApplicationId,
    /// The match before this one of the same first source.
    before: Option<u32>,
}

/// What few matches have.
#[derive(Clone, Debug, Default)]
struct Further {
    sources: Vec<Value>,
    lets: Vec<Value>,
}

impl Match {
    /// The position of its rule.
    pub(super) fn rule(&self) -> usize {
        self.rule as usize
    }

    /// What it matched.
    pub(super) fn sources(&self) -> Vec<Value> {
        let mut sources = Vec::new();
        self.add_sources(&mut sources);
        sources
    }

    /// Adds what it matched to variables.
    pub(super) fn add_sources(&self, variables: &mut Vec<Value>) {
        variables.extend(self.object.map(Value::Object));
        if let Some(further) = &self.further {
            variables.extend_from_slice(&further.sources);
        }
    }

    /// The values of its `let`s.
    pub(super) fn lets(&self) -> &[Value] {
        self.further.as_ref().map_or(&[], |f| &f.lets)
    }
}

/// A rule, and the values that it is applied to.
type Arguments = (usize, Vec<Key<Value>>);

/// A transformation while it runs.
#[derive(Debug)]
pub(super) struct State<'m> {
    pub(super) map: &'m Map,
    /// The model that rules match, and what is known beside it.
    pub(super) source: Reach<'m>,
    pub(super) target: RefCell<Model>,
    pub(super) trace: RefCell<Trace>,
    pub(super) globals: RefCell<Vec<Value>>,
    traced: Vec<TracedRuleId>,
    matches: RefCell<Vec<Match>>,
    /// By object of the source, its last match.
    last: RefCell<Vec<Option<u32>>>,
    /// Matches of several sources, and those of unique rules that are no single object.
    several: RefCell<BTreeMap<Arguments, u32>>,
    called: RefCell<usize>,
    /// Room that each look at the conditions of a rule uses again.
    scratch: RefCell<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    variables: Vec<Value>,
    reads: Reads,
}

impl<'m> State<'m> {
    fn new(name: &Arc<str>, map: &'m Map, source: Reach<'m>) -> Self {
        let mut trace = Trace::default();
        let traced = map.rules.iter().map(|rule| {
            trace.rule(TracedRule {
                transform: name.clone(),
                rule: rule.name.clone(),
                span: rule.span,
                guards: rule.guards.iter().map(|g| g.excerpt.span).collect(),
            })
        });
        let traced = traced.collect();
        Self {
            map,
            source,
            target: RefCell::new(Model::new(source.metamodel().clone())),
            trace: RefCell::new(trace),
            globals: RefCell::default(),
            traced,
            matches: RefCell::default(),
            last: RefCell::new(vec![None; source.model.bound()]),
            several: RefCell::default(),
            called: RefCell::default(),
            scratch: RefCell::default(),
        }
    }

    /// The values of the transformation's own variables.
    fn globals(&self) -> Result<Vec<Value>, Failure> {
        let reads = Reads::default();
        let context = Context::new(self.source, &reads);
        let mut values = Vec::new();
        for value in &self.map.lets {
            values.push(value.evaluate(&context, &values)?);
        }
        Ok(values)
    }

    fn match_all(&self, found: &mut Findings) {
        let objects = self.source.model.objects();
        for (index, rule) in self.map.rules.iter().enumerate() {
            if rule.is_abstract || rule.lazy != Lazy::No {
                continue;
            }
            let candidates: Vec<Vec<ObjectId>> = rule
                .sources
                .iter()
                .map(|s| of_type(&objects, self.source.model, &s.ty))
                .collect();
            self.match_sources(index, &candidates, &mut Vec::new(), found);
        }
        self.check_matches(found);
    }

    /// Matches every combination of candidates.
    fn match_sources(
        &self,
        rule: usize,
        candidates: &[Vec<ObjectId>],
        chosen: &mut Vec<Value>,
        found: &mut Findings,
    ) {
        let Some((first, rest)) = candidates.split_first() else {
            if let Err(failure) = self.make(rule, chosen) {
                found.push(self.failed(failure, rule, chosen));
            }
            return;
        };
        for object in first {
            chosen.push(Value::Object(*object));
            self.match_sources(rule, rest, chosen, found);
            chosen.pop();
        }
    }

    /// Applies a rule to sources, where its conditions hold: makes its targets, which are bound later.
    fn make(&self, index: usize, sources: &[Value]) -> Result<Option<u32>, Failure> {
        let rule = &self.map.rules[index];
        let mut scratch = self.scratch.borrow_mut();
        let Scratch { variables, reads } = &mut *scratch;
        reads.taken(|_| ());
        if !self.holds(rule, sources, (variables, reads))? {
            return Ok(None);
        }
        let lets = variables.split_off(variables.len() - rule.lets.len());
        let elements = || sources.iter().filter_map(Value::as_object);
        let mut trace = self.trace.borrow_mut();
        let rule_id = self.traced[index];
        let application = reads.taken(|guards| trace.application(rule_id, elements(), guards));
        let origin = Origin::Derived(trace.link(application, rule.span, &[]));
        let mut target = self.target.borrow_mut();
        let first = ObjectId(u32::try_from(target.bound()).expect("fewer objects than identities"));
        for made in &rule.targets {
            target.create(made.class, origin);
        }
        let mut matches = self.matches.borrow_mut();
        let number = u32::try_from(matches.len()).expect("fewer matches than identities");
        let mut before = None;
        let object = single(sources);
        match object {
            _ if rule.lazy == Lazy::Each => {}
            Some(object) => {
                let mut last = self.last.borrow_mut();
                before = last[object.0 as usize].replace(number);
            }
            None => {
                let key = (index, sources.iter().cloned().map(Key).collect());
                self.several.borrow_mut().insert(key, number);
            }
        }
        let sources = object.map_or_else(|| sources.to_vec(), |_| Vec::new());
        let further = Further { sources, lets };
        let plain = further.sources.is_empty() && further.lets.is_empty();
        matches.push(Match {
            rule: u32::try_from(index).expect("fewer rules than matches"),
            object,
            further: (!plain).then(|| Box::new(further)),
            target: first,
            application,
            before,
        });
        Ok(Some(number))
    }

    /// Whether the conditions of a rule hold; its variables are left behind, those of its `let`s last.
    fn holds(
        &self,
        rule: &Rule,
        sources: &[Value],
        (variables, reads): (&mut Vec<Value>, &Reads),
    ) -> Result<bool, Failure> {
        variables.clear();
        if rule.guards.is_empty() && rule.lets.is_empty() {
            return Ok(true);
        }
        let context = Context::new(self.source, reads);
        variables.extend_from_slice(&self.globals.borrow());
        variables.extend_from_slice(sources);
        for value in &rule.lets {
            let value = value.evaluate(&context, variables)?;
            variables.push(value);
        }
        for guard in &rule.guards {
            if !guard.holds(&context, variables)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Leaves an object to the most special of the rules that match it, and reports those that none is special among.
    fn check_matches(&self, found: &mut Findings) {
        let last = self.last.borrow();
        let mut matches = self.matches.borrow_mut();
        let mut dropped = Vec::new();
        let mut reported = BTreeSet::new();
        for (number, start) in last.iter().enumerate() {
            let Some(start) = start else { continue };
            if matches[*start as usize].before.is_none() {
                continue;
            }
            let chain: Vec<u32> = chain(&matches, Some(*start)).collect();
            for (at, one) in chain.iter().enumerate() {
                for other in &chain[at + 1..] {
                    let (one, other) = (*one, *other);
                    let rules = (matches[one as usize].rule(), matches[other as usize].rule());
                    let [a, b] = [&self.map.rules[rules.0], &self.map.rules[rules.1]];
                    if a.ancestors.contains(&rules.1) {
                        dropped.push(other);
                    } else if b.ancestors.contains(&rules.0) {
                        dropped.push(one);
                    } else if !a.also && !b.also && reported.insert(rules) {
                        let object = ObjectId(u32::try_from(number).unwrap_or(u32::MAX));
                        found.push(self.both((b, a), object));
                    }
                }
            }
        }
        drop(last);
        if !dropped.is_empty() {
            dropped.sort_unstable();
            self.forget(&mut matches, &dropped);
        }
    }

    fn both(&self, (one, other): (&Rule, &Rule), object: ObjectId) -> Diagnostic {
        let path = self.source.path(object);
        let message = format!(
            "rules `{}` and `{}` both match {path}",
            one.name, other.name
        );
        Diagnostic::error(Code::RuleConflict, other.span, message)
            .related(one.span, format!("`{}`", one.name))
            .hint("let their `where` exclude each other, or mark one `also: true`")
    }

    /// Takes matches back.
    fn forget(&self, matches: &mut Vec<Match>, dropped: &[u32]) {
        let all = std::mem::take(matches);
        let mut last = self.last.borrow_mut();
        last.fill(None);
        let mut target = self.target.borrow_mut();
        let mut gone = Vec::new();
        let mut renumbered = BTreeMap::new();
        for (number, mut one) in (0u32..).zip(all) {
            if dropped.binary_search(&number).is_ok() {
                gone.push(one);
                continue;
            }
            let new = u32::try_from(matches.len()).expect("fewer than before");
            renumbered.insert(number, new);
            one.before = None;
            if let Some(object) = one.object {
                one.before = last[object.0 as usize].replace(new);
            }
            matches.push(one);
        }
        for number in self.several.borrow_mut().values_mut() {
            *number = renumbered.get(number).copied().unwrap_or(*number);
        }
        for one in gone {
            let count = self.map.rules[one.rule()].targets.len();
            for offset in 0..count {
                target.discard(nth(one.target, offset));
            }
        }
    }

    fn bind_all(&self, found: &mut Findings) {
        let mut next = 0;
        let mut writer = Writer::new(self);
        loop {
            // Lazy rules that are called meanwhile add to them.
            let Some(one) = self.matches.borrow().get(next).cloned() else {
                return;
            };
            next += 1;
            writer.bind(one, found);
        }
    }

    /// Makes the objects without a container roots, and the other ends of references.
    fn finish(&self, found: &mut Findings) {
        let mut target = self.target.borrow_mut();
        for (object, feature) in target.complete_opposites() {
            let (name, path) = (
                &target.metamodel().feature(feature).name,
                target.path(object),
            );
            let message = format!(
                "`{name}` of {path} loses its target: several objects refer to it, and its other direction holds one"
            );
            let span = self.binding_of(&target, (object, feature));
            found.push(Diagnostic::error(Code::RuleConflict, span, message));
        }
        let mut roots = Vec::new();
        for number in 0..target.bound() {
            let object = ObjectId(u32::try_from(number).expect("a number of an object"));
            if !target.is_deleted(object) && target.container(object).is_none() {
                roots.push(object);
            }
        }
        for root in roots {
            target.add_root(root);
        }
        self.check_cycles(&target, found);
    }

    /// Reports objects that are parts of themselves, which would be in no file.
    fn check_cycles(&self, target: &Model, found: &mut Findings) {
        let reached = target.objects().len();
        let alive = (0..target.bound())
            .filter_map(|n| u32::try_from(n).ok().map(ObjectId))
            .filter(|o| !target.is_deleted(*o));
        let alive: Vec<ObjectId> = alive.collect();
        if alive.len() == reached {
            return;
        }
        let mut seen = vec![false; target.bound()];
        target
            .objects()
            .iter()
            .for_each(|o| seen[o.0 as usize] = true);
        for object in alive {
            if seen[object.0 as usize] {
                continue;
            }
            for above in std::iter::once(object).chain(target.ancestors(object)) {
                if std::mem::replace(&mut seen[above.0 as usize], true) {
                    break;
                }
            }
            let Some(feature) = target.containing_feature(object) else {
                continue;
            };
            let container = target.container(object).unwrap_or(object);
            let class = target.class_name(object);
            let message = format!("a `{class}` would be a part of itself");
            let span = self.binding_of(target, (container, feature));
            found.push(Diagnostic::error(Code::RuleConflict, span, message));
        }
    }

    /// Where the binding stands that wrote a slot of the target.
    pub(super) fn binding_of(
        &self,
        target: &Model,
        slot: (ObjectId, crate::metamodel::FeatureId),
    ) -> Span {
        let origin = target.origin(slot.0, slot.1);
        match origin.unwrap_or(target.object_origin(slot.0)) {
            Origin::Derived(link) => self.trace.borrow().get(link).binding,
            Origin::Written(span) => span,
            Origin::Implied => self.map.rules[0].span,
        }
    }

    pub(super) fn failed(&self, failure: Failure, rule: usize, sources: &[Value]) -> Diagnostic {
        let mut failure = failure;
        let rule = &self.map.rules[rule];
        let objects = sources.iter().filter_map(Value::as_object);
        let paths: Vec<String> = objects.map(|o| self.source.path(o)).collect();
        if !paths.is_empty() {
            failure.message = format!("{}, for {}", failure.message, paths.join(" and "));
        }
        failure.diagnostic().related(rule.span, "in this rule")
    }

    /// The target that stands for an object of the source, with the rule that made it, and another if there is one.
    pub(super) fn resolved(
        &self,
        object: ObjectId,
        picks: &[Option<usize>],
    ) -> (Option<(usize, ObjectId)>, Option<(usize, ObjectId)>) {
        let last = self.last.borrow();
        let matches = self.matches.borrow();
        let start = last.get(object.0 as usize).copied().flatten();
        let mut found = chain(&matches, start).filter_map(|number| {
            let one = &matches[number as usize];
            let pick = picks[one.rule()]?;
            Some((one.rule(), nth(one.target, pick)))
        });
        (found.next(), found.next())
    }

    /// The match of a rule, or of one that extends it, with these sources.
    fn find(&self, rule: usize, sources: &[Value]) -> Option<(usize, ObjectId)> {
        let matches = self.matches.borrow();
        if let [Value::Object(object)] = sources
            && !object.is_knowledge()
        {
            let last = self.last.borrow();
            let start = last.get(object.0 as usize).copied().flatten();
            let fits = |number: &u32| {
                let of = matches[*number as usize].rule();
                of == rule || self.map.rules[of].ancestors.contains(&rule)
            };
            let number = chain(&matches, start).find(fits)?;
            let one = &matches[number as usize];
            return Some((one.rule(), one.target));
        }
        let key: Vec<Key<Value>> = sources.iter().cloned().map(Key).collect();
        let several = self.several.borrow();
        let number = several.get(&(rule, key))?;
        let one = &matches[*number as usize];
        Some((one.rule(), one.target))
    }
}

impl Rules for State<'_> {
    fn target(&self, rule: usize, target: usize, sources: &[Value]) -> Option<ObjectId> {
        if self.map.types.rules[rule].lazy == Lazy::Unique {
            self.apply(rule, sources.to_vec()).ok()??;
        }
        let (of, first) = self.find(rule, sources)?;
        if of == rule {
            return Some(nth(first, target));
        }
        // A rule that extends this one has its targets by the same names.
        let types = &self.map.types.rules;
        let name = &types[rule].targets[target].0;
        let position = types[of].targets.iter().position(|(n, _)| n == name)?;
        Some(nth(first, position))
    }

    fn apply(&self, rule: usize, arguments: Vec<Value>) -> Result<Option<ObjectId>, String> {
        let lazy = &self.map.rules[rule];
        if lazy.lazy == Lazy::Unique
            && let Some((_, first)) = self.find(rule, &arguments)
        {
            return Ok(Some(first));
        }
        for (argument, source) in arguments.iter().zip(&lazy.sources) {
            if !is_of(argument, &source.ty, self.source) {
                return Ok(None);
            }
        }
        let limit = 100_000 + 100 * self.source.model.bound();
        *self.called.borrow_mut() += 1;
        if *self.called.borrow() > limit {
            let name = &lazy.name;
            return Err(format!(
                "rule `{name}` is called more than {limit} times: it may call itself without end"
            ));
        }
        let made = self.make(rule, &arguments).map_err(|f| f.message)?;
        let matches = self.matches.borrow();
        Ok(made.map(|number| matches[number as usize].target))
    }
}

/// Whether a value is one that a variable of that type may have.
fn is_of(value: &Value, ty: &Type, source: Reach<'_>) -> bool {
    match (value, ty) {
        (Value::Object(object), Type::Class(class)) => {
            source.metamodel().conforms(source.class(*object), *class)
        }
        (Value::Null, Type::Class(_)) => false,
        _ => true,
    }
}

fn of_type(objects: &[ObjectId], source: &Model, ty: &Type) -> Vec<ObjectId> {
    let Type::Class(class) = ty else {
        return Vec::new();
    };
    let fits = fitting(source.metamodel(), *class);
    let all = objects.iter().copied();
    all.filter(|o| fits[source.class(*o).0 as usize]).collect()
}

/// By class, whether it conforms to one.
fn fitting(metamodel: &Metamodel, of: ClassId) -> Vec<bool> {
    metamodel
        .classes()
        .map(|(class, _)| metamodel.conforms(class, of))
        .collect()
}

/// The object that a rule matches, where that is all and the model has it.
fn single(sources: &[Value]) -> Option<ObjectId> {
    match sources {
        [Value::Object(object)] if !object.is_knowledge() => Some(*object),
        _ => None,
    }
}

/// The matches of one object, the last one first.
fn chain(matches: &[Match], start: Option<u32>) -> impl Iterator<Item = u32> {
    std::iter::successors(start, |n| matches[*n as usize].before)
}

/// One of the objects that were made one after the other.
pub(super) fn nth(first: ObjectId, offset: usize) -> ObjectId {
    ObjectId(first.0 + u32::try_from(offset).unwrap_or(u32::MAX))
}
