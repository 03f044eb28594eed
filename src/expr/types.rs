//! Static types of expressions: what they conform to and what they have in common.

use crate::metamodel::{
    ClassId, Classifier, EnumId, FeatureId, FeatureKind, Metamodel, PackageId, Primitive, ValueType,
};

/// The type of an expression or a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// The type of `null`, which conforms to every other; the member type of `[]`.
    Null,
    /// True or false.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// Text.
    String,
    /// A literal of an enum.
    Enum(EnumId),
    /// An object of a class or of one of its sub types.
    Class(ClassId),
    /// An object that the transformation makes: it can be referred to, but not looked into.
    Made(ClassId),
    /// An object of one of several classes, of which none is a super type of another, in the order of declaration.
    OneOf(Box<[ClassId]>),
    /// A class itself, as `eClass()` gives it.
    Metaclass,
    /// Values in order.
    List(Box<Type>),
}

impl Type {
    /// A list of members of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// An object of one of these classes; null where there are none.
    pub fn of_classes(classes: impl IntoIterator<Item = ClassId>, metamodel: &Metamodel) -> Self {
        let mut all: Vec<ClassId> = classes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let above = |c: ClassId| all.iter().any(|o| *o != c && metamodel.conforms(c, *o));
        let least: Box<[ClassId]> = all.iter().copied().filter(|c| !above(*c)).collect();
        match &*least {
            [] => Self::Null,
            [class] => Self::Class(*class),
            _ => Self::OneOf(least),
        }
    }

    /// The classes of which a value can be an object; of a list and of anything but objects none.
    pub fn classes(&self) -> &[ClassId] {
        match self {
            Self::Class(class) => std::slice::from_ref(class),
            Self::OneOf(classes) => classes,
            _ => &[],
        }
    }

    /// The type of the value that readers see in a feature.
    pub fn of_feature(metamodel: &Metamodel, feature: FeatureId) -> Self {
        let declared = metamodel.feature(feature);
        let one = match declared.kind {
            FeatureKind::Reference { target, .. } => Self::Class(target),
            FeatureKind::Attribute { of, .. } => Self::of_value_type(metamodel, of),
        };
        if declared.is_many() { one.list() } else { one }
    }

    /// The type of the values of a data type or an enum.
    pub fn of_value_type(metamodel: &Metamodel, of: ValueType) -> Self {
        match of {
            ValueType::Enum(id) => Self::Enum(id),
            ValueType::Data(id) => match metamodel.data_type(id).primitive {
                Primitive::Boolean => Self::Boolean,
                Primitive::Integer { .. } => Self::Integer,
                Primitive::Float | Primitive::Double => Self::Real,
                _ => Self::String,
            },
        }
    }

    /// Whether a value of this type may stand where one of `to` is wanted.
    pub fn conforms(&self, to: &Self, metamodel: &Metamodel) -> bool {
        match (self, to) {
            (Self::Null, _) | (Self::Integer, Self::Real) => true,
            (Self::Made(a), Self::Made(b)) => metamodel.conforms(*a, *b),
            (Self::List(a), Self::List(b)) => a.conforms(b, metamodel),
            (a, b) if a.is_object() => {
                let fits = |a: &ClassId| b.classes().iter().any(|b| metamodel.conforms(*a, *b));
                a.classes().iter().all(fits)
            }
            (a, b) => a == b,
        }
    }

    /// The least type that both conform to: of two classes the nearest super type that they share, else one of both.
    pub fn common(&self, other: &Self, metamodel: &Metamodel) -> Option<Self> {
        if self.conforms(other, metamodel) {
            return Some(other.clone());
        }
        if other.conforms(self, metamodel) {
            return Some(self.clone());
        }
        let one_of_both = || {
            let all = self.classes().iter().chain(other.classes());
            Self::of_classes(all.copied(), metamodel)
        };
        match (self, other) {
            (Self::Made(a), Self::Made(b)) => common_class(*a, *b, metamodel).map(Self::Made),
            (Self::Class(a), Self::Class(b)) => {
                let shared = common_class(*a, *b, metamodel).map(Self::Class);
                Some(shared.unwrap_or_else(one_of_both))
            }
            (Self::List(a), Self::List(b)) => a.common(b, metamodel).map(Self::list),
            (a, b) if a.is_object() && b.is_object() => Some(one_of_both()),
            _ => None,
        }
    }

    /// Whether one value can be of both types, so that comparing them makes sense.
    pub fn overlaps(&self, other: &Self, metamodel: &Metamodel) -> bool {
        match (self, other) {
            (Self::Made(a), Self::Made(b)) => metamodel
                .classes()
                .any(|(c, _)| metamodel.conforms(c, *a) && metamodel.conforms(c, *b)),
            (Self::List(a), Self::List(b)) => a.overlaps(b, metamodel),
            (a, b) if a.is_object() && b.is_object() => metamodel.classes().any(|(c, _)| {
                let is = |of: &ClassId| metamodel.conforms(c, *of);
                a.classes().iter().any(is) && b.classes().iter().any(is)
            }),
            (a, b) => a.conforms(b, metamodel) || b.conforms(a, metamodel),
        }
    }

