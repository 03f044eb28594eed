//! Files that refer to files: metamodels with what they use, models with what they point at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ecore;
use super::uri::UriMap;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::metamodel::{self, ClassId, ECORE_URI, FeatureId, Metamodel, XML_TYPE_URI};
use crate::model::{Ids, Model, ObjectId, Origin, SlotValue, Value, resolve_fragment};
use crate::world::{Bytes, World};

/// A file that was read as a model.
#[derive(Debug)]
pub struct Resource {
    /// Its path in the world.
    pub path: String,
    /// Its text.
    pub file: FileId,
    /// What it holds.
    pub model: Model,
    ids: Ids,
}

impl Resource {
    /// A model with the file that it was read from.
    pub fn new(path: impl Into<String>, file: FileId, model: Model) -> Self {
        Self {
            path: path.into(),
            file,
            ids: Ids::of(&model),
            model,
        }
    }

    /// The object that a fragment names.
    pub fn resolve(&self, fragment: &str) -> Option<ObjectId> {
        let by_id = self.ids.get(&self.model, fragment);
        by_id.or_else(|| resolve_fragment(&self.model, fragment).ok())
    }
}

/// A URI's file and fragment.
pub fn split_uri(uri: &str) -> (&str, &str) {
    uri.split_once('#').unwrap_or((uri, "/"))
}

/// The namespace of a package that every metamodel has, where a URI names its file.
pub fn built_in(file: &str) -> Option<&'static str> {
    let ends = |name: &str| file.ends_with(name);
    if file == ECORE_URI || ends("/org.eclipse.emf.ecore/model/Ecore.ecore") {
        return Some(ECORE_URI);
    }
    if file == XML_TYPE_URI || ends("/org.eclipse.emf.ecore/model/XMLType.ecore") {
        return Some(XML_TYPE_URI);
    }
    None
}

/// Reads `.ecore` files and those that they use, as far as the world has them.
pub struct Metamodels<'w> {
    /// The files, those that were asked for first.
    pub resources: Vec<Resource>,
    /// Those that end in a syntax error.
    broken: BTreeSet<usize>,
    world: &'w dyn World,
    map: &'w UriMap,
}

impl<'w> Metamodels<'w> {
    /// Begins with no files.
    pub fn new(world: &'w dyn World, map: &'w UriMap) -> Self {
        Self {
            resources: Vec::new(),
            broken: BTreeSet::new(),
            world,
            map,
        }
    }

    /// Adds a file that was read already.
    pub fn add(&mut self, path: &str, file: FileId, with: (&Sources, &mut Diagnostics)) {
        let (sources, diagnostics) = with;
        let mut found = Diagnostics::default();
        let model = ecore::read(sources, file, &mut found);
        if found
            .iter()
            .any(|d| matches!(d.code, Code::XmlSyntax | Code::Limit))
        {
            self.broken.insert(self.resources.len());
        }
        // A model that holds packages has objects of other metamodels beside them, which are not for here.
        let own = super::is_ecore(path);
        diagnostics.extend(
            found
                .into_iter()
                .filter(|d| own || d.code != Code::UnknownNamespace),
        );
        self.resources.push(Resource::new(path, file, model));
    }

    /// Adds the metamodels that a model in the file `base` locates itself and that are not there yet.
    pub fn locate(
        &mut self,
        base: &str,
        locations: &[(String, String)],
        with: (&mut Sources, &mut Diagnostics),
    ) {
        let (sources, diagnostics) = with;
        for (namespace, location) in locations {
            let Some(path) = self.map.path(base, split_uri(location).0) else {
                continue;
            };
            let known = built_in(namespace).is_some()
                || self
                    .resources
                    .iter()
                    .any(|r| r.path == path || declares(&r.model, namespace));
            if known || path == base {
                continue;
            }
            let Ok(Some(bytes)) = self.world.read(&path) else {
                continue;
            };
            let shown = self.world.display_path(&path);
            if let Some(file) = text_of(bytes, shown, sources, diagnostics) {
                self.add(&path, file, (sources, diagnostics));
            }
        }
    }

    /// Reads the files that the files so far use, and tells `seen` the path and the bytes of each.
    pub fn close(
        &mut self,
        (sources, diagnostics): (&mut Sources, &mut Diagnostics),
        mut seen: impl FnMut(&str, &[u8]),
    ) {
        let mut known: BTreeSet<String> = self.resources.iter().map(|r| r.path.clone()).collect();
        let mut next = 0;
        while next < self.resources.len() {
            let wanted = self.uses(next);
            next += 1;
            for path in wanted {
                if !known.insert(path.clone()) {
                    continue;
                }
                let Ok(Some(bytes)) = self.world.read(&path) else {
                    continue;
                };
                seen(&path, &bytes);
                let shown = self.world.display_path(&path);
                if let Some(file) = text_of(bytes, shown, sources, diagnostics) {
                    self.add(&path, file, (sources, diagnostics));
                }
            }
        }
    }

