//! What was read together, for checks that look beyond one object.

use std::collections::BTreeMap;

use crate::model::{Object, PodTemplate, template_of};

/// The objects of one run: of one file, of the files of one directory, or of a learner's submission.
#[derive(Clone, Debug, Default)]
pub struct World<'t> {
    /// Every object, in the order of the files.
    pub objects: Vec<Object<'t>>,
    /// The service accounts by namespace and name.
    accounts: BTreeMap<(&'t str, &'t str), Object<'t>>,
    /// The namespaces by name.
    namespaces: BTreeMap<&'t str, Object<'t>>,
    /// The pods and workloads by namespace.
    pods: BTreeMap<&'t str, Vec<(Object<'t>, PodTemplate<'t>)>>,
}

impl<'t> World<'t> {
    /// The world of these objects.
    pub fn new(objects: Vec<Object<'t>>) -> Self {
        let (mut accounts, mut namespaces) = (BTreeMap::new(), BTreeMap::new());
        let mut pods: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for object in objects.iter().copied() {
            match (object.kind(), object.name()) {
                (Some("ServiceAccount"), Some(name)) => {
                    accounts.insert((namespace(object), name), object);
                }
                (Some("Namespace"), Some(name)) => {
                    namespaces.insert(name, object);
                }
                _ => {
                    if let Some(template) = template_of(object) {
                        pods.entry(namespace(object)).or_default().push((object, template));
                    }
                }
            }
        }
        Self { objects, accounts, namespaces, pods }
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

/// Objects without a namespace are taken to be for one and the same.
fn namespace(object: Object<'_>) -> &str {
    object.namespace().unwrap_or("default")
}
