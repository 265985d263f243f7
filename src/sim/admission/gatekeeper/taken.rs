//! What Gatekeeper's own webhook and the CRD of a template refuse: templates that do not compile, constraints of no template,
//! actions that there are not, parameters that the schema does not hold.
//!
//! frameworks `constraint/pkg/client/{client,template_client}.go` and `crds/crds.go`, `drivers/rego/compilers.go`; gatekeeper
//! `pkg/util/enforcement_action.go`; apiextensions for structural schemas. Parameters are held against `type`, `properties`,
//! `items`, `required`, `pattern`, `enum` and the limits on lengths; unknown ones are an error, as kubectl asks for it.

use super::admitted::line_span;
use super::matching::{Request, misses};
use super::pattern;
use super::policy::Policy;
use crate::model::gatekeeper::{CONSTRAINTS, Code, Constraint, TARGET, TEMPLATES, Template};
use crate::model::{Object, keys, value};
use crate::parse::{Kind, Node};
use crate::sim::world::World;
use crate::text::{Finding, Span, near};

/// How deep schemas are followed.
const DEPTH: usize = 24;

/// Whether an object is of a kind that is judged here.
pub fn is_ours(object: Object<'_>) -> bool {
    matches!(object.group(), Some(TEMPLATES | CONSTRAINTS))
}

