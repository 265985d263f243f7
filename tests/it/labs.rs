//! Every lab of the course, proved: the starter fails, every solution passes, each near miss fails exactly where
//! it says, every step is needed; and the simulators' cases.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

mod policies;

use std::path::Path;

use sealegs::course::{Course, Origin};
use sealegs::grade;
use sealegs::ids::LabId;
use sealegs::text::snippet;

/// The course with every lesson ready, so that a lab can be proved before its lesson is written.
fn course() -> (Course, tempfile::TempDir) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let there = tempfile::tempdir().unwrap();
    let manifest = std::fs::read_to_string(here.join("content/course.toml")).unwrap();
    std::fs::create_dir(there.path().join("content")).unwrap();
    std::fs::write(there.path().join("content/course.toml"), manifest.replace("\"planned\"", "\"ready\""))
        .unwrap();
    copy(&here.join("labs"), &there.path().join("labs"));
    match Course::open(Origin::Directory(there.path().to_owned())) {
        Ok(course) => (course, there),
        Err((sources, findings)) => {
            panic!("{}", findings.iter().map(|f| snippet::render(f, &sources)).collect::<String>())
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every directory below `labs/`, those of lessons that are still planned too.
fn labs() -> Vec<LabId> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let mut ids: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .filter_map(|entry| LabId::new(entry.unwrap().file_name().to_str()?))
        .collect();
    ids.sort();
    assert!(!ids.is_empty());
    ids
}

#[test]
fn every_lab_is_proved() {
    let (course, _directory) = course();
    let mut wrong = String::new();
    for id in labs() {
        let findings = match course.lab(&id) {
            Ok(lab) => grade::prove(&lab, course.sources()),
            Err(broken) => broken.findings.clone(),
        };
        for finding in findings {
            wrong += &snippet::render(&finding, course.sources());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A report as plain lines, for reading and for comparing.
fn lines(report: &grade::Report, sources: &sealegs::text::Sources) -> String {
    use std::fmt::Write;
    let mut out = format!("{} {:?} {}/{}\n", report.lab, report.outcome, report.points(), report.max());
    for step in &report.steps {
        writeln!(out, "  {} {:?}: {}", step.step, step.status, step.found).unwrap();
        for reason in &step.why {
            let at = reason.span.and_then(|s| sources.locate(s)).map(|(name, at)| format!(" [{name}:{at}]"));
            writeln!(out, "      {}{}", reason.text, at.unwrap_or_default()).unwrap();
        }
        if let Some(line) = &step.evidence {
            writeln!(out, "      > {line}").unwrap();
        }
    }
    out
}

#[test]
fn reports_are_the_same_every_time_and_always_say_why() {
    let (course, _directory) = course();
    for id in labs() {
        let lab = course.lab(&id).unwrap();
        let plan = grade::Plan::new(&lab, course.sources()).unwrap();
        let mut every: Vec<(&str, &[sealegs::course::File])> = vec![("starter", &[])];
        every.extend(lab.solutions.iter().map(|s| (s.name.as_str(), s.files.as_slice())));
        every.extend(lab.near_misses.iter().map(|n| (n.name.as_str(), n.files.as_slice())));
        for (name, over) in every {
            let submission = grade::submission(&lab, over);
            let report = grade::run(&plan, &submission, course.sources());
            let text = lines(&report, course.sources());
            println!("== {name}\n{text}");
            assert_eq!(text, lines(&grade::run(&plan, &submission, course.sources()), course.sources()));
            for step in &report.steps {
                assert!(!step.why.is_empty() && !step.found.is_empty() && !step.wanted.is_empty(), "{text}");
            }
        }
    }
}

/// What is said of a lab after one change to one of its files: `what` must be there once.
fn said(lab: &str, file: &str, what: &str, instead: &str) -> Vec<String> {
    let (_, directory) = course();
    let path = directory.path().join("labs").join(lab).join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(what).count(), 1, "{what}");
    std::fs::write(&path, text.replace(what, instead)).unwrap();
    let course = Course::open(Origin::Directory(directory.path().to_owned())).unwrap();
    let findings = match course.lab(&LabId::new(lab).unwrap()) {
        Ok(lab) => grade::prove(&lab, course.sources()),
        Err(broken) => broken.findings.clone(),
    };
    let line = |f: &sealegs::text::Finding| {
        let at = course.sources().locate(f.primary.span).unwrap().1;
        format!("{}:{} {} / {}", f.code, at.line, f.title, f.help)
    };
    findings.iter().map(line).collect()
}

#[test]
fn an_authors_mistakes_are_found_with_their_place_and_the_way_out() {
    let lab = "06-linux-capabilities";
    let cases = [
        (
            "lab.toml",
            "sim = \"pod-security\"",
            "sim = \"pod-securty\"",
            "no simulator is called `pod-securty`",
            "`pod-security`",
        ),
        (
            "lab.toml",
            "service = \"harbour/edge\"",
            "servce = \"harbour/edge\"",
            "does not ask about `servce`",
            "`service`",
        ),
        ("lab.toml", "port = 443", "port = \"https\"", "`port` is no number", "mend"),
        (
            "lab.toml",
            "operation = [\"chown\"",
            "operation = [\"chwon\"",
            "`operation` cannot be `chwon`",
            "`chown`",
        ),
        (
            "lab.toml",
            "claim = \"spool\", path = \"/bookmark.db\", operation = [\"chown\"",
            "path = \"/x\", option = \"-y\", operation = [\"chown\"",
            "`node` (the node's) or both",
            "mend",
        ),
        ("lab.toml", "target = \"proxy\"", "target = \"ghost\"", "cannot be judged", "world"),
        (
            "lab.toml",
            "fails = [\"take-the-bookmark\", \"read-the-token\"]",
            "fails = [\"mount\"]",
            "fails read-the-token, take-the-bookmark, not mount",
            "mend",
        ),
        (
            "world/cluster.yaml",
            "enableUnprivilegedPorts",
            "enableUnprivilegdPorts",
            "unknown field",
            "`enableUnprivilegedPorts`",
        ),
        (
            "world/cluster.yaml",
            "kubernetes: \"1.36\"",
            "kubernetes: newest",
            "is not a node with its `kubernetes` version",
            "write",
        ),
        (
            "solutions/safe-sysctl/deployment.yaml",
            "value: \"443\"",
            "value: \"1443\"",
            "`safe-sysctl` does not pass",
            "mend",
        ),
        ("starter/deployment.yaml", "hostUsers: false", "hostUser: false", "starter is not accepted", "give"),
    ];
    for (file, what, instead, title, help) in cases {
        let said = said(lab, file, what, instead);
        assert!(said.iter().any(|s| s.contains(title) && s.contains(help)), "{instead}: {said:#?}");
    }
}

/// A submission of one file in the place of the starter's.
fn hand_in(lab: &str, file: &str, text: &str) -> (grade::Report, String) {
    let (course, _directory) = course();
    let lab = course.lab(&LabId::new(lab).unwrap()).unwrap();
    let plan = grade::Plan::new(&lab, course.sources()).unwrap();
    let mut submission = grade::submission(&lab, &[]);
    let source = course.sources().add(file, text);
    submission.files.retain(|(path, _)| path != file);
    submission.files.push((file.to_owned(), source));
    let report = grade::run(&plan, &submission, course.sources());
    let shown = report.findings.iter().map(|f| snippet::render(f, course.sources())).collect();
    (report, shown)
}

const REFERENCE: &str = include_str!("../../labs/05-running-as-non-root/solutions/reference/pod.yaml");

#[test]
fn what_does_not_parse_is_one_finding_and_no_wall_of_failures() {
    let broken = REFERENCE.replace("  initContainers:", " initContainers:");
    let (report, shown) = hand_in("05-running-as-non-root", "pod.yaml", &broken);
    assert_eq!(report.outcome, grade::Outcome::NotJudged);
    assert_eq!(report.findings.len(), 1, "{shown}");
    assert_eq!(report.points(), 0);
    let failed: Vec<_> = report.steps.iter().filter(|s| s.status == grade::Status::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].step.as_str(), "accepted");
}

#[test]
fn what_the_api_server_refuses_is_not_judged_further() {
    let change = |from: &str, to: &str| {
        assert!(REFERENCE.contains(from), "{from}");
        hand_in("05-running-as-non-root", "pod.yaml", &REFERENCE.replacen(from, to, 1))
    };
    let cases = [
        ("runAsNonRoot: true", "runAsNonroot: true", "did you mean `runAsNonRoot`?"),
        ("runAsUser: 10001", "runAsUser: \"10001\"", "without quotes"),
        ("runAsUser: 10001", "runAsUser: -1", "not between 0"),
        ("  name: teller\n", "  name: cashier\n", "Pod branch/teller is gone"),
        ("namespace: branch", "namespace: elsewhere", "no namespace `elsewhere`"),
        ("kind: Pod", "kind: Pdo", "did you mean `Pod`?"),
        (
            "allowPrivilegeEscalation: false",
            "allowPrivilegeEscalation: false\n        privileged: true",
            "privileged to true",
        ),
        ("mountPath: /rates", "mountPth: /rates", "did you mean `mountPath`?"),
        ("{ name: rates, mountPath", "{ name: rate, mountPath", "does not define"),
        ("fsGroup: 10001", "fsGroup: 10001\n    supplementalGroups: [-1]", "not between 0"),
        ("fsGroup: 10001", "fsGroup: 10001\n    seLinuxChangePolicy: Often", "must be one of MountOption"),
        ("{ path: /srv/rates }", "{ path: /srv/../srv/rates }", "must not contain '..'"),
        ("{ path: /srv/rates }", "{ path: /srv/rates, type: Dir }", "must be one of BlockDevice"),
        ("mountPath: /rates }", "mountPath: /rates, recursiveReadOnly: Enabled }", "takes readOnly: true"),
        ("mountPath: /rates }", "mountPath: /rates, mountPropagation: Bidirectional }", "takes privileged"),
        ("mountPath: /rates }", "mountPath: /rates, subPath: a, subPathExpr: b }", "subPath and subPathExpr"),
        ("- name: exporter", "- name: exporter\n      imagePullPolicy: Often", "must be one of Always"),
        (
            "- name: exporter",
            "- name: exporter\n      resources: { limits: { memory: lots } }",
            "no quantity for memory",
        ),
        (
            "- name: exporter",
            "- name: exporter\n      resources: { limits: { cpu: 1 }, requests: { cpu: 1100m } }",
            "more cpu than its limit",
        ),
        ("- name: exporter", "- name: exporter\n      lifecycle: { preSotp: {} }", "did you mean `preStop`?"),
    ];
    for (from, to, says) in cases {
        let (report, shown) = change(from, to);
        assert!(shown.contains(says), "{to}: {shown}");
        assert_eq!(report.outcome, grade::Outcome::Failed, "{to}");
        assert_eq!(report.points(), 0, "{to}");
        assert!(report.steps.iter().skip(1).all(|s| s.status == grade::Status::NotJudged));
    }
}

#[test]
fn the_world_cannot_be_changed_nor_the_question_dodged() {
    let more = |text: &str| hand_in("06-linux-capabilities", "more.yaml", text);
    let (_, shown) = more("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: harbour\n");
    assert!(shown.contains("belongs to the world"), "{shown}");
    let (_, shown) = more(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: other\n  namespace: harbour\nspec:\n  containers:\n    - { name: c, image: i }\n",
    );
    assert!(shown.contains("not part of this lab"), "{shown}");
    let (_, shown) = more("apiVersion: sealegs/v1\nkind: Image\nmetadata: { name: x }\n");
    assert!(shown.contains("`Image` is not one that this lab takes"), "{shown}");
    let (report, _) = hand_in("05-running-as-non-root", "pod.yaml", "");
    assert_eq!(report.outcome, grade::Outcome::Failed);
    assert_eq!(report.points(), 0);
}

const FERRY: &str = include_str!("../../labs/16-network-policies/solutions/reference/policies.yaml");

#[test]
fn policies_are_taken_as_the_api_server_takes_them_and_only_where_the_learner_works() {
    let hand_in = |text: &str| hand_in("16-network-policies", "policies.yaml", text);
    let change = |from: &str, to: &str| {
        assert!(FERRY.contains(from), "{from}");
        hand_in(&FERRY.replacen(from, to, 1))
    };
    let also = |namespace: &str| {
        let one = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n";
        hand_in(&format!(
            "{FERRY}---\n{one}metadata: {{ name: closed, namespace: {namespace} }}\nspec: {{}}\n"
        ))
    };
    let cases = [
        (also("promo"), "the namespace `promo` is not yours"),
        (also("ferri"), "no namespace `ferri`"),
        (change("name: closed, namespace: ferry", "name: closed"), "goes to `default`"),
        (change("name: closed, ", "name: Closed_1, "), "`Closed_1` is no name of a policy"),
        (change("port: 6379", "port: \"6379\""), "take the quotes away"),
        (change("operator: In, values: [web, fares]", "operator: Equals"), "not one of In, NotIn"),
        (change("{ app: fares }", "{ app: fa res }"), "is no value of a label"),
        (change("- podSelector: { matchLabels: { app: fares } }", "- {}"), "is `podSelector: {}`"),
    ];
    for ((report, shown), says) in cases {
        assert!(shown.contains(says), "{says}: {shown}");
        assert_eq!(shown.matches("error[").count(), 1, "{shown}");
        assert_eq!((report.outcome, report.points()), (grade::Outcome::Failed, 0), "{says}");
    }
    // One mistake, one finding: what is of a wrong type is not validated, and a pod of the world is not new, too.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: db, namespace: ferry }\nspec: { containers: [{ name: a, image: b }] }\n";
    for (_, shown) in [change("[Ingress, Egress]", "Egress"), hand_in(&format!("{FERRY}---\n{pod}"))] {
        assert_eq!(shown.matches("error[").count(), 1, "{shown}");
    }
    // A policy without a spec selects everything, for ingress.
    let bare =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: bare, namespace: ferry }\n";
    let (report, _) = hand_in(&format!("{bare}spec:\n"));
    let step = |id: &str| report.steps.iter().find(|s| s.step.as_str() == id).unwrap();
    assert_eq!(step("from-the-quiz").status, grade::Status::Passed);
    assert_eq!(step("calls-home").status, grade::Status::Failed);
}

#[test]
fn reasons_name_the_exception_and_the_missing_peer() {
    let said = |from: &str, to: &str| {
        assert!(FERRY.contains(from), "{from}");
        let (report, _) = hand_in("16-network-policies", "policies.yaml", &FERRY.replacen(from, to, 1));
        report.steps.iter().flat_map(|s| &s.why).map(|r| r.text.clone()).collect::<Vec<_>>().join("\n")
    };
    let fares = "        - podSelector: { matchLabels: { app: fares } }\n      ports: [{ port: 8080 }]";
    let cut =
        "        - ipBlock: { cidr: 10.42.2.0/24, except: [10.42.2.21/32] }\n      ports: [{ port: 8080 }]";
    let why = said(fares, cut);
    assert!(
        why.contains("egress[0] of policy ferry/web holds ferry/fares in a block, and its exception"),
        "{why}"
    );
    let why = said(fares, "      ports: [{ port: 443 }]");
    assert!(why.contains("names no peer and so means everybody, 203.0.113.7 too"), "{why}");
}

/// A submission of the reference of lab 5 with one change.
fn changed(from: &str, to: &str) -> (grade::Report, String) {
    assert!(REFERENCE.contains(from), "{from}");
    hand_in("05-running-as-non-root", "pod.yaml", &REFERENCE.replacen(from, to, 1))
}

#[test]
fn right_answers_pass_however_they_are_written() {
    let spec = |more: &str| changed("spec:\n", &format!("spec:\n  {more}\n"));
    let container =
        |more: &str| changed("    - name: exporter\n", &format!("    - name: exporter\n      {more}\n"));
    let reports = [
        hand_in("05-running-as-non-root", "pod.yaml", &REFERENCE.replace('\n', "\r\n")),
        hand_in("05-running-as-non-root", "pod.yaml", &format!("\u{feff}{REFERENCE}")),
        hand_in("05-running-as-non-root", "pod.yaml", &format!("%YAML 1.2\n---\n{REFERENCE}\n...\n")),
        changed("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: no"),
        changed("runAsUser: 10001", "runAsUser: 0x2711"),
        changed("labels: { app: teller }", "labels: { app: teller, v: a }"),
        spec("nodeSelector: { kubernetes.io/os: linux }"),
        spec("os: { name: linux }"),
        spec("schedulerName: default-scheduler"),
        spec("tolerations: [{ key: a, operator: Exists, effect: NoSchedule }]"),
        spec(
            "topologySpreadConstraints: [{ maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway }]",
        ),
        spec("automountServiceAccountToken: false"),
        spec("hostNetwork: null"),
        changed("runAsUser: 10001", "appArmorProfile: { type: RuntimeDefault }\n    runAsUser: 10001"),
        container("imagePullPolicy: Always"),
        container("resources: { limits: { cpu: 1, memory: 64Mi }, requests: { cpu: 100m, memory: 32Mi } }"),
        container("lifecycle: { preStop: { sleep: { seconds: 5 } } }"),
        container("env: [{ name: IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]"),
        container("envFrom: [{ prefix: A_, configMapRef: { name: a, optional: true } }]"),
        container("startupProbe: { grpc: { port: 5000, service: a }, failureThreshold: 30 }"),
    ];
    for (report, shown) in reports {
        assert_eq!(report.outcome, grade::Outcome::Passed, "{report:#?}\n{shown}");
    }
}

#[test]
fn what_never_runs_does_no_duty() {
    let spec = |more: &str| changed("spec:\n", &format!("spec:\n  {more}\n")).0;
    let teller =
        |more: &str| changed("    - name: teller\n", &format!("    - name: teller\n      {more}\n")).0;
    let reports = [
        spec("schedulingGates: [{ name: a }]"),
        spec("nodeSelector: { disk: ssd }"),
        spec("nodeName: elsewhere"),
        spec("schedulerName: mine"),
        spec("priorityClassName: mine"),
        spec("activeDeadlineSeconds: 1"),
        spec("os: { name: windows }"),
        teller("resources: { limits: { memory: 1Mi } }"),
        teller("command: [/usr/bin/chsh]"),
        changed("teller:3.2", "exporter:0.9").0,
        changed("migrate:1.4", "exporter:0.9").0,
        changed("    - name: migrate\n", "    - name: migrate\n      restartPolicy: Always\n").0,
    ];
    for report in reports {
        assert_eq!(report.outcome, grade::Outcome::Failed, "{report:#?}");
        assert!(
            report.steps[0].points == 0 && report.steps[0].status == grade::Status::Passed,
            "{report:#?}"
        );
    }
}

#[test]
fn too_much_is_refused() {
    let numbered = |count: u32, line: fn(u32) -> String| (0..count).map(line).collect::<Vec<_>>().concat();
    let containers = numbered(3000, |i| format!("    - {{ name: c{i}, image: i }}\n"));
    let fields = numbered(20_000, |i| format!("  f{i}: 1\n"));
    let objects = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n".repeat(1000);
    for more in [containers, fields, objects] {
        let (report, shown) =
            hand_in("05-running-as-non-root", "pod.yaml", &format!("{}{more}", inside(&more)));
        assert!(shown.contains("at the most"), "{shown}");
        assert_eq!(report.outcome, grade::Outcome::Failed);
    }
}

/// The reference up to where `more` goes.
fn inside(more: &str) -> String {
    if more.starts_with("    - ") {
        return REFERENCE.split("  volumes:").next().unwrap().to_owned();
    }
    REFERENCE.to_owned()
}
