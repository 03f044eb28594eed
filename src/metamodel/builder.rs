//! Making a metamodel: packages first, then classifiers, then features, which may name any classifier.

use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};

use super::primitive::ECORE_TYPES;
use super::{
    Class, ClassId, Classifier, DataType, DataTypeId, Enum, EnumId, EnumLiteral, Feature,
    FeatureId, FeatureKind, Literal, Metamodel, Package, PackageId, Primitive, ValueType,
};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};

/// The URI of Ecore itself.
pub const ECORE_URI: &str = "http://www.eclipse.org/emf/2002/Ecore";

/// A class before its features are known.
#[derive(Clone, Debug)]
pub struct ClassDraft {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// Whether it has no direct instances.
    pub is_abstract: bool,
    /// What its documentation annotation says.
    pub documentation: Option<Arc<str>>,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// A feature before its default value is read.
#[derive(Clone, Debug)]
pub struct FeatureDraft {
    /// The feature; its `default` is replaced.
    pub feature: Feature,
    /// The text of its default value.
    pub default_text: Option<Arc<str>>,
}

/// Makes a [`Metamodel`].
#[derive(Debug)]
pub struct Builder {
    metamodel: Metamodel,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Begins with Ecore's own data types.
    pub fn new() -> Self {
        let mut builder = Self {
            metamodel: Metamodel::default(),
        };
        let ecore = builder.package("ecore", ECORE_URI, "ecore", None, None);
        for (name, _, primitive) in ECORE_TYPES {
            builder.data_type(ecore, name, *primitive);
        }
        builder
    }

    /// What was made so far: classes and features can be looked up, but are not flattened.
    pub fn so_far(&self) -> &Metamodel {
        &self.metamodel
    }

    /// Adds a package.
    pub fn package(
        &mut self,
        name: &str,
        ns_uri: &str,
        ns_prefix: &str,
        parent: Option<PackageId>,
        span: Option<Span>,
    ) -> PackageId {
        let id = PackageId(index(self.metamodel.packages.len()));
        self.metamodel.packages.push(Package {
            name: name.into(),
            ns_uri: ns_uri.into(),
            ns_prefix: ns_prefix.into(),
            parent,
            span,
            classifiers: Vec::new(),
        });
        id
    }

    /// Adds a class.
    pub fn class(&mut self, draft: ClassDraft) -> ClassId {
        let id = ClassId(index(self.metamodel.classes.len()));
        self.declare(draft.package, Classifier::Class(id));
        self.metamodel.classes.push(Class {
            name: draft.name,
            package: draft.package,
            is_abstract: draft.is_abstract,
            supers: Vec::new(),
            own: Vec::new(),
            features: Vec::new(),
            lineage: vec![id],
            documentation: draft.documentation,
            span: draft.span,
            by_name: Vec::new(),
        });
        id
    }

    /// Adds a data type.
    pub fn data_type(
        &mut self,
        package: PackageId,
        name: &str,
        primitive: Primitive,
    ) -> DataTypeId {
        let id = DataTypeId(index(self.metamodel.data_types.len()));
        self.declare(package, Classifier::DataType(id));
        self.metamodel.data_types.push(DataType {
            name: name.into(),
            package,
            primitive,
        });
        id
    }

    /// Adds an enum.
    pub fn enumeration(
        &mut self,
        package: PackageId,
        name: &str,
        literals: Vec<EnumLiteral>,
    ) -> EnumId {
        let id = EnumId(index(self.metamodel.enums.len()));
        self.declare(package, Classifier::Enum(id));
        self.metamodel.enums.push(Enum {
            name: name.into(),
            package,
            literals,
        });
        id
    }

    fn declare(&mut self, package: PackageId, classifier: Classifier) {
        self.metamodel.packages[package.0 as usize]
            .classifiers
            .push(classifier);
    }

    /// Makes `class` inherit from `parent`.
    pub fn inherit(&mut self, class: ClassId, parent: ClassId) {
        self.metamodel.classes[class.0 as usize].supers.push(parent);
    }

    /// Adds a feature to its owner and reads its default value.
    pub fn feature(&mut self, draft: FeatureDraft, diagnostics: &mut Diagnostics) -> FeatureId {
        let id = FeatureId(index(self.metamodel.features.len()));
        let mut feature = draft.feature;
        feature.default = self.default_of(&feature, draft.default_text.as_deref(), diagnostics);
        self.metamodel.classes[feature.owner.0 as usize]
            .own
            .push(id);
        self.metamodel.features.push(feature);
        id
    }

    /// Makes two references each other's opposite.
    pub fn oppose(&mut self, one: FeatureId, other: FeatureId) {
        for (from, to) in [(one, other), (other, one)] {
            if let FeatureKind::Reference { opposite, .. } =
                &mut self.metamodel.features[from.0 as usize].kind
            {
                *opposite = Some(to);
            }
        }
    }

