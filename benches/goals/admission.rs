//! Admission: a pod through Kyverno's policies, expressions of CEL, the chain of the API server, policies of images.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use sealegs::parse::{Limits, yaml};
use sealegs::sim::admission::chain::Chain;
use sealegs::sim::admission::{image, kyverno};
use sealegs::sim::cel::{Machine, Program, Ty, Value};
use sealegs::sim::world::World;
use sealegs::sim::{Answer, Verdict};
use sealegs::text::Source;

use super::{repeat, row};

/// A file of a lab.
macro_rules! lab {
    ($path:literal) => {
        include_str!(concat!("../../labs/", $path))
    };
}

const POD: &str = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop, labels: { app: web } }\nspec:\n  containers:\n  - { name: web, image: 'r.test/web:1', securityContext: { privileged: false } }\n  - { name: side, image: 'r.test/side:1' }\n";

/// What a pod's containers, all of them, are asked in CEL.
const EXPRESSION: &str = "(object.spec.containers + object.spec.?initContainers.orValue([])).all(c, !c.?securityContext.?privileged.orValue(false) && c.image.startsWith('r.test/'))";

/// Each row asks as a lab's probe does, with reading and compiling.
pub fn measure() {
    expressions();
    policies();
    chain();
    images();
}

fn world(files: &[&str]) -> World {
    let read = |text: &&str| Arc::new(yaml::parse(&Source::lone("world", *text), Limits::default()).0);
    World::read(files.iter().map(read).collect()).0
}

fn expressions() {
    let tree = yaml::parse(&Source::lone("pod", POD), Limits::default()).0;
    let pod = Value::of(tree.documents().last().expect("a pod behind its namespace"));
    let names = [("object".to_owned(), Ty::Dyn)];
    let asked = |program: &Program| {
        let mut machine = Machine::new(vec![("object".to_owned(), pod.clone())], Vec::new());
        matches!(machine.run(program), Ok(Value::Bool(true)))
    };
    let compiled = || Program::compile(EXPRESSION, &names).expect("it compiles");
    assert!(asked(&compiled()), "the pod is fine");
    let first = repeat(501, || {
        black_box(asked(&compiled()));
    });
    row("CEL, compiled, with its first verdict", first, "one expression, two containers");
    let program = compiled();
    let warm = repeat(501, || {
        black_box(asked(&program));
    });
    row("CEL, the same, compiled before", warm, "one expression, two containers");
}

fn policies() {
    let (mut classic, mut cel) = (String::from(POD), String::from(POD));
    for i in 0..20 {
        let _ = write!(
            classic,
            "---\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{ name: p{i} }}\nspec:\n  rules:\n  - name: r\n    match: {{ any: [{{ resources: {{ kinds: [Pod] }} }}] }}\n    validate:\n      failureAction: Enforce\n      message: named\n      pattern: {{ spec: {{ containers: [{{ image: 'r.test/*:?*', '=(securityContext)': {{ '=(privileged)': false }} }}] }} }}\n"
        );
        let _ = write!(
            cel,
            "---\napiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {{ name: p{i} }}\nspec:\n  validationActions: [Deny]\n  matchConstraints: {{ resourceRules: [{{ apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }}] }}\n  validations: [{{ expression: \"{EXPRESSION}\" }}]\n"
        );
    }
    let object = |key: &str| (key == "object").then(|| "shop/pod/web".to_owned());
    let question = kyverno::read(&mut |key| object(key)).expect("a question");
    for (what, text) in [
        ("Kyverno, a pod through 20 ClusterPolicies", &classic),
        ("Kyverno, a pod through 20 policies in CEL", &cel),
    ] {
        let world = world(&[text]);
        allowed(what, || kyverno::ask(&world, &question));
    }
}

fn chain() {
    let world = world(&[
        lab!("36-multi-tenancy/world/cluster.yaml"),
        lab!("36-multi-tenancy/world/residents.yaml"),
        lab!("36-multi-tenancy/world/roles.yaml"),
        lab!("36-multi-tenancy/solutions/reference/admission.yaml"),
        lab!("36-multi-tenancy/solutions/reference/quota.yaml"),
        lab!("36-multi-tenancy/solutions/reference/tenants.yaml"),
        lab!("36-multi-tenancy/world/sent.yaml"),
    ]);
    let object = world.object("Deployment", Some("t-otter"), "fleet").expect("a deployment of 60 pods");
    let admission = || Chain::new(&world, true).admit(object).expect("a workload");
    let says = match &admission().stop {
        Some(_) => "60 pods, refused by a quota",
        None => "60 pods, let in",
    };
    let took = repeat(51, || {
        black_box(admission());
    });
    row("admission, every stage, one deployment", took, says);
}

fn images() {
    let world = world(&[
        lab!("29-verifying-signatures-at-admission/world/cluster.yaml"),
        lab!("29-verifying-signatures-at-admission/world/guests.yaml"),
        lab!("29-verifying-signatures-at-admission/world/registry.yaml"),
        lab!("29-verifying-signatures-at-admission/world/residents.yaml"),
        lab!("29-verifying-signatures-at-admission/solutions/reference/config.yaml"),
        lab!("29-verifying-signatures-at-admission/solutions/reference/namespaces.yaml"),
        lab!("29-verifying-signatures-at-admission/solutions/reference/policy.yaml"),
    ]);
    let object = |key: &str| (key == "object").then(|| "tickets/deployment/gangway".to_owned());
    let question = image::read(&mut |key| object(key)).expect("a question");
    allowed("image policies, signatures and attestations", || image::ask(&world, &question));
}

/// A row of a question that has to be answered by yes.
fn allowed(what: &str, ask: impl Fn() -> Verdict) {
    let verdict = ask();
    assert_eq!(verdict.answer, Answer::Allowed, "{what}: {:?}", verdict.because);
    let took = repeat(101, || {
        black_box(ask());
    });
    row(what, took, "with reading and compiling");
}
