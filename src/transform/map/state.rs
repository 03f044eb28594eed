//! A transformation while it runs: what was matched, and what was made of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::run::Findings;
use super::watch::{Reader, Watch};
use super::write::Writer;
use super::{Map, Rule};
use crate::diag::Diagnostic;
use crate::expr::{Context, Failure, Key, Lazy, Memo, Reads, Slot};
use crate::metamodel::Metamodel;
use crate::model::{Model, ObjectId, Origin, Reach, Value};
use crate::transform::trace::{ApplicationId, Side, Trace, TracedRule, TracedRuleId};

/// One application of a rule: what it matched, and what it makes of it.
#[derive(Clone, Debug)]
pub(super) struct Match {
    rule: u32,
    /// What it matched, where that is one object.
    pub(super) object: Option<ObjectId>,
    /// What it matched else, and the values of its `let`s.
    further: Option<Box<Further>>,
    /// The first of its targets; the others follow.
    pub(super) target: ObjectId,
    pub(super) application: ApplicationId,
    /// The match before this one of the same first source.
    pub(super) before: Option<u32>,
    /// Whether it was taken back since.
    pub(super) is_gone: bool,
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
pub(super) type Arguments = (usize, Vec<Key<Value>>);

/// What a transformation made so far, and of what.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) target: RefCell<Model>,
    pub(super) trace: RefCell<Trace>,
    pub(super) globals: RefCell<Vec<Value>>,
    traced: Vec<TracedRuleId>,
    pub(super) matches: RefCell<Vec<Match>>,
    /// By object of the source, its last match.
    pub(super) last: RefCell<Vec<Option<u32>>>,
    /// Matches of several sources, and those of unique rules that are no single object.
    pub(super) several: RefCell<BTreeMap<Arguments, u32>>,
    pub(super) called: RefCell<usize>,
    /// What read what, where somebody will ask.
    pub(super) watch: Option<RefCell<Watch>>,
}

/// The values of a rule's `let`s, and what its conditions read.
pub(super) type Looked = (Vec<Value>, Vec<Slot>);

/// A transformation while it runs.
#[derive(Debug)]
pub(super) struct State<'m> {
    pub(super) map: &'m Map,
    /// The model that rules match, and what is known beside it.
    pub(super) source: Reach<'m>,
    /// What there is so far.
    pub(super) made: Made,
    /// What expressions found out about the source.
    pub(super) memo: Memo,
    /// Room that each look at the conditions of a rule uses again.
    scratch: RefCell<Scratch>,
}

#[derive(Debug)]
pub(super) struct Scratch {
    variables: Vec<Value>,
    reads: Reads,
}

impl Made {
    /// Nothing at all, to stand in for what is being worked on.
    pub(super) fn nothing(metamodel: &Arc<Metamodel>) -> Self {
        Self {
            target: RefCell::new(Model::new(metamodel.clone())),
            trace: RefCell::default(),
            globals: RefCell::default(),
            traced: Vec::new(),
            matches: RefCell::default(),
            last: RefCell::default(),
            several: RefCell::default(),
            called: RefCell::default(),
            watch: None,
        }
    }
}

impl Made {
    /// Where to record what is read.
    pub(super) fn reads(&self) -> Reads {
        if self.trace.borrow().is_off() {
            Reads::off()
        } else {
            Reads::default()
        }
    }
}

/// What the trace says of the rules, in their order.
pub(super) fn traced(name: &Arc<str>, map: &Map) -> impl Iterator<Item = TracedRule> {
    map.rules.iter().map(|rule| TracedRule {
        transform: name.clone(),
        rule: rule.name.clone(),
        span: rule.span,
        guards: rule.guards.iter().map(|g| g.excerpt.span).collect(),
        side: Side::Source,
    })
}

