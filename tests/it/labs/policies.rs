//! What the lab of Kyverno says where a policy keeps out of a request, or refuses nothing: the field, and its line.

use sealegs::grade;
use sealegs::ids::LabId;

use super::course;

const KYVERNO: &str = include_str!("../../../labs/28-kyverno/solutions/reference/policies.yaml");
const OLD: &str = include_str!("../../../labs/28-kyverno/solutions/the-old-way/policies.yaml");

/// A solution, what of it is written otherwise, the step that then fails, and what is said at a line.
type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c str, &'c str);

/// Hands all of them in.
fn judge(cases: &[Case<'_>]) {
    let (course, _directory) = course();
    let lab = course.lab(&LabId::new("28-kyverno").unwrap()).unwrap();
    let plan = grade::Plan::new(&lab, course.sources()).unwrap();
    for (solution, changes, step, wanted) in cases {
        let text = changes.iter().fold((*solution).to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let mut submission = grade::submission(&lab, &[]);
        let source = course.sources().add("policies.yaml", &text);
        let file = source.id();
        submission.files.retain(|(path, _)| path != "policies.yaml");
        submission.files.push(("policies.yaml".to_owned(), source));
        let report = grade::run(&plan, &submission, course.sources());
        let found = report.steps.iter().find(|s| s.step.as_str() == *step).unwrap();
        let fits =
            found.why.iter().any(|r| r.text.contains(wanted) && r.span.is_some_and(|s| s.file == file));
        assert!(fits, "{wanted}:\n{:#?}", found.why.iter().map(|r| &r.text).collect::<Vec<_>>());
    }
}

#[test]
fn a_policy_of_kyverno_s_says_which_of_its_fields_keeps_it_out() {
    let actions = "  validationActions: [Deny]\n";
    let constraints = "  matchConstraints:\n    resourceRules:";
    let with = |more: &str| format!("{actions}{more}");
    let (off, alone, over) = (
        with("  evaluation: { admission: { enabled: false } }\n"),
        with("  autogen: { podControllers: { controllers: [jobs] } }\n"),
        with("  autogen: { validatingAdmissionPolicy: { enabled: true } }\n"),
    );
    let selector = "  matchConstraints:\n    objectSelector: { matchLabels: { app: x } }\n    resourceRules:";
    let kind = "kind: ValidatingPolicy\nmetadata:";
    let namespaced = "kind: NamespacedValidatingPolicy\nmetadata:\n  namespace: projection";
    judge(&[
        (KYVERNO, &[(actions, &off)], "in-the-open", "asked of what is stored, and never at admission"),
        (
            KYVERNO,
            &[(actions, &alone)],
            "in-a-box",
            "the controllers that autogen copies it for lack deployments",
        ),
        (
            KYVERNO,
            &[(actions, &over)],
            "in-a-box",
            "the API server asks it in Kyverno's place, of pods and not of",
        ),
        (
            KYVERNO,
            &[(constraints, selector)],
            "in-a-box",
            "autogen copies for deployments what matches pods and",
        ),
        (KYVERNO, &[(constraints, selector)], "in-the-open", "objectSelector does not fit its labels"),
        (
            KYVERNO,
            &[("[UPDATE]", "[CREATE]")],
            "during-the-film",
            "operations of its resourceRules do not name UPDATE",
        ),
        (KYVERNO, &[("[pods]", "[pod]")], "in-the-open", "resources of its resourceRules do not name `pods`"),
        (KYVERNO, &[(kind, namespaced)], "in-the-open", "it counts in `projection` alone"),
        (KYVERNO, &[("[Deny]", "[Audit]")], "in-the-open", "its validationActions refuse nothing"),
    ]);
}

#[test]
fn a_rule_of_the_old_kind_says_what_its_failure_action_is() {
    let action = "        failureAction: Enforce\n";
    let over =
        format!("{action}        failureActionOverrides: [{{ action: Audit, namespaces: [tickets] }}]\n");
    let whole = ("spec:\n  rules:", "spec:\n  validationFailureAction: Audit\n  rules:");
    judge(&[
        (
            OLD,
            &[(action, "")],
            "in-the-open",
            "its rule has no failureAction, which means Audit: nothing is refused",
        ),
        (OLD, &[("Enforce", "Audit")], "in-the-open", "the failureAction of its rule refuses nothing"),
        (OLD, &[("  rules:\n", "  admission: false\n  rules:\n")], "in-the-open", "never at admission"),
        (
            OLD,
            &[(action, &over)],
            "in-the-open",
            "its failureAction, with what overrides it here, refuses nothing",
        ),
        (OLD, &[(action, ""), whole], "in-the-open", "its validationFailureAction refuses nothing"),
        (
            OLD,
            &[("kinds: [Pod]", "kinds: [Job]")],
            "in-the-open",
            "no rule, nor a copy that autogen makes of one",
        ),
    ]);
}
