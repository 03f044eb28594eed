//! Every operation at least once.

use super::super::OPERATIONS;
use super::assert_values;

type Row = (&'static str, &'static str, &'static str);

const ITERATORS: &[Row] = &[
    ("[1, 2, 3]->select(x | x > 1)", "[2, 3]", "List(Integer)"),
    ("[1, 2, 3]->reject(x | x > 1)", "[1]", "List(Integer)"),
    (
        "[1, 2, 3].select(x : Real | x > 1.5)",
        "[2, 3]",
        "List(Integer)",
    ),
    (
        "Book.all->collect(b | b.pages)",
        "[474, 90]",
        "List(Integer)",
    ),
    ("Book.all->collect(b | b.chapters)->size()", "2", "Integer"),
    ("[1, 2]->any(x | x > 1)", "2", "Integer"),
    ("[1, 2]->any(x | x > 2)", "null", "Integer"),
    ("[1, 2]->exists(x | x > 1)", "true", "Boolean"),
    ("[]->exists(x | true)", "false", "Boolean"),
    ("[1, 2]->forAll(x | x > 1)", "false", "Boolean"),
    ("[]->forAll(x | false)", "true", "Boolean"),
    ("[1, 2, 2]->one(x | x = 2)", "false", "Boolean"),
    ("[1, 2]->isUnique(x | x mod 2)", "true", "Boolean"),
    ("[1, 3]->isUnique(x | x mod 2)", "false", "Boolean"),
    (
        "['b', 'a', 'C']->sortedBy(x | x)",
        "[C, a, b]",
        "List(String)",
    ),
    (
        "Book.all->sortedBy(x | x.pages)",
        "[World, Emma, Book]",
        "List(Book)",
    ),
    ("b->closure(x | x.next)", "[World]", "List(Book)"),
    (
        "[1]->closure(x | [(x + 1) mod 3, x])",
        "[2, 1, 0]",
        "List(Integer)",
    ),
    ("b.shelf->select(s | s.name = 'A')", "[A]", "List(Shelf)"),
    ("n.next->collect(x | x.name)", "[]", "List(String)"),
    ("[1, 2]->none(x | x > 2)", "true", "Boolean"),
    (
        "[1, 2, 3]->iterate(x; sum : Integer = 10 | sum + x)",
        "16",
        "Integer",
    ),
    // What only grows is not copied: so many steps would be too many.
    (
        "[1..100000]->iterate(x; r : Sequence(Integer) = [] | if x mod 2 = 0 then r->including(x)->including(x) else r endif)->size()",
        "100000",
        "Integer",
    ),
    (
        "[1, 2, 3]->iterate(x; r = [0] | r->including(r->size())->union([x]))",
        "[0, 1, 1, 3, 2, 5, 3]",
        "List(Integer)",
    ),
    (
        "[1, 2]->iterate(x; r = [0] | let s = r->including(x) in s->union(r)->including(r->size() + s->size()))",
        "[0, 1, 0, 3, 2, 0, 1, 0, 3, 9]",
        "List(Integer)",
    ),
    (
        "[1, 2]->collect(y | [1, 2, 3]->iterate(x; r = [y] | if r->includes(x) then r else r->including(x * y) endif)->sum())",
        "[6, 10]",
        "List(Integer)",
    ),
    (
        "Book.all->iterate(b; n : Sequence(String) = [] | n->prepend(b.name))->size()",
        "3",
        "Integer",
    ),
    (
        "Book.all->select(pages <> null and pages > 100).name",
        "[Emma]",
        "List(String)",
    ),
    (
        "Book.all->select(chapters->exists(name <> '')).name",
        "[Emma]",
        "List(String)",
    ),
    (
        "Book.all->select(oclIsKindOf(Atlas)).scale",
        "[0]",
        "List(Integer)",
    ),
    (
        "Book.all->select(x | x.isKindOf(Atlas) and x.scale = 0).scale",
        "[0]",
        "List(Integer)",
    ),
    (
        "Book.all->collect(x | if x.isTypeOf(Atlas) then x.scale else 7 endif)",
        "[7, 0, 7]",
        "List(Integer)",
    ),
    (
        "[1, 2]->forAll(x, y | x = y) or [3]->exists(x, y : Integer | x = y)",
        "true",
        "Boolean",
    ),
];

const LISTS: &[Row] = &[
    ("Book.all->filter(Atlas)", "[World]", "List(Atlas)"),
    ("Book.all->filter(Atlas).scale", "[0]", "List(Integer)"),
    (
        "l.allContents()->selectByKind({Shelf | Author}).name",
        "[A, Jane]",
        "List(String)",
    ),
    ("Set{1, 1}->size() + Sequence{1, 1}->size()", "3", "Integer"),
    (
        "[1, 2, 1]->iterate(x; s : OrderedSet(Integer) = [] | s->including(x))",
        "[1, 2]",
        "List(Integer)",
    ),
    ("let s : Set(Integer) = [3, 3] in s", "[3]", "List(Integer)"),
    ("Book.all->filterExact(Book)->size()", "1", "Integer"),
    (
        "[1, 2]->symmetricDifference([2, 3])",
        "[1, 3]",
        "List(Integer)",
    ),
    ("9.sqrt()", "3.0", "Real"),
    ("b.next.isDefined()", "true", "Boolean"),
    (
        "'a1b22'.regexReplaceAll('[0-9]+', '<$0>')",
        "a<1>b<22>",
        "String",
    ),
    ("[1, 2]->first()", "1", "Integer"),
    ("[]->first()", "null", "null"),
    ("[1, 2]->last()", "2", "Integer"),
    ("[1, 2]->at(2)", "2", "Integer"),
    ("[1, 2]->size()", "2", "Integer"),
    ("n.next->size()", "0", "Integer"),
    ("b.next->size()", "1", "Integer"),
    ("[1]->isEmpty()", "false", "Boolean"),
    ("[1].notEmpty()", "true", "Boolean"),
    ("[1, 2]->sum()", "3", "Integer"),
    ("[1, 2.5]->sum()", "3.5", "Real"),
    ("[]->sum()", "0", "Integer"),
    ("[2, 1]->min()", "1", "Integer"),
    ("[2, 1].max()", "2", "Integer"),
    ("['b', 'a']->min()", "a", "String"),
    ("[]->max()", "null", "null"),
    ("[1, 2]->includes(2.0)", "true", "Boolean"),
    ("[1, 2]->excludes(3)", "true", "Boolean"),
    ("Book.all->includes(b)", "true", "Boolean"),
    ("[1, 2]->includesAll([2, 1])", "true", "Boolean"),
    ("[1, 2]->excludesAll([3, 1])", "false", "Boolean"),
    ("[1]->including(2.5)", "[1, 2.5]", "List(Real)"),
    ("[1]->prepend(0)", "[0, 1]", "List(Integer)"),
    ("[1, 2, 1]->excluding(1)", "[2]", "List(Integer)"),
    ("[1, 2, 3]->take(2)", "[1, 2]", "List(Integer)"),
    ("[1, 2, 3]->drop(1)", "[2, 3]", "List(Integer)"),
    (
        "[1, 2, 3]->drop(9223372036854775807)",
        "[]",
        "List(Integer)",
    ),
    ("[1, 2, 3]->dropRight(2)", "[1]", "List(Integer)"),
    ("[1, 2, 3]->subSequence(2, 3)", "[2, 3]", "List(Integer)"),
    ("[1, 2, 3]->subOrderedSet(3, 2)", "[]", "List(Integer)"),
    ("[1, 2]->insertAt(1, 2.5)", "[2.5, 1, 2]", "List(Real)"),
    ("[1]->insertAt(2, 3)", "[1, 3]", "List(Integer)"),
    ("[1, 2, 1]->lastIndexOf(1)", "3", "Integer"),
    ("[1, 2, 1]->without([1, 3])", "[2]", "List(Integer)"),
    ("[1, 2, 1]->sub([])", "[1, 2, 1]", "List(Integer)"),
    ("[1, 2]->concat([2])", "[1, 2, 2]", "List(Integer)"),
    ("[1, 2]->union([2])", "[1, 2, 2]", "List(Integer)"),
    ("[b]->union([l])", "[Emma, City]", "List(Named)"),
    ("[1, 2, 3]->intersection([3, 2])", "[2, 3]", "List(Integer)"),
    ("[2, 1, 2.0]->asSet()", "[2.0, 1.0]", "List(Real)"),
    (
        "[2, 1, 2]->asOrderedSet()->asSequence()",
        "[2, 1]",
        "List(Integer)",
    ),
    ("[[1], [], [2, 3]]->flatten()", "[1, 2, 3]", "List(Integer)"),
    ("[1, 2]->reverse()", "[2, 1]", "List(Integer)"),
    ("['a', 'b']->indexOf('b')", "2", "Integer"),
    ("['a', 'b']->indexOf('c')", "0", "Integer"),
    ("[1, 2, 1]->count(1)", "2", "Integer"),
    ("[1, 2]->join(', ')", "1, 2", "String"),
    ("b.notes->sep('/')", "good/long", "String"),
];

const TEXTS: &[Row] = &[
    ("'äb'.size()", "2", "Integer"),
    ("''.isEmpty()", "true", "Boolean"),
    ("'a'.notEmpty()", "true", "Boolean"),
    ("'a'.concat('b')", "ab", "String"),
    ("'häuser'.substring(2, 4)", "äus", "String"),
    ("'abc'.substring(2)", "bc", "String"),
    ("'abc'.substring(4)", "", "String"),
    ("'äbc'.at(2)", "b", "String"),
    ("'äbc'.first(2)", "äb", "String"),
    ("'äbc'.last(2)", "bc", "String"),
    ("'a'.last(9)", "a", "String"),
    ("'a.b.c'.substitute('.', '-')", "a-b.c", "String"),
    ("'äbcb'.lastIndexOf('b')", "4", "Integer"),
    ("'a-b c'.tokenize('- ')", "[a, b, c]", "List(String)"),
    ("' a  b '.tokenize()", "[a, b]", "List(String)"),
    (r"'a\n\nb\n'.lines()->size()", "3", "Integer"),
    ("'true'.toBoolean()", "true", "Boolean"),
    (
        "'äB'.isAlpha() and not 'a1'.isAlpha() and not ''.isAlpha()",
        "true",
        "Boolean",
    ),
    ("'a1'.isAlphaNum()", "true", "Boolean"),
    ("'AÄ'.equalsIgnoreCase('aä')", "true", "Boolean"),
    ("'aß'.toUpper()", "ASS", "String"),
    ("'Ab'.toLowerCase()", "ab", "String"),
    ("'ab'.toUpperFirst()", "Ab", "String"),
    ("'AB'.toLowerFirst()", "aB", "String"),
    ("' a '.trim()", "a", "String"),
    ("'a.b.c'.replace('.', '$0')", "a$0b$0c", "String"),
    ("'abc'.matches('[a-c]+')", "true", "Boolean"),
    ("'abcd'.matches('a|abc')", "false", "Boolean"),
    ("'ab'.matches('a|ab')", "true", "Boolean"),
    ("'a,,b'.split(',')", "[a, , b]", "List(String)"),
    ("'abc'.startsWith('ab')", "true", "Boolean"),
    ("'abc'.endsWith('ab')", "false", "Boolean"),
    ("'abc'.contains('b')", "true", "Boolean"),
    ("'äbc'.indexOf('b')", "2", "Integer"),
    ("'abc'.indexOf('x')", "0", "Integer"),
    ("' 12 '.toInteger()", "12", "Integer"),
    ("'1.5'.toReal()", "1.5", "Real"),
    ("'-12'.isInteger()", "true", "Boolean"),
    ("'1.5'.isInteger()", "false", "Boolean"),
    ("'99999999999999999999'.isInteger()", "false", "Boolean"),
    ("'1e3'.isReal()", "true", "Boolean"),
    ("'inf'.isReal()", "false", "Boolean"),
    ("''.isReal()", "false", "Boolean"),
    ("'forset'.nearest(['tree', 'Forest'])", "Forest", "String"),
    ("'forest'.nearest(['tree', null])", "null", "String"),
    ("'ExampleReport'.kebabCase()", "example-report", "String"),
    ("'2 tries'.snakeCase()", "_2_tries", "String"),
    ("'äb'.characters()", "[ä, b]", "List(String)"),
    ("n.name.toUpper()", "null", "String"),
    ("n.name.contains('x')", "false", "Boolean"),
    ("b.notes.size()", "[4, 4]", "List(Integer)"),
    ("b.notes.toUpper()", "[GOOD, LONG]", "List(String)"),
    ("b.notes.characters()->size()", "8", "Integer"),
];

const SCALARS: &[Row] = &[
    ("(-2).abs()", "2", "Integer"),
    ("(-2.5).abs()", "2.5", "Real"),
    ("2.7.floor()", "2", "Integer"),
    ("2.1.ceil()", "3", "Integer"),
    ("(-2.5).round()", "-2", "Integer"),
    ("2.5.round()", "3", "Integer"),
    ("3.floor()", "3", "Integer"),
    ("2.min(1.5)", "1.5", "Real"),
    ("2.max(1.5)", "2.0", "Real"),
    ("2.max(3)", "3", "Integer"),
    ("7.div(2)", "3", "Integer"),
    ("7.mod(2)", "1", "Integer"),
    ("7.toReal()", "7.0", "Real"),
    ("1.5.toString()", "1.5", "String"),
    ("true.toString()", "true", "String"),
    ("b.genre.toString()", "essay", "String"),
    ("[1, 2].toString()", "[1, 2]", "List(String)"),
];

const OBJECTS: &[Row] = &[
    ("b.isKindOf(Book)", "true", "Boolean"),
    ("n.next.isKindOf(Book)", "false", "Boolean"),
    ("b.oclIsTypeOf(Book)", "false", "Boolean"),
    ("b.next.asType(Atlas).scale", "0", "Integer"),
    ("n.next.oclAsType(library::Atlas)", "null", "Atlas"),
    (
        "Book.all.isKindOf(Atlas)",
        "[false, true, false]",
        "List(Boolean)",
    ),
    ("b.eContainer(Library)", "City", "Library"),
    ("b.shelf.container(Library)", "City", "Library"),
    ("b.oclAsType(Book).oclIsUndefined()", "false", "Boolean"),
    (
        "n.next.isUndefined() and null.isUndefined()",
        "true",
        "Boolean",
    ),
    (
        "b.genre.isKindOf(Genre) and b.name.isTypeOf(EString)",
        "true",
        "Boolean",
    ),
    (
        "1.isKindOf(Real) and not 1.isTypeOf(Real)",
        "true",
        "Boolean",
    ),
    ("n.next.genre.isTypeOf(Genre)", "false", "Boolean"),
    ("b.isKindOf({Atlas | Novel})", "true", "Boolean"),
    ("b.eClass().name", "Novel", "String"),
    (
        "Book.all.eClass().name",
        "[Novel, Atlas, Book]",
        "List(String)",
    ),
    ("b.eClass() = b.next.eClass()", "false", "Boolean"),
    ("n.next.eClass().name", "null", "String"),
    ("b.ancestors()", "[A, City]", "List(Library | Shelf)"),
    ("b.ancestors()->first().name", "A", "String"),
    ("b.ancestors(Library)", "[City]", "List(Library)"),
    (
        "b.ancestors({Library | Shelf})",
        "[A, City]",
        "List(Library | Shelf)",
    ),
    ("b.ancestors(Named).name", "[A, City]", "List(String)"),
    ("b.containerOrSelf(Library)", "City", "Library"),
    (
        "b.eContainerOrSelf(Named)",
        "Emma",
        "Library | Shelf | Book",
    ),
    ("l.contents()", "[A, Jane]", "List(Shelf | Author)"),
    ("l.allContents()->size()", "7", "Integer"),
    (
        "l.allContents(Named).name",
        "[A, Emma, World, Jane]",
        "List(String)",
    ),
    (
        "l.allContents({Author | Chapter})",
        "[Chapter, Chapter, Jane]",
        "List(Author | Chapter)",
    ),
    ("b.siblings()", "[World, Book]", "List(Book)"),
    ("b.next.precedingSiblings()", "[Emma]", "List(Book)"),
    ("b.next.followingSiblings(Book)", "[Book]", "List(Book)"),
    ("l.siblings(Library)", "[]", "List"),
    (
        "b.crossReferences()",
        "[Jane, World]",
        "List(Book | Author)",
    ),
    ("b.eCrossReferences(Author)", "[Jane]", "List(Author)"),
    ("b.authors.referrers()", "[Emma]", "List(Library | Book)"),
    ("b.next.eInverse(Book)", "[Emma]", "List(Book)"),
    ("b.referrers()", "[]", "List(Shelf | Book)"),
    ("b.eContents()", "[Chapter, Chapter]", "List(Chapter)"),
    ("l.eAllContents(Book)", "[Emma, World, Book]", "List(Book)"),
    (
        "l.shelves.allContents(Chapter).title",
        "[One, Two]",
        "List(String)",
    ),
    ("b.allContents()->size()", "2", "Integer"),
];

#[test]
fn lists_are_iterated() {
    assert_values(ITERATORS);
}

#[test]
fn lists_are_combined() {
    assert_values(LISTS);
}

#[test]
fn texts_are_taken_apart_and_joined() {
    assert_values(TEXTS);
}

#[test]
fn scalars_are_computed() {
    assert_values(SCALARS);
}

#[test]
fn objects_know_their_class_and_place() {
    assert_values(OBJECTS);
}

#[test]
fn every_operation_is_tried_here() {
    let rows = [ITERATORS, LISTS, TEXTS, SCALARS, OBJECTS].concat();
    for operation in OPERATIONS {
        let names = [operation.name]
            .into_iter()
            .chain(operation.also.iter().copied());
        let mut calls = names.map(|n| format!("{n}("));
        let tried = calls.any(|call| rows.iter().any(|row| row.0.contains(&call)));
        assert!(tried, "{}", operation.signature);
    }
}
