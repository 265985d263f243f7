//! What kubeadm's configuration makes of the control plane: the command lines that it would write.
//!
//! kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go, phases/etcd/local.go, phases/kubelet/flags.go and
//! `ArgumentsToCommand`: kubeadm's own arguments, of which those that `extraArgs` names are left out. `extraArgs` is a
//! mapping up to v1beta3 and a list of `name` and `value` from v1beta4 on.

use super::flags::{CommandLine, Given, Program};
use super::{Object, value};
use crate::parse::{Kind, Node};

/// Where a part of the control plane is set up, and what kubeadm itself says of it.
struct Part {
    program: Program,
    path: &'static [&'static str],
    own: &'static [(&'static str, &'static str)],
}

const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// The parts of a `ClusterConfiguration`. Values that depend on others and that nothing here judges stand as examples.
const CLUSTER: [Part; 4] = [
    Part {
        program: Program::ApiServer,
        path: &["apiServer", "extraArgs"],
        own: &[
            ("allow-privileged", "true"),
            ("authorization-mode", "Node,RBAC"),
            ("client-ca-file", CA),
            ("enable-admission-plugins", "NodeRestriction"),
            ("enable-bootstrap-token-auth", "true"),
            ("kubelet-client-certificate", "/etc/kubernetes/pki/apiserver-kubelet-client.crt"),
            ("kubelet-client-key", "/etc/kubernetes/pki/apiserver-kubelet-client.key"),
            ("proxy-client-cert-file", "/etc/kubernetes/pki/front-proxy-client.crt"),
            ("proxy-client-key-file", "/etc/kubernetes/pki/front-proxy-client.key"),
            ("requestheader-allowed-names", "front-proxy-client"),
            ("requestheader-client-ca-file", "/etc/kubernetes/pki/front-proxy-ca.crt"),
            ("secure-port", "6443"),
            ("service-account-issuer", "https://kubernetes.default.svc.cluster.local"),
            ("service-account-key-file", "/etc/kubernetes/pki/sa.pub"),
            ("service-account-signing-key-file", "/etc/kubernetes/pki/sa.key"),
            ("tls-cert-file", "/etc/kubernetes/pki/apiserver.crt"),
            ("tls-private-key-file", "/etc/kubernetes/pki/apiserver.key"),
        ],
    },
    Part {
        program: Program::ControllerManager,
        path: &["controllerManager", "extraArgs"],
        own: &[
            ("authentication-kubeconfig", "/etc/kubernetes/controller-manager.conf"),
            ("authorization-kubeconfig", "/etc/kubernetes/controller-manager.conf"),
            ("bind-address", "127.0.0.1"),
            ("client-ca-file", CA),
            ("cluster-signing-cert-file", CA),
            ("cluster-signing-key-file", "/etc/kubernetes/pki/ca.key"),
            ("controllers", "*,bootstrapsigner,tokencleaner"),
            ("kubeconfig", "/etc/kubernetes/controller-manager.conf"),
            ("requestheader-client-ca-file", "/etc/kubernetes/pki/front-proxy-ca.crt"),
            ("root-ca-file", CA),
            ("service-account-private-key-file", "/etc/kubernetes/pki/sa.key"),
            ("use-service-account-credentials", "true"),
        ],
    },
    Part {
        program: Program::Scheduler,
        path: &["scheduler", "extraArgs"],
        own: &[
            ("authentication-kubeconfig", "/etc/kubernetes/scheduler.conf"),
            ("authorization-kubeconfig", "/etc/kubernetes/scheduler.conf"),
            ("bind-address", "127.0.0.1"),
            ("kubeconfig", "/etc/kubernetes/scheduler.conf"),
        ],
    },
    Part {
        program: Program::Etcd,
        path: &["etcd", "local", "extraArgs"],
        own: &[
            ("cert-file", "/etc/kubernetes/pki/etcd/server.crt"),
            ("client-cert-auth", "true"),
            ("data-dir", "/var/lib/etcd"),
            ("key-file", "/etc/kubernetes/pki/etcd/server.key"),
            ("listen-client-urls", "https://127.0.0.1:2379"),
            ("listen-metrics-urls", "http://127.0.0.1:2381"),
            ("listen-peer-urls", "https://127.0.0.1:2380"),
            ("peer-cert-file", "/etc/kubernetes/pki/etcd/peer.crt"),
            ("peer-client-cert-auth", "true"),
            ("peer-key-file", "/etc/kubernetes/pki/etcd/peer.key"),
            ("peer-trusted-ca-file", "/etc/kubernetes/pki/etcd/ca.crt"),
            ("trusted-ca-file", "/etc/kubernetes/pki/etcd/ca.crt"),
        ],
    },
];

