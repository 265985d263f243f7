//! Pods that their own namespace refuses: its labels, and what they ask for, read together.

use crate::checks::{Case, Check, Fault, Faults, Level, PodCase, Row, Rule, Scope, Standard};
use crate::model::value;
use crate::sim::admission::pod_security::{self, Policy, evaluate};
use crate::text::Severity;

const DOC: &str = include_str!("pod_security_level.md");
const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// A row: the level that the namespace enforces.
#[derive(Clone, Copy, Debug)]
struct Enforces(pod_security::Level);

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "pod-security-level-baseline",
        Severity::High,
        "namespace refuses the pod at baseline",
        DOC,
        Rule::Row(&Enforces(pod_security::Level::Baseline)),
    )
    .aliases(&["podsecurity-subrule-baseline"])
    .lessons(&[15])
    .standards(&[Standard::Pss(Level::Baseline, "*", 0), Standard::Cis("5.2.1")]),
    Check::new(
        "pod-security-level-restricted",
        Severity::Medium,
        "namespace refuses the pod at restricted",
        DOC,
        Rule::Row(&Enforces(pod_security::Level::Restricted)),
    )
    .aliases(&[
        "podsecurity-subrule-restricted",
        "podsecurity-subrule-restricted-capabilities",
        "podsecurity-subrule-restricted-seccomp",
        "apply-pss-restricted-profile",
    ])
    .lessons(&[15])
    .standards(&[Standard::Pss(Level::Restricted, "*", 0), Standard::Cis("5.2.1")]),
];

impl Row for Enforces {
    fn scope(&self) -> Scope {
        Scope::Pod
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Pod(case) = case else { return Faults::new() };
        self.fault(case).into_iter().collect()
    }
}

impl Enforces {
    fn fault(self, case: &PodCase<'_>) -> Option<Fault> {
        let at = case.object.node.at(&["metadata", "namespace"])?;
        let namespace = case.world.namespace(value::string(at)?)?;
        let label = namespace.label(LABEL)?;
        let (policy, _) = Policy::of_labels(&namespace.labels(), Policy::default());
        let by = policy.enforce;
        if by.level != self.0 {
            return None;
        }
        let evaluation = evaluate(by.level, by.version, case.template);
        if evaluation.allowed() {
            return None;
        }
        let whose = if case.template.of_pod { "the pod" } else { "every pod of it" };
        let says = format!("violates PodSecurity \"{by}\", so {whose} is refused: {}", evaluation.message());
        let help = "mend the fields that the message names; leave the namespace's label as it is";
        Some(Fault::at(at, &says, help).related(label.own_span(), "the namespace enforces it here"))
    }
}
