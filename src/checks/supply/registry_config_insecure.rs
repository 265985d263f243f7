//! Images over a wire that nobody vouches for.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "registry-config-insecure",
    Severity::High,
    "runtime pulls from a registry that it does not verify",
    include_str!("registry_config_insecure.md"),
    Rule::Document(&[Subject::ContainerdConfig, Subject::ContainerdHosts], look),
)
.lessons(&[12])
.technique("T1557");

fn look(case: &DocumentCase<'_>) -> Faults {
    if case.subject == Subject::ContainerdConfig { of_plugins(case) } else { of_hosts(case) }
}

/// containerd docs/cri/registry.md: the plug-in that pulls images (`cri`, `io.containerd.grpc.v1.cri`,
/// `io.containerd.cri.v1.images`, by the file's version) has tables of registries, which `hosts.toml` replaces.
fn of_plugins(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    let help = "set config_path alone, and say it in a hosts.toml with the registry's authority in ca";
    let plugins = case.node().get("plugins").map(Node::entries).unwrap_or_default();
    for registry in plugins.into_iter().filter_map(|plugin| plugin.value.get("registry")) {
        let tables = |name: &str| registry.get(name).map(Node::entries).unwrap_or_default();
        let endpoints = tables("mirrors").into_iter().filter_map(|mirror| mirror.value.get("endpoint"));
        faults.extend(endpoints.flat_map(Node::items).filter_map(|address| plain(address, help)));
        for config in tables("configs") {
            let skips = config.value.at(&["tls", "insecure_skip_verify"]);
            let node = skips.filter(|n| value::boolean(*n) == Some(true));
            faults.extend(node.map(|node| {
                let name = config.key.scalar().unwrap_or("a registry");
                let detail = format!("insecure_skip_verify of {name} is true: any certificate will do");
                Fault::new(node.own_span(), detail, help)
            }));
        }
    }
    faults
}

/// containerd core/remotes/docker/config/hosts.go: the server's settings stand at the top, each host's in its table.
fn of_hosts(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    let help = "serve the registry over TLS, and name its authority in ca";
    if let Some(server) = case.node().get("server") {
        faults.extend(plain(server, help));
    }
    faults.extend(skipped(case.node(), help));
    for host in case.node().get("host").map(Node::entries).unwrap_or_default() {
        faults.extend(plain(host.key, help));
        faults.extend(skipped(host.value, help));
    }
    faults
}

fn skipped(table: Node<'_>, help: &'static str) -> Option<Fault> {
    let node = table.get("skip_verify").filter(|n| value::boolean(*n) == Some(true))?;
    Some(Fault::new(node.own_span(), "skip_verify is true: any certificate will do", help))
}

/// An address without TLS; one of the node itself does not leave it.
fn plain(address: Node<'_>, help: &'static str) -> Option<Fault> {
    let text = address.scalar()?;
    let rest = text.strip_prefix("http://")?;
    (!is_local(rest)).then(|| Fault::new(address.own_span(), format!("{text} is plain HTTP"), help))
}

/// Whether an address without its scheme is the node's own.
fn is_local(address: &str) -> bool {
    let authority = address.split('/').next().unwrap_or("");
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => authority.split(':').next().unwrap_or(""),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_the_node_itself_is_local() {
        for local in ["localhost", "localhost:5000/v2", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"] {
            assert!(is_local(local), "{local}");
        }
        for far in ["localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", "registry"] {
            assert!(!is_local(far), "{far}");
        }
    }
}