/// The kubelet of an `InitConfiguration` or `JoinConfiguration`: what kubeadm does not say by flags stands in the file.
const KUBELET: Part = Part {
    program: Program::Kubelet,
    path: &["nodeRegistration", "kubeletExtraArgs"],
    own: &[
        ("config", "/var/lib/kubelet/config.yaml"),
        ("bootstrap-kubeconfig", "/etc/kubernetes/bootstrap-kubelet.conf"),
        ("kubeconfig", "/etc/kubernetes/kubelet.conf"),
    ],
};

/// What the API server is told of an etcd of kubeadm's.
const LOCAL_ETCD: [(&str, &str); 4] = [
    ("etcd-cafile", "/etc/kubernetes/pki/etcd/ca.crt"),
    ("etcd-certfile", "/etc/kubernetes/pki/apiserver-etcd-client.crt"),
    ("etcd-keyfile", "/etc/kubernetes/pki/apiserver-etcd-client.key"),
    ("etcd-servers", "https://127.0.0.1:2379"),
];

/// The same of one that is somebody else's: which of its fields become which flag.
const EXTERNAL_ETCD: [(&str, &str); 4] = [
    ("endpoints", "etcd-servers"),
    ("caFile", "etcd-cafile"),
    ("certFile", "etcd-certfile"),
    ("keyFile", "etcd-keyfile"),
];

