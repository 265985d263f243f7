//! What reaches out to the node or past the pod: namespaces, ports, probe targets, Windows host processes.

use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters, failure, joined, plural, quoted};
use super::own;
use crate::model::{Class, value};
use crate::parse::Node;

/// The host's namespaces must not be shared.
///
/// Fields: `spec.hostNetwork`, `spec.hostPID`, `spec.hostIPC`. Allowed: unset, false.
pub(in super::super) fn namespaces(pod: Pod<'_>) -> Option<Failure> {
    let pod = pod.settings;
    let named = [
        ("hostNetwork=true", pod.host_network()),
        ("hostPID=true", pod.host_pid()),
        ("hostIPC=true", pod.host_ipc()),
    ];
    let bad: Vec<_> = named.into_iter().filter(|(_, setting)| setting.value == Some(true)).collect();
    let places = bad.iter().map(|(_, setting)| Place::of(setting)).collect();
    failure("host namespaces", places, || joined(bad.iter().map(|(text, _)| text)))
}

/// Host ports must not be asked for.
///
/// Fields: `ports[*].hostPort` of every container. Allowed: unset, 0. The API server's defaulting
/// (`pkg/apis/core/v1/defaults.go`) gives every port of a Pod on the host network its container port as host port,
/// before admission.
pub(in super::super) fn ports(pod: Pod<'_>) -> Option<Failure> {
    let defaulted = pod.template.of_pod && pod.settings.host_network().value == Some(true);
    let mut setters = Setters::default();
    let mut ports = BTreeSet::new();
    for (container, _) in pod.members() {
        let defaulted = defaulted && container.class != Class::Ephemeral;
        let mut places = Vec::new();
        let items = container.node.get("ports").and_then(value::list);
        for port in items.into_iter().flat_map(Node::items) {
            let number = |key: &str| {
                let node = port.get(key)?;
                value::integer(node).filter(|n| *n != 0).map(|n| (n, node))
            };
            let found = number("hostPort").or_else(|| number("containerPort").filter(|_| defaulted));
            if let Some((number, node)) = found {
                ports.insert(number.to_string());
                places.push(node.into());
            }
        }
        setters.container_at(container.name, places);
    }
    setters.failure("hostPort", |setters| {
        let uses = plural("uses", "use", setters.count());
        let what = plural("hostPort", "hostPorts", ports.len());
        [&setters.containers(), uses, what, &joined(&ports)].join(" ")
    })
}

/// Probes and lifecycle handlers must not name a host, which would make the kubelet call other addresses.
///
/// Fields: `httpGet.host`, `tcpSocket.host` of liveness, readiness and startup probes and of postStart and preStop.
/// Allowed: unset, empty. The pod's own `127.0.0.1` is refused too.
pub(in super::super) fn probes(pod: Pod<'_>) -> Option<Failure> {
    const HANDLERS: &[&[&str]] = &[
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    let mut setters = Setters::default();
    let mut hosts = BTreeSet::new();
    for (container, _) in pod.members() {
        let mut places = Vec::new();
        for handler in HANDLERS.iter().filter_map(|path| container.node.at(path)) {
            for action in ["httpGet", "tcpSocket"] {
                let Some(node) = handler.at(&[action, "host"]) else { continue };
                if let Some(host) = value::string(node).filter(|h| !h.is_empty()) {
                    hosts.insert(host);
                    places.push(node.into());
                }
            }
        }
        setters.container_at(container.name, places);
    }
    setters.sort_names();
    setters.failure("probe or lifecycle host", |setters| {
        format!(
            "{} {} {} {}",
            setters.containers(),
            plural("uses", "use", setters.count()),
            plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
            quoted(&hosts)
        )
    })
}

/// Windows containers must not run as host processes.
///
/// Fields: `windowsOptions.hostProcess` of the pod and of every container. Allowed: unset, false.
pub(in super::super) fn windows_process(pod: Pod<'_>) -> Option<Failure> {
    const KEY: &str = "hostProcess";
    let mut setters = Setters::default();
    let of_pod = pod.settings.windows_options().value.and_then(|o| o.get(KEY));
    if let Some(node) = of_pod.filter(|n| value::boolean(*n) == Some(true)) {
        setters.pod(node);
    }
    for (container, settings) in pod.members() {
        let node = own(settings.windows_option(KEY));
        if let Some(node) = node.filter(|n| value::boolean(*n) == Some(true)) {
            setters.container(container.name, node);
        }
    }
    setters.failure("hostProcess", |setters| {
        format!("{} must not set securityContext.windowsOptions.hostProcess=true", setters.phrase())
    })
}
