//! Names that nothing gives a value, by the scopes of a module.
//!
//! It tells only what is sure to fail: a name that stands nowhere in the scopes that are looked through and is not
//! built in, or that code which runs in order reads before it is there. A `from m import *` may bring any name, so
//! nothing is said below it, nor in a module that reaches for its own dictionary. What stands in quoted annotations is
//! not looked at.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, Decorator, ExceptHandler, Expr, ExprContext, Parameters, Pattern, Stmt,
    StmtClassDef, StmtFunctionDef, StmtTry, TypeParam, TypeParams,
};
use ruff_text_size::Ranged as _;

use super::builtins::BUILTINS;
use crate::diag::nearest;
use crate::generate::language::Flaw;

/// What can give names that are written nowhere.
const DYNAMIC: &[&str] = &["exec", "globals", "locals", "vars"];

/// Finds the names of a module that nothing gives a value.
pub(super) fn undefined(body: &[Stmt]) -> Vec<Flaw> {
    let mut names = Names {
        scopes: vec![Scope::new(Kind::Module, 0)],
        now: 0,
        uses: Vec::new(),
        loops: 0,
        unsure: 0,
    };
    names.visit_body(body);
    names.scopes[0].star |= names.uses.iter().any(|u| DYNAMIC.contains(&u.name));
    let mut told = BTreeSet::new();
    let mut flaws = Vec::new();
    for used in &names.uses {
        if let Some(message) = names.flaw(used)
            && told.insert((used.scope, used.name))
        {
            flaws.push(Flaw {
                offset: used.at as usize,
                message,
            });
        }
    }
    flaws
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function,
    Comprehension,
    /// The parameters of a generic function, class or alias.
    Types,
}

struct Scope<'a> {
    kind: Kind,
    parent: usize,
    /// The names that are given a value here, with the first byte from which they may have it.
    bound: BTreeMap<&'a str, u32>,
    /// Whether names were imported that are not said.
    star: bool,
}

impl Scope<'_> {
    fn new(kind: Kind, parent: usize) -> Self {
        Self {
            kind,
            parent,
            bound: BTreeMap::new(),
            star: false,
        }
    }
}

struct Use<'a> {
    name: &'a str,
    at: u32,
    scope: usize,
    /// Whether it is read when the module is, once, from its first line to its last.
    ordered: bool,
}

struct Names<'a> {
    scopes: Vec<Scope<'a>>,
    now: usize,
    uses: Vec<Use<'a>>,
    /// How many loops are open: in them, what stands below may have run before.
    loops: usize,
    /// How many parts are open that are read later or never, such as annotations.
    unsure: usize,
}

impl<'a> Names<'a> {
    fn bind(&mut self, name: &'a str, at: u32) {
        self.bind_in(self.now, name, at);
    }

    fn bind_in(&mut self, scope: usize, name: &'a str, at: u32) {
        let first = self.scopes[scope].bound.entry(name).or_insert(at);
        *first = at.min(*first);
    }

    fn within(&mut self, kind: Kind, body: impl FnOnce(&mut Self)) {
        let outer = self.now;
        self.scopes.push(Scope::new(kind, outer));
        self.now = self.scopes.len() - 1;
        body(self);
        self.now = outer;
    }

    fn unsure(&mut self, body: impl FnOnce(&mut Self)) {
        self.unsure += 1;
        body(self);
        self.unsure -= 1;
    }

    fn looped(&mut self, body: impl FnOnce(&mut Self)) {
        self.loops += 1;
        body(self);
        self.loops -= 1;
    }

    fn read(&mut self, name: &'a str, at: u32) {
        let mut scope = self.now;
        let mut ordered = self.loops == 0 && self.unsure == 0;
        while self.scopes[scope].kind != Kind::Module {
            ordered &= self.scopes[scope].kind != Kind::Function;
            scope = self.scopes[scope].parent;
        }
        self.uses.push(Use {
            name,
            at,
            scope: self.now,
            ordered,
        });
    }

