//! Values of literals, operators and navigation.

use super::assert_values;

#[test]
fn literals_have_their_values() {
    assert_values(&[
        ("42", "42", "Integer"),
        ("1.50", "1.5", "Real"),
        ("2.0", "2.0", "Real"),
        ("1e20", "1.0e+20", "Real"),
        ("1.5e-7", "1.5e-7", "Real"),
        ("'it''s'", "it's", "String"),
        (r"'a\n\t\\\''", "a\n\t\\'", "String"),
        ("true", "true", "Boolean"),
        ("null", "null", "null"),
        ("[]", "[]", "List"),
        ("[1, 2.5]", "[1.0, 2.5]", "List(Real)"),
        ("Sequence{1, 2}", "[1, 2]", "List(Integer)"),
        ("[1..3]", "[1, 2, 3]", "List(Integer)"),
        ("Sequence{2..b.notes->size()}", "[2]", "List(Integer)"),
        ("[2..1]", "[]", "List(Integer)"),
        ("[null, 'a']", "[null, a]", "List(String)"),
        ("[b, l]", "[Emma, City]", "List(Named)"),
        (
            "[b.chapters->first(), l]",
            "[Chapter, City]",
            "List(Library | Chapter)",
        ),
        ("Genre::ESSAY", "essay", "Genre"),
        ("library::Genre::NOVEL", "novel", "Genre"),
    ]);
}

#[test]
fn operators_bind_as_in_mathematics_and_logic() {
    assert_values(&[
        ("1 + 2 * 3", "7", "Integer"),
        ("(1 + 2) * 3", "9", "Integer"),
        ("10 - 3 - 2", "5", "Integer"),
        ("7 / 2", "3.5", "Real"),
        ("7 div 2 + 7 mod 2", "4", "Integer"),
        ("-7 div 2", "-3", "Integer"),
        ("-7 mod 2", "-1", "Integer"),
        ("- -2", "2", "Integer"),
        ("-2.abs()", "-2", "Integer"),
        ("1 + 2 = 3 and 2 < 3", "true", "Boolean"),
        ("true or false and false", "true", "Boolean"),
        ("true xor true or true", "true", "Boolean"),
        ("false implies false and false", "true", "Boolean"),
        ("not 1 = 2", "true", "Boolean"),
        ("not true or true", "true", "Boolean"),
        ("not not true", "true", "Boolean"),
        ("1 + 2 + 'a' + 1 + 2", "3a12", "String"),
        ("'x' + b.notes + []", "xgoodlong", "String"),
        ("'x' + 0.1 + true + Genre::ESSAY", "x0.1trueessay", "String"),
        ("1 = 1.0", "true", "Boolean"),
        ("'a' < 'b'", "true", "Boolean"),
        (
            "1 <> 2 and 2 >= 2 and 2 <= 2 and 3 > 2.5",
            "true",
            "Boolean",
        ),
        ("[1, 2] = [1.0, 2.0]", "true", "Boolean"),
        (
            "9223372036854775807 = 9223372036854775807.0",
            "false",
            "Boolean",
        ),
    ]);
}

#[test]
fn control_gives_the_common_type() {
    assert_values(&[
        ("if 1 > 2 then 1 else 2.5 endif", "2.5", "Real"),
        ("if 1 < 2 then 1 else 2.5 endif", "1.0", "Real"),
        ("if true then b else l endif", "Emma", "Named"),
        ("if null then 1 else null endif", "null", "Integer"),
        ("let x = 2 in x * x + 1", "5", "Integer"),
        ("let x : Real = 2 in x", "2.0", "Real"),
        (
            "let x : Sequence(Named) = [b] in x",
            "[Emma]",
            "List(Named)",
        ),
        ("let x : Named[*] = [b] in x", "[Emma]", "List(Named)"),
        (
            "let x : {Shelf | Novel | Atlas} = b.shelf in x.name",
            "A",
            "String",
        ),
        ("let x = 1, y = x + 1 in let x = 5 in x + y", "7", "Integer"),
        ("(let x = 1 in x) + 1", "2", "Integer"),
    ]);
}

#[test]
fn conditions_stop_early_and_take_null_for_false() {
    assert_values(&[
        ("false and 1 div 0 = 1", "false", "Boolean"),
        ("true or 1 div 0 = 1", "true", "Boolean"),
        ("false implies 1 div 0 = 1", "true", "Boolean"),
        ("n.bound or false", "false", "Boolean"),
        ("not n.bound", "true", "Boolean"),
        ("n.bound implies false", "true", "Boolean"),
        ("if n.bound then 1 else 2 endif", "2", "Integer"),
        ("n.pages <> null and n.pages > 1", "false", "Boolean"),
    ]);
}

#[test]
fn navigation_goes_through_null_and_over_lists() {
    assert_values(&[
        ("b.name", "Emma", "String"),
        ("b.pages", "474", "Integer"),
        ("b.price", "0.2", "Real"),
        ("b.genre = Genre::ESSAY", "true", "Boolean"),
        ("b.next.name", "World", "String"),
        ("n.next", "null", "Book"),
        ("n.next.next.name", "null", "String"),
        ("n.next.notes", "[]", "List(String)"),
        ("n.name = null", "true", "Boolean"),
        ("b.notes", "[good, long]", "List(String)"),
        ("l.shelves.books", "[Emma, World, Book]", "List(Book)"),
        ("l.shelves.books.name", "[Emma, World]", "List(String)"),
        (
            "l.shelves.books.chapters.title",
            "[One, Two]",
            "List(String)",
        ),
        ("l.shelves.books.next", "[World]", "List(Book)"),
    ]);
}

#[test]
fn one_of_several_classes_has_what_all_of_them_have() {
    assert_values(&[
        ("b.ancestors().name", "[A, City]", "List(String)"),
        (
            "let x : {Library | Book} = b in x.authors",
            "[Jane]",
            "List(Author)",
        ),
        (
            "[b, l]->filter({Library | Book}).authors",
            "[Jane, Jane]",
            "List(Author)",
        ),
        ("b.ancestors().library", "[City]", "List(Library)"),
    ]);
}

#[test]
fn containers_are_reached_by_the_name_of_their_class() {
    assert_values(&[
        ("b.shelf", "A", "Shelf"),
        ("b.shelf.library.name", "City", "String"),
        ("b.authors.library", "[City]", "List(Library)"),
        ("b.chapters->first().book", "Emma", "Book"),
        ("b.chapters->first().novel", "Emma", "Novel"),
        ("b.chapters->first().atlas", "null", "Atlas"),
        ("b.container()", "A", "Shelf"),
        ("n.next.shelf", "null", "Shelf"),
    ]);
}

#[test]
fn extents_are_in_document_order() {
    assert_values(&[
        ("Book.all", "[Emma, World, Book]", "List(Book)"),
        ("library::Atlas.allInstances()", "[World]", "List(Atlas)"),
        ("Named.all->size()", "6", "Integer"),
    ]);
}
