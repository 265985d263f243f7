//! Why, for machines: the reasons that `sim NAME --cases --explain` adds to a verdict, each with its place in the case.
//!
//! A simulator stands in [`WHY`] where it can name the object that decides; of the others the verdict itself is read.
//! Knows no simulator's rules.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::admission::chain::Chain;
use super::admission::image;
use super::admission::pod_security::{Level, Version, evaluate};
use super::network::{self, Protocol};
use super::rbac::reach::{self, OWN};
use super::rbac::{self, Grants, Outside};
use super::scheduling;
use super::world::World;
use super::{Reason, Verdict, question};
use crate::model::{Object, PodTemplate, objects, template_of};
use crate::parse::{Kind, Limits, Node, Tree, json as parse, yaml};
use crate::sim::kernel::PodName;
use crate::text::{Source, Sources, Span};

/// A step into a value: the key of a mapping, or the index of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// A reason, and where in the case's input it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    text: String,
    path: Option<Vec<Step>>,
    /// The index of the question, where a case asks several.
    probe: Option<usize>,
}

/// Reasons with spans of one tree.
struct Why {
    tree: Arc<Tree>,
    reasons: Vec<(Reason, Option<usize>)>,
}

impl Why {
    fn of(tree: Arc<Tree>, verdict: Verdict) -> Self {
        Self { tree, reasons: verdict.because.into_iter().map(|reason| (reason, None)).collect() }
    }
}

/// From a case's input to its reasons; none where the verdict itself has to do.
type Explain = fn(&Value) -> Option<Why>;

/// The simulators that say more than their verdicts, by name.
const WHY: &[(&str, Explain)] = &[
    ("admit", admit),
    ("capabilities", capabilities),
    ("file", |input| asked("file", input)),
    ("identity", |input| asked("identity", input)),
    ("image-policy", images),
    ("kernel", |input| asked("kernel", input)),
    ("network-policy", connections),
    ("pod-security", pod_security),
    ("process", |input| asked("process", input)),
    ("rbac", permission),
    ("rbac-reach", escalation),
    ("scheduling", landing),
    ("service", |input| asked("service", input)),
    ("setuid", |input| asked("setuid", input)),
    ("start", |input| asked("start", input)),
];

/// What of the input is judged, where only the verdict says why.
const JUDGED: &[(&str, &str)] =
    &[("admission-policy", "policy"), ("gatekeeper", "constraint"), ("kyverno", "policy")];

/// The reasons of a case's verdict.
pub(super) fn explain(name: &str, input: &Value, verdict: &Value) -> Vec<Told> {
    let why = WHY.iter().find(|(known, _)| *known == name).and_then(|(_, why)| why(input));
    let Some(why) = why else { return read_off(name, verdict) };
    let told = why.reasons.into_iter().map(|(reason, probe)| {
        let own = reason.span.filter(|span| span.file == why.tree.source().id());
        let path = own.and_then(|span| path(why.tree.root()?, span));
        Told { text: reason.text, path, probe }
    });
    told.collect()
}

/// The reasons as JSON: the place is one in this line of the cases. `file` is for those that are read from files.
pub(super) fn to_json(told: &[Told], line: &str, number: usize) -> Value {
    let (tree, _) = yaml::parse(&Source::lone("<case>", line), Limits::default());
    let input = tree.root().and_then(|case| case.get("input"));
    let reason = |told: &Told| {
        let node = told.path.as_ref().zip(input).and_then(|(path, input)| walk(input, path));
        let column = node.map(|node| tree.source().position(node.own_span().start).column);
        let mut out = json!({
            "text": told.text, "file": null, "line": told.path.is_some().then_some(number), "column": column,
            "path": told.path.as_deref().map(written),
        });
        if let (Some(probe), Some(map)) = (told.probe, out.as_object_mut()) {
            map.insert("probe".to_owned(), probe.into());
        }
        out
    };
    told.iter().map(reason).collect()
}

fn walk<'t>(from: Node<'t>, path: &[Step]) -> Option<Node<'t>> {
    path.iter().try_fold(from, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Item(index) => node.items().nth(*index),
    })
}

/// A path as manifests are spoken of: `objects[2].spec.podSelector`.
fn written(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Item(index) => {
                let _ = write!(out, "[{index}]");
            }
            Step::Key(key) if key.contains(['.', '/']) => {
                let _ = write!(out, "[{key:?}]");
            }
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out += key;
            }
        }
    }
    out
}

