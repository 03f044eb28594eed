//! Making a metamodel: packages first, then classifiers, then features, which may name any classifier.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use petgraph::graph::{DiGraph, NodeIndex};

use super::{
    Class, ClassId, Classifier, DataType, DataTypeId, Enum, EnumId, EnumLiteral, Feature,
    FeatureId, FeatureKind, Literal, Metamodel, Operation, Package, PackageId, Primitive, Role,
    ValueType, builtin, by_length,
};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};

/// How many features a class may have: an object says in two bytes which one a value is of.
const MAX_FEATURES: usize = 1 << 16;

/// A class before its features are known.
#[derive(Clone, Debug)]
pub struct ClassDraft {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// Whether it has no direct instances.
    pub is_abstract: bool,
    /// Whether it is declared as an interface.
    pub is_interface: bool,
    /// The Java class that stands for it.
    pub instance_class: Option<Arc<str>>,
    /// What its documentation annotation says.
    pub documentation: Option<Arc<str>>,
    /// Where it is declared.
    pub span: Option<Span>,
}

impl ClassDraft {
    /// A class with objects of its own, and nothing said about it.
    pub fn new(name: impl Into<Arc<str>>, package: PackageId) -> Self {
        Self {
            name: name.into(),
            package,
            is_abstract: false,
            is_interface: false,
            instance_class: None,
            documentation: None,
            span: None,
        }
    }
}

