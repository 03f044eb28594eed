//! A model as a petgraph graph: objects are nodes, parts and references are edges.
//!
//! Neighbours come in the order of features and of values. Algorithms such as `Dfs` and `tarjan_scc` run on the
//! arena directly, without a copy.

use petgraph::visit::{
    GraphBase, GraphRef, IntoNeighbors, IntoNodeIdentifiers, NodeCount, NodeIndexable, VisitMap,
    Visitable,
};

use super::{Model, ObjectId};

/// A view of a model as a graph.
#[derive(Clone, Copy, Debug)]
pub struct ModelGraph<'m> {
    /// The model.
    pub model: &'m Model,
    /// What its edges are.
    pub edges: Edges,
}

/// What leads from one object to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Containments alone: the graph is a forest.
    Parts,
    /// Containments and references.
    All,
}

impl GraphBase for ModelGraph<'_> {
    type NodeId = ObjectId;
    type EdgeId = (ObjectId, usize);
}

impl GraphRef for ModelGraph<'_> {}

impl IntoNeighbors for ModelGraph<'_> {
    type Neighbors = std::vec::IntoIter<ObjectId>;

    fn neighbors(self, object: ObjectId) -> Self::Neighbors {
        let model = self.model;
        if self.edges == Edges::Parts {
            return model.parts(object).into_iter();
        }
        let features = &model.metamodel().class(model.class(object)).features;
        let values = features.iter().filter_map(|f| model.own(object, *f));
        values
            .flat_map(|v| v.objects().collect::<Vec<_>>())
            .collect::<Vec<_>>()
            .into_iter()
    }
}

impl IntoNodeIdentifiers for ModelGraph<'_> {
    type NodeIdentifiers = std::vec::IntoIter<ObjectId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        self.model.objects().into_iter()
    }
}

impl NodeIndexable for ModelGraph<'_> {
    fn node_bound(&self) -> usize {
        self.model.bound()
    }

    fn to_index(&self, object: ObjectId) -> usize {
        object.0 as usize
    }

    fn from_index(&self, index: usize) -> ObjectId {
        ObjectId(u32::try_from(index).expect("indices come from objects"))
    }
}

impl NodeCount for ModelGraph<'_> {
    fn node_count(&self) -> usize {
        self.model.objects().len()
    }
}

impl Visitable for ModelGraph<'_> {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited(vec![false; self.model.bound()])
    }

    fn reset_map(&self, map: &mut Visited) {
        *map = self.visit_map();
    }
}

/// The objects that a walk has seen.
#[derive(Clone, Debug)]
pub struct Visited(Vec<bool>);

impl VisitMap<ObjectId> for Visited {
    fn visit(&mut self, object: ObjectId) -> bool {
        !std::mem::replace(&mut self.0[object.0 as usize], true)
    }

    fn is_visited(&self, object: &ObjectId) -> bool {
        self.0[object.0 as usize]
    }

    fn unvisit(&mut self, object: ObjectId) -> bool {
        std::mem::replace(&mut self.0[object.0 as usize], false)
    }
}
