//! Objects against their schema: misspelt fields, wrong types, missing fields, and everything that must not be said.

use proptest::prelude::*;
use sealegs::checks::{Checked, Options};
use sealegs::text::Finding;

use super::run;

const IDS: [&str; 2] = ["schema-invalid", "field-required-missing"];

/// The findings about structure, each as `line:column help`.
fn said(text: &str) -> Vec<String> {
    let (sources, checked) = run(text, &Options::default());
    let place =
        |f: &Finding| sources.locate(f.primary.span).map(|(_, at)| format!("{}:{}", at.line, at.column));
    let line = |f: &Finding| format!("{} {}", place(f).unwrap_or_default(), f.help);
    structural(&checked).map(line).collect()
}

fn structural(checked: &Checked) -> impl Iterator<Item = &Finding> {
    checked.findings.iter().filter(|f| IDS.contains(&&*f.code))
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n")
}

/// A slip of each sort: another case, a letter less, two letters swapped.
fn slips(name: &str) -> Vec<String> {
    let middle = name.len() / 2;
    let (head, tail) = name.split_at(middle);
    let swapped: String = tail.chars().take(2).collect::<String>().chars().rev().collect();
    let rest: String = tail.chars().skip(2).collect();
    let mut slips = vec![format!("{head}{}", tail.to_uppercase()), format!("{head}{}", &tail[1..])];
    slips.push(format!("{head}{swapped}{rest}"));
    slips.retain(|slip| slip != name);
    slips
}

#[test]
fn every_security_field_misspelt_is_found_with_the_right_name() {
    let pod_level = [
        "appArmorProfile",
        "fsGroup",
        "fsGroupChangePolicy",
        "runAsGroup",
        "runAsNonRoot",
        "runAsUser",
        "seLinuxChangePolicy",
        "seLinuxOptions",
        "seccompProfile",
        "supplementalGroupsPolicy",
        "sysctls",
        "windowsOptions",
    ];
    let container_level = [
        "allowPrivilegeEscalation",
        "appArmorProfile",
        "capabilities",
        "privileged",
        "procMount",
        "readOnlyRootFilesystem",
        "runAsGroup",
        "runAsNonRoot",
        "runAsUser",
        "seLinuxOptions",
        "seccompProfile",
        "windowsOptions",
    ];
    let spec_level = [
        "automountServiceAccountToken",
        "enableServiceLinks",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostUsers",
        "runtimeClassName",
        "serviceAccountName",
        "shareProcessNamespace",
    ];
    let forms = [
        (&pod_level[..], "{securityContext: {SLIP: 1}, containers: [{name: c, image: \"i:1\"}]}"),
        (&container_level[..], "{containers: [{name: c, image: \"i:1\", securityContext: {SLIP: 1}}]}"),
        (
            &container_level[..],
            "{containers: [{name: c, image: \"i:1\"}], initContainers: [{name: d, image: \"i:1\", securityContext: {SLIP: 1}}]}",
        ),
        (&spec_level[..], "{SLIP: 1, containers: [{name: c, image: \"i:1\"}]}"),
    ];
    for (names, spec) in forms {
        for name in names {
            for slip in slips(name) {
                let column = "spec: ".len() + spec.find("SLIP").unwrap() + 1;
                let text = pod(&spec.replace("SLIP", &slip));
                assert_eq!(said(&text), [format!("4:{column} did you mean {name}?")], "{slip}");
            }
        }
    }
}