/// The command lines of the programs that a configuration of kubeadm sets up; none for its other kinds.
pub fn command_lines(object: Object<'_>) -> Vec<CommandLine<'_>> {
    match object.kind() {
        Some("ClusterConfiguration") => {
            let external = object.node.at(&["etcd", "external"]).filter(|e| e.kind() == Kind::Map);
            let parts = CLUSTER.iter().filter(|p| p.program != Program::Etcd || external.is_none());
            parts.map(|part| line(object.node, part, external)).collect()
        }
        Some("InitConfiguration" | "JoinConfiguration") => {
            let set = object.node.at(KUBELET.path).is_some();
            set.then(|| line(object.node, &KUBELET, None)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn line<'t>(document: Node<'t>, part: &Part, external: Option<Node<'t>>) -> CommandLine<'t> {
    let place = place(document, part.path);
    let mut given = Vec::new();
    // What is merged with kubeadm's own value (`mergeMethod`) leaves that in its place.
    let mut replaced = Vec::new();
    let args = document.at(part.path);
    for item in args.into_iter().flat_map(Node::items) {
        if let Some(name) = item.get("name").and_then(value::string) {
            let node = item.get("value").unwrap_or(item);
            given.push(Given { name, value: node.scalar().unwrap_or(""), node });
            let merged = item.get("mergeMethod").and_then(value::string).is_some_and(|m| !m.is_empty());
            replaced.extend((!merged).then_some(name));
        }
    }
    for entry in args.map(Node::entries).unwrap_or_default() {
        if let Some(name) = entry.key.scalar() {
            given.push(Given { name, value: entry.value.scalar().unwrap_or(""), node: entry.value });
            replaced.push(name);
        }
    }
    let mut own: Vec<Given<'t>> =
        part.own.iter().map(|(name, value)| Given { name, value, node: place }).collect();
    if part.program == Program::ApiServer {
        match external {
            None => own.extend(LOCAL_ETCD.iter().map(|(name, value)| Given { name, value, node: place })),
            Some(external) => own.extend(EXTERNAL_ETCD.iter().flat_map(|(field, name)| {
                let node = external.get(field);
                let each = node.into_iter().flat_map(|n| n.items().chain(n.scalar().is_some().then_some(n)));
                each.filter_map(|n| {
                    Some(Given { name, value: n.scalar().filter(|t| !t.is_empty())?, node: n })
                })
            })),
        }
        // `getAPIServerCommand`: modes of kubeadm's own only where no file says them.
        own.retain(|g| g.name != "authorization-mode" || !replaced.contains(&"authorization-config"));
    }
    own.retain(|g| !replaced.contains(&g.name));
    own.extend(given);
    CommandLine::of_settings(part.program, place, own)
}

/// The key of the innermost part of `path` that is there; of a configuration that says nothing of it, its kind.
fn place<'t>(document: Node<'t>, path: &[&str]) -> Node<'t> {
    let mut place = document.get("kind").unwrap_or(document);
    let mut node = document;
    for name in path {
        let Some(entry) = node.entry(name) else { break };
        (place, node) = (entry.key, entry.value);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::flags::Flag;
    use crate::model::objects;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn flag(text: &str, program: Program, name: &str) -> Option<(String, String)> {
        let source = Source::lone("t", text);
        let (tree, findings) = yaml::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{findings:?}");
        let objects = objects(&tree);
        let lines = command_lines(objects[0]);
        let line = lines.iter().find(|line| line.program == program)?;
        let all: Vec<_> = line.all(name).map(Flag::text).collect();
        let place = line.flag(name).map(|flag| source.slice(flag.node.own_span()).to_owned())?;
        Some((all.join("|"), place))
    }

    #[test]
    fn arguments_take_the_place_of_kubeadms_own() {
        let old = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    profiling: \"false\"\n    enable-admission-plugins: AlwaysPullImages\n";
        assert_eq!(flag(old, Program::ApiServer, "profiling"), Some(("false".into(), "\"false\"".into())));
        let plugins = flag(old, Program::ApiServer, "enable-admission-plugins");
        assert_eq!(plugins, Some(("AlwaysPullImages".into(), "AlwaysPullImages".into())));
        assert_eq!(
            flag(old, Program::ApiServer, "authorization-mode"),
            Some(("Node,RBAC".into(), "extraArgs".into()))
        );
        assert_eq!(
            flag(old, Program::Scheduler, "bind-address"),
            Some(("127.0.0.1".into(), "ClusterConfiguration".into()))
        );
        let new = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nscheduler:\n  extraArgs:\n  - name: bind-address\n    value: 0.0.0.0\n  - {name: bind-address, value: 10.0.0.1}\napiServer:\n  extraArgs: [{name: authorization-config, value: /a}, {name: enable-admission-plugins, value: X, mergeMethod: append}]\n";
        assert_eq!(
            flag(new, Program::Scheduler, "bind-address"),
            Some(("0.0.0.0|10.0.0.1".into(), "10.0.0.1".into()))
        );
        assert_eq!(flag(new, Program::ApiServer, "authorization-mode"), None);
        assert_eq!(
            flag(new, Program::ApiServer, "enable-admission-plugins"),
            Some(("NodeRestriction|X".into(), "X".into()))
        );
    }

    #[test]
    fn an_etcd_of_others_is_told_to_the_api_server_and_the_kubelet_has_its_file() {
        let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd:\n  external:\n    endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379]\n    caFile: /ca.crt\n    certFile: \"\"\n    keyFile: \"\"\n";
        let servers = "https://10.0.0.1:2379|https://10.0.0.2:2379";
        assert_eq!(
            flag(text, Program::ApiServer, "etcd-servers"),
            Some((servers.into(), "https://10.0.0.2:2379".into()))
        );
        assert_eq!(flag(text, Program::ApiServer, "etcd-certfile"), None);
        assert_eq!(flag(text, Program::Etcd, "cert-file"), None);
        let init = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs: [{name: anonymous-auth, value: \"true\"}]\n";
        assert_eq!(flag(init, Program::Kubelet, "anonymous-auth"), Some(("true".into(), "\"true\"".into())));
        assert!(flag(init, Program::Kubelet, "config").is_some());
        assert_eq!(flag("kind: JoinConfiguration\n", Program::Kubelet, "config"), None);
    }
}