/// What is wrong with the templates and constraints among these objects; the world may hold further templates.
pub fn faults(objects: &[Object<'_>], world: &World) -> Vec<Finding> {
    let mut findings = Vec::new();
    let others = world.objects();
    let templates: Vec<_> = objects.iter().chain(&others).copied().filter_map(Template::new).collect();
    for object in objects.iter().copied().filter(|o| is_ours(*o)) {
        if object.name().is_none_or(str::is_empty) {
            let at = object.node.missing("metadata").span;
            say(&mut findings, at, "metadata.name is missing", "name the object");
        }
        only(object.node, &["apiVersion", "kind", "metadata", "spec", "status"], &mut findings);
        if let Some(template) = Template::new(object) {
            of_template(template, &mut findings);
        } else if let Some(constraint) = Constraint::new(object) {
            of_constraint(constraint, &templates, &mut findings);
        } else {
            let title = format!("there is no {} in {TEMPLATES}", object.kind().unwrap_or("kind"));
            say(&mut findings, object.kind_span(), &title, "write ConstraintTemplate");
        }
    }
    findings
}

fn say(findings: &mut Vec<Finding>, at: Span, title: &str, help: &str) {
    findings.push(Finding::error("refused", title.to_owned(), at).help(help.to_owned()));
}

fn only(node: Node<'_>, known: &[&str], findings: &mut Vec<Finding>) {
    findings.extend(keys::unknown(node, known));
}

fn of_template(template: Template<'_>, findings: &mut Vec<Finding>) {
    let object = template.object;
    if !matches!(object.api_version(), Some("templates.gatekeeper.sh/v1" | "templates.gatekeeper.sh/v1beta1"))
    {
        let at = object.node.get("apiVersion").map_or(object.kind_span(), Node::own_span);
        say(
            findings,
            at,
            "there is no such version of ConstraintTemplate",
            "write templates.gatekeeper.sh/v1",
        );
    }
    let known: [(&[&str], &[&str]); 5] = [
        (&["spec"], &["crd", "targets"]),
        (&["spec", "crd"], &["spec"]),
        (&["spec", "crd", "spec"], &["names", "validation"]),
        (&["spec", "crd", "spec", "names"], &["kind", "shortNames"]),
        (&["spec", "crd", "spec", "validation"], &["openAPIV3Schema", "legacySchema"]),
    ];
    for (path, keys) in known {
        object.node.at(path).into_iter().for_each(|node| only(node, keys, findings));
    }
    match template.kind().and_then(|n| Some((n, value::string(n)?))) {
        None => {
            let at = object.node.missing("spec").span;
            say(findings, at, "spec.crd.spec.names.kind is missing", "name the kind of the constraints");
        }
        Some((_, kind)) if object.name() == Some(kind.to_lowercase().as_str()) => {}
        Some((node, kind)) => {
            let title =
                format!("the name of the template is not `{}`, its kind in lower case", kind.to_lowercase());
            say(findings, node.own_span(), &title, "give template and kind the same name");
        }
    }
    let structural = object.api_version() == Some("templates.gatekeeper.sh/v1");
    if let Some(schema) = template.schema().filter(|_| structural) {
        of_schema(schema, findings, 0);
    }
    let targets: Vec<_> = template.targets().collect();
    let [target] = targets[..] else {
        let at = object.node.at(&["spec", "targets"]).map_or(object.kind_span(), Node::own_span);
        return say(findings, at, "a template has exactly one target", "write one target");
    };
    only(target, &["target", "rego", "libs", "code", "operations"], findings);
    if target.get("target").and_then(value::string) != Some(TARGET) {
        let at = target.get("target").map_or_else(|| target.missing("target").span, Node::own_span);
        say(findings, at, "there is no such target", &format!("write {TARGET}"));
    }
    for engine in target.get("code").into_iter().flat_map(Node::items) {
        only(engine, &["engine", "source"], findings);
        if !matches!(engine.get("engine").and_then(value::string), Some("Rego" | "K8sNativeValidation")) {
            let at = engine.get("engine").map_or_else(|| engine.missing("engine").span, Node::own_span);
            say(findings, at, "there is no such engine", "write Rego");
        }
        if engine.get("engine").and_then(value::string) == Some("Rego")
            && let Some(source) = engine.get("source")
        {
            only(source, &["rego", "libs", "version"], findings);
            if let Some(version) = source.get("version")
                && !matches!(value::string(version), Some("" | "v0" | "v1"))
            {
                say(findings, version.own_span(), "there is no such version of Rego", "write v0 or v1");
            }
        }
    }
    match template.code() {
        Code::Rego(code) => {
            if let Err((node, fault)) = Policy::compile(&code) {
                let at = line_span(node, fault.line);
                let finding = Finding::error("refused", "the template's Rego does not compile", at);
                findings.push(finding.detail(fault.text).help("mend it here; `opa check` says the same"));
            }
        }
        Code::Cel(_) => {}
        Code::Missing => say(findings, target.missing("code").span, "the target has no code", "add `code`"),
    }
}

/// A structural schema says its type at each level.
fn of_schema(schema: Node<'_>, findings: &mut Vec<Finding>, depth: usize) {
    let free = ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"];
    if schema.get("type").and_then(value::string).is_none() && !free.iter().any(|k| schema.get(k).is_some()) {
        let at = schema.missing("type");
        let title = format!("`{}` is missing, and the schema is not structural", at.path);
        say(findings, at.span, &title, "say the type at each level");
    }
    if depth > DEPTH {
        return;
    }
    for entry in schema.get("properties").map(Node::entries).unwrap_or_default() {
        of_schema(entry.value, findings, depth + 1);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(node) = schema.get(key).and_then(value::mapping) {
            of_schema(node, findings, depth + 1);
        }
    }
}

fn of_constraint(constraint: Constraint<'_>, templates: &[Template<'_>], findings: &mut Vec<Finding>) {
    let object = constraint.object;
    let kind = object.kind().unwrap_or("");
    let of_kind = |t: &&Template<'_>| t.kind().and_then(value::string) == Some(kind);
    let Some(template) = templates.iter().find(of_kind) else {
        let kinds = templates.iter().filter_map(|t| t.kind().and_then(value::string));
        let help = near::suggest(kind, kinds);
        return say(findings, object.kind_span(), &format!("no template makes the kind `{kind}`"), &help);
    };
    if object.api_version() != Some("constraints.gatekeeper.sh/v1beta1") {
        let at = object.node.get("apiVersion").map_or(object.kind_span(), Node::own_span);
        say(
            findings,
            at,
            "there is no such version of constraints",
            "write constraints.gatekeeper.sh/v1beta1",
        );
    }
    let Some(spec) = object.node.get("spec") else { return };
    only(spec, &["enforcementAction", "scopedEnforcementActions", "match", "parameters"], findings);
    let scoped = spec.get("scopedEnforcementActions").into_iter().flat_map(Node::items);
    let actions = scoped.filter_map(|s| s.get("action")).map(|n| (n, false));
    for (node, whole) in actions.chain(constraint.action().map(|n| (n, true))) {
        let word = value::string(node).unwrap_or("?");
        let known = matches!(word, "deny" | "dryrun" | "warn") || whole && word == "scoped";
        if !known {
            let help = near::suggest(word, ["deny", "dryrun", "warn", "scoped"]);
            say(findings, node.own_span(), &format!("there is no enforcementAction `{word}`"), &help);
        }
    }
    if let Some(matching) = constraint.matching() {
        let keys = [
            "excludedNamespaces",
            "kinds",
            "labelSelector",
            "name",
            "namespaceSelector",
            "namespaces",
            "scope",
            "source",
        ];
        only(matching, &keys, findings);
        for entry in matching.get("kinds").into_iter().flat_map(Node::items) {
            only(entry, &["apiGroups", "kinds"], findings);
        }
        // The object itself is as good as any: what is asked is whether the match can be read.
        let request = Request { objects: vec![object], namespace: None, generated: false };
        if let Err(error) = misses(Some(matching), &request) {
            say(findings, matching.own_span(), &error, "mend the match");
        }
    }
    if let (Some(schema), Some(parameters)) = (template.schema(), constraint.parameters()) {
        fits(schema, parameters, findings, 0);
    }
}