    /// The files that a file uses.
    fn uses(&self, number: usize) -> BTreeSet<String> {
        let resource = &self.resources[number];
        let mut files = BTreeSet::new();
        each_proxy(&resource.model, |_, _, uri| {
            let (file, _) = split_uri(uri);
            let known = built_in(file).is_some() || self.find(number, file).is_some();
            if !known && let Some(path) = self.map.path(&resource.path, file) {
                files.insert(path);
            }
        });
        files
    }

    /// Which of the files a URI in the file `from` names.
    pub fn find(&self, from: usize, file: &str) -> Option<usize> {
        let base = &self.resources[from].path;
        if let Some(path) = self.map.path(base, file) {
            let found = self.resources.iter().position(|r| r.path == path);
            if found.is_some() {
                return found;
            }
        }
        let namespace = self.resources.iter().position(|r| declares(&r.model, file));
        if let Some(found) = namespace {
            return Some(found);
        }
        // A file of a plug-in that is not mapped: by its name, where only one has it.
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut same =
            (0..self.resources.len()).filter(|r| name(&self.resources[*r].path) == name(file));
        let first = same.next().filter(|_| file.contains(':'))?;
        same.next().is_none().then_some(first)
    }

    /// Whether a URI in the file `from` names a file of which a part could not be read: nothing in it is missed.
    pub fn is_broken(&self, from: usize, uri: &str) -> bool {
        let file = split_uri(uri).0;
        let found = if file.is_empty() {
            Some(from)
        } else {
            self.find(from, file)
        };
        found.is_some_and(|f| self.broken.contains(&f))
    }

    /// The metamodel that the files describe together.
    pub fn metamodel(&self, diagnostics: &mut Diagnostics) -> Metamodel {
        ecore::metamodel(self, diagnostics)
    }

    /// Reports what is not well formed in the files, beyond what making a metamodel of them reports.
    pub fn validate(&self, diagnostics: &mut Diagnostics) {
        ecore::validate(self, diagnostics);
    }
}

impl std::fmt::Debug for Metamodels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metamodels")
            .field("resources", &self.resources)
            .finish_non_exhaustive()
    }
}

/// Whether a package of a file of Ecore has a namespace.
fn declares(model: &Model, namespace: &str) -> bool {
    model.objects().into_iter().any(|o| {
        model.class_name(o) == "EPackage"
            && ecore::text(model, o, "nsURI").as_deref() == Some(namespace)
    })
}

