//! Which target of a rule stands for the object that it matched, told by types.

use super::Picks;
use crate::diag::{Code, Diagnostic};
use crate::expr::{Expression, Lazy, RuleType, RuleTypes, Type};
use crate::metamodel::{ClassId, Metamodel};

/// Why objects of a class cannot stand in a reference.
#[derive(Debug)]
pub(crate) struct Unresolved {
    message: String,
    hint: Option<String>,
    /// The operations that say which of several targets is meant.
    ways: Vec<String>,
}

impl Unresolved {
    pub(crate) fn diagnostic(self, of: &Expression) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(Code::RuleUnresolved, of.excerpt.span, self.message);
        let ways = self.ways.iter().filter_map(|way| of.followed(way));
        diagnostic.fixes.extend(ways);
        match self.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }
}

/// What stands for objects of one of several classes where one of another class is wanted: something for each of them.
pub(crate) fn all_picks(
    rules: &RuleTypes,
    (of, wanted): (&[ClassId], ClassId),
    metamodel: &Metamodel,
) -> Result<Picks, Unresolved> {
    let mut all = vec![None; rules.rules.len()];
    for class in of {
        let picks = picks(rules, (*class, wanted), metamodel)?;
        for (known, pick) in all.iter_mut().zip(picks) {
            *known = known.or(pick);
        }
    }
    Ok(all)
}

/// What stands for objects of a class where one of another class is wanted: by rule, one of its targets.
///
/// Of a rule that makes several, that is the main target, if it is of the class that is wanted, else the only one. A
/// rule that makes several others stands for nothing, which is a mistake only where no rule is left.
fn picks(
    rules: &RuleTypes,
    (of, wanted): (ClassId, ClassId),
    metamodel: &Metamodel,
) -> Result<Picks, Unresolved> {
    let (of_name, wanted_name) = (&metamodel.class(of).name, &metamodel.class(wanted).name);
    let mut picks = vec![None; rules.rules.len()];
    let mut several = None;
    for (pick, rule) in picks.iter_mut().zip(&rules.rules) {
        if !takes(rule, of, metamodel) {
            continue;
        }
        let fits: Vec<usize> = (0..rule.targets.len())
            .filter(|t| metamodel.conforms(rule.targets[*t].1, wanted))
            .collect();
        *pick = match &fits[..] {
            [] => None,
            [only] => Some(*only),
            [0, ..] => Some(0),
            _ => {
                several.get_or_insert((rule, fits));
                None
            }
        };
    }
    if picks.iter().any(Option::is_some) {
        return Ok(picks);
    }
    if let Some((rule, fits)) = several {
        let ways: Vec<String> = fits.iter().map(|t| rule.target(*t)).collect();
        let name = &rule.name;
        return Err(Unresolved {
            message: format!("rule `{name}` makes several `{wanted_name}` of one `{of_name}`"),
            hint: Some(format!("say which: `{}`", ways.join("` or `"))),
            ways,
        });
    }
    let taking: Vec<String> = rules
        .rules
        .iter()
        .filter(|r| takes(r, of, metamodel))
        .map(|r| format!("`{}`", r.name))
        .collect();
    let among = rules.rules.iter().find(|r| {
        let first = r.sources.first().filter(|_| r.sources.len() > 1);
        let matches = first.is_some_and(|(_, ty)| Type::Class(of).overlaps(ty, metamodel));
        let fits = |t: &(_, ClassId)| metamodel.conforms(t.1, wanted);
        matches && r.lazy == Lazy::No && r.targets.iter().any(fits)
    });
    let lazy = rules.rules.iter().find(|r| {
        let fits = r.targets.first();
        r.lazy != Lazy::No && fits.is_some_and(|(_, c)| metamodel.conforms(*c, wanted))
    });
    Err(Unresolved {
        message: format!("no rule turns `{of_name}` into `{wanted_name}`"),
        hint: match (lazy, &taking[..]) {
            (Some(lazy), _) => Some(format!("a lazy rule does: `rules.{}(…)`", lazy.name)),
            (None, _) if let Some(rule) = among => Some(format!(
                "rule `{0}` makes one of several objects: `.target('{0}', …)`",
                rule.name
            )),
            (None, []) if metamodel.conforms(of, wanted) => Some(format!(
                "what is made refers to what is made: a rule that makes one of each `{of_name}` is missing"
            )),
            (None, []) => Some(format!("no rule matches `{of_name}`")),
            (None, taking) => Some(format!("{} makes something else", taking.join(", "))),
        },
        ways: Vec::new(),
    })
}

/// Whether a rule runs for each single object that can be of a class.
fn takes(rule: &RuleType, of: ClassId, metamodel: &Metamodel) -> bool {
    match &rule.sources[..] {
        [(_, ty)] if rule.lazy == Lazy::No && !rule.is_abstract => {
            Type::Class(of).overlaps(ty, metamodel)
        }
        _ => false,
    }
}
