//! What expressions of a policy may name, and what it is in one request.
//!
//! kyverno `pkg/cel/compiler/{keys,env,images}.go`, `pkg/cel/policies/*/compiler/{compiler,eval}.go`.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::asked::{Asked, Operation};
use super::cluster::Cluster;
use crate::model::Object;
use crate::parse::{Tree, json as tree};
use crate::sim::admission::policy::request::{Request, User};
use crate::sim::admission::policy::typed;
use crate::sim::cel::{Dialect, Key, Shape, Ty, Value, context, resource};

/// The dialect of every kind; a `GeneratingPolicy` may also mix types in literals.
pub const KYVERNO: Dialect = Dialect { kyverno: true, objects: false, mixed: false };

/// Each name but `variables`, with its type, in the order of [`Scene::names`].
pub fn types() -> Vec<(String, Ty)> {
    let strings = || Ty::list(Ty::STRING);
    let shape =
        |name: &str, fields: Vec<(String, Ty)>| Ty::Object(Arc::new(Shape { name: name.to_owned(), fields }));
    let mut request = match &typed::request() {
        Ty::Object(shape) => shape.fields.clone(),
        _ => Vec::new(),
    };
    request.extend(["object", "oldObject"].map(|n| (n.to_owned(), Ty::Dyn)));
    let exceptions = ["allowedImages", "allowedValues"].map(|n| (n.to_owned(), strings())).to_vec();
    [
        ("object", Ty::Dyn),
        ("oldObject", Ty::Dyn),
        ("namespaceObject", typed::namespace()),
        ("request", shape("kubernetes.AdmissionRequest", request)),
        ("exceptions", shape("kyverno.Exceptions", exceptions)),
        ("images", Ty::Map(Arc::new(Ty::STRING), Arc::new(strings()))),
        ("generator", Ty::Plain("kyverno.generator")),
    ]
    .map(|(name, ty)| (name.to_owned(), ty))
    .into_iter()
    .chain(libraries())
    .collect()
}

/// The names behind which Kyverno's libraries stand, for policies of every kind.
pub fn libraries() -> Vec<(String, Ty)> {
    LIBRARIES.iter().map(|(name, ty)| ((*name).to_owned(), Ty::Plain(ty))).collect()
}

/// What they are, for a policy that lives in `namespace`; `known` are the objects that may be looked up.
pub fn shelves(known: Vec<(String, Value)>, namespace: &str) -> Vec<(String, Value)> {
    let looks_up = resource(known, namespace);
    let others = LIBRARIES[1..].iter().map(|(name, _)| ((*name).to_owned(), context(namespace)));
    std::iter::once((LIBRARIES[0].0.to_owned(), looks_up)).chain(others).collect()
}

/// Each name with its type; the first looks objects up.
const LIBRARIES: [(&str, &str); 6] = [
    ("resource", "kyverno.resource"),
    ("http", "kyverno.http"),
    ("globalContext", "kyverno.context"),
    ("image", "kyverno.image"),
    ("json", "kyverno.json"),
    ("yaml", "kyverno.yaml"),
];

/// Kinds that are sent to a part of another resource alone: kubernetes `pkg/registry/core/rest/storage_core.go`. Of those the
/// request is about that part.
const PARTS: &[((&str, &str), &str, &str)] = &[
    (("", "Binding"), "pods", "binding"),
    (("", "NodeProxyOptions"), "nodes", "proxy"),
    (("", "PodAttachOptions"), "pods", "attach"),
    (("", "PodExecOptions"), "pods", "exec"),
    (("", "PodPortForwardOptions"), "pods", "portforward"),
    (("", "PodProxyOptions"), "pods", "proxy"),
    (("", "ServiceProxyOptions"), "services", "proxy"),
    (("authentication.k8s.io", "TokenRequest"), "serviceaccounts", "token"),
    (("policy", "Eviction"), "pods", "eviction"),
];

/// A request in trees of its own, so that it can be matched and named.
#[derive(Debug)]
pub struct Scene {
    object: Option<Tree>,
    old: Option<Tree>,
    namespace: Tree,
    operation: &'static str,
    subresource: String,
    user: User,
    cluster: Arc<Cluster>,
    new: Json,
    before: Json,
}