    /// What is wrong with a use of a name.
    fn flaw(&self, used: &Use<'_>) -> Option<String> {
        let Use { name, at, .. } = *used;
        let mut scope = used.scope;
        let mut sees_class = true;
        let mut later = false;
        let mut known: Vec<&str> = Vec::new();
        loop {
            let looked = &self.scopes[scope];
            if looked.kind != Kind::Class || sees_class {
                if looked.star {
                    return None;
                }
                match looked.bound.get(name) {
                    Some(first) if used.ordered && *first > at => later = true,
                    Some(_) => return None,
                    None => known.extend(looked.bound.keys()),
                }
            }
            if looked.kind == Kind::Module {
                break;
            }
            sees_class &= looked.kind == Kind::Types;
            scope = looked.parent;
        }
        if BUILTINS.binary_search(&name).is_ok() {
            return None;
        }
        if later {
            return Some(format!("`{name}` is read before it has a value"));
        }
        let written = match name.to_ascii_lowercase().as_str() {
            "true" => Some("True"),
            "false" => Some("False"),
            "none" | "null" | "nil" => Some("None"),
            // Almost any short name is near to another.
            _ if name.len() < 3 => None,
            _ => nearest(name, known),
        };
        let near = written.map_or_else(String::new, |w| format!("; did you mean `{w}`?"));
        Some(format!("nothing here is called `{name}`{near}"))
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        def.decorator_list
            .iter()
            .for_each(|d| self.visit_decorator(d));
        self.bind(&def.name, def.name.start().to_u32());
        self.generic(def.type_params.as_deref(), |names| {
            names.visit_parameters(&def.parameters);
            if let Some(returns) = &def.returns {
                names.visit_annotation(returns);
            }
            names.within(Kind::Function, |names| {
                names.parameters(&def.parameters);
                names.visit_body(&def.body);
            });
        });
    }

    fn class(&mut self, def: &'a StmtClassDef) {
        def.decorator_list
            .iter()
            .for_each(|d| self.visit_decorator(d));
        self.generic(def.type_params.as_deref(), |names| {
            if let Some(arguments) = &def.arguments {
                names.visit_arguments(arguments);
            }
            names.within(Kind::Class, |names| {
                names.visit_body(&def.body);
                if def.decorator_list.iter().any(puts_members_outside) {
                    let members = names.scopes[names.now].bound.clone();
                    for member in members.into_keys() {
                        names.bind_in(0, member, def.end().to_u32());
                    }
                }
            });
        });
        self.bind(&def.name, def.end().to_u32());
    }

    fn generic(&mut self, types: Option<&'a TypeParams>, body: impl FnOnce(&mut Self)) {
        let Some(types) = types else {
            return body(self);
        };
        self.within(Kind::Types, |names| {
            names.visit_type_params(types);
            body(names);
        });
    }

    fn parameters(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            self.bind(parameter.name(), parameter.start().to_u32());
        }
    }

    fn comprehension(&mut self, parts: &'a [Comprehension], results: [Option<&'a Expr>; 2]) {
        // The first list is computed outside.
        if let Some(first) = parts.first() {
            self.visit_expr(&first.iter);
        }
        self.within(Kind::Comprehension, |names| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    names.visit_expr(&part.iter);
                }
                names.visit_expr(&part.target);
                part.ifs.iter().for_each(|e| names.visit_expr(e));
            }
            // What is given a name here stands behind what reads it.
            names.looped(|names| {
                for result in results.into_iter().flatten() {
                    names.visit_expr(result);
                }
            });
        });
    }

    /// A `try` whose handlers expect that a name is not there says nothing about it.
    fn attempt(&mut self, attempt: &'a StmtTry) {
        if attempt.handlers.iter().any(expects_names) {
            let before = self.uses.len();
            self.visit_body(&attempt.body);
            self.uses.truncate(before);
        } else {
            self.visit_body(&attempt.body);
        }
        attempt
            .handlers
            .iter()
            .for_each(|h| self.visit_except_handler(h));
        self.visit_body(&attempt.orelse);
        self.visit_body(&attempt.finalbody);
    }
}