#[test]
fn a_field_in_the_wrong_place_is_sent_to_the_right_one() {
    let container = "containers: [{name: c, image: \"i:1\"}]";
    let cases = [
        (pod(&format!("{{limits: {{cpu: 1}}, {container}}}")), "4:8 move it to spec.resources"),
        (pod("{containers: [{name: c, image: \"i:1\", hostNetwork: true}]}"), "4:45 move it to spec"),
        (
            pod("{containers: [{name: c, image: \"i:1\", limits: {cpu: 1}}]}"),
            "4:45 move it to spec.containers[0].resources",
        ),
        (pod(&format!("{{volumeMounts: [], {container}}}")), "4:8 move it to spec.containers[*]"),
        (
            pod(&format!("{{banana: 1, {container}}}")),
            "4:8 remove it, or look for its name with kubectl explain",
        ),
        (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nlabels: {a: b}\n".to_owned(),
            "4:1 move it to metadata",
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(said(&text), [wanted], "{text}");
    }
}

#[test]
fn one_root_cause_is_one_finding() {
    let text = pod(
        "{securityContext: {readOnlyRootFilesystem: true, runAsUser: \"1\"}, containers: [{name: c, image: \"i:1\", fsGroup: 1}]}",
    );
    assert_eq!(said(&text), [""; 0], "other checks say more of it");
    let (_, checked) = run(&text, &Options::default());
    let count = |id: &str| checked.findings.iter().filter(|f| f.code == id).count();
    assert_eq!((count("security-context-field-misplaced"), count("security-context-type-mismatch")), (2, 1));
    assert_eq!(said(&pod("{contianers: [{name: c, image: \"i:1\"}]}")), ["4:8 did you mean containers?"]);
    assert_eq!(said("apiVersion: v1\nkind: Secret\nmetadata: {nmae: s}\n"), ["3:12 did you mean name?"]);
    assert_eq!(said(&pod("{containers: []}")), [""; 0], "an empty list is for validation to refuse");
    assert_eq!(said(&pod("{hostPID: false}")), ["4:8 add containers"]);
}

#[test]
fn what_upstream_takes_in_several_forms_is_taken() {
    let texts = [
        pod(
            "{containers: [{name: c, image: \"i:1\", command: null, livenessProbe: {httpGet: {port: web}}, readinessProbe: {tcpSocket: {port: 80}}, resources: {limits: {cpu: 1, memory: 1Gi, x: 0.5}}}], terminationGracePeriodSeconds: 1e1}",
        ),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, creationTimestamp: null, managedFields: [{fieldsV1: {\"f:data\": {\".\": {}}}}], annotations: {a: null}}\ndata: {a: null, 1: b}\n".to_owned(),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: \"i:1\"}]}\nstatus: {whatever: 1}\n".to_owned(),
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b.c}\nspec:\n  group: b.c\n  scope: Namespaced\n  names: {kind: A, plural: a}\n  versions:\n  - name: v1\n    served: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        x-kubernetes-preserve-unknown-fields: true\n        additionalProperties: false\n        default: {anything: [1]}\n        properties:\n          x: {type: array, items: {type: string}, maximum: 1.5, additionalProperties: {type: string}}\n".to_owned(),
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec:\n  serviceName: s\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: \"i:1\"}]}}\n  updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}\n  volumeClaimTemplates:\n  - metadata: {name: d}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n".to_owned(),
        "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n  spec: {containers: [{name: c, image: \"i:1\"}]}\n".to_owned(),
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: X\n  configuration: {anything: true}\n".to_owned(),
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nlogging: {flushFrequency: 5s, verbosity: 2}\nevictionHard: {memory.available: 5%}\n".to_owned(),
        "apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nspec: {resourceAttributes: {verb: get, resource: pods}}\n".to_owned(),
        // Not served any more, and not of Kubernetes: nothing is known of their fields.
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\nspec: {backened: {}}\n".to_owned(),
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: i}\nspec: {rulez: []}\n".to_owned(),
    ];
    for text in texts {
        assert_eq!(said(&text), [""; 0], "{text}");
    }
}

#[test]
fn wrong_types_and_missing_fields_are_found_outside_of_pods() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {apiGroups: \"\", resources: [pods], verbs: [get]}\n- {apiGroups: [\"\"], resources: [pods]}\n";
    assert_eq!(said(role), ["5:15 write it as a list: [value]", "6:4 add verbs"]);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n  - {port: \"80\", targetPort: 1.5, nodePort: 4294967296}\n";
    assert_eq!(
        said(service),
        [
            "6:12 write it without quotes",
            "6:30 write an integer or a string",
            "6:45 write an integer of 32 bits"
        ]
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {namespace: o}, data: [a]}\n- {kind: ConfigMap, metadata: {name: c}}\n";
    assert_eq!(said(list), ["4:45 add name", "4:66 write it as key: value", "5:4 add apiVersion"]);
    let audit = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: None\n  user: [a]\n";
    assert_eq!(said(audit), ["5:3 did you mean users?"]);
}

#[test]
fn aliases_and_merges_are_followed_once_and_hostile_input_ends() {
    let shared = pod(
        "{containers: [{name: c, image: \"i:1\", securityContext: &s {runAsNonroot: true}}, {name: d, image: \"i:1\", securityContext: *s}, {name: e, image: \"i:1\", securityContext: {<<: *s, privileged: false}}]}",
    );
    assert_eq!(said(&shared), ["4:66 did you mean runAsNonRoot?"]);
    let odd = pod("{containers: [null, 1, [], {}], volumes: x, 1: 2}");
    assert_eq!(said(&odd).len(), 3, "{:?}", said(&odd));
    let many = (0..20_000).map(|n| format!("  unheard{n}: {{}}")).collect::<Vec<_>>().join("\n");
    let (_, checked) = run(&pod(&format!("\n{many}")), &Options::default());
    let found: Vec<_> = structural(&checked).collect();
    assert_eq!(found.len(), 100);
    assert!(found.iter().any(|f| f.detail.contains("19901 more places")), "{:?}", found.last());
    let deep = format!("{}{{typ: x}}{}", "{items: ".repeat(80), "}".repeat(80));
    let crd = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: a}}\nspec: {{group: g, scope: Cluster, names: {{kind: A, plural: a}}, versions: [{{name: v1, schema: {{openAPIV3Schema: {deep}}}}}]}}\n"
    );
    assert_eq!(said(&crd).len(), 1, "{:?}", said(&crd));
}

