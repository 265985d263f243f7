//! What runs in a container, and how one gets into it: known programs, entry points, registries, ports, terminals.

use crate::checks::{Check, Confidence, ContainerCase, Fault, Faults, Rule};
use crate::model::{Class, Container, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("program.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "container-tty-stdin",
        Severity::Low,
        "container waits for somebody at a terminal",
        DOC,
        Rule::Container(terminal),
    )
    .aliases(&["k8sdisallowinteractivetty"])
    .lessons(&[39])
    .technique("T1609"),
    Check::new(
        "git-sync-code-injection",
        Severity::Medium,
        "git-sync runs a command that its settings name",
        DOC,
        Rule::Container(git_sync),
    )
    .aliases(&["CKV_K8S_159"])
    .lessons(&[12])
    .technique("T1609"),
    Check::new(
        "image-registry-deprecated",
        Severity::Low,
        "image comes from a registry that is frozen",
        DOC,
        Rule::Container(registry),
    )
    .aliases(&["restrict-deprecated-registry", "C-0253"])
    .lessons(&[12, 37])
    .technique("T1190"),
    Check::new(
        "kubernetes-dashboard-deployed",
        Severity::Medium,
        "dashboard of Kubernetes is deployed",
        DOC,
        Rule::Container(dashboard),
    )
    .aliases(&["CKV_K8S_33", "C-0014"])
    .lessons(&[14, 18])
    .technique("T1133")
    .confidence(Confidence::Likely),
    Check::new(
        "privileged-port",
        Severity::Low,
        "container listens below 1024",
        DOC,
        Rule::Container(low_port),
    )
    .aliases(&["privileged-ports", "KSV-0117"])
    .lessons(&[6, 16]),
    Check::new("ssh-port-exposed", Severity::Medium, "container offers SSH", DOC, Rule::Container(ssh))
        .aliases(&["ssh-port", "C-0042"])
        .lessons(&[16, 39])
        .technique("T1133"),
    Check::new(
        "sudo-in-entrypoint",
        Severity::Medium,
        "container starts through sudo",
        DOC,
        Rule::Container(sudo),
    )
    .aliases(&["C-0062"])
    .lessons(&[5, 6])
    .technique("T1611"),
    Check::new(
        "tiller-deployed",
        Severity::High,
        "server of Helm 2 runs in the cluster",
        DOC,
        Rule::Container(tiller),
    )
    .aliases(&["KSV-0102", "CKV_K8S_34", "CKV_K8S_44", "CKV_K8S_45", "disallow-helm-tiller"])
    .lessons(&[12])
    .technique("T1610")
    .confidence(Confidence::Likely),
];

/// The last part of the image's name.
fn program<'t>(case: &ContainerCase<'t>) -> Option<(Node<'t>, &'t str)> {
    case.image.map(|(node, image)| (node, image.repository.rsplit('/').next().unwrap_or("")))
}

/// The command line: `command`, then `args`.
fn words(container: Container<'_>) -> Vec<(&str, Node<'_>)> {
    let lists =
        ["command", "args"].into_iter().filter_map(|key| container.node.get(key).and_then(value::list));
    lists.flat_map(Node::items).filter_map(|node| Some((value::string(node)?, node))).collect()
}

/// Ephemeral containers are for somebody at a terminal.
fn terminal(case: &ContainerCase<'_>) -> Faults {
    if case.container.class == Class::Ephemeral {
        return Faults::new();
    }
    let on = |key: &&str| case.container.node.get(key).and_then(value::boolean) == Some(true);
    let node = ["tty", "stdin"].iter().find(|key| on(key)).and_then(|key| case.container.node.get(key));
    let help = "remove stdin and tty; to look inside, add an ephemeral container with kubectl debug";
    node.map(|node| Fault::at(node, "is true, set in the container", help)).into_iter().collect()
}

/// The settings of git-sync, version 3 and 4, that name a program to run (its main.go).
const GIT_SYNC_FLAGS: &[&str] = &["git", "exechook-command", "sync-hook-command"];
const GIT_SYNC_VARIABLES: &[&str] = &[
    "GITSYNC_GIT",
    "GIT_SYNC_GIT",
    "GITSYNC_EXECHOOK_COMMAND",
    "GIT_SYNC_EXECHOOK_COMMAND",
    "GIT_SYNC_HOOK_COMMAND",
];

fn git_sync(case: &ContainerCase<'_>) -> Faults {
    if program(case).is_none_or(|(_, name)| name != "git-sync") {
        return Faults::new();
    }
    let flag = |word: &str| {
        let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
        let name = name.split('=').next().unwrap_or(name);
        GIT_SYNC_FLAGS.contains(&name).then(|| format!("--{name}"))
    };
    let flags = words(case.container).into_iter().filter_map(|(word, node)| Some((flag(word)?, node)));
    let env = case.container.node.get("env").and_then(value::list).into_iter().flat_map(Node::items);
    let variables = env.filter_map(|item| {
        let node = item.get("name")?;
        let name = value::string(node).filter(|name| GIT_SYNC_VARIABLES.contains(name))?;
        Some((name.to_owned(), node))
    });
    let help = "remove it; let the container beside it watch the directory and act by itself";
    let fault = |(name, node): (String, Node<'_>)| {
        Fault::at(
            node,
            &format!("sets {name}: git-sync runs what that names, with its own credentials"),
            help,
        )
    };
    flags.chain(variables).map(fault).collect()
}