/// A data type as it is declared.
#[derive(Clone, Debug)]
pub struct DataTypeDraft {
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// The Java class of its values.
    pub instance_class: Option<Arc<str>>,
    /// Whether files can hold its values.
    pub serializable: bool,
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
    /// Where that text stands.
    pub default_span: Option<Span>,
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
    /// Begins with Ecore and XML's data types, which every metamodel may refer to.
    pub fn new() -> Self {
        let mut builder = Self {
            metamodel: Metamodel::default(),
        };
        builtin::declare(&mut builder);
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
            location: None,
            classifiers: Vec::new(),
        });
        id
    }

    /// Says in which file a package stands.
    pub fn locate(&mut self, package: PackageId, location: &str) {
        self.metamodel.packages[package.0 as usize].location = Some(location.into());
    }

    /// Adds a class.
    pub fn class(&mut self, draft: ClassDraft) -> ClassId {
        let id = ClassId(index(self.metamodel.classes.len()));
        self.declare(draft.package, Classifier::Class(id));
        self.metamodel.classes.push(Class {
            name: draft.name,
            package: draft.package,
            is_abstract: draft.is_abstract || draft.is_interface,
            is_interface: draft.is_interface,
            instance_class: draft.instance_class,
            operations: Vec::new(),
            invariants: Vec::new(),
            supers: Vec::new(),
            own: Vec::new(),
            features: Vec::new(),
            lineage: vec![id],
            documentation: draft.documentation,
            span: draft.span,
            id_attribute: None,
            by_name: Vec::new(),
            wholes: Vec::new(),
        });
        id
    }

    /// Adds a data type.
    pub fn data_type(&mut self, draft: DataTypeDraft) -> DataTypeId {
        let id = DataTypeId(index(self.metamodel.data_types.len()));
        self.declare(draft.package, Classifier::DataType(id));
        let primitive = Primitive::of(&draft.name, draft.instance_class.as_deref());
        self.metamodel.data_types.push(DataType {
            name: draft.name,
            package: draft.package,
            primitive,
            instance_class: draft.instance_class,
            serializable: draft.serializable,
            span: draft.span,
        });
        id
    }

    /// Adds an enum.
    pub fn enumeration(
        &mut self,
        package: PackageId,
        name: &str,
        (literals, span): (Vec<EnumLiteral>, Option<Span>),
    ) -> EnumId {
        let id = EnumId(index(self.metamodel.enums.len()));
        self.declare(package, Classifier::Enum(id));
        self.metamodel.enums.push(Enum {
            name: name.into(),
            package,
            literals,
            span,
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

    /// A class, to say more of it.
    pub(super) fn class_mut(&mut self, class: ClassId) -> &mut Class {
        &mut self.metamodel.classes[class.0 as usize]
    }

    /// Adds an operation to a class.
    pub fn operation(&mut self, class: ClassId, operation: Operation) {
        self.metamodel.classes[class.0 as usize]
            .operations
            .push(operation);
    }

    /// Makes a feature part of a feature map, or the map itself.
    pub fn set_role(&mut self, feature: FeatureId, role: Role) {
        self.metamodel.features[feature.0 as usize].role = role;
    }

    /// Names the attributes by which references through `feature` name their targets.
    pub fn set_keys(&mut self, feature: FeatureId, keys: Vec<FeatureId>) {
        self.metamodel.features[feature.0 as usize].keys = keys;
    }

    /// Adds a feature to its owner and reads its default value.
    pub fn feature(&mut self, draft: FeatureDraft, diagnostics: &mut Diagnostics) -> FeatureId {
        let id = FeatureId(index(self.metamodel.features.len()));
        let mut feature = draft.feature;
        let text = draft.default_text.as_deref();
        let span = draft.default_span.or(feature.span);
        feature.default = self.default_of(&feature, (text, span), diagnostics);
        self.metamodel.classes[feature.owner.0 as usize]
            .own
            .push(id);
        self.metamodel.features.push(feature);
        id
    }

    /// Makes `other` the opposite of the reference `one`.
    pub fn oppose(&mut self, one: FeatureId, other: FeatureId) {
        if let FeatureKind::Reference { opposite, .. } =
            &mut self.metamodel.features[one.0 as usize].kind
        {
            *opposite = Some(other);
        }
    }

    fn default_of(
        &self,
        feature: &Feature,
        (text, span): (Option<&str>, Option<Span>),
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
                if let Some(span) = span {
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
                let java = data_type.instance_class.as_deref();
                if !java.is_some_and(Primitive::is_java_primitive) {
                    return None;
                }
                match data_type.primitive {
                    Primitive::Boolean => Some(Literal::Boolean(false)),
                    Primitive::Integer { .. } => Some(Literal::Integer(0)),
                    Primitive::Float | Primitive::Double => Some(Literal::Real(0.0)),
                    Primitive::Char => Some(Literal::String("\0".into())),
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
        let count = self.metamodel.features.len();
        self.metamodel.ranks = vec![OnceLock::new(); count];
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
        let mut seen = BTreeSet::new();
        let mut names: BTreeMap<&str, FeatureId> = BTreeMap::new();
        let inherited = class
            .supers
            .iter()
            .flat_map(|p| &metamodel.class(*p).features);
        for feature in inherited.chain(&class.own) {
            if !seen.insert(*feature) {
                continue;
            }
            let name = &metamodel.feature(*feature).name;
            let clash = names.get(&**name).copied();
            names.entry(name).or_insert(*feature);
            if let (Some(first), Some(span)) = (clash, metamodel.feature(*feature).span) {
                let message = format!(
                    "class `{}` has two features of the name `{name}`",
                    class.name
                );
                let mut diagnostic = Diagnostic::error(Code::InvalidMetamodel, span, message);
                if let Some(first) = metamodel.feature(first).span {
                    diagnostic = diagnostic.related(first, "the first one");
                }
                diagnostics.push(diagnostic);
                continue;
            }
            features.push(*feature);
        }
        if features.len() > MAX_FEATURES {
            let message = format!(
                "class `{}` has more than {MAX_FEATURES} features",
                class.name
            );
            diagnostics.push(match class.span {
                Some(span) => Diagnostic::error(Code::Limit, span, message),
                None => Diagnostic::global(Code::Limit, message),
            });
            features.truncate(MAX_FEATURES);
        }
        for parent in &class.supers {
            lineage.extend(&metamodel.class(*parent).lineage);
        }
        lineage.sort_unstable();
        lineage.dedup();
        let mut by_name = features.clone();
        by_name.sort_by_key(|f| by_length(&metamodel.feature(*f).name));
        let identifies = |f: &&FeatureId| {
            matches!(
                metamodel.feature(**f).kind,
                FeatureKind::Attribute { id: true, .. }
            )
        };
        let id_attribute = features.iter().find(identifies).copied();
        let holds_parts = |f: &FeatureId| {
            let feature = metamodel.feature(*f);
            feature.is_containment() && feature.role == Role::Plain || feature.role == Role::Map
        };
        let all = features.iter().enumerate();
        let wholes = all.filter(|(_, f)| holds_parts(f));
        let wholes = wholes
            .filter_map(|(rank, _)| u16::try_from(rank).ok())
            .collect();
        let class = &mut self.metamodel.classes[id.0 as usize];
        class.wholes = wholes;
        (class.features, class.lineage, class.by_name) = (features, lineage, by_name);
        class.id_attribute = id_attribute;
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("readers cap files far below 2^32 declarations")
}
