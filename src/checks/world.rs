//! What was read together, for checks that look beyond one object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Parameters;
use crate::model::{Object, PodTemplate, Subject, template_of, value};

/// The objects of one run: of one file, of the files of one directory, or of a learner's submission.
#[derive(Clone, Debug, Default)]
pub struct World<'t> {
    /// Every object, in the order of the files.
    pub objects: Vec<Object<'t>>,
    /// What the site itself asks for.
    pub parameters: Arc<Parameters>,
    /// The service accounts by namespace and name.
    accounts: BTreeMap<(&'t str, &'t str), Object<'t>>,
    /// The namespaces by name.
    namespaces: BTreeMap<&'t str, Object<'t>>,
    /// The pods and workloads by namespace.
    pods: BTreeMap<&'t str, Vec<(Object<'t>, PodTemplate<'t>)>>,
    /// What is no workload, by subject.
    others: BTreeMap<Subject, Vec<Object<'t>>>,
    /// Where each role is bound.
    bound: BTreeMap<RoleKey<'t>, Bound<'t>>,
}

/// Kind, namespace (empty for a `ClusterRole`) and name of a role.
type RoleKey<'t> = (&'t str, &'t str, &'t str);

/// Where the bindings that were read hand a role out.
#[derive(Clone, Debug, Default)]
pub struct Bound<'t> {
    /// In the whole cluster.
    pub cluster: bool,
    /// In single namespaces.
    pub namespaces: BTreeSet<&'t str>,
}

impl<'t> World<'t> {
    /// The world of these objects.
    pub fn new(objects: Vec<Object<'t>>) -> Self {
        let (mut accounts, mut namespaces) = (BTreeMap::new(), BTreeMap::new());
        let mut pods: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut others: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for object in objects.iter().copied() {
            if let Some(template) = template_of(object) {
                pods.entry(namespace(object)).or_default().push((object, template));
                continue;
            }
            if let Some(subject) = Subject::of_object(object) {
                others.entry(subject).or_default().push(object);
            }
            match (object.kind(), object.name()) {
                (Some("ServiceAccount"), Some(name)) => {
                    accounts.insert((namespace(object), name), object);
                }
                (Some("Namespace"), Some(name)) => {
                    namespaces.insert(name, object);
                }
                _ => {}
            }
        }
        let bound = bound(others.get(&Subject::Binding).map_or(&[], Vec::as_slice));
        Self { objects, parameters: Arc::default(), accounts, namespaces, pods, others, bound }
    }

    /// The objects of a subject other than workloads, in the order of the files.
    pub fn of(&self, subject: Subject) -> &[Object<'t>] {
        self.others.get(&subject).map_or(&[], Vec::as_slice)
    }

    /// Where a role is bound, if a binding of it was read.
    pub fn bound(&self, role: Object<'t>) -> Option<&Bound<'t>> {
        let own = if role.kind() == Some("ClusterRole") { "" } else { namespace(role) };
        self.bound.get(&(role.kind()?, own, role.name()?))
    }

    /// The service account of that name in the namespace of `user`.
    pub fn service_account(&self, user: Object<'t>, name: &str) -> Option<Object<'t>> {
        self.accounts.get(&(namespace(user), name)).copied()
    }

    /// Whether a service account of the namespace of `user` was read at all.
    pub fn has_service_accounts(&self, user: Object<'t>) -> bool {
        let of = namespace(user);
        self.accounts.range((of, "")..).next().is_some_and(|((namespace, _), _)| *namespace == of)
    }

    /// The namespace of that name.
    pub fn namespace(&self, name: &str) -> Option<Object<'t>> {
        self.namespaces.get(name).copied()
    }

    /// The pods and workloads in the namespace of `object`. Where none was read, nothing can be said of them.
    pub fn pods_beside(&self, object: Object<'t>) -> &[(Object<'t>, PodTemplate<'t>)] {
        self.pods.get(namespace(object)).map_or(&[], Vec::as_slice)
    }
}

fn bound<'t>(bindings: &[Object<'t>]) -> BTreeMap<RoleKey<'t>, Bound<'t>> {
    let mut out: BTreeMap<_, Bound<'t>> = BTreeMap::new();
    for binding in bindings {
        let word = |key: &str| binding.node.at(&["roleRef", key]).and_then(value::string);
        let (Some(kind), Some(name)) = (word("kind"), word("name")) else { continue };
        let own = if kind == "ClusterRole" { "" } else { namespace(*binding) };
        let bound = out.entry((kind, own, name)).or_default();
        if binding.kind() == Some("ClusterRoleBinding") {
            bound.cluster = true;
        } else {
            bound.namespaces.insert(namespace(*binding));
        }
    }
    out
}

/// Objects without a namespace are for one and the same: the one that they are applied to, whichever that is
/// (checks.md 3, trap 13), so `default` by name is another.
pub(super) fn namespace(object: Object<'_>) -> &str {
    object.namespace().unwrap_or("")
}