impl<'m> State<'m> {
    /// Begins with nothing made; `watch` records what reads what.
    pub(super) fn new(
        (name, map): (&Arc<str>, &'m Map),
        source: Reach<'m>,
        mut trace: Trace,
        watch: Option<Watch>,
    ) -> Self {
        let mut made = Made::nothing(source.metamodel());
        made.traced = traced(name, map).map(|rule| trace.rule(rule)).collect();
        made.trace = RefCell::new(trace);
        made.last = RefCell::new(vec![None; source.model.bound()]);
        made.watch = watch.map(RefCell::new);
        Self::with(map, source, made)
    }

    /// Goes on with what was made before.
    pub(super) fn with(map: &'m Map, source: Reach<'m>, made: Made) -> Self {
        Self {
            map,
            source,
            memo: Memo::default(),
            scratch: RefCell::new(Scratch {
                variables: Vec::new(),
                reads: made.reads(),
            }),
            made,
        }
    }

    /// Does everything: matches, makes, binds.
    pub(super) fn run(&self, found: &mut Findings) {
        match self.globals() {
            Ok(globals) => {
                *self.made.globals.borrow_mut() = globals;
                self.reserve();
                self.match_all(found);
                self.bind_all(found);
            }
            Err(failure) => found.push(failure.diagnostic()),
        }
        self.finish(found);
    }

    /// Makes room for what a rule for every object would make.
    fn reserve(&self) {
        let objects = self.source.model.bound();
        self.made.matches.borrow_mut().reserve(objects);
        self.made.trace.borrow_mut().reserve(objects);
        self.made.target.borrow_mut().reserve(objects, 2 * objects);
    }

    /// Makes room in the trace for the bindings of all matches.
    fn reserve_links(&self) {
        let bindings = |rule: &Rule| rule.targets.iter().map(|t| t.bindings.len()).sum();
        let bindings: Vec<usize> = self.map.rules.iter().map(bindings).collect();
        let matches = self.made.matches.borrow();
        let links = matches.iter().map(|one| bindings[one.rule()]).sum();
        self.made.trace.borrow_mut().reserve_links(links);
    }

    /// Looks at the conditions of a rule for an object once more: the values of its `let`s and what was read, where
    /// they hold.
    pub(super) fn look(&self, index: usize, object: ObjectId) -> Result<Option<Looked>, Failure> {
        let rule = &self.map.rules[index];
        let mut scratch = self.scratch.borrow_mut();
        let Scratch { variables, reads } = &mut *scratch;
        reads.taken(|_| ());
        let holds = self.holds(rule, &[Value::Object(object)], (variables, reads));
        if let Some(watch) = &self.made.watch {
            watch.borrow_mut().guard(index, Some(object), reads);
        }
        if !holds? {
            return Ok(None);
        }
        let lets = variables.len().saturating_sub(rule.lets.len());
        Ok(Some((variables.split_off(lets), reads.take())))
    }

    /// The values of the transformation's own variables.
    pub(super) fn globals(&self) -> Result<Vec<Value>, Failure> {
        let reads = Reads::default();
        let context = Context::new(self.source, &reads).remembering(&self.memo);
        let mut values = Vec::new();
        for value in &self.map.lets {
            values.push(value.evaluate(&context, &values)?);
        }
        if let Some(watch) = &self.made.watch {
            watch.borrow_mut().record(Reader::Globals, &reads);
        }
        Ok(values)
    }

    /// Applies a rule to sources, where its conditions hold: makes its targets, which are bound later.
    pub(super) fn make(&self, index: usize, sources: &[Value]) -> Result<Option<u32>, Failure> {
        let rule = &self.map.rules[index];
        let mut scratch = self.scratch.borrow_mut();
        let Scratch { variables, reads } = &mut *scratch;
        reads.taken(|_| ());
        let holds = self.holds(rule, sources, (variables, reads));
        if let Some(watch) = &self.made.watch {
            let object = single(sources).filter(|_| rule.lazy == Lazy::No);
            watch.borrow_mut().guard(index, object, reads);
        }
        if !holds? {
            return Ok(None);
        }
        let lets = variables.split_off(variables.len() - rule.lets.len());
        Ok(Some(
            reads.taken(|read| self.apply_to(index, (sources, lets), read)),
        ))
    }

    /// Makes the targets of a rule, whose conditions hold for sources and have read some slots.
    pub(super) fn apply_to(
        &self,
        index: usize,
        (sources, lets): (&[Value], Vec<Value>),
        read: &[Slot],
    ) -> u32 {
        let rule = &self.map.rules[index];
        let elements = sources.iter().filter_map(Value::as_object);
        let mut trace = self.made.trace.borrow_mut();
        let application = trace.application(self.made.traced[index], elements, read);
        let origin = Origin::Derived(trace.link(application, rule.span, &[]));
        let mut target = self.made.target.borrow_mut();
        let first = ObjectId(u32::try_from(target.bound()).expect("fewer objects than identities"));
        for made in &rule.targets {
            let object = target.create(made.class, origin);
            target.expect(object, made.bindings.len());
        }
        let mut matches = self.made.matches.borrow_mut();
        let number = u32::try_from(matches.len()).expect("fewer matches than identities");
        let mut before = None;
        let object = single(sources);
        match object {
            _ if rule.lazy == Lazy::Each => {}
            Some(object) => {
                let mut last = self.made.last.borrow_mut();
                before = last[object.0 as usize].replace(number);
            }
            None => {
                let key = (index, sources.iter().cloned().map(Key).collect());
                self.made.several.borrow_mut().insert(key, number);
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
            is_gone: false,
        });
        number
    }

    /// Whether the conditions of a rule hold; its variables are left behind, those of its `let`s last.
    pub(super) fn holds(
        &self,
        rule: &Rule,
        sources: &[Value],
        (variables, reads): (&mut Vec<Value>, &Reads),
    ) -> Result<bool, Failure> {
        if rule.guards.is_empty() && rule.lets.is_empty() {
            return Ok(true);
        }
        self.begin(variables);
        let context = Context::new(self.source, reads).remembering(&self.memo);
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

    /// Leaves the values of the transformation's own variables in a list of variables, and nothing else.
    pub(super) fn begin(&self, variables: &mut Vec<Value>) {
        let globals = self.made.globals.borrow();
        variables.truncate(globals.len());
        let known = variables.len();
        variables.extend_from_slice(&globals[known..]);
    }

    pub(super) fn bind_all(&self, found: &mut Findings) {
        self.reserve_links();
        let mut next = 0;
        let mut writer = Writer::new(self);
        loop {
            // Lazy rules that are called meanwhile add to them.
            let Some(one) = self.made.matches.borrow().get(next).cloned() else {
                return;
            };
            writer.bind(next, one, found);
            next += 1;
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
    ) -> [Option<(usize, ObjectId)>; 2] {
        self.ask(object);
        let last = self.made.last.borrow();
        let matches = self.made.matches.borrow();
        let start = last.get(object.0 as usize).copied().flatten();
        let mut found = chain(&matches, start).filter_map(|number| {
            let one = &matches[number as usize];
            let pick = picks[one.rule()]?;
            Some((one.rule(), nth(one.target, pick)))
        });
        [found.next(), found.next()]
    }

    /// The position of the match that made an object of the target, if it is not one that was made in place.
    pub(super) fn number_of(&self, made: ObjectId, matches: &[Match]) -> Option<usize> {
        let number = matches
            .partition_point(|m| m.target <= made)
            .checked_sub(1)?;
        let one = &matches[number];
        let count = self.map.rules[one.rule()].targets.len();
        (((made.0 - one.target.0) as usize) < count).then_some(number)
    }

    /// Whether an object of the target is one that a rule makes of what it matches.
    pub(super) fn is_target(&self, made: ObjectId) -> bool {
        self.number_of(made, &self.made.matches.borrow()).is_some()
    }

    /// Notes for those who follow changes that it matters what rules made of an object.
    pub(super) fn ask(&self, object: ObjectId) {
        if let Some(watch) = &self.made.watch {
            watch.borrow_mut().ask(object);
        }
    }
}

/// The object that a rule matches, where that is all and the model has it.
pub(super) fn single(sources: &[Value]) -> Option<ObjectId> {
    match sources {
        [Value::Object(object)] if !object.is_knowledge() => Some(*object),
        _ => None,
    }
}

/// The matches of one object, the last one first.
pub(super) fn chain(matches: &[Match], start: Option<u32>) -> impl Iterator<Item = u32> {
    std::iter::successors(start, |n| matches[*n as usize].before)
}

/// One of the objects that were made one after the other.
pub(super) fn nth(first: ObjectId, offset: usize) -> ObjectId {
    ObjectId(first.0 + u32::try_from(offset).unwrap_or(u32::MAX))
}