/// Decodes a file into the sources; what is wrong with it is reported at its beginning.
pub fn text_of(
    bytes: Bytes,
    shown: String,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<FileId> {
    if bytes.len() > super::MAX_FILE {
        let message = format!("{shown} is larger than {} MiB", super::MAX_FILE >> 20);
        diagnostics.push(Diagnostic::global(Code::Limit, message));
        return None;
    }
    match super::decode(bytes) {
        Ok(text) => Some(sources.add(shown, text)),
        Err(reason) => {
            let file = sources.add(shown, "");
            let span = Span::new(file, 0, 0);
            diagnostics.push(Diagnostic::error(Code::Encoding, span, reason));
            None
        }
    }
}

/// Calls `with` for each reference to another file: the object, the feature and the URI.
pub fn each_proxy(model: &Model, mut with: impl FnMut(ObjectId, FeatureId, &str)) {
    if !model.has_odd_slots() {
        return;
    }
    for object in model.objects() {
        for (feature, value) in model.slots(object) {
            let mut visit = |uri: &str| with(object, feature, uri);
            match value {
                SlotValue::Proxy(proxy) => visit(&proxy.uri),
                SlotValue::Values(values) => {
                    for value in values {
                        match value {
                            Value::Proxy(proxy) => visit(&proxy.uri),
                            Value::Entry(entry) => {
                                if let Value::Proxy(proxy) = &entry.value {
                                    visit(&proxy.uri);
                                }
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Answers whether references to other files find something, reading each file once.
pub struct Targets<'w> {
    world: &'w dyn World,
    map: &'w UriMap,
    metamodel: Arc<Metamodel>,
    base: String,
    read: BTreeMap<String, Option<Resource>>,
}

/// Where the references of one place stand, each asked for behind the one before: no text is looked through twice.
struct Within<'t> {
    place: Span,
    text: &'t str,
    /// Where to go on; nowhere, once a reference does not stand there as it is.
    at: Option<usize>,
}

impl<'t> Within<'t> {
    fn new(place: Span, sources: &'t Sources) -> Self {
        Self {
            place,
            text: sources.slice(place),
            at: Some(0),
        }
    }

    /// The place of the next reference, as narrow as it is known.
    fn next(&mut self, uri: &str) -> Span {
        let goes_on = |c: char| c.is_alphanumeric() || "/@.%-_~".contains(c);
        let text = self.text;
        let found = self.at.and_then(|from| {
            let all = text[from..].match_indices(uri);
            let mut all = all.map(|(at, _)| from + at);
            all.find(|at| {
                !text[..*at].ends_with(goes_on) && !text[at + uri.len()..].starts_with(goes_on)
            })
        });
        self.at = found.map(|at| at + uri.len());
        found.map_or(self.place, |at| self.place.part(at, uri.len()))
    }
}

impl<'w> Targets<'w> {
    /// For references in the file `base`, to models that conform to `metamodel`.
    pub fn new(
        world: &'w dyn World,
        map: &'w UriMap,
        (base, metamodel): (&str, &Arc<Metamodel>),
    ) -> Self {
        Self {
            world,
            map,
            metamodel: metamodel.clone(),
            base: base.to_owned(),
            read: BTreeMap::new(),
        }
    }

    /// Reports what references of a model to other files find: nothing, or an object of a class that does not fit.
    pub fn check(&mut self, model: &Model, (sources, diagnostics): (&Sources, &mut Diagnostics)) {
        let mut all = Vec::new();
        each_proxy(model, |object, feature, uri| {
            all.push((object, feature, uri.to_owned()));
        });
        let mut within: Option<Within<'_>> = None;
        for (object, feature, uri) in all {
            let span = model
                .origin(object, feature)
                .and_then(Origin::span)
                .unwrap_or_else(|| model.nearest_span(object));
            let same = within.take().filter(|w| w.place == span);
            let span = within
                .insert(same.unwrap_or_else(|| Within::new(span, sources)))
                .next(&uri);
            if !self.exists(&uri) {
                let message = format!("`{uri}` names nothing that is there");
                let diagnostic = Diagnostic::warning(Code::UnresolvedReference, span, message);
                diagnostics.push(diagnostic);
                continue;
            }
            let declared = model.metamodel().feature(feature);
            let class = self.class_of(&uri);
            if let (Some(class), Some(wanted)) = (class, declared.target())
                && !model.metamodel().conforms(class, wanted)
            {
                let (is, wants) = (
                    &model.metamodel().class(class).name,
                    &model.metamodel().class(wanted).name,
                );
                let name = &declared.name;
                let message = format!("`{name}` points at a {wants}, `{uri}` is a {is}");
                diagnostics.push(Diagnostic::error(Code::WrongType, span, message));
            }
        }
    }

    /// The class of an object of another model, where that conforms to the same metamodel.
    fn class_of(&self, uri: &str) -> Option<ClassId> {
        let (file, fragment) = split_uri(uri);
        let path = self.map.path(&self.base, file)?;
        let resource = self.read.get(&path)?.as_ref()?;
        let same = Arc::ptr_eq(resource.model.metamodel(), &self.metamodel);
        let object = resource.resolve(fragment).filter(|_| same)?;
        Some(resource.model.class(object))
    }

    /// Whether a URI names an object that is there.
    pub fn exists(&mut self, uri: &str) -> bool {
        let Some((file, fragment)) = uri.split_once('#') else {
            return false;
        };
        if let Some(uri) = built_in(file) {
            return in_package(metamodel::ecore(), uri, fragment);
        }
        if in_package(&self.metamodel, file, fragment) {
            return true;
        }
        let Some(path) = self.map.path(&self.base, file) else {
            return false;
        };
        if !self.read.contains_key(&path) {
            let resource = self.load(&path);
            self.read.insert(path.clone(), resource);
        }
        let resource = self.read.get(&path).and_then(Option::as_ref);
        // The root of a file is there, whether or not its metamodel is.
        resource.is_some_and(|r| fragment == "/" || r.resolve(fragment).is_some())
    }

    fn load(&self, path: &str) -> Option<Resource> {
        let bytes = self.world.read(path).ok()??;
        let mut sources = Sources::default();
        let mut found = Diagnostics::default();
        let file = text_of(bytes, path.to_owned(), &mut sources, &mut found)?;
        let model = super::read(path, (&sources, file), &self.metamodel, &mut found);
        Some(Resource::new(path, file, model))
    }
}

impl std::fmt::Debug for Targets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Targets")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// Whether a fragment names a classifier, or a feature of one, of a package that is loaded.
fn in_package(metamodel: &Metamodel, uri: &str, fragment: &str) -> bool {
    let Some(package) = metamodel.package_by_uri(uri) else {
        return false;
    };
    let mut steps = fragment.trim_start_matches('/').split('/');
    let first = steps.next().unwrap_or_default();
    if first.is_empty() {
        return true;
    }
    let Some(classifier) = metamodel.classifier(package, first) else {
        return false;
    };
    match (steps.next(), classifier) {
        (None, _) => true,
        (Some(name), metamodel::Classifier::Class(class)) => {
            metamodel.feature_named(class, name).is_some()
        }
        (Some(name), metamodel::Classifier::Enum(id)) => metamodel
            .enumeration(id)
            .literals
            .iter()
            .any(|l| &*l.name == name),
        (Some(_), metamodel::Classifier::DataType(_)) => false,
    }
}
