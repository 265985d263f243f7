//! The request that a policy is asked about. kubernetes `pkg/admission/attributes.go`,
//! `pkg/admission/plugin/cel/condition.go` (`CreateAdmissionRequest`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::cel::{Authority, Key, Value};
use crate::sim::world::is_cluster_wide;

/// The verbs of admission.
pub const OPERATIONS: &[&str] = &["CONNECT", "CREATE", "DELETE", "UPDATE"];

/// Kinds whose plural is not the rule's, or that end in a vowel and `y`.
const PLURALS: &[(&str, &str)] = &[("Endpoints", "endpoints")];

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// The name.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The UID.
    pub uid: Option<String>,
    /// What an authenticator adds.
    pub extra: Option<Value>,
}

/// A request to store, change or delete an object.
#[derive(Clone, Debug)]
pub struct Request<'t> {
    /// The object as it shall be; none on DELETE.
    pub object: Option<Object<'t>>,
    /// The object as it is; none on CREATE.
    pub old: Option<Object<'t>>,
    /// The verb.
    pub operation: String,
    /// The kind's group.
    pub group: String,
    /// The kind's version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The resource, in the plural.
    pub resource: String,
    /// The subresource; empty for the object itself.
    pub subresource: String,
    /// The object's name.
    pub name: String,
    /// The namespace; empty for what lives in none. A namespace's own is its name.
    pub namespace: String,
    /// The namespace's object.
    pub namespace_object: Option<Object<'t>>,
    /// Who asks.
    pub user: User,
    /// Whether nothing is stored.
    pub dry_run: bool,
    /// Who knows what the user may do.
    pub authority: Option<&'t dyn Authority>,
}

impl<'t> Request<'t> {
    /// The request about an object, its parts read from the object itself.
    pub fn about(
        object: Option<Object<'t>>,
        old: Option<Object<'t>>,
        operation: &str,
        namespace: Option<Object<'t>>,
    ) -> Result<Self, String> {
        let subject = object.or(old).ok_or("object: neither `object` nor `oldObject` is there")?;
        let kind = subject.kind().ok_or("object.kind: missing, or not a string")?.to_owned();
        let api_version = subject.api_version().ok_or("object.apiVersion: missing, or not a string")?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let name = subject.name().unwrap_or_default().to_owned();
        let cluster = is_cluster_wide(group, &kind);
        let namespace_of = match (cluster, subject.namespace(), namespace.and_then(Object::name)) {
            (true, ..) if kind == "Namespace" => name.clone(),
            (true, ..) => String::new(),
            (false, Some(own), _) => own.to_owned(),
            (false, None, Some(given)) => given.to_owned(),
            // An object of a kind of our own says itself whether it lives in a namespace.
            (false, None, None) if is_custom(group) => String::new(),
            (false, None, None) => "default".to_owned(),
        };
        Ok(Self {
            operation: operation.to_owned(),
            group: group.to_owned(),
            version: version.to_owned(),
            resource: plural(&kind),
            subresource: String::new(),
            name,
            namespace: namespace_of,
            namespace_object: if cluster { None } else { namespace },
            user: User::default(),
            dry_run: false,
            authority: None,
            kind,
            object,
            old,
        })
    }

    /// What `namespaceObject` is in an expression: null for what lives in none. Every namespace has a name, and the
    /// label that says it.
    pub fn namespace_value(&self) -> Value {
        if self.namespace.is_empty() || self.kind == "Namespace" {
            return Value::Null;
        }
        let name = || Value::text(&self.namespace);
        let label = |labels: &mut BTreeMap<Key, Value>| {
            labels.entry(Key::Text(Arc::from("kubernetes.io/metadata.name"))).or_insert_with(name);
        };
        let field = |key: &str| self.namespace_object.and_then(|o| o.node.get(key)).map(Value::of);
        let inner = |value: Option<Value>| match value {
            Some(Value::Map(map)) => map.as_ref().clone(),
            _ => BTreeMap::new(),
        };
        let mut metadata = inner(field("metadata"));
        let mut labels = inner(metadata.remove(&Key::Text(Arc::from("labels"))));
        label(&mut labels);
        metadata.insert(Key::Text(Arc::from("labels")), Value::Map(Arc::new(labels)));
        metadata.entry(Key::Text(Arc::from("name"))).or_insert_with(name);
        let empty = || Value::map([]);
        Value::map([
            ("metadata", Value::Map(Arc::new(metadata))),
            ("spec", field("spec").unwrap_or_else(empty)),
            ("status", field("status").unwrap_or_else(empty)),
        ])
    }

