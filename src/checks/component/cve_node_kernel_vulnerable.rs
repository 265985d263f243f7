//! Nodes that report a kernel or a runtime with a known way out of a container.

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "cve-node-kernel-vulnerable",
    Severity::High,
    "node runs what containers are known to escape from",
    include_str!("cve_node_kernel_vulnerable.md"),
    Rule::Document(&[Subject::Node], look),
)
.aliases(&["check-kernel", "C-0079", "C-0087"])
.lessons(&[34, 37])
.technique("T1611")
.confidence(Confidence::Likely);

/// Three numbers of a version.
type Version = (u32, u32, u32);

/// A known flaw of a program.
struct Flaw {
    cve: &'static str,
    /// What `status.nodeInfo` calls the program.
    program: &'static str,
    /// The first version that has it.
    since: Version,
    /// The first version of each branch that does not, in order; a branch between them without one keeps it.
    fixed: &'static [Version],
    gives: &'static str,
}

/// By the projects' own advisories (github.com/containerd/containerd and cri-o/cri-o, security) and kernel.org's stable
/// releases.
const FLAWS: &[Flaw] = &[
    Flaw {
        cve: "CVE-2022-0185",
        program: "linux",
        since: (5, 1, 0),
        fixed: &[(5, 4, 173), (5, 10, 93), (5, 15, 16), (5, 16, 2)],
        gives: "a process that may make a user namespace writes over the kernel's memory",
    },
    Flaw {
        cve: "CVE-2022-0847",
        program: "linux",
        since: (5, 8, 0),
        fixed: &[(5, 10, 102), (5, 15, 25), (5, 16, 11)],
        gives: "who may read a file may write it, the node's runtime included",
    },
    Flaw {
        cve: "CVE-2022-0811",
        program: "cri-o",
        since: (1, 19, 0),
        fixed: &[(1, 19, 6), (1, 20, 7), (1, 21, 6), (1, 22, 3), (1, 23, 2)],
        gives: "a sysctl of a pod sets any setting of the node's kernel",
    },
    Flaw {
        cve: "CVE-2022-23648",
        program: "containerd",
        since: (0, 0, 0),
        fixed: &[(1, 4, 13), (1, 5, 10), (1, 6, 1)],
        gives: "an image's volumes copy files of the node into the container",
    },
];

impl Flaw {
    fn is_in(&self, version: Version) -> bool {
        let same = |fixed: &&Version| (fixed.0, fixed.1) == (version.0, version.1);
        let last = self.fixed.last().copied().unwrap_or_default();
        match self.fixed.iter().find(same) {
            Some(fixed) => version < *fixed && version >= self.since,
            None => version < last && version >= self.since,
        }
    }
}

fn look(case: &DocumentCase<'_>) -> Faults {
    let Some(info) = case.node().at(&["status", "nodeInfo"]) else { return Faults::new() };
    let kernel = info.get("kernelVersion").and_then(|n| Some((n, "linux", kernel(value::string(n)?)?)));
    let runtime = info.get("containerRuntimeVersion").and_then(|n| {
        let (program, text) = value::string(n)?.split_once("://")?;
        Some((n, program, numbers(text)?.0))
    });
    let fault = |(node, program, version): (_, &str, Version)| {
        let known: Vec<_> = FLAWS.iter().filter(|f| f.program == program && f.is_in(version)).collect();
        let first = known.first()?;
        let (major, minor, patch) = version;
        let names: Vec<_> = known.iter().map(|flaw| flaw.cve).collect();
        let says =
            format!("is {program} {major}.{minor}.{patch}, with {}: {}", names.join(" and "), first.gives);
        Some(Fault::at(
            node,
            &says,
            "update the node, and let pods have user namespaces and seccomp meanwhile",
        ))
    };
    kernel.into_iter().chain(runtime).filter_map(fault).collect()
}

/// The kernel's numbers, where they are those of kernel.org. Other distributions mend a kernel and keep its number.
fn kernel(text: &str) -> Option<Version> {
    let (version, rest) = numbers(text)?;
    let follows = rest.is_empty() || rest == "+" || rest.contains("amzn");
    (follows || ["-flatcar", "-talos", "-linuxkit"].contains(&rest)).then_some(version)
}

/// The three numbers that a text begins with, and the rest.
fn numbers(text: &str) -> Option<(Version, &str)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (version, rest) = text.split_at_checked(end)?;
    let mut parts = version.trim_end_matches('.').split('.').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some(((next()?, next()?, next().unwrap_or(0)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_mended_where_its_release_says_so() {
        let has = |cve: &str, text: &str| {
            let flaw = FLAWS.iter().find(|f| f.cve == cve).unwrap();
            flaw.is_in(numbers(text).unwrap().0)
        };
        for (cve, version, expected) in [
            ("CVE-2022-0847", "5.7.19", false),
            ("CVE-2022-0847", "5.8.0", true),
            ("CVE-2022-0847", "5.10.101", true),
            ("CVE-2022-0847", "5.10.102", false),
            ("CVE-2022-0847", "5.13.19", true),
            ("CVE-2022-0847", "5.17.0", false),
            ("CVE-2022-23648", "1.3.9", true),
            ("CVE-2022-23648", "1.6.0", true),
            ("CVE-2022-23648", "1.6.0-rc.1", true),
            ("CVE-2022-23648", "2.1.0", false),
            ("CVE-2022-0811", "1.18.4", false),
            ("CVE-2022-0811", "1.23.1", true),
            ("CVE-2022-0811", "1.24.0", false),
        ] {
            assert_eq!(has(cve, version), expected, "{cve} {version}");
        }
    }

    #[test]
    fn numbers_of_distributions_that_mend_without_counting_say_nothing() {
        for text in ["5.15.0-91-generic", "5.14.0-70.el9.x86_64", "5.10.0-8-amd64", "x", "", "5"] {
            assert_eq!(kernel(text), None, "{text}");
        }
        for text in ["5.10.93-87.444.amzn2.x86_64", "5.15.19-flatcar", "5.10.90+", "5.10.90"] {
            assert!(kernel(text).is_some(), "{text}");
        }
    }
}