/// Each field on its own line; the keys below `free` are the writer's own.
const LARGE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchExpressions:
    - key: app
      operator: In
      values: [web]
  strategy:
    rollingUpdate:
      maxSurge: 1
    type: RollingUpdate
  template:
    spec:
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - podAffinityTerm:
              topologyKey: zone
            weight: 1
      automountServiceAccountToken: false
      containers:
      - name: web
        image: registry.example.com/web:1.0
        imagePullPolicy: IfNotPresent
        args: [serve]
        env:
        - name: A
          valueFrom:
            secretKeyRef:
              key: a
              name: s
              optional: true
        lifecycle:
          preStop:
            exec:
              command: [sleep]
        livenessProbe:
          httpGet:
            path: /
            port: 80
          periodSeconds: 1
        ports:
        - containerPort: 80
          protocol: TCP
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
          readOnlyRootFilesystem: true
          seccompProfile:
            localhostProfile: a.json
            type: Localhost
        volumeMounts:
        - mountPath: /tmp
          name: tmp
          readOnly: false
      hostUsers: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
      serviceAccountName: web
      tolerations:
      - effect: NoSchedule
        tolerationSeconds: 1
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: zone
        whenUnsatisfiable: DoNotSchedule
      volumes:
      - emptyDir:
          sizeLimit: 1Gi
        name: tmp
      - name: token
        projected:
          sources:
          - serviceAccountToken:
              expirationSeconds: 600
              path: token
";

#[test]
fn the_large_manifest_fits() {
    assert_eq!(said(LARGE), [""; 0]);
}

/// What is missing because its name is written wrong is one fault, and what is missing besides is another.
#[test]
fn a_field_that_is_written_wrong_is_not_missing_as_well() {
    let of_pod = |pod: &str, container: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  securityContext:\n    {pod}\n  containers:\n  \
             - name: a\n    image: a:1\n    securityContext:\n      {container}\n"
        )
    };
    let codes = |text: &str| {
        let (_, checked) = run(text, &Options::default());
        let asks = ["run-as-non-root-missing", "root-filesystem-writable", "schema-invalid"];
        let codes = checked.findings.into_iter().map(|f| f.code.into_owned());
        codes.filter(|code| asks.contains(&code.as_str())).collect::<Vec<_>>()
    };
    let other = "fsGroup: 20000";
    assert_eq!(
        codes(&of_pod(other, "runAsNonroot: true")),
        ["root-filesystem-writable", "schema-invalid"],
        "in the container"
    );
    assert_eq!(
        codes(&of_pod("runAsNonroot: true", "readOnlyRootFilesystem: true")),
        ["schema-invalid"],
        "on the pod, for all its containers"
    );
    assert_eq!(
        codes(&of_pod(other, "readonlyRootFilesystem: true")),
        ["run-as-non-root-missing", "schema-invalid"],
        "another field"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_misspelt_field_is_one_finding_at_its_place(at in 2..LARGE.lines().count(), cut in 0_usize..40, letter in "[a-zA-Z]") {
        let line = LARGE.lines().nth(at).unwrap();
        let start = line.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        let name = line[start..].split(':').next().unwrap();
        let cut = start + cut % (name.len() + 1);
        let slip = format!("{}{letter}{}", &line[..cut], &line[cut..]);
        let lines: Vec<&str> = LARGE.lines().enumerate().map(|(n, l)| if n == at { &slip } else { l }).collect();
        let (sources, checked) = run(&lines.join("\n"), &Options::default());
        let found: Vec<_> = checked.findings.iter().filter(|f| f.code == "schema-invalid").collect();
        prop_assert_eq!(found.len(), 1, "{}: {:?}", slip, found);
        let place = sources.locate(found[0].primary.span).map(|(_, p)| (p.line as usize, p.column as usize));
        prop_assert_eq!(place, Some((at + 1, start + 1)));
    }
}