fn registry(case: &ContainerCase<'_>) -> Faults {
    let Some((node, image)) = case.image else { return Faults::new() };
    let first = image.repository.split('/').next().unwrap_or("");
    let says = match (image.registry, first) {
        (Some("k8s.gcr.io"), _) => "comes from k8s.gcr.io, which gets nothing new since April 2023",
        (Some("gcr.io"), "google_containers" | "google-containers") => {
            "comes from gcr.io/google-containers, which came before k8s.gcr.io and registry.k8s.io"
        }
        (None | Some("docker.io" | "index.docker.io"), "bitnamilegacy") => {
            "comes from docker.io/bitnamilegacy, an archive that gets no updates"
        }
        _ => return Faults::new(),
    };
    let help = match image.registry {
        Some("k8s.gcr.io" | "gcr.io") => {
            "take the image from registry.k8s.io, in a version that is still mended"
        }
        _ => "take an image that somebody still mends",
    };
    vec![Fault::at(node, says, help)]
}

fn dashboard(case: &ContainerCase<'_>) -> Faults {
    let Some((node, image)) = case.image else { return Faults::new() };
    let name = image.repository;
    let ours = name.contains("kubernetesui/dashboard") || name.contains("kubernetes-dashboard");
    let help = "remove it, and use kubectl or a client on the administrators' own machines";
    let fault = || {
        Fault::at(
            node,
            "is the Kubernetes Dashboard: whoever reaches it asks the API server through it",
            help,
        )
    };
    ours.then(fault).into_iter().collect()
}

fn tiller(case: &ContainerCase<'_>) -> Faults {
    let found = program(case).filter(|(_, name)| *name == "tiller");
    let help = "move the releases to Helm 3, then delete tiller-deploy, its service and its binding";
    let says = "is Tiller, the server of Helm 2: its port takes orders from every pod";
    found.map(|(node, _)| Fault::at(node, says, help)).into_iter().collect()
}

/// The declared ports: number, protocol, place of the number.
fn ports(container: Container<'_>) -> impl Iterator<Item = (i64, &str, Node<'_>)> {
    let list = container.node.get("ports").and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(|port| {
        let node = port.get("containerPort")?;
        let protocol = port.get("protocol").and_then(value::string).unwrap_or("TCP");
        Some((value::integer(node)?, protocol, node))
    })
}

fn is_ssh(port: i64, protocol: &str) -> bool {
    port == 22 && protocol == "TCP"
}

/// The first port that needs no capability: what the pod's own sysctl says, where it sets it.
fn unprivileged_from(case: &ContainerCase<'_>) -> i64 {
    let sysctls = case.settings.pod.sysctls().value.into_iter().flat_map(Node::items);
    let text = |item: Node<'_>, key: &str| item.get(key).and_then(value::string).map(str::to_owned);
    let mut ours =
        sysctls.filter(|s| text(*s, "name").as_deref() == Some("net.ipv4.ip_unprivileged_port_start"));
    ours.next().and_then(|s| text(s, "value")?.trim().parse().ok()).map_or(1024, |first: i64| first.min(1024))
}

/// SSH has a check of its own.
fn low_port(case: &ContainerCase<'_>) -> Faults {
    let first = unprivileged_from(case);
    let low = ports(case.container)
        .filter(|(port, protocol, _)| (1..first).contains(port) && !is_ssh(*port, protocol));
    let help = "let the program listen at 1024 or above; the Service keeps its port and sets targetPort";
    low.map(|(port, _, node)| Fault::at(node, &format!("is {port}, which is below 1024"), help)).collect()
}

fn ssh(case: &ContainerCase<'_>) -> Faults {
    let found = ports(case.container).filter(|(port, protocol, _)| is_ssh(*port, protocol));
    let help = "remove the server and its port; kubectl exec and kubectl debug are authorised and audited";
    found.map(|(.., node)| Fault::at(node, "is 22/TCP, the port of SSH", help)).collect()
}

fn sudo(case: &ContainerCase<'_>) -> Faults {
    let words = words(case.container);
    let is_sudo = |word: &str| word.rsplit('/').next() == Some("sudo");
    let Some((first, start)) = words.first().copied() else { return Faults::new() };
    let has_command = case.container.node.get("command").is_some();
    let help = "start the program itself as the user that it needs, and set runAsUser";
    let fault = |node: Node<'_>| vec![Fault::at(node, "calls sudo", help)];
    if is_sudo(first) {
        return fault(start);
    }
    let shell = ["sh", "bash", "ash", "dash", "zsh"].contains(&first.rsplit('/').next().unwrap_or(""));
    let option = words.iter().position(|(word, _)| word.starts_with('-') && word.ends_with('c'));
    let script = option.filter(|_| shell && has_command).and_then(|at| words.get(at + 1));
    match script {
        Some((text, node)) if commands(text).any(is_sudo) => fault(*node),
        _ => Faults::new(),
    }
}

/// The first word of each command of a shell's script, as far as it can be told without a shell.
fn commands(script: &str) -> impl Iterator<Item = &str> {
    let before = ["exec", "then", "do", "else", "!", "time", "if", "while"];
    script.split(['\n', ';', '|', '&', '(', '{']).filter_map(move |part| {
        part.split_whitespace().find(|word| !before.contains(word) && !word.contains('='))
    })
}