/// The path of the innermost value or key that holds a span. The objects of a case stand in its `objects`.
fn path(root: Node<'_>, span: Span) -> Option<Vec<Step>> {
    let holds = |node: Node<'_>| {
        let own = node.own_span();
        own.start <= span.start && span.end <= own.end && span.start < own.end
    };
    let mut path = Vec::new();
    let mut node = Some(root).filter(|root| holds(*root))?;
    loop {
        // An empty span before the first key means what is not there: the mapping itself.
        let first = node.own_entries().next().map(|entry| entry.key.own_span().start);
        if span.start == span.end && first == Some(span.start) {
            break;
        }
        let next = match node.kind() {
            Kind::Map => {
                let found = node.own_entries().find(|e| holds(e.value) || holds(e.key));
                let key = found.and_then(|e| e.key.scalar()).map(str::to_owned);
                key.zip(found).map(|(key, e)| (Step::Key(key), e.value))
            }
            Kind::Seq => node.items().enumerate().find(|(_, i)| holds(*i)).map(|(at, i)| (Step::Item(at), i)),
            _ => None,
        };
        let Some((step, within)) = next else { break };
        path.push(step);
        if !holds(within) {
            break;
        }
        node = within;
    }
    match path.first_mut() {
        Some(first) if *first == Step::Key("items".to_owned()) => *first = Step::Key("objects".to_owned()),
        _ => {}
    }
    Some(path)
}

/// What a verdict says of itself, in any of the shapes that verdicts have.
fn read_off(name: &str, verdict: &Value) -> Vec<Told> {
    let path = JUDGED.iter().find(|(known, _)| *known == name);
    let path = path.map(|(_, key)| vec![Step::Key((*key).to_owned())]);
    let told = |text: String| Told { text, path: path.clone(), probe: None };
    let mut out = Vec::new();
    for key in ["because", "violations", "rules"] {
        for item in verdict.get(key).and_then(Value::as_array).into_iter().flatten() {
            let word = |key: &str| item.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
            let text = item.as_str().or_else(|| word("text")).map(str::to_owned).or_else(|| {
                let lead = word("name").map(|name| format!("{name}: ")).unwrap_or_default();
                let says = word("message").or_else(|| word("msg")).or_else(|| word("result"))?;
                Some(format!("{lead}{says}"))
            });
            out.extend(text.map(told));
        }
    }
    out.extend(verdict.get("reason").and_then(Value::as_str).map(|text| told(text.to_owned())));
    out
}

/// The input as one tree that is a list of its `objects`, and the world of these.
fn ground(input: &Value) -> Option<(Arc<Tree>, World)> {
    let mut list = input.as_object()?.clone();
    let items = list.remove("objects").unwrap_or_else(|| json!([]));
    list.insert("items".to_owned(), items);
    list.insert("kind".to_owned(), "List".into());
    let tree = Arc::new(parse::from_value(&Value::Object(list)));
    let (world, _) = World::read(vec![Arc::clone(&tree)]);
    Some((tree, world))
}

fn asked(name: &str, input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let verdict = question::asked(name, tree.root()?, &world).ok()?;
    Some(Why::of(tree, verdict))
}

fn admit(input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let object = tree.root()?.get("object").map(Object::new)?;
    let admission = Chain::new(&world, true).admit(object)?;
    let mut reasons: Vec<Reason> = match &admission.stop {
        Some(stop) => {
            let said = stop.refusal.as_ref().map(|refusal| Reason::at(&*refusal.said, admission.span));
            said.filter(|_| stop.because.is_empty()).into_iter().chain(stop.because.iter().cloned()).collect()
        }
        None => vec![Reason::at(format!("every stage takes {}", admission.key), admission.span)],
    };
    reasons.extend(admission.said().cloned());
    Some(Why { tree, reasons: reasons.into_iter().map(|reason| (reason, None)).collect() })
}

fn connections(input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let mut reasons = Vec::new();
    for (index, probe) in input.get("probes")?.as_array()?.iter().enumerate() {
        let text = |key: &str| probe.get(key).and_then(Value::as_str).map(str::to_owned);
        let port = probe.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok())?;
        let protocol = text("protocol").map_or(Some(Protocol::Tcp), |word| Protocol::of_word(&word))?;
        let probe = network::Probe { from: text("from")?, to: text("to")?, port, protocol };
        let verdict = network::probe::ask(&world, &probe);
        reasons.extend(verdict.because.into_iter().map(|reason| (reason, Some(index))));
    }
    Some(Why { tree, reasons })
}

fn permission(input: &Value) -> Option<Why> {
    let (tree, _) = ground(input)?;
    let request = rbac::request(tree.root()?.get("spec")?).ok()?;
    let verdict = rbac::ask(&Grants::new(objects(&tree), Outside::Nothing), &request);
    Some(Why::of(Arc::clone(&tree), verdict))
}

fn images(input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let verdict = image::explain(tree.root()?, &world).ok()?;
    Some(Why::of(tree, verdict))
}

