//! What the lab of Kyverno says where a policy keeps out of a request, or refuses nothing: the field, and its line.

use super::hand_in;

const KYVERNO: &str = include_str!("../../../labs/28-kyverno/solutions/reference/policies.yaml");
const OLD: &str = include_str!("../../../labs/28-kyverno/solutions/the-old-way/policies.yaml");

/// The reasons of a step, each with its line, of a submission of one file with one change.
fn said(text: &str, step: &str, (from, to): (&str, &str)) -> String {
    assert!(text.contains(from), "{from}");
    let (report, shown) = hand_in("28-kyverno", "policies.yaml", &text.replacen(from, to, 1));
    let found = report.steps.iter().find(|s| s.step.as_str() == step);
    let lines = found.into_iter().flat_map(|s| &s.why).map(|r| match r.span {
        Some(_) => format!("{} (placed)", r.text),
        None => r.text.clone(),
    });
    lines.collect::<Vec<_>>().join("\n") + &shown
}

#[test]
fn a_policy_of_kyverno_s_says_which_of_its_fields_keeps_it_out() {
    let actions = "  validationActions: [Deny]\n";
    let constraints = "  matchConstraints:\n    resourceRules:";
    let with = |more: &str| format!("{actions}{more}");
    let selector = "  matchConstraints:\n    objectSelector: { matchLabels: { app: x } }\n    resourceRules:";
    let (off, alone, over) = (
        with("  evaluation: { admission: { enabled: false } }\n"),
        with("  autogen: { podControllers: { controllers: [jobs] } }\n"),
        with("  autogen: { validatingAdmissionPolicy: { enabled: true } }\n"),
    );
    let cases = [
        (
            "in-the-open",
            (actions, off.as_str()),
            "it is asked of what is stored, and never at admission (placed)",
        ),
        (
            "in-a-box",
            (actions, &alone),
            "the controllers that autogen copies it for lack deployments (placed)",
        ),
        (
            "in-a-box",
            (actions, &over),
            "the API server asks it in Kyverno's place, of pods and not of deployments",
        ),
        (
            "in-a-box",
            (constraints, selector),
            "autogen copies for deployments what matches pods and nothing beside",
        ),
        ("in-the-open", (constraints, selector), "objectSelector does not fit its labels (placed)"),
        (
            "during-the-film",
            ("[UPDATE]", "[CREATE]"),
            "operations of its resourceRules do not name UPDATE (placed)",
        ),
        ("in-the-open", ("[pods]", "[pod]"), "resources of its resourceRules do not name `pods` (placed)"),
        (
            "in-the-open",
            (
                "kind: ValidatingPolicy\nmetadata:",
                "kind: NamespacedValidatingPolicy\nmetadata:\n  namespace: projection",
            ),
            "it counts in `projection` alone (placed)",
        ),
        (
            "in-the-open",
            (actions, "  validationActions: [Audit]\n"),
            "its validationActions refuse nothing (placed)",
        ),
    ];
    for (step, change, wanted) in cases {
        let why = said(KYVERNO, step, change);
        assert!(why.contains(wanted), "{wanted}:\n{why}");
    }
}

#[test]
fn a_rule_of_the_old_kind_says_what_its_failure_action_is() {
    let action = "        failureAction: Enforce\n";
    let (over, whole) = (
        format!("{action}        failureActionOverrides: [{{ action: Audit, namespaces: [tickets] }}]\n"),
        ("spec:\n  rules:", "spec:\n  validationFailureAction: Audit\n  rules:"),
    );
    let cases = [
        ((action, ""), "its rule has no failureAction, which means Audit: nothing is refused (placed)"),
        (
            (action, "        failureAction: Audit\n"),
            "the failureAction of its rule refuses nothing (placed)",
        ),
        ((action, over.as_str()), "its failureAction, with what overrides it here, refuses nothing (placed)"),
    ];
    for (change, wanted) in cases {
        let why = said(OLD, "in-the-open", change);
        assert!(why.contains(wanted), "{wanted}:\n{why}");
    }
    let older = OLD.replacen(action, "", 1);
    let why = said(&older, "in-the-open", whole);
    assert!(why.contains("its validationFailureAction refuses nothing (placed)"), "{why}");
    let why = said(OLD, "in-the-open", ("kinds: [Pod]", "kinds: [Job]"));
    assert!(why.contains("no rule, nor a copy that autogen makes of one, matches it (placed)"), "{why}");
}