    /// What `request` is in an expression.
    pub fn value(&self) -> Value {
        let kind = || {
            Value::map([
                ("group", Value::text(&self.group)),
                ("version", Value::text(&self.version)),
                ("kind", Value::text(&self.kind)),
            ])
        };
        let resource = || {
            Value::map([
                ("group", Value::text(&self.group)),
                ("version", Value::text(&self.version)),
                ("resource", Value::text(&self.resource)),
            ])
        };
        let mut user = vec![("username", Value::text(&self.user.name))];
        if !self.user.groups.is_empty() {
            user.push(("groups", Value::list(self.user.groups.iter().map(Value::text).collect())));
        }
        user.extend(self.user.uid.as_ref().map(|uid| ("uid", Value::text(uid))));
        user.extend(self.user.extra.clone().map(|extra| ("extra", extra)));
        let mut all = vec![
            ("kind", kind()),
            ("resource", resource()),
            ("requestKind", kind()),
            ("requestResource", resource()),
            ("operation", Value::text(&self.operation)),
            ("userInfo", Value::map(user)),
            ("dryRun", Value::Bool(self.dry_run)),
        ];
        // What a client asks for beside its object. A connection has none.
        let options = match self.operation.as_str() {
            "CREATE" => Some("CreateOptions"),
            "UPDATE" => Some("UpdateOptions"),
            "DELETE" => Some("DeleteOptions"),
            _ => None,
        };
        all.extend(options.map(|kind| {
            let (kind, version) = (Value::text(kind), Value::text("meta.k8s.io/v1"));
            ("options", Value::map([("kind", kind), ("apiVersion", version)]))
        }));
        // `omitempty` in `k8s.io/api/admission/v1`.
        let texts = [
            ("name", &self.name),
            ("namespace", &self.namespace),
            ("subResource", &self.subresource),
            ("requestSubResource", &self.subresource),
        ];
        all.extend(texts.into_iter().filter(|(_, t)| !t.is_empty()).map(|(k, t)| (k, Value::text(t))));
        Value::map(all)
    }
}

impl User {
    /// Reads `userInfo`.
    pub fn read(node: Node<'_>) -> Result<Self, String> {
        if value::mapping(node).is_none() {
            return Err("userInfo: not a mapping".to_owned());
        }
        let bad = |key: &str| format!("userInfo.{key}: not what it should be");
        let text = |key: &str| match node.get(key).filter(|n| !n.is_null()) {
            None => Ok(None),
            Some(n) => value::string(n).map(|t| Some(t.to_owned())).ok_or_else(|| bad(key)),
        };
        let groups = match node.get("groups").filter(|n| !n.is_null()) {
            None => Vec::new(),
            Some(list) => {
                let items = value::list(list).ok_or_else(|| bad("groups"))?.items();
                items
                    .map(|n| value::string(n).map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| bad("groups"))?
            }
        };
        let extra = node.get("extra").filter(|n| !n.is_null());
        let extra =
            extra.map(|n| value::mapping(n).map(Value::of).ok_or_else(|| bad("extra"))).transpose()?;
        Ok(Self { name: text("username")?.unwrap_or_default(), groups, uid: text("uid")?, extra })
    }
}

/// Whether a group is none of Kubernetes' own.
fn is_custom(group: &str) -> bool {
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// `meta.UnsafeGuessKindToResource`, with the kinds that it guesses wrong.
pub fn plural(kind: &str) -> String {
    if let Some((_, plural)) = PLURALS.iter().find(|(k, _)| *k == kind) {
        return (*plural).to_owned();
    }
    let small = kind.to_lowercase();
    match small.strip_suffix('y') {
        Some(head) if !head.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{head}ies"),
        _ if small.ends_with(['s', 'x']) => format!("{small}es"),
        _ => format!("{small}s"),
    }
}