/// Whether a value is what a schema asks for.
fn fits(schema: Node<'_>, node: Node<'_>, findings: &mut Vec<Finding>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    let path = node.path();
    let wanted = schema.get("type").and_then(value::string);
    let right = match wanted {
        Some("object") => node.kind() == Kind::Map,
        Some("array") => node.kind() == Kind::Seq,
        Some("string") => node.kind() == Kind::Str,
        Some("boolean") => node.kind() == Kind::Bool,
        Some("integer") => value::integer(node).is_some(),
        Some("number") => matches!(node.kind(), Kind::Int | Kind::Float),
        _ => true,
    };
    if let Some(wanted) = wanted.filter(|_| !right) {
        let title = format!("`{path}` is {}, and the template's schema wants {wanted}", node.kind().word());
        return say(findings, node.own_span(), &title, "write what the schema asks for");
    }
    let open = ["x-kubernetes-preserve-unknown-fields", "additionalProperties"];
    let open = open.iter().any(|k| schema.get(k).is_some());
    let properties = schema.get("properties");
    if node.kind() == Kind::Map {
        for entry in node.entries() {
            let key = entry.key.scalar().unwrap_or("");
            let below = properties.and_then(|p| p.get(key));
            let below = below.or_else(|| schema.get("additionalProperties").and_then(value::mapping));
            match below {
                Some(below) => fits(below, entry.value, findings, depth + 1),
                None if open || wanted.is_none() => {}
                None => {
                    let keys = properties.map(Node::entries).unwrap_or_default();
                    let help = near::suggest(key, keys.iter().filter_map(|e| e.key.scalar()));
                    let title = format!("unknown field `{key}`: the template's schema has none of that name");
                    say(findings, entry.key.own_span(), &title, &help);
                }
            }
        }
        let required = schema.get("required").into_iter().flat_map(Node::items).filter_map(value::string);
        for key in required.filter(|key| node.get(key).is_none()) {
            let at = node.missing(key);
            say(findings, at.span, &format!("`{}` is missing", at.path), &format!("add `{key}`"));
        }
    }
    if let Some(items) = schema.get("items").filter(|_| node.kind() == Kind::Seq) {
        node.items().for_each(|item| fits(items, item, findings, depth + 1));
    }
    let long = match node.kind() {
        Kind::Seq => Some(("minItems", "maxItems", node.items().len())),
        Kind::Str => Some(("minLength", "maxLength", value::string(node).unwrap_or("").chars().count())),
        _ => None,
    };
    if let Some((least, most, count)) = long {
        let bound =
            |key: &str| schema.get(key).and_then(value::integer).and_then(|n| usize::try_from(n).ok());
        if bound(least).is_some_and(|n| count < n) || bound(most).is_some_and(|n| count > n) {
            say(
                findings,
                node.own_span(),
                &format!("`{path}` is too short or too long"),
                "see the template's schema",
            );
        }
    }
    if let (Some(wanted), Some(text)) = (schema.get("pattern").and_then(value::string), value::string(node))
        && pattern::compile(wanted).is_ok_and(|regex| regex.is_some_and(|regex| !regex.is_match(text)))
    {
        let title = format!("`{path}` does not fit the pattern {wanted} of the template's schema");
        say(findings, node.own_span(), &title, "write what the pattern asks for");
    }
    if let Some(list) = schema.get("enum").filter(|_| node.kind() == Kind::Str)
        && !list.items().any(|item| value::string(item) == value::string(node))
    {
        let help = near::suggest(value::string(node).unwrap_or(""), list.items().filter_map(value::string));
        say(findings, node.own_span(), &format!("`{path}` is none of the schema's values"), &help);
    }
}
