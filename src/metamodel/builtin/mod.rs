//! What every metamodel may refer to: Ecore described in itself, and XML's data types.
//!
//! The tables state what there is, and this file declares it.

mod tables;

use std::sync::{Arc, OnceLock};

use tables::{ECORE_CLASSES, ECORE_TYPES, Row, XML_CLASSES, XML_TYPES};

use super::{
    Builder, ClassDraft, ClassId, Classifier, DataTypeDraft, Feature, FeatureDraft, FeatureId,
    FeatureKind, Metamodel, PackageId, Role, ValueType,
};
use crate::diag::Diagnostics;

/// The URI of Ecore itself.
pub const ECORE_URI: &str = "http://www.eclipse.org/emf/2002/Ecore";
/// The URI of the data types of XML Schema as EMF has them.
pub const XML_TYPE_URI: &str = "http://www.eclipse.org/emf/2003/XMLType";
/// Ecore's `EObject`, which everything is an instance of.
pub const OBJECT: ClassId = ClassId(0);

/// The package of XML Schema's types.
pub(super) const XML_TYPE: PackageId = PackageId(1);

/// How many packages [`declare`] makes.
pub(super) const PACKAGES: u32 = 2;

/// Ecore's own metamodel, which `.ecore` files conform to.
pub fn ecore() -> &'static Arc<Metamodel> {
    static ECORE: OnceLock<Arc<Metamodel>> = OnceLock::new();
    ECORE.get_or_init(|| Arc::new(Builder::new().finish(&mut Diagnostics::default())))
}

/// Declares Ecore and XML's types.
pub(super) fn declare(builder: &mut Builder) {
    let ecore = builder.package("ecore", ECORE_URI, "ecore", None, None);
    let xml = builder.package("type", XML_TYPE_URI, "xml.type", None, None);
    for (package, types, classes) in [
        (ecore, ECORE_TYPES, ECORE_CLASSES),
        (xml, XML_TYPES, XML_CLASSES),
    ] {
        for (name, java) in types {
            builder.data_type(DataTypeDraft {
                name: (*name).into(),
                package,
                instance_class: Some(java.trim_start_matches('-').into()),
                serializable: !java.starts_with('-'),
                span: None,
            });
        }
        for (name, _, _) in classes {
            let (name, is_abstract) = name
                .strip_suffix(" abstract")
                .map_or((*name, false), |n| (n, true));
            builder.class(ClassDraft {
                is_abstract,
                instance_class: (name == "EStringToStringMapEntry")
                    .then(|| "java.util.Map$Entry".into()),
                ..ClassDraft::new(name, package)
            });
        }
    }
    for (package, rows) in [(ecore, ECORE_CLASSES), (xml, XML_CLASSES)] {
        let mut opposites = Vec::new();
        for row in rows {
            features(builder, package, row, &mut opposites);
        }
        for (feature, opposite) in opposites {
            let (class, name) = opposite
                .split_once('.')
                .expect("the table names opposites as Class.feature");
            let owner = class_of(builder, package, class);
            let so_far = builder.so_far();
            let found = so_far.class(owner).own.iter().copied();
            let other = found
                .into_iter()
                .find(|f| &*so_far.feature(*f).name == name)
                .expect("the table declares its opposites");
            builder.oppose(feature, other);
            builder.oppose(other, feature);
        }
    }
}

fn features(
    builder: &mut Builder,
    package: PackageId,
    row: &Row,
    opposites: &mut Vec<(FeatureId, &'static str)>,
) {
    let name = row.0.split(' ').next().unwrap_or_default();
    let owner = class_of(builder, package, name);
    for parent in row.1 {
        let parent = class_of(builder, package, parent);
        builder.inherit(owner, parent);
    }
    for text in row.2 {
        let draft = feature(builder, package, owner, text);
        let id = builder.feature(draft, &mut Diagnostics::default());
        opposites.extend(
            text.split(' ')
                .find_map(|w| w.strip_prefix("opposite:"))
                .map(|o| (id, o)),
        );
    }
}

fn classifier(builder: &Builder, package: PackageId, name: &str) -> Classifier {
    let so_far = builder.so_far();
    let here = so_far.classifier(package, name);
    here.or_else(|| so_far.classifier(PackageId(0), name))
        .expect("the table names only what it declares")
}

fn class_of(builder: &Builder, package: PackageId, name: &str) -> ClassId {
    match classifier(builder, package, name) {
        Classifier::Class(id) => id,
        _ => unreachable!("the table has classes here"),
    }
}

fn feature(builder: &Builder, package: PackageId, owner: ClassId, text: &str) -> FeatureDraft {
    let words: Vec<&str> = text.split(' ').collect();
    let containment = words[1] == "=>";
    let of = words[if matches!(words[1], "=>" | "->") {
        2
    } else {
        1
    }];
    let kind = match classifier(builder, package, of) {
        Classifier::Class(target) => FeatureKind::Reference {
            target,
            containment,
            opposite: None,
        },
        Classifier::DataType(of) => FeatureKind::Attribute {
            of: ValueType::Data(of),
            id: false,
        },
        Classifier::Enum(of) => FeatureKind::Attribute {
            of: ValueType::Enum(of),
            id: false,
        },
    };
    let mut feature = Feature::new(words[0], owner, kind);
    if words.iter().any(|w| w.starts_with("..")) {
        feature.upper = None;
    }
    if of == "EFeatureMapEntry" {
        (feature.role, feature.unique) = (Role::Map, false);
    }
    let flags = &words[2..];
    feature.derived = flags.contains(&"derived");
    feature.volatile = feature.derived;
    feature.changeable = !feature.derived;
    feature.transient = feature.derived || flags.contains(&"transient");
    feature.unsettable = flags.contains(&"unsettable");
    let default_text = words.iter().skip(2).find_map(|w| w.strip_prefix('='));
    FeatureDraft {
        feature,
        default_text: default_text.filter(|w| *w != ">").map(Into::into),
        default_span: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_an_instance_of_what_the_constant_names() {
        let ecore = ecore();
        assert_eq!(&*ecore.class(OBJECT).name, "EObject");
        let class = ecore.class_named("EClass").unwrap();
        assert!(ecore.conforms(class, OBJECT));
        assert_eq!(ecore.packages().count(), PACKAGES as usize);
    }

    #[test]
    fn features_of_super_types_come_first() {
        let ecore = ecore();
        let class = ecore.class_named("EReference").unwrap();
        let names: Vec<&str> = ecore.feature_names(class).collect();
        assert_eq!(names[..4], ["eAnnotations", "name", "ordered", "unique"]);
        assert_eq!(names.last(), Some(&"eKeys"));
    }
}
