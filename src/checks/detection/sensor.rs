//! How a sensor is set up: what it loads, and whether it stops anything.

use serde_json::json;

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("sensor.md");

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "falco-engine-kernel-module",
        Severity::Info,
        "sensor loads a kernel module",
        DOC,
        Rule::Document(&[Subject::FalcoConfig], module),
    )
    .lessons(&[19, 25]),
    Check::new(
        "tracing-policy-observe-only",
        Severity::Low,
        "tracing policy watches and stops nothing",
        DOC,
        Rule::Document(&[Subject::TracingPolicy], observes),
    )
    .lessons(&[25, 39]),
];

fn module(case: &DocumentCase<'_>) -> Faults {
    let kind = case.node().at(&["engine", "kind"]).filter(|k| value::string(*k) == Some("kmod"));
    let help = "set engine.kind to modern_ebpf, on kernels from 5.8";
    let says = "is kmod: a module for exactly this kernel, loaded with full privileges";
    let fault = |k| Fault::at(k, says, help).suggest([edit::replace(k, &json!("modern_ebpf"))]);
    kind.map(fault).into_iter().collect()
}

/// tetragon.io, docs/concepts/tracing-policy/selectors: these act on the process; the others tell somebody.
const ACTS: [&str; 5] = ["Sigkill", "Signal", "Override", "NotifyEnforcer", "NotifyKiller"];

fn observes(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = case.node().get("spec") else { return Faults::new() };
    let help = "rehearse it, then add matchActions with Override or Sigkill for what must not happen";
    let options = spec.get("options").into_iter().flat_map(Node::items);
    let mode = options.filter(|o| o.get("name").and_then(value::string) == Some("policy-mode"));
    let monitor = mode.filter_map(|o| o.get("value")).find(|v| value::string(*v) == Some("monitor"));
    if let Some(monitor) = monitor {
        return vec![Fault::at(monitor, "is monitor: its actions are written down and not taken", help)];
    }
    let hooks = ["kprobes", "tracepoints", "uprobes", "lsmhooks", "usdts"];
    let lists: Vec<_> = hooks.iter().filter_map(|k| spec.get(k)).collect();
    let selectors = lists.iter().flat_map(|l| l.items()).flat_map(|hook| {
        ["selectors", "returnSelectors"].into_iter().filter_map(move |k| hook.get(k)).flat_map(Node::items)
    });
    let actions = selectors.flat_map(|s| {
        let both = ["matchActions", "matchReturnActions"].into_iter().filter_map(move |k| s.get(k));
        both.flat_map(Node::items).filter_map(|a| a.get("action"))
    });
    let actions: Vec<_> = actions.collect();
    if actions.iter().any(|a| value::string(*a).is_some_and(|a| ACTS.contains(&a))) {
        return Faults::new();
    }
    let says = "is all that the policy does: the call goes through, and an event tells of it";
    let fault = match (actions.first(), lists.first()) {
        (Some(action), _) => Some(Fault::at(*action, says, help)),
        (None, Some(list)) => {
            Some(Fault::at(list.key().unwrap_or(*list), "have no action: each call goes through", help))
        }
        (None, None) => None,
    };
    fault.into_iter().collect()
}
