//! The table of checks, and how they are found. Each area keeps its own list.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{
    Check, component, detection, dockerfile, namespace, network, policy, rbac, structure, supply, workload,
};

/// The areas' lists, each a list of lists: single checks one by one, families whole.
const AREAS: &[&[&[Check]]] = &[
    workload::CHECKS,
    rbac::CHECKS,
    network::CHECKS,
    namespace::CHECKS,
    dockerfile::CHECKS,
    component::CHECKS,
    policy::CHECKS,
    supply::CHECKS,
    detection::CHECKS,
    structure::CHECKS,
];

/// Every check, by id.
static ALL: LazyLock<Vec<Check>> = LazyLock::new(|| {
    let mut all: Vec<&Check> =
        AREAS.iter().flat_map(|area| area.iter()).flat_map(|list| list.iter()).collect();
    all.sort_by_key(|c| c.id);
    all.into_iter().copied().collect()
});

/// Every check, by id.
pub fn all() -> &'static [Check] {
    &ALL
}

/// The check of this id; otherwise the first that another tool or a standard calls so (`KSV-0017`, `CKV_K8S_16`,
/// `5.2.2`, `baseline:privileged`, `capabilities_restricted`).
pub fn find(text: &str) -> Option<&'static Check> {
    find_all(text).into_iter().next()
}

/// The check of this id; otherwise all that another tool or a standard calls so.
pub fn find_all(text: &str) -> Vec<&'static Check> {
    let text = text.trim().to_ascii_lowercase();
    NAMES.get(text.as_str()).map_or_else(Vec::new, Clone::clone)
}

/// The checks by each name that somebody gives them, in small letters: a file may accept many.
static NAMES: LazyLock<BTreeMap<String, Vec<&'static Check>>> = LazyLock::new(|| {
    let mut names: BTreeMap<String, Vec<&'static Check>> = BTreeMap::new();
    for check in all() {
        for name in check.names() {
            let known = names.entry(name).or_default();
            if known.last().is_none_or(|last| last.id != check.id) {
                known.push(check);
            }
        }
    }
    // Our own id means this one check alone.
    for check in all() {
        names.insert(check.id.to_ascii_lowercase(), vec![check]);
    }
    names
});

/// What people should know of a check: its page, and who else asks for it.
pub fn explain(check: &Check) -> Cow<'static, str> {
    check.page()
}
