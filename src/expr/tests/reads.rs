//! What evaluations record, and that they may run anywhere.

use super::super::fixture::{excerpt, world};
use super::super::{Context, Expression, Reads, compile};
use super::scope;

#[test]
fn slots_and_extents_that_were_read_are_recorded() {
    let world = world();
    let (scope, values) = scope(&world);
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let text = "n.next.name = null and b.shelf <> null and Atlas.all->notEmpty()";
    let expression = compile(&excerpt(text), &scope, &world.metamodel).unwrap();
    expression.evaluate(&context, &values).unwrap();
    let slots = reads.take().into_iter();
    let names = slots.map(|(o, f)| {
        let declared = world.metamodel.feature(f);
        let feature = format!(
            "{}.{}",
            world.metamodel.class(declared.owner).name,
            declared.name
        );
        let path = world.model.path(o);
        format!("{path} {feature}")
    });
    let names: Vec<String> = names.collect();
    assert_eq!(
        names,
        [
            "/City/shelves[A]/books[2] Book.next",
            "/City/shelves[A] Shelf.books"
        ]
    );
    let atlas = world.metamodel.class_named("Atlas").unwrap();
    assert_eq!(
        reads.take_extents().into_iter().collect::<Vec<_>>(),
        [atlas]
    );
    assert!(reads.take().is_empty());
}

#[test]
fn expressions_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Expression>();
}
