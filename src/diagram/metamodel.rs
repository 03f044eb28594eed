//! Class diagrams of a metamodel.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::text::{ROWS, counted, put, short};
use super::{Diagram, Edge, EdgeKind, End, Kind, Mark, Node, Row, Rows};
use crate::metamodel::{
    ClassId, Classifier, EnumId, Feature, FeatureId, FeatureKind, Metamodel, PackageId, ValueType,
};

/// What of a metamodel is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// The packages; all but Ecore where none is named.
    pub packages: Vec<PackageId>,
    /// The classes to begin with; all where none is named.
    pub classes: Vec<ClassId>,
    /// How many lines away from the first classes others are shown too.
    pub depth: usize,
    /// Whether attributes and literals are shown.
    pub rows: Rows,
    /// How many classes are shown at most, and how many enums.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            packages: Vec::new(),
            classes: Vec::new(),
            depth: 1,
            rows: Rows::Shown,
            limit: 300,
        }
    }
}

/// Makes a diagram of the classes of a metamodel, with the enums of their attributes.
pub fn diagram(metamodel: &Metamodel, options: &Options) -> Diagram {
    let mut wanted = chosen(metamodel, options);
    let left_out = wanted.len().saturating_sub(options.limit);
    wanted.truncate(options.limit);
    wanted.sort_unstable();
    let mut enums = enums(metamodel, &wanted, options);
    let more_enums = enums.len().saturating_sub(options.limit);
    enums.truncate(options.limit);
    let groups = groups(metamodel, &wanted, &enums);
    let mut made = Diagram {
        title: title(metamodel, &wanted),
        subtitle: counted(wanted.len(), "class", "classes"),
        groups: groups.names,
        ..Diagram::default()
    };
    if !enums.is_empty() {
        let count = counted(enums.len(), "enum", "enums");
        made.subtitle = format!("{}, {count}", made.subtitle);
    }
    let ids = ids(metamodel);
    for class in &wanted {
        let mut node = class_node(metamodel, *class, options.rows);
        node.group = groups.of.get(&metamodel.class(*class).package).copied();
        node.id.clone_from(&ids[&Classifier::Class(*class)]);
        made.nodes.push(node);
    }
    for id in &enums {
        let mut node = enum_node(metamodel, *id, options.rows);
        node.group = groups.of.get(&metamodel.enumeration(*id).package).copied();
        node.id.clone_from(&ids[&Classifier::Enum(*id)]);
        made.nodes.push(node);
    }
    made.edges = edges(metamodel, &wanted);
    for (count, one, many) in [
        (left_out, "more class", "more classes"),
        (more_enums, "more enum", "more enums"),
    ] {
        if count > 0 {
            made.notes
                .push(format!("and {}", counted(count, one, many)));
        }
    }
    made
}

/// The classes to show, those first that matter most.
fn chosen(metamodel: &Metamodel, options: &Options) -> Vec<ClassId> {
    let package = |class: ClassId| metamodel.class(class).package;
    let fits = |class: ClassId| {
        if options.packages.is_empty() {
            options.classes.contains(&class) || !package(class).is_built_in()
        } else {
            options.packages.contains(&package(class))
        }
    };
    let all: Vec<ClassId> = metamodel.classes().map(|(id, _)| id).collect();
    if options.classes.is_empty() {
        return all.into_iter().filter(|c| fits(*c)).collect();
    }
    let mut near: BTreeMap<ClassId, BTreeSet<ClassId>> = BTreeMap::new();
    for edge in edges(metamodel, &all) {
        let (a, b) = (all[edge.from], all[edge.to]);
        near.entry(a).or_default().insert(b);
        near.entry(b).or_default().insert(a);
    }
    let mut found: Vec<ClassId> = Vec::new();
    let mut open: VecDeque<(ClassId, usize)> = options.classes.iter().map(|c| (*c, 0)).collect();
    while let Some((class, depth)) = open.pop_front() {
        if found.contains(&class) || !fits(class) {
            continue;
        }
        found.push(class);
        if depth < options.depth {
            let next = near.get(&class).into_iter().flatten();
            open.extend(next.map(|n| (*n, depth + 1)));
        }
    }
    found
}