/// Whether a class gives its members to its module, as an enumeration does under `enum.global_enum`.
fn puts_members_outside(decorator: &Decorator) -> bool {
    let name = match &decorator.expression {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    name == "global_enum"
}

/// Whether a handler catches a name that is not there.
fn expects_names(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    let named = |e: &Expr| {
        let name = e.as_name_expr().map(|n| n.id.as_str());
        matches!(name, Some("NameError" | "Exception" | "BaseException"))
    };
    match handler.type_.as_deref() {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(named),
        Some(one) => named(one),
    }
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    let first = name.split('.').next().unwrap_or(name);
                    self.bind(first, alias.start().to_u32());
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.scopes[self.now].star = true;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bind(name, alias.start().to_u32());
                }
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    self.bind_in(0, name, 0);
                    self.bind(name, 0);
                }
            }
            // It reads its target, and gives no name to anything new.
            Stmt::AugAssign(assign) if assign.target.is_name_expr() => {
                if let Some(name) = assign.target.as_name_expr() {
                    self.read(&name.id, name.start().to_u32());
                }
                self.visit_expr(&assign.value);
            }
            Stmt::For(each) => {
                self.visit_expr(&each.iter);
                self.visit_expr(&each.target);
                self.looped(|names| names.visit_body(&each.body));
                self.visit_body(&each.orelse);
            }
            Stmt::While(_) => self.looped(|names| visitor::walk_stmt(names, stmt)),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::TypeAlias(alias) => {
                self.visit_expr(&alias.name);
                self.generic(alias.type_params.as_deref(), |names| {
                    names.unsure(|names| names.visit_expr(&alias.value));
                });
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        self.unsure(|names| visitor::walk_annotation(names, annotation));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => self.read(&name.id, name.start().to_u32()),
                ExprContext::Store => self.bind(&name.id, name.start().to_u32()),
                ExprContext::Del | ExprContext::Invalid => {}
            },
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                let mut scope = self.now;
                while self.scopes[scope].kind == Kind::Comprehension {
                    scope = self.scopes[scope].parent;
                }
                if let Some(name) = named.target.as_name_expr() {
                    self.bind_in(scope, &name.id, name.start().to_u32());
                }
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.visit_parameters(parameters);
                }
                self.within(Kind::Function, |names| {
                    if let Some(parameters) = &lambda.parameters {
                        names.parameters(parameters);
                    }
                    names.visit_expr(&lambda.body);
                });
            }
            Expr::ListComp(c) => self.comprehension(&c.generators, [Some(&c.elt), None]),
            Expr::SetComp(c) => self.comprehension(&c.generators, [Some(&c.elt), None]),
            Expr::Generator(c) => self.comprehension(&c.generators, [Some(&c.elt), None]),
            Expr::DictComp(c) => {
                self.comprehension(&c.generators, [c.key.as_deref(), Some(&c.value)]);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(named) = handler;
        if let Some(name) = &named.name {
            self.bind(name, name.start().to_u32());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(p) => p.name.as_ref(),
            Pattern::MatchStar(p) => p.name.as_ref(),
            Pattern::MatchMapping(p) => p.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, name.start().to_u32());
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_type_param(&mut self, param: &'a TypeParam) {
        let name = match param {
            TypeParam::TypeVar(p) => &p.name,
            TypeParam::ParamSpec(p) => &p.name,
            TypeParam::TypeVarTuple(p) => &p.name,
        };
        self.bind(name, name.start().to_u32());
        self.unsure(|names| visitor::walk_type_param(names, param));
    }
}
