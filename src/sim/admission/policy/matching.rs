//! Whether a policy's or a binding's rules are about a request.
//!
//! kubernetes `plugin/policy/matching/matching.go`, `plugin/webhook/predicates/{rules,namespace,object}`.

use super::request::Request;
use crate::model::selector::Selector;
use crate::model::{Object, value};
use crate::parse::Node;

/// Groups whose resources a cluster serves in one version only, so that no other one is equivalent.
const ONE_VERSION: &[&str] =
    &["", "apps", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"];

/// Whether `matchConstraints` or `matchResources` fit; an error where that is not modelled or cannot be read.
pub fn fits(rules: Node<'_>, request: &Request<'_>) -> Result<bool, String> {
    let rules = value::mapping(rules).ok_or_else(|| format!("{}: not a mapping", rules.path()))?;
    let equivalent = match rules.get("matchPolicy").and_then(value::string) {
        None | Some("Equivalent") => true,
        Some("Exact") => false,
        Some(other) => return Err(format!("matchPolicy: {other:?} is neither Exact nor Equivalent")),
    };
    fits_as(rules, request, equivalent)
}

/// The same, where `matchPolicy` is not asked: whether another version of a resource is as good is said.
pub fn fits_as(rules: Node<'_>, request: &Request<'_>, equivalent: bool) -> Result<bool, String> {
    if !namespace_fits(rules, request)? || !object_fits(rules, request)? {
        return Ok(false);
    }
    if resources_fit(rules, "excludeResourceRules", equivalent, request)? == Some(true) {
        return Ok(false);
    }
    Ok(resources_fit(rules, "resourceRules", equivalent, request)?.unwrap_or(true))
}

/// Whether a webhook is called about a request, its match conditions aside: `plugin/webhook/generic/webhook.go`
/// (`ShouldCallHook`).
pub fn calls(hook: Node<'_>, request: &Request<'_>) -> Result<bool, String> {
    let equivalent = hook.get("matchPolicy").and_then(value::string) != Some("Exact");
    let about = namespace_fits(hook, request)? && object_fits(hook, request)?;
    Ok(about && resources_fit(hook, "rules", equivalent, request)? == Some(true))
}

/// The part that leaves a request out, in words, and where it stands.
pub fn missed<'t>(rules: Node<'t>, request: &Request<'_>) -> Option<(String, Node<'t>)> {
    if namespace_fits(rules, request) == Ok(false) {
        let text = format!("namespaceSelector does not fit Namespace {}", request.namespace);
        return Some((text, rules.get("namespaceSelector")?));
    }
    if object_fits(rules, request) == Ok(false) {
        return Some(("objectSelector does not fit its labels".to_owned(), rules.get("objectSelector")?));
    }
    if resources_fit(rules, "excludeResourceRules", true, request) == Ok(Some(true)) {
        let text = "excludeResourceRules leave it out".to_owned();
        return Some((text, rules.get("excludeResourceRules")?));
    }
    let list = rules.get("resourceRules")?;
    let all = list.items().filter_map(|node| Some((node, Rule::read(node).ok()?)));
    // The rule that comes nearest: the latest of its parts is what leaves the request out.
    let nearest = all.filter_map(|(node, rule)| rule.missed(request).map(|part| (part, node)));
    let ((_, key, what), node) = nearest.max_by_key(|((depth, ..), _)| *depth)?;
    let text = format!("{key} of its resourceRules do not name {what}");
    Some((text, node.get(key).unwrap_or(node)))
}

fn selector<'t>(rules: Node<'t>, key: &str) -> Option<Selector<'t>> {
    let node = rules.get(key).filter(|n| !n.is_null())?;
    Some(Selector { node }).filter(|s| !s.is_empty())
}

/// What lives in no namespace, and is none, is never exempt.
fn namespace_fits(rules: Node<'_>, request: &Request<'_>) -> Result<bool, String> {
    let Some(selector) = selector(rules, "namespaceSelector") else { return Ok(true) };
    if request.namespace.is_empty() {
        return Ok(true);
    }
    let object = if request.kind == "Namespace" && request.group.is_empty() {
        request.object.filter(|_| request.subresource.is_empty()).or(request.old)
    } else {
        request.namespace_object
    };
    let mut labels = object.map(Object::labels).unwrap_or_default();
    // The API server sets it on every namespace.
    if !labels.iter().any(|(key, _)| *key == "kubernetes.io/metadata.name") {
        labels.push(("kubernetes.io/metadata.name", &request.namespace));
    }
    selector.matches(&labels).ok_or_else(|| "namespaceSelector: cannot be read".to_owned())
}

/// The object as it shall be, or as it is: one of them is enough.
fn object_fits(rules: Node<'_>, request: &Request<'_>) -> Result<bool, String> {
    let Some(selector) = selector(rules, "objectSelector") else { return Ok(true) };
    let mut fits = false;
    for object in [request.object, request.old].into_iter().flatten() {
        let one = selector.matches(&object.labels());
        fits |= one.ok_or_else(|| "objectSelector: cannot be read".to_owned())?;
    }
    Ok(fits)
}

