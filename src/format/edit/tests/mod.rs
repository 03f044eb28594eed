//! Edits on whole files, in the layouts that people and tools write.

mod broken;
mod property;
mod xmi;
mod yaml;

use std::sync::Arc;

use super::*;
use crate::diag::Diagnostics;
use crate::format::resource::Metamodels;
use crate::format::uri::UriMap;
use crate::format::{ecore, yaml_model};
use crate::metamodel::Metamodel;
use crate::world::MemoryWorld;

const METAMODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"
    name="shop" nsURI="http://example.org/shop" nsPrefix="shop">
  <eClassifiers xsi:type="ecore:EEnum" name="Colour">
    <eLiterals name="RED"/>
    <eLiterals name="GREEN" value="1"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Shop">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="open"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EBoolean"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="items" upperBound="-1" eType="#//Item" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="front" eType="#//Item" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="best" eType="#//Item"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="shown" upperBound="-1" eType="#//Item"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Item" abstract="true">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="price"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EDouble"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="tags" upperBound="-1" unique="false"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="next" eType="#//Item" eOpposite="#//Item/previous"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="previous" upperBound="-1" eType="#//Item"
        eOpposite="#//Item/next"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Book" eSuperTypes="#//Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="pages"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EInt"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="parts" upperBound="-1" eType="#//Book" containment="true"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Pen" eSuperTypes="#//Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="colour" eType="#//Colour"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Tool" eSuperTypes="#//Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="code" iD="true"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
  </eClassifiers>
</ecore:EPackage>
"##;

/// The shop metamodel.
pub(crate) fn metamodel() -> Arc<Metamodel> {
    let mut sources = Sources::default();
    let file = sources.add("shop.ecore", METAMODEL);
    let mut found = Diagnostics::default();
    let (world, map) = (MemoryWorld::default(), UriMap::default());
    let mut all = Metamodels::new(&world, &map);
    all.add("shop.ecore", file, (&sources, &mut found));
    let metamodel = all.metamodel(&mut found);
    assert!(!found.has_errors(), "{found:?}");
    Arc::new(metamodel)
}

/// A file with its model, in which objects are found by their paths.
struct Case {
    sources: Sources,
    file: FileId,
    model: Model,
}

impl Case {
    fn new(path: &str, text: &str) -> Self {
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let mut found = Diagnostics::default();
        let metamodel = metamodel();
        let model = match Syntax::of(path) {
            Syntax::Xmi => crate::format::xmi::read(&sources, file, &metamodel, &mut found),
            _ => yaml_model::read(&sources, file, &metamodel, &mut found),
        };
        Self {
            sources,
            file,
            model,
        }
    }

    /// The object of a path of features and positions: `items.1/parts.0`, nothing for the root.
    fn at(&self, path: &str) -> ObjectId {
        let mut object = self.model.roots()[0];
        for step in path.split('/').filter(|s| !s.is_empty()) {
            let (name, index) = step.split_once('.').unwrap_or((step, "0"));
            let feature = self.feature(object, name);
            object = self.model.targets(object, feature)[index.parse::<usize>().unwrap()];
        }
        object
    }

    fn feature(&self, object: ObjectId, name: &str) -> FeatureId {
        let metamodel = self.model.metamodel();
        metamodel
            .feature_named(self.model.class(object), name)
            .unwrap()
    }

    fn class(&self, name: &str) -> ClassId {
        self.model.metamodel().class_named(name).unwrap()
    }

    /// Some class's feature, for objects that are new.
    fn feature_of(&self, class: &str, name: &str) -> FeatureId {
        let metamodel = self.model.metamodel();
        metamodel.feature_named(self.class(class), name).unwrap()
    }

    fn set(&self, path: &str, feature: &str, value: NewValue) -> Edit {
        let object = self.at(path);
        let feature = self.feature(object, feature);
        Edit::Set {
            object,
            feature,
            value,
        }
    }

    fn unset(&self, path: &str, feature: &str) -> Edit {
        let object = self.at(path);
        let feature = self.feature(object, feature);
        Edit::Unset { object, feature }
    }

    fn place(&self, path: &str, feature: &str, position: usize) -> Place {
        let object = self.at(path);
        let feature = self.feature(object, feature);
        Place {
            object,
            feature,
            position,
        }
    }

    fn insert(&self, at: (&str, &str, usize), value: NewValue) -> Edit {
        let place = self.place(at.0, at.1, at.2);
        Edit::Insert { place, value }
    }

