//! What the API server sends to a webhook, and what comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::asked::{Asked, Operation, User, labels_of};
use super::Inner;
use crate::model::Object;
use crate::parse::{Node, Tree};
use crate::sim::Reason;
use crate::sim::admission::image;
use crate::sim::admission::policy::Request;
use crate::sim::rbac::Caller;
use crate::text::Span;

/// Namespaces that the webhooks leave out: by their selector, or by the chart's `resourceFilters`.
const LEFT_OUT: &[&str] = &["kube-system", "kyverno", "kube-public", "kube-node-lease"];
/// A kind that the chart's `resourceFilters` leave out.
const FILTERED: &str = "ReplicaSet";
/// A group that `excludeGroups` leaves out.
const NODES: &str = "system:nodes";

/// The creation of an object.
#[derive(Clone, Copy, Debug)]
pub struct Call<'r> {
    /// The object, with its defaults.
    pub body: &'r Value,
    /// The same.
    pub tree: &'r Tree,
    /// The namespace that it lives in.
    pub namespace: &'r str,
    /// That namespace's object.
    pub home: Option<Object<'r>>,
    /// Who sends it, where that is known.
    pub sender: Option<&'r Caller>,
}

/// What a webhook says no with.
#[derive(Clone, Debug)]
pub struct Denial {
    /// What the API server passes on.
    pub said: String,
    /// The word of the refusal's reason; empty where it has none.
    pub word: &'static str,
    /// Why.
    pub because: Vec<Reason>,
}

/// What webhooks say.
#[derive(Debug, Default)]
pub struct Heard {
    /// Those that refuse.
    pub denials: Vec<Denial>,
    /// What cannot be judged.
    pub unknown: Vec<Reason>,
    /// What was changed, or found, or left out.
    pub notes: Vec<Reason>,
    /// Who was asked and has nothing against it.
    pub quiet: Vec<Reason>,
    /// What the client is told though it is stored.
    pub warnings: Vec<(String, Span)>,
}

impl<'r> Call<'r> {
    /// Why Kyverno is not asked at all.
    pub(super) fn left_out(&self) -> Option<Reason> {
        if LEFT_OUT.contains(&self.namespace) {
            let text =
                format!("Kyverno is not asked: by default it leaves out the namespace `{}`", self.namespace);
            let at = self.home.and_then(|home| home.metadata()?.get("name"));
            return Some(
                at.map_or_else(|| Reason::fact(text.clone()), |n| Reason::at(text.clone(), n.own_span())),
            );
        }
        if self.is_filtered() {
            return Some(Reason::fact(format!(
                "Kyverno is not asked about the {FILTERED}: by default it leaves them out"
            )));
        }
        let node = self.sender.is_some_and(|who| who.groups.iter().any(|group| group == NODES));
        node.then(|| {
            Reason::fact(format!("Kyverno is not asked: by default it leaves out the group {NODES}"))
        })
    }

    /// Whether the object is of a kind that is left out everywhere.
    pub(super) fn is_filtered(&self) -> bool {
        self.body.get("kind").is_some_and(|kind| kind == FILTERED)
    }

    /// The request as expressions of Kubernetes see it.
    pub(super) fn request(&self) -> Result<Request<'r>, String> {
        Request::about(self.tree.root().map(Object::new), None, "CREATE", self.home)
    }

    /// The same as policies of images are asked.
    pub(super) fn sent(&self) -> Option<image::Sent<'r>> {
        let object = self.tree.root().map(Object::new)?;
        Some(image::Sent {
            object,
            namespace: self.namespace,
            home: self.home,
            unnamed: self.sender.is_none(),
        })
    }

    /// The same as Kyverno's policies are asked.
    pub(super) fn asked<'t>(
        &self,
        inner: &'t Inner<'_>,
        policy: Object<'t>,
        exceptions: &[Node<'t>],
    ) -> Asked<'t> {
        let user = self.sender.map_or_else(User::default, |who| inner.roles.user(who));
        Asked {
            policy,
            resource: self.body.clone(),
            old: None,
            operation: Operation::Create,
            user,
            unnamed: self.sender.is_none(),
            namespace_labels: labels_of(self.namespace, self.home),
            variables: BTreeMap::new(),
            rule_variables: BTreeMap::new(),
            exceptions: exceptions.to_vec(),
            cluster: Arc::clone(&inner.cluster),
        }
    }
}
