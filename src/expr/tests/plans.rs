//! Plans give what trees give: [`evaluate`](super::evaluate) compares both, and what they read.

use super::{evaluate, excerpt, scope};
use crate::expr::fixture::world;
use crate::expr::plan::Plan;
use crate::expr::{Context, Expression, Memo, Reads, Scope, Type, compile, node};
use crate::model::{ObjectId, Origin, Proxy, Value};

/// Expressions that have plans, with null, lists without members and registers inside one another.
const PLANNED: &[&str] = &[
    "b.bound",
    "b.bound and not n.bound",
    "b.bound implies n.bound",
    "b.bound xor n.bound",
    "if b.bound then n.bound else b.bound endif",
    "b.next = null or b.next.next = null",
    "b.next <> n and n.next = null",
    "b.pages = 474 and n.pages = null",
    "b.pages > 400 and b.next.pages <= 90",
    "b.genre = Genre::NOVEL or n.genre = Genre::NOVEL",
    "b.name = 'Emma' and n.name = null and b.name < b.next.name",
    "b.isKindOf(Novel) and not n.isKindOf(Novel) and b.next.isTypeOf(Atlas)",
    "n.next.isKindOf(Book)",
    "b.next.isUndefined() or n.next.isDefined()",
    "b.chapters->isEmpty() or n.chapters->notEmpty()",
    "b.authors->includes(l.authors->any(a | a.name = 'Jane'))",
    "n.authors->excludes(l.authors->any(a | a.name = 'Jane'))",
    "Book.all->exists(x | x.next = n)",
    "Book.all->forAll(x | x.next <> n)",
    "Book.all->none(x | x.pages = 90)",
    "Book.all->select(x | x.authors->notEmpty())->size()",
    "Book.all->reject(x | x.isKindOf(Novel)).name",
    "Book.all->collect(x | x.authors)->collect(a | a.name)",
    "Book.all->collect(x | x.next)->collect(x | x.name)",
    "Book.all->collect(x | Book.all->select(y | y.next = x)).name",
    "Book.all->collect(x | Book.all->select(y | x.next = y)).name",
    "Book.all->collect(x | Book.all->select(y | x.authors->exists(a | y.authors->includes(a)))).name",
    "Book.all->filter(Novel).authors.name",
    "Shelf.all.books.next.name",
    "Shelf.all->collect(s | s.books->select(x | s.books->exists(y | y.next = x)))->collect(x | x.name)",
    "Shelf.all->exists(s | s.books->exists(x | s.books->forAll(y | s.books->includes(y) and y.next <> b)))",
    "l.shelves->exists(s | s.books->exists(x | x.next <> null and s.books->includes(x.next)))",
    "Book.all->select(x | Book.all->exists(y | y.next = x))->collect(x | x.next)->size()",
    "l.shelves->collect(s | s.books->select(x | x.name = null or x.name.size() > 4)).name",
    "l.shelves->collect(s | let all = s.books in all->select(x | all->exists(y | y.next = x))).name",
    "l.shelves.books->any(x | x.next <> null).next.name",
    "(if b.bound then b.next else n endif).name",
    "(if b.bound then b.authors else n.authors endif)->exists(a | a.name = 'Jane')",
    "b->collect(x | x.next)->size() + n->size()",
    "b.next.asType(Atlas).name",
];

#[test]
fn a_plan_gives_what_its_tree_gives_and_reads_the_same() {
    let world = world();
    for text in PLANNED {
        evaluate(&world, text).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
    }
}

fn compiled(text: &str) -> Expression {
    let world = world();
    let (scope, _) = scope(&world);
    compile(&excerpt(text), &scope, &world.metamodel).unwrap()
}

#[test]
fn what_asks_about_objects_has_a_plan() {
    for text in PLANNED {
        let mut plans = 0;
        count(&compiled(text).code, &mut plans);
        assert!(plans > 0, "{text}");
    }
    let whole = compiled("Book.all->select(x | x.authors->notEmpty() and x.next = null)");
    let node::Kind::Planned(planned) = &whole.code.kind else {
        panic!("it is no plan");
    };
    assert!(matches!(planned.plan, Plan::Objects(_)));
}

fn count(node: &node::Node, plans: &mut usize) {
    *plans += usize::from(matches!(node.kind, node::Kind::Planned(_)));
    node.each_part(&mut |part| count(part, plans));
}