    fn remove(&self, at: (&str, &str, usize)) -> Edit {
        let place = self.place(at.0, at.1, at.2);
        Edit::Remove { place }
    }

    fn delete(&self, path: &str) -> Edit {
        let object = self.at(path);
        Edit::Delete { object }
    }

    fn relocate(&self, path: &str, at: (&str, &str, usize)) -> Edit {
        let (object, place) = (self.at(path), self.place(at.0, at.1, at.2));
        Edit::Move { object, place }
    }

    fn retype(&self, path: &str, class: &str) -> Edit {
        let (object, class) = (self.at(path), self.class(class));
        Edit::ChangeType { object, class }
    }

    /// A new object with some texts as values.
    fn new_object(&self, class: &str, slots: &[(&str, &str)]) -> NewValue {
        let slots = slots
            .iter()
            .map(|(name, text)| (self.feature_of(class, name), text_value(text)));
        NewValue::New(NewObject {
            class: self.class(class),
            id: None,
            slots: slots.collect(),
        })
    }

    fn apply(&self, edits: &[Edit]) -> Result<Edited, EditError> {
        apply(&self.sources, &self.model, self.file, edits)
    }
}

fn text_value(text: &str) -> NewValue {
    NewValue::Text(text.into())
}

/// Makes edits in a text and compares the result; the changes must yield it too.
#[track_caller]
fn check(path: &str, text: &str, edits: impl Fn(&Case) -> Vec<Edit>, expected: &str) {
    let case = Case::new(path, text);
    let edited = match case.apply(&edits(&case)) {
        Ok(edited) => edited,
        Err(EditError::Unfaithful { reason, found }) => panic!("{reason}: {found:?}"),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(&*edited.text, expected);
    assert_eq!(
        text::apply(text, 0..text.len(), &edited.changes),
        expected,
        "{:?}",
        edited.changes
    );
}

/// The error of edits that are refused.
#[track_caller]
fn refused(path: &str, text: &str, edits: impl Fn(&Case) -> Vec<Edit>) -> String {
    let case = Case::new(path, text);
    case.apply(&edits(&case)).unwrap_err().to_string()
}

/// What the proof says of a text that is claimed to be the result of edits.
fn judge(path: &str, text: &str, edits: impl Fn(&Case) -> Vec<Edit>, claimed: &str) -> String {
    let case = Case::new(path, text);
    let before = draft::Draft::new(&case.model);
    let mut after = draft::Draft::new(&case.model);
    for edit in edits(&case) {
        perform::perform(&mut after, &edit).unwrap();
    }
    let job = Job {
        text,
        name: path,
        file: case.file,
        syntax: Syntax::of(path),
        before: place::Places::new(&before),
        after: place::Places::new(&after),
    };
    match verify::verify(&job, &case.sources, claimed.to_owned(), Vec::new()) {
        Ok(_) => "faithful".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_proof_finds_what_is_wrong_with_a_text() {
    let text =
        "items:\n- {type: Pen, name: a, price: 1}\n- {type: Pen, name: b, price: 2, next: a}\n";
    let edit = |c: &Case| vec![c.set("items.0", "price", text_value("3"))];
    let good = text.replace("price: 1", "price: 3");
    assert_eq!(judge("shop.yaml", text, edit, &good), "faithful");
    for (wrong, word) in [
        (text.to_owned(), "`price` of /Shop/items[a]"),
        (
            good.replace("price: 2", "price: 4"),
            "`price` of /Shop/items[b]",
        ),
        (good.replace(", price: 2", ""), "`price` of /Shop/items[b]"),
        (
            good.replace("name: a,", "name: a, tags: [x],"),
            "`tags` of /Shop/items[a]",
        ),
        (
            good.replace("next: a", "next: b"),
            "`next` of /Shop/items[b]",
        ),
        (
            good.replace("Pen, name: b", "Book, name: b"),
            "read as a Book",
        ),
        (
            good.replace("- {type: Pen, name: a, price: 3}\n", ""),
            "names no object",
        ),
        (
            format!("{good}- {{type: Pen}}\n"),
            "has 2 values, 3 are read",
        ),
        (format!("{good}name: x\n"), "`name` of /Shop"),
        (
            good.replace("price: 2", "price: 2, color: x"),
            "no feature `color`",
        ),
        (
            good.replace("name: b", "$id: x, name: b"),
            "another identity",
        ),
    ] {
        let said = judge("shop.yaml", text, edit, &wrong);
        assert!(said.contains(word), "{wrong}: {said}");
    }
}
