//! Ecore described in itself: the classes that `.ecore` files are made of.

use std::sync::{Arc, OnceLock};

use crate::diag::Diagnostics;
use crate::metamodel::{
    Builder, ClassDraft, ClassId, Classifier, Feature, FeatureDraft, FeatureKind, Metamodel,
    PackageId, ValueType,
};

/// Class, super types and features. A feature is `name Type`, `=>` holds parts, `->` points, `*` is many, `=x` a default.
const CLASSES: &[(&str, &[&str], &[&str])] = &[
    (
        "EModelElement",
        &["EObject"],
        &["eAnnotations => EAnnotation *"],
    ),
    (
        "EAnnotation",
        &["EModelElement"],
        &[
            "source EString",
            "details => EStringToStringMapEntry *",
            "contents => EObject *",
            "references -> EObject *",
        ],
    ),
    ("EObject", &[], &[]),
    (
        "EStringToStringMapEntry",
        &[],
        &["key EString", "value EString"],
    ),
    ("ENamedElement", &["EModelElement"], &["name EString"]),
    (
        "EPackage",
        &["ENamedElement"],
        &[
            "nsURI EString",
            "nsPrefix EString",
            "eClassifiers => EClassifier *",
            "eSubpackages => EPackage *",
        ],
    ),
    (
        "EClassifier",
        &["ENamedElement"],
        &[
            "instanceClassName EString",
            "instanceTypeName EString",
            "eTypeParameters => ETypeParameter *",
        ],
    ),
    (
        "EDataType",
        &["EClassifier"],
        &["serializable EBoolean =true"],
    ),
    ("EEnum", &["EDataType"], &["eLiterals => EEnumLiteral *"]),
    (
        "EEnumLiteral",
        &["ENamedElement"],
        &["value EInt =0", "literal EString"],
    ),
    (
        "EClass",
        &["EClassifier"],
        &[
            "abstract EBoolean",
            "interface EBoolean",
            "eSuperTypes -> EClass *",
            "eOperations => EOperation *",
            "eStructuralFeatures => EStructuralFeature *",
            "eGenericSuperTypes => EGenericType *",
        ],
    ),
    (
        "ETypedElement",
        &["ENamedElement"],
        &[
            "ordered EBoolean =true",
            "unique EBoolean =true",
            "lowerBound EInt",
            "upperBound EInt =1",
            "eType -> EClassifier",
            "eGenericType => EGenericType",
        ],
    ),
    (
        "EStructuralFeature",
        &["ETypedElement"],
        &[
            "changeable EBoolean =true",
            "volatile EBoolean",
            "transient EBoolean",
            "defaultValueLiteral EString",
            "unsettable EBoolean",
            "derived EBoolean",
        ],
    ),
    ("EAttribute", &["EStructuralFeature"], &["iD EBoolean"]),
    (
        "EReference",
        &["EStructuralFeature"],
        &[
            "containment EBoolean",
            "resolveProxies EBoolean =true",
            "eOpposite -> EReference",
            "eKeys -> EAttribute *",
        ],
    ),
    (
        "EOperation",
        &["ETypedElement"],
        &[
            "eTypeParameters => ETypeParameter *",
            "eParameters => EParameter *",
            "eExceptions -> EClassifier *",
            "eGenericExceptions => EGenericType *",
        ],
    ),
    ("EParameter", &["ETypedElement"], &[]),
    (
        "ETypeParameter",
        &["ENamedElement"],
        &["eBounds => EGenericType *"],
    ),
    (
        "EGenericType",
        &["EObject"],
        &[
            "eUpperBound => EGenericType",
            "eTypeArguments => EGenericType *",
            "eLowerBound => EGenericType",
            "eTypeParameter -> ETypeParameter",
            "eClassifier -> EClassifier",
        ],
    ),
];

const ABSTRACT: &[&str] = &[
    "EModelElement",
    "EObject",
    "ENamedElement",
    "EClassifier",
    "ETypedElement",
    "EStructuralFeature",
];

/// Ecore's own metamodel.
pub fn ecore() -> &'static Arc<Metamodel> {
    static ECORE: OnceLock<Arc<Metamodel>> = OnceLock::new();
    ECORE.get_or_init(|| Arc::new(build()))
}

fn build() -> Metamodel {
    let mut builder = Builder::new();
    let package = PackageId(0);
    let mut diagnostics = Diagnostics::default();
    for (name, _, _) in CLASSES {
        let is_abstract = ABSTRACT.contains(name);
        builder.class(ClassDraft {
            name: (*name).into(),
            package,
            is_abstract,
            documentation: None,
            span: None,
        });
    }
    for (name, supers, features) in CLASSES {
        let owner = class(&builder, name);
        for parent in *supers {
            let parent = class(&builder, parent);
            builder.inherit(owner, parent);
        }
        for row in *features {
            let draft = feature(&builder, owner, row);
            builder.feature(draft, &mut diagnostics);
        }
    }
    builder.finish(&mut diagnostics)
}

fn classifier(builder: &Builder, name: &str) -> Classifier {
    builder
        .so_far()
        .classifier(PackageId(0), name)
        .expect("the table names only what it declares")
}

fn class(builder: &Builder, name: &str) -> ClassId {
    match classifier(builder, name) {
        Classifier::Class(id) => id,
        _ => unreachable!("the table has classes here"),
    }
}

fn feature(builder: &Builder, owner: ClassId, row: &str) -> FeatureDraft {
    let words: Vec<&str> = row.split(' ').collect();
    let containment = words[1] == "=>";
    let of = words
        .iter()
        .skip(1)
        .find(|w| w.starts_with('E'))
        .expect("every row has a type");
    let kind = match classifier(builder, of) {
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
    let default_text = words
        .iter()
        .find_map(|w| w.strip_prefix('='))
        .filter(|w| *w != ">")
        .map(Into::into);
    let mut feature = Feature::new(words[0], owner, kind);
    if words.contains(&"*") {
        feature.upper = None;
    }
    FeatureDraft {
        feature,
        default_text,
    }
}
