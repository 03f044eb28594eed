//! A small metamodel and model for the tests of this module.

use std::sync::Arc;

use crate::diag::{Diagnostics, Excerpt, FileId, Span};
use crate::metamodel::{
    Builder, ClassDraft, ClassId, Classifier, DataTypeId, EnumLiteral, Feature, FeatureDraft,
    FeatureKind, Metamodel, PackageId, ValueType,
};
use crate::model::{Model, ObjectId, Origin, Value};

struct Maker {
    builder: Builder,
    package: PackageId,
    found: Diagnostics,
}

impl Maker {
    fn class(&mut self, name: &str, parent: Option<ClassId>) -> ClassId {
        let id = self.builder.class(ClassDraft {
            is_abstract: name == "Named",
            ..ClassDraft::new(name, self.package)
        });
        if let Some(parent) = parent {
            self.builder.inherit(id, parent);
        }
        id
    }

    fn data(&self, name: &str) -> DataTypeId {
        match self.builder.so_far().classifier(PackageId(0), name) {
            Some(Classifier::DataType(id)) => id,
            _ => panic!("no data type {name}"),
        }
    }

    fn attribute(&mut self, owner: ClassId, name: &str, ty: &str) {
        let of = ValueType::Data(self.data(ty.trim_end_matches("[*]")));
        self.feature(owner, name, ty, FeatureKind::Attribute { of, id: false });
    }

    fn reference(&mut self, owner: ClassId, name: &str, target: (ClassId, &str)) {
        let kind = FeatureKind::Reference {
            target: target.0,
            containment: target.1.contains("part"),
            opposite: None,
        };
        self.feature(owner, name, target.1, kind);
    }

    fn feature(&mut self, owner: ClassId, name: &str, shape: &str, kind: FeatureKind) {
        let mut feature = Feature::new(name, owner, kind);
        if shape.ends_with("[*]") {
            feature.upper = None;
        }
        let draft = FeatureDraft {
            feature,
            default_text: None,
            default_span: None,
        };
        self.builder.feature(draft, &mut self.found);
    }
}

/// Libraries of shelves of books, with authors.
pub(super) fn library() -> Arc<Metamodel> {
    let mut builder = Builder::new();
    let package = builder.package(
        "library",
        "http://example.org/library",
        "library",
        None,
        None,
    );
    let literal = |name: &str, text: &str, value| EnumLiteral {
        name: name.into(),
        literal: text.into(),
        value,
    };
    let literals = vec![literal("NOVEL", "novel", 0), literal("ESSAY", "essay", 1)];
    let genre = builder.enumeration(package, "Genre", (literals, None));
    builder.enumeration(package, "Format", (vec![literal("A4", "A4", 0)], None));
    let found = Diagnostics::default();
    let mut m = Maker {
        builder,
        package,
        found,
    };
    let named = m.class("Named", None);
    let [library, shelf] = ["Library", "Shelf"].map(|n| m.class(n, Some(named)));
    let [book, author] = ["Book", "Author"].map(|n| m.class(n, Some(named)));
    let [atlas, _] = ["Atlas", "Novel"].map(|n| m.class(n, Some(book)));
    let chapter = m.class("Chapter", None);
    m.attribute(named, "name", "EString");
    m.reference(library, "shelves", (shelf, "part[*]"));
    m.reference(library, "authors", (author, "part[*]"));
    m.reference(shelf, "books", (book, "part[*]"));
    m.attribute(book, "pages", "EIntegerObject");
    m.attribute(book, "price", "EDoubleObject");
    m.attribute(book, "bound", "EBooleanObject");
    m.attribute(book, "notes", "EString[*]");
    let of = ValueType::Enum(genre);
    m.feature(book, "genre", "", FeatureKind::Attribute { of, id: false });
    m.reference(book, "authors", (author, "[*]"));
    m.reference(book, "next", (book, ""));
    m.reference(book, "chapters", (chapter, "part[*]"));
    m.attribute(chapter, "title", "EString");
    m.attribute(atlas, "scale", "EInt");
    let metamodel = m.builder.finish(&mut m.found);
    assert!(m.found.is_empty());
    Arc::new(metamodel)
}

/// Makes objects by the names of classes and features.
struct Filler {
    model: Model,
}

impl Filler {
    fn make(&mut self, class: &str, values: &[(&str, Value)]) -> ObjectId {
        let class = self.model.metamodel().class_named(class).unwrap();
        let object = self.model.create(class, Origin::Implied);
        for (name, value) in values {
            self.set(object, name, value.clone());
        }
        object
    }

    fn set(&mut self, object: ObjectId, name: &str, value: Value) {
        let metamodel = self.model.metamodel().clone();
        let class = self.model.class(object);
        let feature = metamodel.feature_named(class, name).unwrap();
        self.model.set(object, feature, value, Origin::Implied);
    }
}

/// The variables of the tests: a library, a book with everything and one without anything.
pub(super) struct World {
    pub(super) metamodel: Arc<Metamodel>,
    pub(super) model: Model,
    pub(super) library: ObjectId,
    pub(super) book: ObjectId,
    pub(super) bare: ObjectId,
}

/// `City` with the shelf `A`: `Emma` (by `Jane`, next is `World`), `World` (an atlas), and a book without a name.
pub(super) fn world() -> World {
    let metamodel = library();
    let mut f = Filler {
        model: Model::new(metamodel.clone()),
    };
    let list =
        |objects: &[ObjectId]| Value::List(objects.iter().copied().map(Value::Object).collect());
    let text = |t: &str| Value::text(t);
    let jane = f.make("Author", &[("name", text("Jane"))]);
    let one = f.make("Chapter", &[("title", text("One"))]);
    let two = f.make("Chapter", &[("title", text("Two"))]);
    let genre = metamodel.enum_named("Genre").unwrap();
    let book = f.make(
        "Novel",
        &[
            ("name", text("Emma")),
            ("pages", Value::Integer(474)),
            ("price", Value::Real(0.2)),
            ("bound", Value::Boolean(true)),
            ("genre", Value::Enum(genre, 1)),
            ("notes", Value::List(vec![text("good"), text("long")])),
            ("authors", list(&[jane])),
            ("chapters", list(&[one, two])),
        ],
    );
    let pages = ("pages", Value::Integer(90));
    let atlas = f.make("Atlas", &[("name", text("World")), pages]);
    f.set(book, "next", Value::Object(atlas));
    let bare = f.make("Book", &[]);
    let books = list(&[book, atlas, bare]);
    let shelf = f.make("Shelf", &[("name", text("A")), ("books", books)]);
    let library = f.make("Library", &[("name", text("City"))]);
    f.set(library, "shelves", list(&[shelf]));
    f.set(library, "authors", list(&[jane]));
    f.model.add_root(library);
    World {
        metamodel,
        model: f.model,
        library,
        book,
        bare,
    }
}

/// An expression in a file of its own.
pub(super) fn excerpt(text: &str) -> Excerpt {
    Excerpt::direct(text, Span::new(FileId(0), 0, text.len()))
}
