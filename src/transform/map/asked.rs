//! What expressions ask of rules while a transformation runs: what one made of something, and to apply a lazy one.

use super::state::{State, chain, nth};
use crate::expr::{Key, Lazy, Rules, Type};
use crate::model::{ObjectId, Reach, Value};

impl Rules for State<'_> {
    fn target(
        &self,
        rule: usize,
        target: usize,
        sources: &[Value],
    ) -> Result<Option<ObjectId>, String> {
        if self.map.types.rules[rule].lazy == Lazy::Unique {
            self.apply(rule, sources.to_vec())?;
        }
        let Some((of, first)) = self.find(rule, sources) else {
            return Ok(None);
        };
        if of == rule {
            return Ok(Some(nth(first, target)));
        }
        // A rule that extends this one has its targets by the same names.
        let types = &self.map.types.rules;
        let name = &types[rule].targets[target].0;
        let position = types[of].targets.iter().position(|(n, _)| n == name);
        Ok(position.map(|p| nth(first, p)))
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
        *self.made.called.borrow_mut() += 1;
        if *self.made.called.borrow() > limit {
            let name = &lazy.name;
            return Err(format!(
                "rule `{name}` is called more than {limit} times: it may call itself without end"
            ));
        }
        let made = self.make(rule, &arguments).map_err(|f| f.message.clone())?;
        let matches = self.made.matches.borrow();
        Ok(made.map(|number| matches[number as usize].target))
    }
}

impl State<'_> {
    /// The match of a rule, or of one that extends it, with these sources.
    fn find(&self, rule: usize, sources: &[Value]) -> Option<(usize, ObjectId)> {
        let matches = self.made.matches.borrow();
        if let [Value::Object(object)] = sources
            && !object.is_knowledge()
        {
            self.ask(*object);
            let last = self.made.last.borrow();
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
        let several = self.made.several.borrow();
        let number = several.get(&(rule, key))?;
        let one = &matches[*number as usize];
        Some((one.rule(), one.target))
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
