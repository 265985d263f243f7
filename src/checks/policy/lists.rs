//! Which of a pod's three lists of containers a policy forgets. It knows neither Kyverno nor Gatekeeper.

use std::collections::BTreeSet;

/// What only main containers and sidecars have: a policy about it looks at `containers` by right.
const MAIN_ONLY: [&str; 4] = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
/// What the API refuses on ephemeral containers.
const NOT_EPHEMERAL: [&str; 2] = ["resources", "ports"];

/// The lists that a policy with these words leaves out. `of_pods`: whether it sees pods themselves; a template cannot
/// hold ephemeral containers (kubernetes, `pkg/apis/core/validation`).
pub(super) fn missing(words: &BTreeSet<&str>, of_pods: bool) -> Vec<&'static str> {
    let has = |word: &&str| words.contains(*word);
    if !has(&"containers") || MAIN_ONLY.iter().any(&has) {
        return Vec::new();
    }
    let ephemeral = of_pods && !NOT_EPHEMERAL.iter().any(&has);
    let wanted = [("initContainers", true), ("ephemeralContainers", ephemeral)];
    wanted.into_iter().filter(|(list, wanted)| *wanted && !has(list)).map(|(list, _)| list).collect()
}

/// The words of code or of an expression.
pub(super) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_cannot_have_need_not_be_looked_for() {
        let of = |code: &'static str, pods: bool| missing(&words(code).collect(), pods);
        assert_eq!(of("spec.containers.image", true), ["initContainers", "ephemeralContainers"]);
        assert_eq!(of("spec.containers.image", false), ["initContainers"]);
        assert_eq!(of("containers.ports initContainers", true), [""; 0]);
        assert_eq!(of("containers.resources", true), ["initContainers"]);
        assert_eq!(of("containers.livenessProbe", true), [""; 0]);
        assert_eq!(of("podSelector", true), [""; 0]);
    }
}