impl Scene {
    /// The scene of what is asked; `subresource` is empty for the object itself. `any` JSON is no object of a
    /// cluster.
    pub fn new(asked: &Asked<'_>, subresource: &str, any: bool) -> Self {
        let trees = |value: Option<&Json>| value.filter(|v| !v.is_null()).map(tree::from_value);
        let subject = if asked.resource.is_null() { asked.old.as_ref() } else { Some(&asked.resource) };
        let home = subject.and_then(|s| s.pointer("/metadata/namespace")).and_then(Json::as_str);
        Self {
            object: if any {
                trees(Some(&json!({ "apiVersion": "v1", "kind": "JSON" })))
            } else {
                trees(Some(&asked.resource))
            },
            old: trees(asked.old.as_ref()),
            namespace: tree::from_value(&home_of(asked, home.unwrap_or("default"))),
            operation: match asked.operation {
                Operation::Create => "CREATE",
                Operation::Update => "UPDATE",
                Operation::Delete => "DELETE",
                Operation::Connect => "CONNECT",
            },
            subresource: subresource.to_owned(),
            user: User {
                name: asked.user.name.clone(),
                groups: asked.user.groups.clone(),
                ..User::default()
            },
            cluster: Arc::clone(&asked.cluster),
            new: asked.resource.clone(),
            before: asked.old.clone().unwrap_or_default(),
        }
    }

    /// The request.
    pub fn request(&self) -> Result<Request<'_>, String> {
        let namespace = self.namespace.root().map(Object::new);
        let mut request =
            Request::about(root(self.object.as_ref()), root(self.old.as_ref()), self.operation, namespace)?;
        request.user = self.user.clone();
        request.subresource.clone_from(&self.subresource);
        let kind = (request.group.as_str(), request.kind.as_str());
        if let Some((_, resource, part)) = PARTS.iter().find(|(k, ..)| *k == kind)
            && self.subresource.is_empty()
        {
            (*resource).clone_into(&mut request.resource);
            (*part).clone_into(&mut request.subresource);
        }
        Ok(request)
    }

    /// What the names of [`types`] are, for a policy that lives in `namespace`, and may look objects up.
    pub fn names(
        &self,
        request: &Request<'_>,
        object: &Json,
        allowed: (&[String], &[String]),
        namespace: &str,
        looks_up: bool,
    ) -> Vec<(String, Value)> {
        let known = if looks_up { self.cluster.documents().to_vec() } else { Vec::new() };
        let texts = |all: &[String]| Value::list(all.iter().map(Value::text).collect());
        let (new, before) = (Value::of_document(&self.new), Value::of_document(&self.before));
        let mut asked = request.value();
        if let Value::Map(map) = &mut asked {
            let map = Arc::make_mut(map);
            for (key, value) in [("object", &new), ("oldObject", &before)] {
                map.insert(Key::Text(Arc::from(key)), value.clone());
            }
        }
        [
            ("object", Value::of_document(object)),
            ("oldObject", before),
            ("namespaceObject", request.namespace_value()),
            ("request", asked),
            (
                "exceptions",
                Value::map([("allowedImages", texts(allowed.0)), ("allowedValues", texts(allowed.1))]),
            ),
            ("images", images(if object.is_null() { &self.before } else { object })),
            ("generator", context(namespace)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(shelves(known, namespace))
        .collect()
    }
}

fn root(tree: Option<&Tree>) -> Option<Object<'_>> {
    tree.and_then(Tree::root).map(Object::new)
}

/// The namespace's object: that of the cluster where it is there, with the labels that are known besides.
fn home_of(asked: &Asked<'_>, name: &str) -> Json {
    let known = asked.cluster.namespace(name).cloned();
    let mut home = known.unwrap_or_else(|| json!({ "apiVersion": "v1", "kind": "Namespace" }));
    home["metadata"]["name"] = name.into();
    for (key, value) in &asked.namespace_labels {
        home["metadata"]["labels"][key] = value.as_str().into();
    }
    home
}

/// The images of a pod, or of what makes pods, by the list that names them.
fn images(object: &Json) -> Value {
    let spec = ["/spec/jobTemplate/spec/template/spec", "/spec/template/spec", "/spec"]
        .iter()
        .find_map(|path| object.pointer(path));
    let listed = |list: &str, path: &str| {
        let items =
            spec.and_then(|s| s.get(list)).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        Value::list(items.iter().filter_map(|i| i.pointer(path)?.as_str()).map(Value::text).collect())
    };
    Value::map([
        ("containers", listed("containers", "/image")),
        ("initContainers", listed("initContainers", "/image")),
        ("ephemeralContainers", listed("ephemeralContainers", "/image")),
        ("imageVolumes", listed("volumes", "/image/reference")),
    ])
}