    /// The type of the members of a list; any other type itself.
    pub fn item(&self) -> &Self {
        match self {
            Self::List(item) => item,
            one => one,
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Whether its values are objects.
    pub fn is_object(&self) -> bool {
        !self.classes().is_empty()
    }

    /// Whether it is a whole or floating-point number.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Real)
    }

    /// Whether its values have a text: numbers, text, true and false, literals of enums.
    pub fn is_printable(&self) -> bool {
        !matches!(
            self,
            Self::Null | Self::Made(_) | Self::Metaclass | Self::List(_)
        ) && !self.is_object()
    }

    /// How messages name it: `String`, `List(Book)`, `Genre`.
    pub fn display(&self, metamodel: &Metamodel) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean => "Boolean".to_owned(),
            Self::Integer => "Integer".to_owned(),
            Self::Real => "Real".to_owned(),
            Self::String => "String".to_owned(),
            Self::Enum(id) => metamodel.enumeration(*id).name.to_string(),
            Self::Class(id) => metamodel.class_title(*id),
            Self::Made(id) => format!("new {}", metamodel.class_title(*id)),
            Self::OneOf(ids) => {
                let names: Vec<String> = ids.iter().map(|id| metamodel.class_title(*id)).collect();
                names.join(" | ")
            }
            Self::Metaclass => "EClass".to_owned(),
            Self::List(item) if **item == Self::Null => "List".to_owned(),
            Self::List(item) => format!("List({})", item.display(metamodel)),
        }
    }

    /// Reads a type: `String`, `Integer`, `Real`, `Boolean`, a class, an enum, a data type, which stands for the type
    /// of its values, several classes as in `Book | Author`, or a list of one as in `Book[*]`.
    pub fn parse(text: &str, metamodel: &Metamodel) -> Option<Self> {
        Self::parse_among(text, &[], metamodel)
    }

    /// Reads a type whose names are looked for in some packages first.
    pub fn parse_among(text: &str, packages: &[PackageId], metamodel: &Metamodel) -> Option<Self> {
        let text = text.trim();
        let listed = text.strip_suffix("[*]").or_else(|| Self::in_brackets(text));
        if let Some(item) = listed {
            let item = Self::parse_among(item, packages, metamodel)?;
            return (!item.is_list()).then(|| item.list());
        }
        let full = |name: &str| metamodel.preferred(name.trim(), packages);
        if text.contains('|') {
            let classes = text.split('|').map(|c| metamodel.class_named(&full(c)));
            let classes: Vec<ClassId> = classes.collect::<Option<_>>()?;
            return Some(Self::of_classes(classes, metamodel));
        }
        Self::named(&full(text), metamodel).or_else(|| Self::named(text, metamodel))
    }

    /// What stands in the brackets of `List(…)`, or of what other languages call a collection.
    fn in_brackets(text: &str) -> Option<&str> {
        let (word, rest) = text.split_once('(')?;
        let listed = ["List", "Sequence", "OrderedSet", "Set", "Bag"].contains(&word);
        listed.then(|| rest.strip_suffix(')')).flatten()
    }

    /// The type of one name.
    fn named(name: &str, metamodel: &Metamodel) -> Option<Self> {
        match name {
            "Boolean" => Some(Self::Boolean),
            "Integer" => Some(Self::Integer),
            "Real" => Some(Self::Real),
            "String" => Some(Self::String),
            _ => {
                let class = metamodel.class_named(name).map(Self::Class);
                class
                    .or_else(|| enum_named(metamodel, name).map(Self::Enum))
                    .or_else(|| Self::of_data_type(name, metamodel))
            }
        }
    }

    /// The type of the values of the first data type of a name, which `package::` may precede.
    fn of_data_type(name: &str, metamodel: &Metamodel) -> Option<Self> {
        let (package, name) = match name.rsplit_once("::") {
            Some((package, name)) => (Some(package), name),
            None => (None, name),
        };
        let in_it = |p: &crate::metamodel::Package| package.is_none_or(|name| &*p.name == name);
        let mut packages = metamodel.packages().filter(|(_, p)| in_it(p));
        let found = packages.find_map(|(id, _)| match metamodel.classifier(id, name)? {
            Classifier::DataType(id) => Some(ValueType::Data(id)),
            _ => None,
        })?;
        Some(Self::of_value_type(metamodel, found))
    }
}

