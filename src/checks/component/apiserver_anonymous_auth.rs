//! An API server that answers requests without a credential on every path.

use super::api_servers::api_servers;
use crate::checks::{Check, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::flags::CommandLine;
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "apiserver-anonymous-auth",
    Severity::High,
    "API server answers anonymous requests on every path",
    include_str!("apiserver_anonymous_auth.md"),
    Rule::Document(&[Subject::Workload, Subject::AuthenticationConfiguration, Subject::Kubeadm], look),
)
.aliases(&["KCV-0001", "CKV_K8S_68", "C-0113"])
.lessons(&[18, 20])
.standards(&[Standard::Cis("1.2.1")])
.technique("T1190");

const HELP: &str = "name the health paths under anonymous.conditions of an AuthenticationConfiguration, and that \
                    file in --authentication-config";

fn look(case: &DocumentCase<'_>) -> Faults {
    match case.subject {
        Subject::AuthenticationConfiguration => file(case.node()).into_iter().collect(),
        _ => api_servers(case).filter_map(flags).collect(),
    }
}

/// True by default; `AlwaysAllow` switches it off, whatever the flag says (kubernetes
/// pkg/kubeapiserver/options/authentication.go, `ApplyAuthorization`).
fn flags(line: &CommandLine<'_>) -> Option<Fault> {
    let name = "anonymous-auth";
    let modes = line.list("authorization-mode");
    let by_file = line.flag("authorization-config").is_some();
    if !by_file && (modes.is_empty() || modes.iter().any(|(m, _)| *m == "AlwaysAllow")) {
        return None; // A graver finding says more.
    }
    if let Some(flag) = line.flag(name) {
        let detail = "--anonymous-auth is true: whoever reaches the port is system:anonymous, and one careless \
                      binding to system:unauthenticated is enough";
        return (flag.boolean() == Some(true)).then(|| Fault::new(flag.node.own_span(), detail, HELP));
    }
    if line.flag("authentication-config").is_some() {
        return None; // The file says it, and is judged where it is read.
    }
    let detail = "--anonymous-auth is not set, which means true: whoever reaches the port is system:anonymous, and \
                  one careless binding to system:unauthenticated is enough";
    Some(Fault::new(line.start.own_span(), detail, HELP).label("--authentication-config belongs here"))
}

fn file(configuration: Node<'_>) -> Option<Fault> {
    let Some(anonymous) = configuration.get("anonymous") else {
        let place = configuration.missing("anonymous").span;
        let detail = "anonymous is not set: --anonymous-auth decides, and is true unless it says false";
        return Some(Fault::unknown(place, detail, HELP).label("belongs here"));
    };
    let enabled = anonymous.get("enabled").filter(|n| value::boolean(*n) == Some(true))?;
    if anonymous.get("conditions").is_some_and(|c| c.items().len() > 0) {
        return None;
    }
    let says = "is true, and anonymous.conditions names no path: every path is answered";
    Some(Fault::at(enabled, says, "list /livez, /readyz and /healthz under anonymous.conditions"))
}
