//! Privilege of containers: privileged mode, privilege escalation, capabilities.

use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters, failure, quoted};
use super::is_windows;
use crate::model::value;

/// No container may be privileged.
///
/// Fields: `securityContext.privileged` of every container. Allowed: unset, false.
pub(in super::super) fn privileged(pod: Pod<'_>) -> Option<Failure> {
    let mut setters = Setters::default();
    for (container, settings) in pod.members() {
        let setting = settings.privileged();
        if setting.value == Some(true) {
            setters.container(container.name, Place::of(&setting));
        }
    }
    setters.failure("privileged", |setters| {
        format!("{} must not set securityContext.privileged=true", setters.containers())
    })
}

/// Every container must forbid gaining privileges on exec.
///
/// Fields: `securityContext.allowPrivilegeEscalation` of every container. Allowed: false.
pub(in super::super) fn escalation(pod: Pod<'_>) -> Option<Failure> {
    let mut setters = Setters::default();
    for (container, settings) in pod.members() {
        let setting = settings.allow_privilege_escalation();
        if setting.value != Some(false) {
            setters.container(container.name, Place::of(&setting));
        }
    }
    setters.failure("allowPrivilegeEscalation != false", |setters| {
        format!("{} must set securityContext.allowPrivilegeEscalation=false", setters.containers())
    })
}

/// From 1.25 Windows pods need not: the field means nothing there.
pub(in super::super) fn escalation_1_25(pod: Pod<'_>) -> Option<Failure> {
    if is_windows(pod) { None } else { escalation(pod) }
}

/// What the default set of container runtimes holds, `NET_RAW` excepted.
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Whether baseline lets a container add it; the name counts as it is spelled.
pub fn is_baseline_capability(name: &str) -> bool {
    BASELINE.contains(&name)
}

/// No capability may be added beyond the default ones.
///
/// Fields: `securityContext.capabilities.add` of every container. Allowed: the names above, spelled exactly so.
pub(in super::super) fn added_capabilities(pod: Pod<'_>) -> Option<Failure> {
    let (setters, names) = adders(pod, BASELINE);
    setters.failure("non-default capabilities", |setters| forbidden_add(setters, &names))
}

/// Every container must drop ALL and may add only `NET_BIND_SERVICE`.
///
/// Fields: `securityContext.capabilities` of every container.
pub(in super::super) fn capabilities(pod: Pod<'_>) -> Option<Failure> {
    let mut missing = Setters::default();
    for (container, settings) in pod.members() {
        if settings.capabilities_drop().any(|n| value::string(n) == Some("ALL")) {
            continue;
        }
        let setting = settings.capabilities();
        let place = match setting.value {
            None => Place::of(&setting),
            Some(capabilities) => match capabilities.get("drop") {
                None => capabilities.missing("drop").into(),
                Some(drop) => drop.into(),
            },
        };
        missing.container(container.name, place);
    }
    let (adders, names) = adders(pod, &["NET_BIND_SERVICE"]);
    let mut details = Vec::new();
    if !missing.is_empty() {
        details
            .push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", missing.containers()));
    }
    if !adders.is_empty() {
        details.push(forbidden_add(&adders, &names));
    }
    let places = missing.places.into_iter().chain(adders.places).collect();
    failure("unrestricted capabilities", places, || details.join("; "))
}

/// From 1.25 Windows pods need not: they have no capabilities.
pub(in super::super) fn capabilities_1_25(pod: Pod<'_>) -> Option<Failure> {
    if is_windows(pod) { None } else { capabilities(pod) }
}

/// The containers that add something not `allowed`, and what.
fn adders<'t>(pod: Pod<'t>, allowed: &[&str]) -> (Setters<'t>, BTreeSet<&'t str>) {
    let mut setters = Setters::default();
    let mut names = BTreeSet::new();
    for (container, settings) in pod.members() {
        let mut places = Vec::new();
        for node in settings.capabilities_add() {
            // A null entry decodes as the empty string, which is no capability that is allowed.
            let name = if node.is_null() { Some("") } else { value::string(node) };
            if let Some(name) = name.filter(|name| !allowed.contains(name)) {
                names.insert(name);
                places.push(node.into());
            }
        }
        setters.container_at(container.name, places);
    }
    (setters, names)
}

fn forbidden_add(setters: &Setters<'_>, names: &BTreeSet<&str>) -> String {
    format!("{} must not include {} in securityContext.capabilities.add", setters.containers(), quoted(names))
}