/// The first enum of a name, which `package::` may precede.
pub(super) fn enum_named(metamodel: &Metamodel, name: &str) -> Option<EnumId> {
    if let Some((uri, name)) = name.rsplit_once('#') {
        return match metamodel.classifier(metamodel.package_by_uri(uri)?, name)? {
            Classifier::Enum(id) => Some(id),
            _ => None,
        };
    }
    let Some((package, name)) = name.rsplit_once("::") else {
        return metamodel.enum_named(name);
    };
    let fits = |(_, e): &(EnumId, &crate::metamodel::Enum)| {
        &*e.name == name && &*metamodel.package(e.package).name == package
    };
    metamodel.enums().find(fits).map(|(id, _)| id)
}

/// The shared super type with the most super types of its own; among equals the one declared first.
fn common_class(a: ClassId, b: ClassId, metamodel: &Metamodel) -> Option<ClassId> {
    let shared = metamodel.class(a).lineage.iter().copied();
    let shared = shared.filter(|c| metamodel.conforms(b, *c));
    shared.max_by_key(|c| (metamodel.class(*c).lineage.len(), std::cmp::Reverse(*c)))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::library;
    use super::*;

    #[test]
    fn types_are_read_and_shown_alike() {
        let metamodel = library();
        for text in [
            "String",
            "Real",
            "Book",
            "Genre",
            "List(Book)",
            "List(Genre)",
            "Library | Author",
            "List(Library | Author)",
        ] {
            let ty = Type::parse(text, &metamodel).unwrap();
            assert_eq!(ty.display(&metamodel), text);
        }
        assert_eq!(
            Type::parse(" library::Book[*]", &metamodel),
            Type::parse("List(Book)", &metamodel)
        );
        assert_eq!(
            Type::parse("library::Genre", &metamodel),
            Type::parse("Genre", &metamodel)
        );
        assert_eq!(Type::parse("EInt", &metamodel), Some(Type::Integer));
        assert_eq!(
            Type::parse("ecore::EString", &metamodel),
            Some(Type::String)
        );
        for text in [
            "",
            "Bok",
            "[*]",
            "Book[*][*]",
            "other::Book",
            "Book | Bok",
            "library::EInt",
        ] {
            assert_eq!(Type::parse(text, &metamodel), None, "{text}");
        }
    }

    #[test]
    fn sub_classes_integers_and_null_conform_also_inside_lists() {
        let metamodel = library();
        let ty = |text| Type::parse(text, &metamodel).unwrap();
        let conforms = |a: &Type, b: &Type| a.conforms(b, &metamodel);
        assert!(conforms(&ty("Atlas"), &ty("Book")) && !conforms(&ty("Book"), &ty("Atlas")));
        assert!(conforms(&ty("Integer"), &ty("Real")) && !conforms(&ty("Real"), &ty("Integer")));
        assert!(conforms(&ty("Atlas[*]"), &ty("Book[*]")));
        assert!(conforms(&Type::Null.list(), &ty("Book[*]")) && conforms(&Type::Null, &ty("Book")));
        assert!(!conforms(&ty("Book"), &Type::Null) && !conforms(&ty("Book"), &ty("Book[*]")));
    }

    #[test]
    fn the_common_type_is_the_nearest_shared_one() {
        let metamodel = library();
        let ty = |text| Type::parse(text, &metamodel).unwrap();
        let common = |a, b| {
            ty(a)
                .common(&ty(b), &metamodel)
                .map(|t| t.display(&metamodel))
        };
        assert_eq!(common("Atlas", "Author").as_deref(), Some("Named"));
        assert_eq!(common("Atlas", "Novel").as_deref(), Some("Book"));
        assert_eq!(common("Integer", "Real").as_deref(), Some("Real"));
        assert_eq!(
            common("Atlas[*]", "Author[*]").as_deref(),
            Some("List(Named)")
        );
        assert_eq!(
            common("Chapter", "Author").as_deref(),
            Some("Author | Chapter")
        );
        assert_eq!(
            common("Library | Author", "Novel").as_deref(),
            Some("Library | Author | Novel")
        );
        assert_eq!(common("String", "Genre"), None);
    }

    #[test]
    fn one_of_several_classes_is_what_all_of_them_are() {
        let metamodel = library();
        let ty = |text| Type::parse(text, &metamodel).unwrap();
        let several = ty("Atlas | Author");
        assert!(several.conforms(&ty("Named"), &metamodel));
        assert!(several.conforms(&ty("Library | Book | Author"), &metamodel));
        assert!(!several.conforms(&ty("Book"), &metamodel));
        assert!(ty("Atlas").conforms(&several, &metamodel));
        assert!(several.overlaps(&ty("Book"), &metamodel));
        assert!(!several.overlaps(&ty("Novel"), &metamodel));
        assert_eq!(ty("Book | Atlas"), ty("Book"));
    }
}