/// The rules and bindings of each step. What every cluster binds itself stands in no case.
fn escalation(input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let goal = reach::goal(tree.root()?).ok()?;
    let sources = Sources::new();
    sources.add("<case>", "");
    let kubernetes = reach::own(&sources.add("kubernetes", OWN));
    let found = reach::reach(&world, &kubernetes, goal.as_ref()).ok()?;
    let admins = found.admins.into_iter().flat_map(|(_, because)| because);
    let chains = found.chains.into_iter().flat_map(|chain| chain.steps).flat_map(|step| step.because);
    let mut reasons: Vec<(Reason, Option<usize>)> = Vec::new();
    for reason in admins.chain(chains).chain(found.unknown) {
        if !reasons.iter().any(|(known, _)| *known == reason) {
            reasons.push((reason, None));
        }
    }
    if reasons.is_empty() {
        reasons.push((Reason::fact("nobody gets there by what was read"), None));
    }
    Some(Why { tree, reasons })
}

fn landing(input: &Value) -> Option<Why> {
    let (tree, world) = ground(input)?;
    let pod = PodName::parse(input.get("pod")?.as_str()?)?;
    let verdict = scheduling::ask(&world, &scheduling::Question { pod, node: None, runs: None });
    Some(Why::of(tree, verdict))
}

fn pod_security(input: &Value) -> Option<Why> {
    let tree = Arc::new(parse::from_value(input));
    let root = tree.root()?;
    let word = root.get("level")?.as_str()?;
    let (level, version) = (Level::from_word(word)?, Version::parse(root.get("version")?.as_str()?)?);
    let node = root.get("object")?;
    let object = Object::new(node);
    let pod = match object.kind() {
        Some(_) => template_of(object),
        None => PodTemplate::new(node).map(PodTemplate::as_pod),
    };
    let violations = evaluate(level, version, pod?).violations;
    let mut reasons: Vec<Reason> = Vec::new();
    for violation in &violations {
        let text = format!("{}: {}", violation.check, violation.message());
        reasons.extend(violation.places.iter().map(|place| Reason::at(text.clone(), place.span)));
    }
    if reasons.is_empty() {
        reasons.push(Reason::at(format!("no check of the level {word} refuses it"), node.own_span()));
    }
    Some(Why { tree: Arc::clone(&tree), reasons: reasons.into_iter().map(|reason| (reason, None)).collect() })
}

/// What of the input the sets were made from.
fn capabilities(input: &Value) -> Option<Why> {
    const FIELDS: &[&[&str]] = &[
        &["securityContext", "privileged"],
        &["securityContext", "capabilities", "add"],
        &["securityContext", "capabilities", "drop"],
        &["securityContext", "allowPrivilegeEscalation"],
        &["securityContext", "runAsUser"],
        &["podSecurityContext", "runAsUser"],
        &["imageUser"],
        &["container", "User"],
        &["container", "HostConfig", "Privileged"],
        &["container", "HostConfig", "CapAdd"],
        &["container", "HostConfig", "CapDrop"],
        &["container", "HostConfig", "SecurityOpt"],
        &["fileCaps"],
        &["noNewPrivs"],
    ];
    let tree = Arc::new(parse::from_value(input));
    let root = tree.root()?;
    let found = FIELDS.iter().filter_map(|path| Some((path.join("."), root.at(path)?)));
    let mut reasons: Vec<(Reason, Option<usize>)> = found
        .map(|(path, node)| {
            (Reason::at(format!("{path} is {}", parse::to_value(node)), node.own_span()), None)
        })
        .collect();
    if reasons.is_empty() {
        let runtime = root.get("runtime").and_then(Node::as_str).unwrap_or("containerd");
        reasons.push((Reason::fact(format!("nothing is set: the default of {runtime}, as root")), None));
    }
    Some(Why { tree, reasons })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::cases::SIMULATORS;

    #[test]
    fn every_name_is_a_simulator_s() {
        for (name, _) in WHY {
            assert!(SIMULATORS.iter().any(|s| s.name == *name), "{name}");
        }
        assert!(WHY.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn the_innermost_value_is_named_and_a_missing_field_s_mapping() {
        let tree = parse::from_value(&json!({ "items": [{ "spec": { "b.c": [1, 2] } }] }));
        let root = tree.root().unwrap();
        let spec = root.get("items").unwrap().items().next().unwrap().get("spec").unwrap();
        let of = |span| written(&path(root, span).unwrap());
        assert_eq!(
            of(spec.get("b.c").unwrap().items().nth(1).unwrap().own_span()),
            "objects[0].spec[\"b.c\"][1]"
        );
        assert_eq!(of(spec.entry("b.c").unwrap().key.own_span()), "objects[0].spec[\"b.c\"]");
        assert_eq!(of(spec.place_of("missing")), "objects[0].spec");
    }
}
