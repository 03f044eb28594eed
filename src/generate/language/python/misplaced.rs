//! What parses as Python and can still not be meant: one name twice where each is for one thing, statements outside of
//! what they belong to.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Arguments, Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::generate::language::Flaw;

/// Finds what stands twice or at a wrong place in a module.
pub(super) fn misplaced(body: &[Stmt]) -> Vec<Flaw> {
    let mut finder = Finder::default();
    finder.visit_body(body);
    finder.flaws
}

#[derive(Default)]
struct Finder {
    flaws: Vec<Flaw>,
    in_function: bool,
    in_loop: bool,
}

impl Finder {
    fn report(&mut self, at: TextRange, message: String) {
        self.flaws.push(Flaw {
            offset: at.start().to_usize(),
            message,
        });
    }

    /// Reports each name that stands twice among things of one kind.
    fn once<'n>(&mut self, what: &str, names: impl Iterator<Item = (&'n str, TextRange)>) {
        let mut seen = BTreeMap::new();
        for (name, at) in names {
            if seen.insert(name, at).is_some() {
                self.report(at, format!("the {what} `{name}` is there twice"));
            }
        }
    }

    fn within(&mut self, (function, cycle): (bool, bool), body: &[Stmt]) {
        let before = (self.in_function, self.in_loop);
        (self.in_function, self.in_loop) = (function, cycle);
        self.visit_body(body);
        (self.in_function, self.in_loop) = before;
    }
}

/// The functions and classes of a block that nothing decorates, and the annotated names of one.
fn defined(stmt: &Stmt) -> Option<(&str, TextRange)> {
    match stmt {
        Stmt::FunctionDef(def) if def.decorator_list.is_empty() => {
            Some((&def.name, def.name.range()))
        }
        Stmt::ClassDef(def) if def.decorator_list.is_empty() => Some((&def.name, def.name.range())),
        _ => None,
    }
}

fn annotated(stmt: &Stmt) -> Option<(&str, TextRange)> {
    let target = &stmt.as_ann_assign_stmt()?.target;
    Some((target.as_name_expr()?.id.as_str(), target.range()))
}

impl<'a> Visitor<'a> for Finder {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        self.once("definition of", body.iter().filter_map(defined));
        visitor::walk_body(self, body);
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list
                    .iter()
                    .for_each(|d| self.visit_decorator(d));
                self.visit_parameters(&def.parameters);
                self.within((true, false), &def.body);
            }
            Stmt::ClassDef(def) => {
                def.decorator_list
                    .iter()
                    .for_each(|d| self.visit_decorator(d));
                def.arguments.iter().for_each(|a| self.visit_arguments(a));
                self.once("field", def.body.iter().filter_map(annotated));
                self.within((false, false), &def.body);
            }
            Stmt::For(each) => {
                self.visit_expr(&each.iter);
                self.within((self.in_function, true), &each.body);
                self.visit_body(&each.orelse);
            }
            Stmt::While(each) => {
                self.visit_expr(&each.test);
                self.within((self.in_function, true), &each.body);
                self.visit_body(&each.orelse);
            }
            Stmt::Return(_) if !self.in_function => {
                self.report(stmt.range(), "`return` stands in no function".to_owned());
            }
            Stmt::Break(_) if !self.in_loop => {
                self.report(stmt.range(), "`break` stands in no loop".to_owned());
            }
            Stmt::Continue(_) if !self.in_loop => {
                self.report(stmt.range(), "`continue` stands in no loop".to_owned());
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Dict(dict) = expr {
            let keys = dict.items.iter().filter_map(|item| {
                let key = item.key.as_ref()?.as_string_literal_expr()?;
                Some((key.value.to_str(), key.range()))
            });
            self.once("key", keys);
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_parameters(&mut self, parameters: &'a Parameters) {
        let all = parameters.into_iter();
        let names = all.map(|p| (p.name().as_str(), p.name().range()));
        self.once("parameter", names);
        visitor::walk_parameters(self, parameters);
    }

    fn visit_arguments(&mut self, arguments: &'a Arguments) {
        let named = arguments.keywords.iter();
        let names = named.filter_map(|k| Some((k.arg.as_ref()?.as_str(), k.range())));
        self.once("argument", names);
        visitor::walk_arguments(self, arguments);
    }
}
