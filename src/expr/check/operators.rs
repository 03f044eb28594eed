//! Operators: which operands they take and what they give.

use super::{Checker, narrow};
use crate::diag::Code;
use crate::expr::Type;
use crate::expr::node::{Kind, Node};
use crate::expr::syntax::{Binary, Tree, Unary};

impl Checker<'_> {
    pub(super) fn negation(&mut self, operand: &Tree) -> Option<(Kind, Type)> {
        let operand = self.condition(operand, "the operand of `not`")?;
        Some((Kind::Unary(Unary::Not, Box::new(operand)), Type::Boolean))
    }

    pub(super) fn minus(&mut self, operand: &Tree) -> Option<(Kind, Type)> {
        let operand = self.check(operand)?;
        if !operand.ty.is_number() {
            let message = format!("`-` takes a number, not `{}`", self.show(&operand.ty));
            return self.mistyped(&operand.range, message);
        }
        let ty = operand.ty.clone();
        Some((Kind::Unary(Unary::Minus, Box::new(operand)), ty))
    }

    pub(super) fn binary(
        &mut self,
        operator: Binary,
        left: &Tree,
        right: &Tree,
    ) -> Option<(Kind, Type)> {
        use Binary as B;
        if matches!(operator, B::Implies | B::Or | B::Xor | B::And) {
            return self.logical(operator, left, right);
        }
        let (left, right) = (self.check(left), self.check(right));
        let (left, right) = (left?, right?);
        let ty = match operator {
            B::Equal | B::Unequal => self.equality(&left, &right),
            B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual => {
                self.order(operator, &left, &right)
            }
            B::Add if left.ty == Type::String || right.ty == Type::String => {
                self.concatenation(&left, &right)
            }
            _ => self.arithmetic(operator, &left, &right),
        }?;
        let kind = Kind::Binary(operator, Box::new(left), Box::new(right));
        Some((kind, ty))
    }

    fn logical(&mut self, operator: Binary, left: &Tree, right: &Tree) -> Option<(Kind, Type)> {
        let what = format!("an operand of `{}`", operator.text());
        let left = self.condition(left, &what);
        let narrow = match (operator, &left) {
            (Binary::And | Binary::Implies, Some(left)) => narrow::of(left),
            _ => Vec::new(),
        };
        let right = self.within(narrow, |c| c.condition(right, &what));
        let (left, right) = (Box::new(left?), Box::new(right?));
        Some((Kind::Binary(operator, left, right), Type::Boolean))
    }

    fn equality(&mut self, left: &Node, right: &Node) -> Option<Type> {
        let list = |n: &Node| n.ty.is_list();
        let (l, r) = (self.show(&left.ty), self.show(&right.ty));
        if (list(left) && right.ty == Type::Null) || (list(right) && left.ty == Type::Null) {
            let range = left.range.start..right.range.end;
            let message = "a list is never null, it may be empty";
            let finding = self.diagnostic(Code::ExpressionType, range, message);
            return self.report(finding.hint("ask `->isEmpty()` or `->notEmpty()`"));
        }
        if left.ty.overlaps(&right.ty, self.metamodel) {
            return Some(Type::Boolean);
        }
        if left.ty.is_object() && right.ty.is_object() {
            let message = format!("`{l}` and `{r}` have no object in common");
            self.warn(left.range.start..right.range.end, message);
            return Some(Type::Boolean);
        }
        let message = format!("`{l}` and `{r}` cannot be compared: they are never equal");
        let finding = self.diagnostic(Code::ExpressionType, right.range.clone(), message);
        let hint = self.comparison_hint(left, right);
        self.report(match hint {
            Some(hint) => finding.hint(hint),
            None => finding,
        })
    }

    fn comparison_hint(&self, left: &Node, right: &Node) -> Option<String> {
        match (&left.ty, &right.ty) {
            (Type::Enum(id), Type::String) | (Type::String, Type::Enum(id)) => {
                let declared = self.metamodel.enumeration(*id);
                let first = declared.literals.first()?;
                let literal = format!("{}::{}", declared.name, first.name);
                Some(format!("literals are written as `{literal}`"))
            }
            (Type::List(item), one) | (one, Type::List(item))
                if item.overlaps(one, self.metamodel) =>
            {
                Some("ask whether the list has it: `->includes(…)`".to_owned())
            }
            _ => None,
        }
    }

    fn order(&mut self, operator: Binary, left: &Node, right: &Node) -> Option<Type> {
        let numbers = left.ty.is_number() && right.ty.is_number();
        let texts = left.ty == Type::String && right.ty == Type::String;
        if numbers || texts {
            return Some(Type::Boolean);
        }
        let (l, r) = (self.show(&left.ty), self.show(&right.ty));
        let message = format!(
            "`{}` compares two numbers or two texts, not `{l}` and `{r}`",
            operator.text()
        );
        let range = left.range.start..right.range.end;
        let finding = self.diagnostic(Code::ExpressionType, range, message);
        let text = |ty: &Type| *ty == Type::String;
        let one_is_text = text(&left.ty) || text(&right.ty);
        let one_is_number = left.ty.is_number() || right.ty.is_number();
        self.report(if one_is_text && one_is_number {
            finding.hint("a text is made a number by `.toInteger()` or `.toReal()`")
        } else {
            finding
        })
    }

    fn concatenation(&mut self, left: &Node, right: &Node) -> Option<Type> {
        for operand in [left, right] {
            let item = operand.ty.item();
            let empty = operand.ty.is_list() && *item == Type::Null;
            if !item.is_printable() && !empty {
                return self.unprintable(operand);
            }
            if operand.ty.is_list() {
                let message = "the members of the list are joined with nothing between them";
                let finding = self.warn(operand.range.clone(), message.to_owned());
                let hint = "say what comes between them: `->join(', ')`";
                *finding = finding.clone().hint(hint);
            }
        }
        Some(Type::String)
    }

    fn unprintable(&mut self, wrong: &Node) -> Option<Type> {
        let message = format!("`{}` cannot be joined to text", self.show(&wrong.ty));
        let finding = self.diagnostic(Code::ExpressionType, wrong.range.clone(), message);
        self.report(if wrong.ty.item().is_object() {
            finding.hint("say which feature: `.name`")
        } else {
            finding
        })
    }

    fn arithmetic(&mut self, operator: Binary, left: &Node, right: &Node) -> Option<Type> {
        let whole = matches!(operator, Binary::Div | Binary::Mod);
        let fits = |n: &Node| n.ty == Type::Integer || (!whole && n.ty == Type::Real);
        if let Some(wrong) = [left, right].into_iter().find(|n| !fits(n)) {
            let wanted = if whole { "whole numbers" } else { "numbers" };
            let (text, ty) = (operator.text(), self.show(&wrong.ty));
            let message = format!("`{text}` takes {wanted}, not `{ty}`");
            let mut finding = self.diagnostic(Code::ExpressionType, wrong.range.clone(), message);
            if operator == Binary::Add && wrong.ty.is_list() {
                finding = finding.hint("join lists: `->union(…)`");
            }
            return self.report(finding);
        }
        let integers = left.ty == Type::Integer && right.ty == Type::Integer;
        Some(if integers && operator != Binary::Divide {
            Type::Integer
        } else {
            Type::Real
        })
    }
}