/// The enums of the shown attributes; of all shown packages where no class is chosen.
fn enums(metamodel: &Metamodel, classes: &[ClassId], options: &Options) -> Vec<EnumId> {
    let own = |class: &ClassId| metamodel.class(*class).own.iter();
    let used: BTreeSet<EnumId> = classes
        .iter()
        .flat_map(own)
        .filter_map(|f| match metamodel.feature(*f).value_type() {
            Some(ValueType::Enum(id)) => Some(id),
            _ => None,
        })
        .collect();
    let whole = options.classes.is_empty();
    let shown: BTreeSet<PackageId> = classes
        .iter()
        .map(|c| metamodel.class(*c).package)
        .collect();
    metamodel
        .enums()
        .filter(|(id, e)| used.contains(id) || (whole && shown.contains(&e.package)))
        .map(|(id, _)| id)
        .collect()
}

struct Groups {
    names: Vec<String>,
    of: BTreeMap<PackageId, usize>,
}

/// The packages of what is shown, where there is more than one.
fn groups(metamodel: &Metamodel, classes: &[ClassId], enums: &[EnumId]) -> Groups {
    let of_classes = classes.iter().map(|c| metamodel.class(*c).package);
    let of_enums = enums.iter().map(|e| metamodel.enumeration(*e).package);
    let packages: BTreeSet<PackageId> = of_classes.chain(of_enums).collect();
    if packages.len() < 2 {
        return Groups {
            names: Vec::new(),
            of: BTreeMap::new(),
        };
    }
    Groups {
        names: packages.iter().map(|p| qualified(metamodel, *p)).collect(),
        of: packages.into_iter().zip(0..).collect(),
    }
}

/// The name of a package after those that it is nested in.
fn qualified(metamodel: &Metamodel, package: PackageId) -> String {
    let mut names = Vec::new();
    let mut next = Some(package);
    while let Some(id) = next {
        let package = metamodel.package(id);
        names.insert(0, &*package.name);
        next = package.parent;
    }
    short(&names.join("."))
}

