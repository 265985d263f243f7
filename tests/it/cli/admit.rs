//! `admit`: pods and workloads of a directory before the namespaces, limit ranges and quotas that lie there.

use serde_json::Value;

use super::{Sealegs, write};

const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {pod-security.kubernetes.io/enforce: baseline}\n---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team, namespace: shop}\nspec:\n  hard: {pods: \"3\"}\n";
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: c, image: i}]\n";
const BAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: bad, namespace: shop}\nspec:\n  hostPID: true\n  containers: [{name: c, image: i}]\n";

#[test]
fn each_object_is_admitted_or_refused_with_the_stage_and_the_line() {
    let s = Sealegs::new();
    write(s.home(), "all/space.yaml", SPACE);
    write(s.home(), "all/web.yaml", WEB);
    let ran = s.run(&["admit", "all"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(
        ran.out,
        "admitted   Deployment shop/web: 2 of 2 pods (all/web.yaml:2)\n1 admitted, 0 refused, 0 not judged\n"
    );
    write(s.home(), "all/bad.yaml", BAD);
    write(s.home(), "all/xl.yaml", &WEB.replace("name: web", "name: xl"));
    let ran = s.run(&["admit", "all"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for said in [
        "REFUSED    Pod shop/bad, PodSecurity (all/bad.yaml:2)\n",
        "Error from server (Forbidden): error when creating \"all/bad.yaml\": pods \"bad\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostPID=true)\n",
        "(all/bad.yaml:5:12)\n",
        "(all/space.yaml:5:48)\n",
        "REFUSED    Deployment shop/xl: stored, 1 of 2 pods, ResourceQuota (all/xl.yaml:2)\n",
        "exceeded quota: team, requested: pods=1, used: pods=3, limited: pods=3\n",
        "1 admitted, 2 refused, 0 not judged\n",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
    let ran = s.run(&["admit", "all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["objects"].as_array().map(Vec::len), Some(3), "{told}");
    assert_eq!(
        (&told["objects"][0]["stage"], &told["objects"][0]["because"][0]["line"]),
        (&"PodSecurity".into(), &5.into())
    );
}

#[test]
fn what_cannot_be_read_or_asked_is_not_judged() {
    let s = Sealegs::new();
    write(s.home(), "broken.yaml", "a: [\n");
    assert_eq!(s.run(&["admit", "broken.yaml"]).code, 3);
    let ran = s.feed(&["admit", "-"], "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n");
    assert!(ran.code == 3 && ran.out.contains("no Pod and no workload is among these files"), "{}", ran.out);
    // Nothing that makes pods is passed over: a part of one is not judged, one without a name is refused.
    let ran = s.feed(&["admit", "-"], "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n");
    assert!(ran.code == 3 && ran.out.contains("d has no pod spec to judge"), "{}", ran.out);
    let ran = s.feed(&["admit", "-"], &BAD.replace("name: bad, ", ""));
    assert!(ran.code == 1 && ran.out.contains("metadata.generateName (<stdin>:3:"), "{}", ran.out);
    assert_eq!(s.run(&["admit", "nowhere"]).code, 2);
    let ran = s.feed(&["admit", "-"], &format!("{BAD}  resources: {{limits: {{cpu: 1}}}}\n"));
    assert!(
        ran.code == 3 && ran.out.contains("not judged Pod shop/bad, LimitRanger (<stdin>:2)"),
        "{}",
        ran.out
    );
}

const KYVERNO: &str = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: tags}\nspec:\n  rules:\n    - name: tag\n      match: {any: [{resources: {kinds: [Pod]}}]}\n      validate:\n        failureAction: Enforce\n        message: name a tag\n        pattern: {spec: {containers: [{image: \"*:*\"}]}}\n---\napiVersion: policies.kyverno.io/v1\nkind: MutatingPolicy\nmetadata: {name: quiet}\nspec:\n  matchConstraints: {resourceRules: [{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: \"Object{spec: Object.spec{automountServiceAccountToken: false}}\"}}]\n";

#[test]
fn webhooks_answer_with_their_lines_and_what_they_change_keeps_its_place() {
    let s = Sealegs::new();
    write(s.home(), "all/space.yaml", SPACE);
    write(s.home(), "all/kyverno.yaml", KYVERNO);
    write(s.home(), "all/web.yaml", WEB);
    write(s.home(), "all/bad.yaml", &BAD.replace("image: i", "image: \"i:1\""));
    let ran = s.run(&["admit", "all"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for said in [
        "REFUSED    Deployment shop/web: not stored, ValidatingAdmissionWebhook (all/web.yaml:2)\n",
        "admission webhook \"validate.kyverno.svc-fail\" denied the request:\n           resource Deployment/shop/web was blocked due to the following policies\n           tags:\n             autogen-tag: 'validation error: name a tag. ",
        "(all/kyverno.yaml:11:47)\n",
        "  note     MutatingPolicy quiet changes Deployment shop/web (all/kyverno.yaml:14:7)\n",
        // Pod Security judges what was changed, and the line is that of the file.
        "REFUSED    Pod shop/bad, PodSecurity (all/bad.yaml:2)\n",
        "(all/bad.yaml:5:12)\n",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
}

const POLICY: &str = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: ours}\nspec:\n  matchConstraints:\n    resourceRules: [{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}]\n  validations:\n    - expression: request.userInfo.username == 'ann' || request.userInfo.username.endsWith('replicaset-controller')\n      message: ann and Deployments alone\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: everywhere}\nspec: {policyName: ours, validationActions: [Deny]}\n";

#[test]
fn policies_beside_the_manifests_are_asked_and_by_whom_it_is_sent_can_be_said() {
    let s = Sealegs::new();
    write(s.home(), "all/space.yaml", SPACE);
    write(s.home(), "all/policy.yaml", POLICY);
    write(s.home(), "all/web.yaml", WEB);
    write(s.home(), "all/good.yaml", &BAD.replace("bad", "good").replace("  hostPID: true\n", ""));
    let ran = s.run(&["admit", "all"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    for said in [
        "not judged Pod shop/good, ValidatingAdmissionPolicy (all/good.yaml:2)\n",
        "reads what is not known here, who sends it: request.userInfo.username == 'ann' ||",
        "who sends them decides some of it: name the sender with --as USER\n",
        "admitted   Deployment shop/web: 2 of 2 pods (all/web.yaml:2)\n",
        "ValidatingAdmissionPolicy ours is asked about the pod that its controller makes, and has nothing against it (all/policy.yaml:2:7)",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
    assert_eq!(s.run(&["admit", "--as", "ann", "all"]).code, 0);
    let ran = s.run(&["admit", "--as", "ben", "--as-group", "devs", "all"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for said in [
        "REFUSED    Pod shop/good, ValidatingAdmissionPolicy (all/good.yaml:2)\n",
        "The pods \"good\" is invalid: : ValidatingAdmissionPolicy 'ours' with binding 'everywhere' denied request: ann and Deployments alone\n",
        "(all/policy.yaml:8:19)\n",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
}

#[test]
fn lines_are_as_wide_as_is_said_and_places_stay_whole() {
    let s = Sealegs::new();
    let long = "checkout-payment-gateway-reconciliation-worker";
    let deep = "overlays/production-europe-west/very-long-name-of-a-file.yaml";
    write(s.home(), &format!("all/{deep}"), &BAD.replace("name: bad", &format!("name: {long}")));
    write(s.home(), "all/space.yaml", SPACE);
    let widest = |columns: &str, args: &[&str]| {
        let mut command = s.command(args);
        let ran = command.env("COLUMNS", columns).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    for columns in ["60", "80", "100"] {
        let room: usize = columns.parse().unwrap();
        for args in [
            &["admit", "all"][..],
            &["can", "--reach", "cluster-admin", "all"],
            &["reach", "--from", "198.51.100.7", "all"],
            &["can", "get", "secrets", "--as", "system:serviceaccount:shop:default", "-n", "shop", "all"],
        ] {
            let out = widest(columns, args);
            assert!(out.lines().count() > 1, "{out}");
            let wide: Vec<&str> = out.lines().filter(|line| line.chars().count() > room).collect();
            // A word without a joint may be longer: the place of a line is one.
            assert!(wide.iter().all(|line| line.split_whitespace().count() == 1), "{columns}: {wide:#?}");
        }
        let out = widest(columns, &["admit", "all"]);
        assert!(out.contains(&format!("(all/{deep}:5:12)")), "{out}");
    }
    // In a pipe a line stays a line, for logs and `grep`.
    assert_eq!(s.run(&["admit", "all"]).out, widest("10000", &["admit", "all"]));
}

#[test]
fn every_fault_is_told_with_its_line() {
    let s = Sealegs::new();
    let bad = WEB.replace("replicas: 2", "replicas: -3").replace("{name: c, image: i}", "{name: c}");
    write(s.home(), "web.yaml", &bad);
    let ran = s.run(&["admit", "web.yaml"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(
        ran.out,
        "REFUSED    Deployment shop/web: not stored, validation (web.yaml:2)\n  \
         seen     The Deployment \"web\" is invalid:\n           \
         * spec.replicas: Invalid value: -3: must be greater than or equal to 0\n           \
         * spec.template.spec.containers[0].image: Required value\n  \
         why      spec.replicas is -3 (web.yaml:5:13)\n  \
         why      container \"c\" has no image (web.yaml:10:21)\n  \
         note     the namespace `shop` is not among these objects: it is taken as one without labels (web.yaml:2:7)\n\
         0 admitted, 1 refused, 0 not judged\n"
    );
    // In a list paths begin at the object, as upstream's do.
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", bad.trim_end().replace('\n', "\n  "));
    let ran = s.feed(&["admit", "-"], &list);
    assert!(
        ran.out.contains("* spec.replicas: Invalid value: -3") && ran.out.contains("(<stdin>:8:15)"),
        "{}",
        ran.out
    );
    let ran = s.feed(&["admit", "-"], &WEB.replace("replicas: 2", "replica: 2"));
    assert!(
        ran.code == 1
            && ran.out.contains("strict decoding error: unknown field \"spec.replica\"\n")
            && ran.out.contains("did you mean replicas? (<stdin>:5:3)\n"),
        "{}",
        ran.out
    );
    let ran = s.feed(&["admit", "-"], &WEB.replace("apps/v1", "v1"));
    assert!(
        ran.code == 1
            && ran.out.contains("error: resource mapping not found for name: \"web\" namespace: \"shop\" from \"<stdin>\": no matches for kind \"Deployment\" in version \"v1\"\n")
            && ran.out.contains("write apps/v1 (<stdin>:1:13)\n"),
        "{}",
        ran.out
    );
    // The same kind of another group is somebody else's.
    let ran =
        s.feed(&["admit", "-"], "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: j}\n");
    assert!(ran.code == 3 && ran.out.contains("no Pod and no workload"), "{}", ran.out);
}

#[test]
fn what_a_later_file_has_again_is_told() {
    let s = Sealegs::new();
    write(s.home(), "all/base.yaml", WEB);
    write(s.home(), "all/overlay.yaml", &WEB.replace("replicas: 2", "replicas: 5"));
    let ran = s.run(&["admit", "all"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("admitted   Deployment shop/web: 5 of 5 pods (all/overlay.yaml:2)\n"),
        "{}",
        ran.out
    );
    let said = "not asked  Deployment shop/web: a later one has its name, and counts (all/base.yaml:2:7)\n";
    assert!(ran.out.contains(said), "{}", ran.out);
    let ran = s.run(&["admit", "all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&told["replaced"][0]["file"], &told["replaced"][0]["line"]),
        (&"all/base.yaml".into(), &2.into()),
        "{told}"
    );
}