/// Whether one of the rules under `key` fits; `None` where there are none.
fn resources_fit(
    rules: Node<'_>,
    key: &str,
    equivalent: bool,
    request: &Request<'_>,
) -> Result<Option<bool>, String> {
    let Some(list) = rules.get(key).filter(|n| !n.is_null()) else { return Ok(None) };
    let list = value::list(list).ok_or_else(|| format!("{key}: not a list"))?;
    if list.items().len() == 0 {
        return Ok(None);
    }
    let mut maybe = None;
    for rule in list.items() {
        let fit = Rule::read(rule)?.fit(request);
        match fit {
            Fit::Yes => return Ok(Some(true)),
            Fit::ElseWhere if equivalent => maybe = Some(rule),
            Fit::ElseWhere | Fit::No => {}
        }
    }
    if maybe.is_some() && (request.resource == "events" || !ONE_VERSION.contains(&request.group.as_str())) {
        return Err(format!(
            "matchPolicy Equivalent: whether {} of {}/{} is served in another version of {key} is not modelled",
            request.resource, request.group, request.version
        ));
    }
    Ok(Some(false))
}

enum Fit {
    Yes,
    /// All but the version fits.
    ElseWhere,
    No,
}

struct Rule<'t> {
    groups: Vec<&'t str>,
    versions: Vec<&'t str>,
    operations: Vec<&'t str>,
    resources: Vec<&'t str>,
    names: Vec<&'t str>,
    scope: &'t str,
}

impl<'t> Rule<'t> {
    fn read(node: Node<'t>) -> Result<Self, String> {
        let texts = |key: &str| match node.get(key).filter(|n| !n.is_null()) {
            None => Ok(Vec::new()),
            Some(list) => value::list(list)
                .and_then(|l| l.items().map(value::string).collect::<Option<Vec<_>>>())
                .ok_or_else(|| format!("{key}: not a list of strings")),
        };
        let scope = node.get("scope").and_then(value::string).unwrap_or("*");
        if !["*", "Cluster", "Namespaced"].contains(&scope) {
            return Err(format!("scope: {scope:?} is not one of *, Cluster, Namespaced"));
        }
        Ok(Self {
            groups: texts("apiGroups")?,
            versions: texts("apiVersions")?,
            operations: texts("operations")?,
            resources: texts("resources")?,
            names: texts("resourceNames")?,
            scope,
        })
    }

    /// Whether `resources` name the request's.
    fn names_resource(&self, request: &Request<'_>) -> bool {
        self.resources.iter().any(|pattern| {
            let (resource, sub) = pattern.split_once('/').unwrap_or((pattern, ""));
            (resource == "*" || resource == request.resource) && (sub == "*" || sub == request.subresource)
        })
    }

    /// The first part that does not fit: how far it came, its key, and what would have to be there.
    fn missed(&self, request: &Request<'_>) -> Option<(usize, &'static str, String)> {
        let holds = |list: &[&str], one: &str| list.iter().any(|l| *l == "*" || *l == one);
        let resource = match request.subresource.as_str() {
            "" => request.resource.clone(),
            sub => format!("{}/{sub}", request.resource),
        };
        let parts = [
            ("resources", self.names_resource(request), format!("`{resource}`")),
            ("apiGroups", holds(&self.groups, &request.group), format!("{:?}", request.group)),
            ("apiVersions", holds(&self.versions, &request.version), format!("`{}`", request.version)),
            ("operations", holds(&self.operations, &request.operation), request.operation.clone()),
        ];
        let own = parts.into_iter().enumerate().find(|(_, (_, fits, _))| !fits);
        own.map(|(depth, (key, _, what))| (depth, key, what))
    }

    /// `predicates/rules/rules.go`, then `matchesResourceRules` for the names.
    fn fit(&self, request: &Request<'_>) -> Fit {
        let holds = |list: &[&str], one: &str| list.iter().any(|l| *l == "*" || *l == one);
        let clusterwide = request.resource == "namespaces" || request.namespace.is_empty();
        let scope = match self.scope {
            "Namespaced" => !clusterwide,
            "Cluster" => clusterwide,
            _ => true,
        };
        let resource = self.names_resource(request);
        let named = self.names.is_empty() || self.names.contains(&request.name.as_str());
        if !(scope && resource && named && holds(&self.operations, &request.operation)) {
            return Fit::No;
        }
        // Events are one resource in two groups.
        let twin =
            request.resource == "events" && ["", "events.k8s.io"].iter().any(|g| holds(&self.groups, g));
        match (holds(&self.groups, &request.group), holds(&self.versions, &request.version)) {
            (true, true) => Fit::Yes,
            (true, false) => Fit::ElseWhere,
            (false, _) if twin => Fit::ElseWhere,
            _ => Fit::No,
        }
    }
}

/// Resources that no policy is asked about: policies and their bindings, so that none locks itself in, and reviews
/// that are never stored. `plugin/policy/generic/plugin.go`, `policy/validating/plugin.go`.
pub fn is_exempt(request: &Request<'_>) -> bool {
    let policies = [
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
    ];
    let reviews = ["authentication.k8s.io", "authorization.k8s.io"].contains(&request.group.as_str());
    request.group == "admissionregistration.k8s.io" && policies.contains(&request.resource.as_str())
        || reviews
}