fn title(metamodel: &Metamodel, classes: &[ClassId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for class in classes {
        let mut package = metamodel.class(*class).package;
        while let Some(parent) = metamodel.package(package).parent {
            package = parent;
        }
        let name = short(&metamodel.package(package).name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(4);
    names.join(", ")
}

/// What classifiers are called by: their names, with a number where two have one name.
fn ids(metamodel: &Metamodel) -> BTreeMap<Classifier, String> {
    let classes = metamodel.classes().map(|(id, _)| Classifier::Class(id));
    let enums = metamodel.enums().map(|(id, _)| Classifier::Enum(id));
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for classifier in classes.chain(enums) {
        let name = metamodel.classifier_name(classifier);
        let count = taken.entry(name).or_default();
        *count += 1;
        let id = match *count {
            1 => name.to_owned(),
            n => format!("{name}.{n}"),
        };
        ids.insert(classifier, id);
    }
    ids
}

fn class_node(metamodel: &Metamodel, id: ClassId, rows: Rows) -> Node {
    let class = metamodel.class(id);
    let attribute = |feature: &FeatureId| {
        let feature = metamodel.feature(*feature);
        feature
            .value_type()
            .map(|of| attribute(metamodel, feature, of))
    };
    let attributes: Vec<Row> = class.own.iter().filter_map(attribute).collect();
    Node {
        id: String::new(),
        title: short(&class.name),
        kind: if class.is_abstract {
            Kind::Abstract
        } else {
            Kind::Class
        },
        group: None,
        compartments: compartments(attributes, rows),
        about: class.documentation.as_deref().map(str::to_owned),
    }
}

fn attribute(metamodel: &Metamodel, feature: &Feature, of: ValueType) -> Row {
    let mut value = metamodel.value_type_name(of).to_owned();
    match multiplicity(feature).as_str() {
        "0..1" => {}
        many => put(&mut value, format_args!(" [{many}]")),
    }
    // What a type has by itself says nothing.
    let plain = |text: &str| matches!(text, "" | "0" | "0.0" | "false");
    let first = matches!(of, ValueType::Enum(_));
    if let Some(default) = feature.default.as_ref().map(|d| metamodel.show(d))
        && !plain(&default)
        && !(first && is_first(metamodel, of, &default))
    {
        put(&mut value, format_args!(" = {default}"));
    }
    Row {
        name: short(&feature.name),
        mark: Mark::Type,
        value: short(&value),
    }
}

/// Whether a text is the first literal of an enum, which is its default without a word.
fn is_first(metamodel: &Metamodel, of: ValueType, text: &str) -> bool {
    let ValueType::Enum(id) = of else {
        return false;
    };
    let first = metamodel.enumeration(id).literals.first();
    first.is_some_and(|l| &*l.literal == text)
}

fn enum_node(metamodel: &Metamodel, id: EnumId, rows: Rows) -> Node {
    let declared = metamodel.enumeration(id);
    let literals = declared
        .literals
        .iter()
        .map(|l| Row::name(short(&l.literal)));
    Node {
        id: String::new(),
        title: short(&declared.name),
        kind: Kind::Enum,
        group: None,
        compartments: compartments(literals.collect(), rows),
        about: None,
    }
}

/// One compartment of not too many rows, or none.
pub(super) fn compartments(mut rows: Vec<Row>, shown: Rows) -> Vec<Vec<Row>> {
    if rows.is_empty() || shown == Rows::Hidden {
        return Vec::new();
    }
    if rows.len() > ROWS {
        let more = rows.len() - (ROWS - 1);
        rows.truncate(ROWS - 1);
        rows.push(Row::name(format!("and {more} more")));
    }
    vec![rows]
}

/// The lines between the classes of a list, by their positions in it.
fn edges(metamodel: &Metamodel, classes: &[ClassId]) -> Vec<Edge> {
    let at: BTreeMap<ClassId, usize> = classes.iter().copied().zip(0..).collect();
    let mut edges = Vec::new();
    for (to, class) in classes.iter().enumerate() {
        for parent in &metamodel.class(*class).supers {
            if let Some(from) = at.get(parent) {
                edges.push(Edge {
                    from: *from,
                    to,
                    kind: EdgeKind::Inheritance,
                    source: End::default(),
                    target: End::default(),
                });
            }
        }
    }
    for (from, class) in classes.iter().enumerate() {
        for id in &metamodel.class(*class).own {
            let feature = metamodel.feature(*id);
            if let Some(to) = feature.target().and_then(|t| at.get(&t))
                && leads(metamodel, *id)
            {
                edges.push(reference(metamodel, feature, (from, *to)));
            }
        }
    }
    edges
}

/// Whether a reference is the one of a pair that is drawn: the containment, else the first.
fn leads(metamodel: &Metamodel, id: FeatureId) -> bool {
    let Some(opposite) = metamodel.feature(id).opposite() else {
        return true;
    };
    let contains = |f: FeatureId| metamodel.feature(f).is_containment();
    contains(id) || (!contains(opposite) && id <= opposite)
}

fn reference(metamodel: &Metamodel, feature: &Feature, ends: (usize, usize)) -> Edge {
    let opposite = feature.opposite().map(|o| metamodel.feature(o));
    let kind = match &feature.kind {
        FeatureKind::Reference {
            containment: true, ..
        } => EdgeKind::Containment,
        _ if opposite.is_some() => EdgeKind::Pair,
        _ => EdgeKind::Reference,
    };
    Edge {
        from: ends.0,
        to: ends.1,
        kind,
        source: opposite.map(end).unwrap_or_default(),
        target: end(feature),
    }
}

fn end(feature: &Feature) -> End {
    End {
        role: short(&feature.name),
        multiplicity: multiplicity(feature),
    }
}

/// The bounds of a feature as UML writes them: `0..1`, `1`, `*`, `1..*`.
fn multiplicity(feature: &Feature) -> String {
    match (feature.lower, feature.upper) {
        (0, None) => "*".to_owned(),
        (lower, None) => format!("{lower}..*"),
        (lower, Some(upper)) if lower == upper => lower.to_string(),
        (lower, Some(upper)) => format!("{lower}..{upper}"),
    }
}
