//! Who decides what a request may do: the API server's modes, by its flag or by an `AuthorizationConfiguration`.
//!
//! kubernetes pkg/kubeapiserver/options/authorization.go: the two exclude each other; without either, everything is
//! allowed. The modes are asked in turn, and the first that says yes or no decides.

use super::api_servers::api_servers;
use crate::checks::{Case, Check, DocumentCase, Fault, Faults, Row, Rule, Scope, Standard};
use crate::model::flags::CommandLine;
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("apiserver_authorization.md");
const SUBJECTS: &[Subject] = &[Subject::Workload, Subject::AuthorizationConfiguration, Subject::Kubeadm];

const fn row(id: &'static str, severity: Severity, title: &'static str, mode: &'static Mode) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(mode))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "apiserver-authorization-always-allow",
        Severity::Critical,
        "API server allows every request",
        &Mode {
            name: "AlwaysAllow",
            wanted: false,
            follows: "whoever gets through authentication may do everything",
        },
    )
    .aliases(&["KCV-0007", "CKV_K8S_74", "C-0118"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.2.6")])
    .technique("T1078"),
    row(
        "apiserver-authorization-node-missing",
        Severity::High,
        "API server does not narrow kubelets to their nodes",
        &Mode {
            name: "Node",
            wanted: true,
            follows: "kubelets need a role that reads the secrets of all nodes, and one stolen node reads them",
        },
    )
    .aliases(&["KCV-0008", "CKV_K8S_75", "C-0119"])
    .lessons(&[18, 20, 34])
    .standards(&[Standard::Cis("1.2.7")])
    .technique("T1552.007")
    .yields_to(&["apiserver-authorization-always-allow"]),
    row(
        "apiserver-authorization-rbac-missing",
        Severity::Critical,
        "API server does not ask RBAC",
        &Mode { name: "RBAC", wanted: true, follows: "roles and bindings are there, and nobody reads them" },
    )
    .aliases(&["KCV-0009", "CKV_K8S_77", "C-0088", "C-0120"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.2.8")])
    .technique("T1078")
    .yields_to(&["apiserver-authorization-always-allow"]),
];

/// A mode that has to be there, or must not.
#[derive(Clone, Copy, Debug)]
struct Mode {
    name: &'static str,
    wanted: bool,
    follows: &'static str,
}

impl Row for Mode {
    fn scope(&self) -> Scope {
        Scope::Document(SUBJECTS)
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Document(case) = case else { return Faults::new() };
        if case.subject == Subject::AuthorizationConfiguration {
            return self.file(case).into_iter().collect();
        }
        api_servers(case).filter_map(|line| self.flags(line)).collect()
    }
}

impl Mode {
    fn flags(&self, line: &CommandLine<'_>) -> Option<Fault> {
        const FLAG: &str = "authorization-mode";
        let help = "set --authorization-mode=Node,RBAC";
        if line.flag("authorization-config").is_some_and(|f| !f.text().trim().is_empty()) {
            return None; // It is judged where it is read.
        }
        let modes = line.list(FLAG);
        let Some(last) = line.flag(FLAG) else {
            let detail = format!("--{FLAG} is not set, which means AlwaysAllow: {}", self.follows);
            let fault = || Fault::new(line.start.own_span(), detail, help);
            return (!self.wanted).then(|| fault().label(format!("--{FLAG} belongs here")));
        };
        let node = self.wrong(modes.into_iter(), last.value().map_or(last.node, |(_, node)| node))?;
        let detail = format!("--{FLAG} is {:?}: {}", node.1, self.follows);
        Some(Fault::new(node.0.own_span(), detail, help))
    }

    fn file(&self, case: &DocumentCase<'_>) -> Option<Fault> {
        let authorizers = case.node().get("authorizers").and_then(value::list)?;
        let types = authorizers.items().filter_map(|a| a.get("type"));
        let modes = types.filter_map(|t| Some((value::string(t)?, t)));
        let key = case.node().entry("authorizers").map_or(authorizers, |e| e.key);
        let (node, all) = self.wrong(modes, key)?;
        let help = if self.wanted {
            format!("add an item with type: {} and a name", self.name)
        } else {
            "remove it; Node, RBAC and a webhook say what is allowed".to_owned()
        };
        let says = if self.wanted {
            format!("authorizers holds {all}, and no {}", self.name)
        } else {
            format!("{} is {all}", node.path())
        };
        Some(Fault::new(node.own_span(), format!("{says}: {}", self.follows), help))
    }

    /// Where the mode stands that must not, or all of them where it is missing; and what stands there.
    fn wrong<'t>(
        &self,
        modes: impl Iterator<Item = (&'t str, Node<'t>)>,
        all: Node<'t>,
    ) -> Option<(Node<'t>, String)> {
        let modes: Vec<_> = modes.collect();
        let names: Vec<_> = modes.iter().map(|(mode, _)| *mode).collect();
        let found = modes.iter().find(|(mode, _)| *mode == self.name);
        match found {
            Some((mode, node)) if !self.wanted => Some((*node, (*mode).to_owned())),
            None if self.wanted && !modes.is_empty() => Some((all, names.join(","))),
            _ => None,
        }
    }
}