    fn default_of(
        &self,
        feature: &Feature,
        text: Option<&str>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Literal> {
        let of = feature.value_type()?;
        if feature.is_many() {
            return None;
        }
        let Some(text) = text else {
            return self.implied_default(of);
        };
        match self.metamodel.parse(of, text) {
            Ok(literal) => Some(literal),
            Err(expected) => {
                if let Some(span) = feature.span {
                    let message = format!(
                        "the default of `{}` is {expected}, not `{text}`",
                        feature.name
                    );
                    diagnostics.push(Diagnostic::error(Code::InvalidMetamodel, span, message));
                }
                None
            }
        }
    }

    /// What an attribute holds that declares no default: an enum's first literal, Java's zero, or nothing.
    fn implied_default(&self, of: ValueType) -> Option<Literal> {
        match of {
            ValueType::Enum(id) => (!self.metamodel.enumeration(id).literals.is_empty())
                .then_some(Literal::Enum(id, 0)),
            ValueType::Data(id) => {
                let data_type = self.metamodel.data_type(id);
                if !Primitive::is_java_primitive(&data_type.name) {
                    return None;
                }
                match data_type.primitive {
                    Primitive::Boolean => Some(Literal::Boolean(false)),
                    Primitive::Integer { .. } => Some(Literal::Integer(0)),
                    Primitive::Float | Primitive::Double => Some(Literal::Real(0.0)),
                    _ => None,
                }
            }
        }
    }

    /// Flattens features and finishes; inheritance cycles and features of one name are reported and cut.
    pub fn finish(mut self, diagnostics: &mut Diagnostics) -> Metamodel {
        for class in self.in_order_of_inheritance(diagnostics) {
            self.flatten(class, diagnostics);
        }
        self.metamodel
    }

    /// Super types before their sub types; the classes of a cycle lose their super types.
    fn in_order_of_inheritance(&mut self, diagnostics: &mut Diagnostics) -> Vec<ClassId> {
        let mut graph = DiGraph::<ClassId, ()>::new();
        let count = self.metamodel.classes.len();
        let nodes: Vec<NodeIndex> = (0..count)
            .map(|c| graph.add_node(ClassId(index(c))))
            .collect();
        for (class, node) in self.metamodel.classes.iter().zip(&nodes) {
            for parent in &class.supers {
                graph.add_edge(*node, nodes[parent.0 as usize], ());
            }
        }
        let mut order = Vec::with_capacity(count);
        for component in petgraph::algo::tarjan_scc(&graph) {
            let itself = |n: NodeIndex| graph.contains_edge(n, n);
            let cyclic = component.len() > 1 || component.iter().any(|n| itself(*n));
            for node in component {
                let class = &mut self.metamodel.classes[graph[node].0 as usize];
                if cyclic {
                    class.supers.clear();
                    if let Some(span) = class.span {
                        let message = format!("class `{}` inherits from itself", class.name);
                        diagnostics.push(Diagnostic::error(Code::InvalidMetamodel, span, message));
                    }
                }
                order.push(graph[node]);
            }
        }
        order
    }

    fn flatten(&mut self, id: ClassId, diagnostics: &mut Diagnostics) {
        let metamodel = &self.metamodel;
        let class = metamodel.class(id);
        let mut features: Vec<FeatureId> = Vec::new();
        let mut lineage = vec![id];
        let inherited = class
            .supers
            .iter()
            .flat_map(|p| &metamodel.class(*p).features);
        for feature in inherited.chain(&class.own) {
            if features.contains(feature) {
                continue;
            }
            let name = &metamodel.feature(*feature).name;
            let clash = features
                .iter()
                .find(|f| metamodel.feature(**f).name == *name);
            if let (Some(first), Some(span)) = (clash, metamodel.feature(*feature).span) {
                let message = format!(
                    "class `{}` has two features of the name `{name}`",
                    class.name
                );
                let mut diagnostic = Diagnostic::error(Code::InvalidMetamodel, span, message);
                if let Some(first) = metamodel.feature(*first).span {
                    diagnostic = diagnostic.related(first, "the first one");
                }
                diagnostics.push(diagnostic);
                continue;
            }
            features.push(*feature);
        }
        for parent in &class.supers {
            lineage.extend(&metamodel.class(*parent).lineage);
        }
        lineage.sort_unstable();
        lineage.dedup();
        let mut by_name = features.clone();
        by_name.sort_by(|a, b| metamodel.feature(*a).name.cmp(&metamodel.feature(*b).name));
        let class = &mut self.metamodel.classes[id.0 as usize];
        (class.features, class.lineage, class.by_name) = (features, lineage, by_name);
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("readers cap files far below 2^32 declarations")
}
