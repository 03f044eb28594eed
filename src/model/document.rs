//! What a model file says beside its objects, kept so that it is written again.

use std::sync::Arc;

use super::ObjectId;

/// What a file says beside its objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The name of its encoding, where it declares one.
    pub encoding: Option<Arc<str>>,
    /// The version of XML, where it is not 1.0.
    pub xml_version: Option<Arc<str>>,
    /// The namespace and version of XMI, where they are not those that EMF writes by itself.
    pub xmi: Option<(Arc<str>, Arc<str>)>,
    /// Where metamodels are, by namespace (`xsi:schemaLocation`).
    ///
    /// `None` where the file does not say so at all; a file that does says it again when it is written.
    pub schema_locations: Option<Vec<(Arc<str>, Arc<str>)>>,
    /// Parts that belong to other tools (`xmi:Extension`), as they are written.
    pub extensions: Vec<Extension>,
}

/// A part of a file that belongs to another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The object that it stands in; `None` beside the roots.
    pub object: Option<ObjectId>,
    /// Its text, tags included.
    pub text: Arc<str>,
}