#[test]
fn an_object_of_another_file_is_left_to_the_tree() {
    let mut world = world();
    let proxy = Value::Proxy(
        Proxy {
            uri: "other.xmi#/".into(),
            class: None,
        }
        .into(),
    );
    let metamodel = world.metamodel.clone();
    let book = metamodel.class_named("Book").unwrap();
    let next = metamodel.feature_named(book, "next").unwrap();
    world.model.set(world.bare, next, proxy, Origin::Implied);
    for text in [
        "n.next = null",
        "Book.all->exists(x | x.next = b)",
        "n.next.isDefined()",
    ] {
        evaluate(&world, text).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
    }
    let failure = evaluate(&world, "n.next.name").unwrap_err();
    assert_eq!(
        failure.message,
        "`other.xmi#/` is in a file that is not loaded"
    );
}

#[test]
fn a_condition_fails_for_the_same_objects_one_by_one_and_in_blocks() {
    let mut world = world();
    let all: Vec<ObjectId> = world.model.all_objects().collect();
    let book = world.metamodel.class_named("Book").unwrap();
    // What is asked of all objects is not kept for a few of them.
    for _ in 0..300 {
        world.model.create(book, Origin::Implied);
    }
    let is_book = |o: &ObjectId| world.metamodel.conforms(world.model.class(*o), book);
    // More than one block of them.
    let books: Vec<ObjectId> = all.into_iter().filter(is_book).cycle().take(1500).collect();
    let mut scope = Scope::default();
    scope.push("x", Type::Class(book));
    let (reads, memo) = (Reads::off(), Memo::default());
    let context = Context::new(&world.model, &reads).remembering(&memo);
    for text in [
        "x.bound",
        "x.next <> null and x.next.name = 'World'",
        "x.authors->exists(a | a.name = 'Jane')",
        "x.chapters->forAll(c | c.title <> 'One')",
        "x.pages = 90 or x.authors->notEmpty()",
        "x.authors->exists(a | x.next.authors->includes(a))",
        "x.pages = 474",
        "x.pages = x.next.pages",
        "x.genre = Genre::ESSAY",
        "x.next <> null implies not x.isKindOf(Novel)",
        "x.authors->forAll(a | a.library.shelves->exists(s | s.books->exists(y | x.authors->includes(a) and y = x)))",
    ] {
        let found = compile(&excerpt(text), &scope, &world.metamodel);
        let expression = found.unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let failing = expression
            .failing(&context, &books, &[])
            .expect("it goes in blocks");
        let one_by_one = books.iter().enumerate();
        let one_by_one = one_by_one.filter(|(_, book)| {
            let variables = [Value::Object(**book)];
            !expression.holds(&context, &variables).unwrap()
        });
        let one_by_one: Vec<usize> = one_by_one.map(|(place, _)| place).collect();
        assert_eq!(failing, one_by_one, "{text}");
    }
    let unknown = compile(&excerpt("x.pages < 100"), &scope, &world.metamodel).unwrap();
    assert_eq!(
        unknown.failing(&context, &books, &[]),
        None,
        "null has no order"
    );
}

#[test]
fn what_a_condition_has_read_where_it_holds_is_known_beforehand() {
    let world = world();
    let book = world.metamodel.class_named("Book").unwrap();
    let mut scope = Scope::default();
    scope.push("limit", Type::Integer);
    scope.push("x", Type::Class(book));
    let told = |text: &str| {
        let found = compile(&excerpt(text), &scope, &world.metamodel);
        let expression = found.unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let features = expression.reads_where_true(1);
        (expression, features)
    };
    for text in [
        "x.bound",
        "x.bound and x.next.isKindOf(Book)",
        "x.next = null and not x.bound",
        "x.name = 'World' and x.next = null",
        "not (x.pages = 90)",
    ] {
        let (expression, features) = told(text);
        let features = features.unwrap_or_else(|| panic!("{text} reads what is known"));
        let mut holding = 0;
        for object in world.model.instances(book) {
            let reads = Reads::default();
            let context = Context::new(&world.model, &reads);
            let variables = [Value::Integer(1), Value::Object(object)];
            if expression.holds(&context, &variables).unwrap() {
                holding += 1;
                let known: Vec<_> = features.iter().map(|f| (object, *f)).collect();
                assert_eq!(reads.take(), known, "{text}");
            }
        }
        assert!(holding > 0, "{text} holds for nothing");
    }
    for text in [
        "x.bound or x.pages = 90",
        "x.next.bound",
        "x.authors->notEmpty()",
        "x.next.next <> null",
    ] {
        assert_eq!(told(text).1, None, "{text} reads this or that");
    }
}
