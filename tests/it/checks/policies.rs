//! Traps of policies, by number: what counts where a policy says something twice, or not at all.

use super::check_yaml;

/// The ids of the findings that begin so, with the line of each.
fn found(text: &str, prefix: &str) -> Vec<String> {
    let lines = check_yaml(text);
    let place = |line: &String| {
        let id = line.split([' ', ':']).find(|word| word.starts_with(prefix))?;
        Some(format!("{}:{id}", line.split(':').next()?))
    };
    lines.iter().filter_map(place).collect()
}

const RULE: &str = "- rule: shell\n  desc: d\n  condition: CONDITION\n  output: x (%proc.cmdline)\n  \
    priority: NOTICE\n  tags: [maturity_sandbox, T1059]\n";

#[test]
fn trap_18_falco_loads_the_last_definition_and_overrides_key_by_key() {
    let bad = RULE.replace("CONDITION", "proc.name = sh");
    let good = RULE.replace("CONDITION", "evt.type = execve and proc.name = sh");
    assert_eq!(found(&bad, "falco-"), ["3:falco-rule-condition-no-event-type"]);
    assert_eq!(found(&format!("{bad}{good}"), "falco-"), ["7:falco-rule-override-misuse"]);
    assert_eq!(
        found(&format!("{good}{bad}"), "falco-"),
        ["7:falco-rule-override-misuse", "9:falco-rule-condition-no-event-type"]
    );
    let change = |rest: &str| format!("{bad}- rule: shell\n  {rest}\n");
    assert!(
        found(&change("condition: and evt.type=execve\n  override: {condition: append}"), "falco-")
            .is_empty()
    );
    assert!(
        found(&change("condition: evt.type=execve\n  override: {condition: replace}"), "falco-").is_empty()
    );
    let glued = change("condition: evt.type = execve\n  append: true");
    assert!(found(&glued, "falco-").contains(&"8:falco-rule-override-misuse".to_owned()));
}

#[test]
fn trap_18_kyvernos_rule_beats_its_spec_and_cel_denies_by_default() {
    let old = |spec: &str, rule: &str| {
        let head = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\n";
        let rule =
            format!("{{name: a, validate: {{message: m{rule}, pattern: {{spec: {{hostPID: false}}}}}}}}");
        found(&format!("{head}spec:\n  rules: [{rule}]\n{spec}"), "kyverno-audit")
    };
    assert_eq!(old("", ""), ["5:kyverno-audit-only"]);
    assert_eq!(old("  validationFailureAction: audit\n", ""), ["6:kyverno-audit-only"]);
    assert_eq!(
        old("  validationFailureAction: Enforce\n", ", failureAction: Audit"),
        ["5:kyverno-audit-only"]
    );
    assert!(old("  validationFailureAction: Audit\n", ", failureAction: Enforce").is_empty());
    assert!(old("  validationFailureAction: enforce\n", "").is_empty());
    assert_eq!(old("  validationFailureAction: Enforce\n  admission: false\n", ""), ["7:kyverno-audit-only"]);
    let cel = |spec: &str| {
        let head = "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\n";
        found(&format!("{head}spec: {spec}\n"), "kyverno-audit")
    };
    assert!(cel("{validations: []}").is_empty());
    assert!(cel("{validationActions: [Audit, Deny]}").is_empty());
    assert_eq!(cel("{validationActions: [Audit, Warn]}"), ["4:kyverno-audit-only"]);
    assert_eq!(cel("{evaluation: {admission: {enabled: false}}}"), ["4:kyverno-audit-only"]);
}

#[test]
fn trap_18_gatekeeper_denies_unless_something_says_otherwise() {
    let of = |spec: &str| {
        let head = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Any\nmetadata: {name: p}\n";
        found(&format!("{head}spec: {spec}\n"), "gatekeeper-")
    };
    let scoped = |action: &str, point: &str| {
        let action = format!("{{action: {action}, enforcementPoints: [{{name: '{point}'}}]}}");
        of(&format!("{{enforcementAction: scoped, scopedEnforcementActions: [{action}]}}"))
    };
    assert!(of("{}").is_empty());
    assert!(of("{enforcementAction: }").is_empty());
    assert_eq!(of("{enforcementAction: dryrun}"), ["4:gatekeeper-constraint-dryrun"]);
    assert_eq!(of("{enforcementAction: scoped}"), ["4:gatekeeper-constraint-dryrun"]);
    assert_eq!(scoped("deny", "audit.gatekeeper.sh"), ["4:gatekeeper-constraint-dryrun"]);
    assert!(scoped("deny", "*").is_empty());
    assert!(scoped("deny", "vap.k8s.io").is_empty());
}
