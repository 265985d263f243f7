//! Pod Security, through `sim pod-security`: a minimal valid pod, tweaked into every way to pass and to fail, at both
//! levels and every version. What is expected is written here, not asked of the code.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use proptest::prelude::*;
use sealegs::model::{self, fields};
use sealegs::parse::{Limits, Node, yaml};
use sealegs::sim::admission::pod_security::{CHECKS, Level, Policy, Version, evaluate, review};
use sealegs::sim::cases::run_cases;
use sealegs::text::Source;
use serde_json::{Value, json};

/// A check that a tweak breaks, and the minor versions, first and last, in which it does.
type Fails = (&'static str, u32, u32);

const LAST: u32 = 37;

/// Where `{c}` is written, the tweak is tried in each of these.
const CONTAINERS: [&str; 3] = ["/spec/containers/0", "/spec/initContainers/0", "/spec/ephemeralContainers/0"];

struct Tweak {
    name: &'static str,
    /// JSON pointers and the JSON to put there; `-` removes.
    set: &'static [(&'static str, &'static str)],
    /// What fails at baseline, on a minimal pod.
    baseline: &'static [Fails],
    /// What fails at restricted, on a hardened pod.
    restricted: &'static [Fails],
}

const fn t(
    name: &'static str,
    set: &'static [(&'static str, &'static str)],
    baseline: &'static [Fails],
    restricted: &'static [Fails],
) -> Tweak {
    Tweak { name, set, baseline, restricted }
}

const NONE: &[Fails] = &[];
const ALL_VERSIONS_HOST: &[Fails] = &[("hostNamespaces", 0, LAST)];
const ANNOTATION_18: &[Fails] = &[("seccompProfile_baseline", 0, 18)];
const SECCOMP_19: &[Fails] = &[("seccompProfile_baseline", 19, LAST)];
const SECCOMP_R19: &[Fails] = &[("seccompProfile_restricted", 19, LAST)];
const APPARMOR: &[Fails] = &[("appArmorProfile", 0, LAST)];
const SELINUX: &[Fails] = &[("seLinuxOptions", 0, LAST)];
const SELINUX_30: &[Fails] = &[("seLinuxOptions", 0, 30)];
const HOST_PROCESS: &[Fails] = &[("windowsHostProcess", 0, LAST)];
const PORTS: &[Fails] = &[("hostPorts", 0, LAST)];
const PROBES: &[Fails] = &[("hostProbesAndHostLifecycle", 34, LAST)];
const PROC: &[Fails] = &[("procMount", 0, LAST)];
const PROC_R: &[Fails] = &[("procMount", 0, 34), ("procMount_restricted", 35, LAST)];
const CAPS: &[Fails] = &[("capabilities_baseline", 0, LAST)];
const CAPS_R: &[Fails] = &[("capabilities_baseline", 0, 21), ("capabilities_restricted", 22, LAST)];
const CAPS_R_ONLY: &[Fails] = &[("capabilities_restricted", 22, LAST)];
const VOLUMES: &[Fails] = &[("restrictedVolumes", 0, LAST)];
const NON_ROOT: &[Fails] = &[("runAsNonRoot", 0, LAST)];
const ROOT_USER: &[Fails] = &[("runAsUser", 23, LAST)];
const ESCALATION: &[Fails] = &[("allowPrivilegeEscalation", 8, LAST)];
const SYSCTL: &[Fails] = &[("sysctls", 0, LAST)];
const SYSCTL_26: &[Fails] = &[("sysctls", 0, 26)];
const SYSCTL_28: &[Fails] = &[("sysctls", 0, 28)];
const SYSCTL_31: &[Fails] = &[("sysctls", 0, 31)];
const SYSCTL_36: &[Fails] = &[("sysctls", 0, 36)];
const NAMESPACES_AND_PORTS: &[Fails] = &[("hostNamespaces", 0, LAST), ("hostPorts", 0, LAST)];

const TWEAKS: &[Tweak] = &[
    t("nothing", &[], NONE, NONE),
    // hostNamespaces
    t("host network", &[("/spec/hostNetwork", "true")], ALL_VERSIONS_HOST, ALL_VERSIONS_HOST),
    t("host pid", &[("/spec/hostPID", "true")], ALL_VERSIONS_HOST, ALL_VERSIONS_HOST),
    t("host ipc", &[("/spec/hostIPC", "true")], ALL_VERSIONS_HOST, ALL_VERSIONS_HOST),
    t("host pid false", &[("/spec/hostPID", "false")], NONE, NONE),
    t("host pid null", &[("/spec/hostPID", "null")], NONE, NONE),
    // hostPorts
    t("host port", &[("{c}/ports", r#"[{"containerPort":80,"hostPort":8080}]"#)], PORTS, PORTS),
    t(
        "host port 0",
        &[("{c}/ports", r#"[{"containerPort":80,"hostPort":0},{"containerPort":81}]"#)],
        NONE,
        NONE,
    ),
    t(
        "ports default on the host network",
        &[("/spec/hostNetwork", "true"), ("/spec/containers/0/ports", r#"[{"containerPort":80}]"#)],
        NAMESPACES_AND_PORTS,
        NAMESPACES_AND_PORTS,
    ),
    // hostPathVolumes, restrictedVolumes
    t(
        "host path",
        &[("/spec/volumes", r#"[{"name":"a"},{"name":"v","hostPath":{"path":"/"}}]"#)],
        &[("hostPathVolumes", 0, LAST)],
        VOLUMES,
    ),
    t(
        "empty host path",
        &[("/spec/volumes", r#"[{"name":"v","hostPath":{}}]"#)],
        &[("hostPathVolumes", 0, LAST)],
        VOLUMES,
    ),
    t("null host path", &[("/spec/volumes", r#"[{"name":"v","hostPath":null}]"#)], NONE, NONE),
    t("bare volume", &[("/spec/volumes", r#"[{"name":"v"}]"#)], NONE, NONE),
    t("nfs", &[("/spec/volumes", r#"[{"name":"v","nfs":{"path":"/","server":"s"}}]"#)], NONE, VOLUMES),
    t("git", &[("/spec/volumes", r#"[{"name":"v","gitRepo":{"repository":"r"}}]"#)], NONE, VOLUMES),
    t("cephfs", &[("/spec/volumes", r#"[{"name":"v","cephfs":{}}]"#)], NONE, VOLUMES),
    t("unheard-of volume", &[("/spec/volumes", r#"[{"name":"v","cephFS":{}}]"#)], NONE, VOLUMES),
    t(
        "allowed volumes",
        &[(
            "/spec/volumes",
            r#"[{"name":"a","configMap":{}},{"name":"b","csi":{}},{"name":"c","downwardAPI":{}},{"name":"d","emptyDir":{}},{"name":"e","ephemeral":{}},{"name":"f","image":{}},{"name":"g","persistentVolumeClaim":{}},{"name":"h","projected":{}},{"name":"i","secret":{}}]"#,
        )],
        NONE,
        NONE,
    ),
    // privileged
    t(
        "privileged",
        &[("{c}/securityContext/privileged", "true")],
        &[("privileged", 0, LAST)],
        &[("privileged", 0, LAST)],
    ),
    t("privileged false", &[("{c}/securityContext/privileged", "false")], NONE, NONE),
    t("privileged on the pod", &[("/spec/securityContext/privileged", "true")], NONE, NONE),
    // capabilities
    t("adds NET_RAW", &[("{c}/securityContext/capabilities/add", r#"["NET_RAW"]"#)], CAPS, CAPS_R),
    t("adds ALL", &[("{c}/securityContext/capabilities/add", r#"["ALL"]"#)], CAPS, CAPS_R),
    t("adds with prefix", &[("{c}/securityContext/capabilities/add", r#"["CAP_CHOWN"]"#)], CAPS, CAPS_R),
    t("adds in lower case", &[("{c}/securityContext/capabilities/add", r#"["chown"]"#)], CAPS, CAPS_R),
    t("adds null", &[("{c}/securityContext/capabilities/add", "[null]")], CAPS, CAPS_R),
    t("adds CHOWN", &[("{c}/securityContext/capabilities/add", r#"["CHOWN","KILL"]"#)], NONE, CAPS_R_ONLY),
    t(
        "adds NET_BIND_SERVICE",
        &[("{c}/securityContext/capabilities/add", r#"["NET_BIND_SERVICE"]"#)],
        NONE,
        NONE,
    ),
    t("drops nothing", &[("{c}/securityContext/capabilities", "{}")], NONE, CAPS_R_ONLY),
    t("drops null", &[("{c}/securityContext/capabilities", "null")], NONE, CAPS_R_ONLY),
    t(
        "drops all in lower case",
        &[("{c}/securityContext/capabilities/drop", r#"["all"]"#)],
        NONE,
        CAPS_R_ONLY,
    ),
    t(
        "drops ALL among others",
        &[("{c}/securityContext/capabilities/drop", r#"["KILL","ALL"]"#)],
        NONE,
        NONE,
    ),
    t(
        "drops every default by name",
        &[("{c}/securityContext/capabilities/drop", r#"["NET_RAW","CHOWN","SETUID"]"#)],
        NONE,
        CAPS_R_ONLY,
    ),
    // procMount
    t("proc unmasked", &[("{c}/securityContext/procMount", r#""Unmasked""#)], PROC, PROC_R),
    t("proc default", &[("{c}/securityContext/procMount", r#""Default""#)], NONE, NONE),
    t(
        "proc unmasked in a user namespace",
        &[("{c}/securityContext/procMount", r#""Unmasked""#), ("/spec/hostUsers", "false")],
        &[("procMount", 0, 34)],
        PROC_R,
    ),
    t(
        "proc unmasked with host users",
        &[("{c}/securityContext/procMount", r#""Unmasked""#), ("/spec/hostUsers", "true")],
        PROC,
        PROC_R,
    ),
    // seLinuxOptions
    t("selinux type", &[("{c}/securityContext/seLinuxOptions", r#"{"type":"spc_t"}"#)], SELINUX, SELINUX),
    t(
        "selinux pod type",
        &[("/spec/securityContext/seLinuxOptions", r#"{"type":"spc_t"}"#)],
        SELINUX,
        SELINUX,
    ),
    t("selinux user", &[("{c}/securityContext/seLinuxOptions", r#"{"user":"u"}"#)], SELINUX, SELINUX),
    t("selinux role", &[("/spec/securityContext/seLinuxOptions", r#"{"role":"r"}"#)], SELINUX, SELINUX),
    t(
        "selinux engine",
        &[("{c}/securityContext/seLinuxOptions", r#"{"type":"container_engine_t"}"#)],
        SELINUX_30,
        SELINUX_30,
    ),
    t(
        "selinux level, kvm and empties",
        &[
            ("{c}/securityContext/seLinuxOptions", r#"{"type":"container_kvm_t","level":"s0:c1","user":""}"#),
            ("/spec/securityContext/seLinuxOptions", r#"{"type":"","role":""}"#),
        ],
        NONE,
        NONE,
    ),
    // appArmorProfile
    t(
        "apparmor unconfined",
        &[("{c}/securityContext/appArmorProfile", r#"{"type":"Unconfined"}"#)],
        APPARMOR,
        APPARMOR,
    ),
    t(
        "apparmor pod",
        &[("/spec/securityContext/appArmorProfile", r#"{"type":"Unconfined"}"#)],
        APPARMOR,
        APPARMOR,
    ),
    t("apparmor without type", &[("{c}/securityContext/appArmorProfile", "{}")], APPARMOR, APPARMOR),
    t(
        "apparmor localhost",
        &[("{c}/securityContext/appArmorProfile", r#"{"type":"Localhost"}"#)],
        NONE,
        NONE,
    ),
    t(
        "apparmor annotation of nobody",
        &[(
            "/metadata/annotations",
            r#"{"container.apparmor.security.beta.kubernetes.io/nobody":"unconfined"}"#,
        )],
        APPARMOR,
        APPARMOR,
    ),
    t(
        "apparmor annotations that are fine",
        &[(
            "/metadata/annotations",
            r#"{"container.apparmor.security.beta.kubernetes.io/a":"","container.apparmor.security.beta.kubernetes.io/b":"runtime/default","container.apparmor.security.beta.kubernetes.io/c":"localhost/x"}"#,
        )],
        NONE,
        NONE,
    ),
    // seccompProfile
    t(
        "seccomp annotation",
        &[("/metadata/annotations", r#"{"seccomp.security.alpha.kubernetes.io/pod":"unconfined"}"#)],
        ANNOTATION_18,
        ANNOTATION_18,
    ),
    t(
        "seccomp annotation of a container",
        &[(
            "/metadata/annotations",
            r#"{"container.seccomp.security.alpha.kubernetes.io/init":"unconfined"}"#,
        )],
        ANNOTATION_18,
        ANNOTATION_18,
    ),
    t(
        "seccomp annotation of nobody",
        &[(
            "/metadata/annotations",
            r#"{"container.seccomp.security.alpha.kubernetes.io/nobody":"unconfined"}"#,
        )],
        NONE,
        NONE,
    ),
    t(
        "seccomp annotations that are fine",
        &[(
            "/metadata/annotations",
            r#"{"seccomp.security.alpha.kubernetes.io/pod":"docker/default","container.seccomp.security.alpha.kubernetes.io/main":"localhost/x"}"#,
        )],
        NONE,
        NONE,
    ),
    t(
        "seccomp unconfined",
        &[("{c}/securityContext/seccompProfile", r#"{"type":"Unconfined"}"#)],
        SECCOMP_19,
        SECCOMP_R19,
    ),
    t(
        "seccomp pod",
        &[("/spec/securityContext/seccompProfile", r#"{"type":"Unconfined"}"#)],
        SECCOMP_19,
        SECCOMP_R19,
    ),
    t("seccomp without type", &[("/spec/securityContext/seccompProfile", "{}")], SECCOMP_19, SECCOMP_R19),
    t("seccomp localhost", &[("{c}/securityContext/seccompProfile", r#"{"type":"Localhost"}"#)], NONE, NONE),
    t("seccomp unset", &[("/spec/securityContext/seccompProfile", "-")], NONE, SECCOMP_R19),
    t(
        "seccomp on every container",
        &[
            ("/spec/securityContext/seccompProfile", "-"),
            ("/spec/containers/0/securityContext/seccompProfile", r#"{"type":"RuntimeDefault"}"#),
            ("/spec/initContainers/0/securityContext/seccompProfile", r#"{"type":"RuntimeDefault"}"#),
            ("/spec/ephemeralContainers/0/securityContext/seccompProfile", r#"{"type":"Localhost"}"#),
        ],
        NONE,
        NONE,
    ),
    // sysctls
    t(
        "sysctl",
        &[("/spec/securityContext/sysctls", r#"[{"name":"kernel.msgmax","value":"1"}]"#)],
        SYSCTL,
        SYSCTL,
    ),
    t(
        "sysctl safe",
        &[(
            "/spec/securityContext/sysctls",
            r#"[{"name":"kernel.shm_rmid_forced","value":"0"},{"name":"net.ipv4.ping_group_range","value":"0 1"}]"#,
        )],
        NONE,
        NONE,
    ),
    t(
        "sysctl of 1.27",
        &[("/spec/securityContext/sysctls", r#"[{"name":"net.ipv4.ip_local_reserved_ports","value":"1"}]"#)],
        SYSCTL_26,
        SYSCTL_26,
    ),
    t(
        "sysctl of 1.29",
        &[("/spec/securityContext/sysctls", r#"[{"name":"net.ipv4.tcp_keepalive_probes","value":"1"}]"#)],
        SYSCTL_28,
        SYSCTL_28,
    ),
    t(
        "sysctl of 1.32",
        &[("/spec/securityContext/sysctls", r#"[{"name":"net.ipv4.tcp_wmem","value":"1"}]"#)],
        SYSCTL_31,
        SYSCTL_31,
    ),
    t(
        "sysctl of 1.37",
        &[("/spec/securityContext/sysctls", r#"[{"name":"net.ipv4.tcp_notsent_lowat","value":"1"}]"#)],
        SYSCTL_36,
        SYSCTL_36,
    ),
    // windowsHostProcess
    t(
        "host process",
        &[("{c}/securityContext/windowsOptions", r#"{"hostProcess":true}"#)],
        HOST_PROCESS,
        HOST_PROCESS,
    ),
    t(
        "host process of the pod",
        &[("/spec/securityContext/windowsOptions", r#"{"hostProcess":true}"#)],
        HOST_PROCESS,
        HOST_PROCESS,
    ),
    t("no host process", &[("{c}/securityContext/windowsOptions", r#"{"hostProcess":false}"#)], NONE, NONE),
    // hostProbesAndHostLifecycle
    t("probe host", &[("{c}/livenessProbe", r#"{"httpGet":{"port":1,"host":"127.0.0.1"}}"#)], PROBES, PROBES),
    t(
        "probe socket host",
        &[("{c}/startupProbe", r#"{"tcpSocket":{"port":1,"host":"localhost"}}"#)],
        PROBES,
        PROBES,
    ),
    t(
        "readiness host",
        &[("{c}/readinessProbe", r#"{"httpGet":{"port":1,"host":"8.8.8.8"}}"#)],
        PROBES,
        PROBES,
    ),
    t("stop host", &[("{c}/lifecycle", r#"{"preStop":{"httpGet":{"port":1,"host":"h"}}}"#)], PROBES, PROBES),
    t(
        "start host",
        &[("{c}/lifecycle", r#"{"postStart":{"tcpSocket":{"port":1,"host":"h"}}}"#)],
        PROBES,
        PROBES,
    ),
    t(
        "probe without host",
        &[("{c}/livenessProbe", r#"{"httpGet":{"port":1,"host":""},"exec":{"command":["x"]}}"#)],
        NONE,
        NONE,
    ),
    // runAsNonRoot
    t("non-root unset", &[("/spec/securityContext/runAsNonRoot", "-")], NONE, NON_ROOT),
    t("non-root false on the pod", &[("/spec/securityContext/runAsNonRoot", "false")], NONE, NON_ROOT),
    t("non-root false", &[("{c}/securityContext/runAsNonRoot", "false")], NONE, NON_ROOT),
    t(
        "non-root on every container, false on the pod",
        &[
            ("/spec/securityContext/runAsNonRoot", "false"),
            ("/spec/containers/0/securityContext/runAsNonRoot", "true"),
            ("/spec/initContainers/0/securityContext/runAsNonRoot", "true"),
            ("/spec/ephemeralContainers/0/securityContext/runAsNonRoot", "true"),
        ],
        NONE,
        NON_ROOT,
    ),
    t(
        "non-root on every container, unset on the pod",
        &[
            ("/spec/securityContext/runAsNonRoot", "null"),
            ("/spec/containers/0/securityContext/runAsNonRoot", "true"),
            ("/spec/initContainers/0/securityContext/runAsNonRoot", "true"),
            ("/spec/ephemeralContainers/0/securityContext/runAsNonRoot", "true"),
        ],
        NONE,
        NONE,
    ),
    t(
        "non-root unset in a user namespace",
        &[("/spec/securityContext/runAsNonRoot", "-"), ("/spec/hostUsers", "false")],
        NONE,
        &[("runAsNonRoot", 0, 34)],
    ),
    // runAsUser
    t("root", &[("{c}/securityContext/runAsUser", "0")], NONE, ROOT_USER),
    t(
        "root on the pod, excused nowhere",
        &[("/spec/securityContext/runAsUser", "0"), ("/spec/containers/0/securityContext/runAsUser", "1000")],
        NONE,
        ROOT_USER,
    ),
    t("somebody", &[("{c}/securityContext/runAsUser", "1000")], NONE, NONE),
    t(
        "root in a user namespace",
        &[("{c}/securityContext/runAsUser", "0"), ("/spec/hostUsers", "false")],
        NONE,
        &[("runAsUser", 23, 34)],
    ),
    // allowPrivilegeEscalation
    t("escalation", &[("{c}/securityContext/allowPrivilegeEscalation", "true")], NONE, ESCALATION),
    t("escalation unset", &[("{c}/securityContext/allowPrivilegeEscalation", "-")], NONE, ESCALATION),
    t("escalation null", &[("{c}/securityContext/allowPrivilegeEscalation", "null")], NONE, ESCALATION),
    t(
        "no security context",
        &[("{c}/securityContext", "-")],
        NONE,
        &[("allowPrivilegeEscalation", 8, LAST), ("capabilities_restricted", 22, LAST)],
    ),
    // Windows
    t(
        "windows",
        &[
            ("/spec/os", r#"{"name":"windows"}"#),
            ("{c}/securityContext", "-"),
            ("/spec/securityContext/seccompProfile", "-"),
        ],
        NONE,
        &[
            ("allowPrivilegeEscalation", 8, 24),
            ("capabilities_restricted", 22, 24),
            ("seccompProfile_restricted", 19, 24),
        ],
    ),
    t(
        "windows adds a capability",
        &[
            ("/spec/os", r#"{"name":"windows"}"#),
            ("{c}/securityContext/capabilities/add", r#"["SYS_ADMIN"]"#),
        ],
        CAPS,
        &[("capabilities_baseline", 0, 21), ("capabilities_restricted", 22, 24)],
    ),
    t(
        "windows as root",
        &[("/spec/os", r#"{"name":"windows"}"#), ("/spec/securityContext/runAsNonRoot", "-")],
        NONE,
        NON_ROOT,
    ),
    t(
        "linux is no windows",
        &[("/spec/os", r#"{"name":"linux"}"#), ("{c}/securityContext/allowPrivilegeEscalation", "-")],
        NONE,
        ESCALATION,
    ),
];

/// The least pod that passes `level`.
fn minimal(level: &str) -> Value {
    let container = |name: &str| match level {
        "restricted" => json!({
            "name": name, "image": "registry.k8s.io/pause",
            "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
        }),
        _ => json!({ "name": name, "image": "registry.k8s.io/pause" }),
    };
    let context = match level {
        "restricted" => json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } }),
        _ => json!({}),
    };
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "minimal" },
        "spec": {
            "securityContext": context,
            "initContainers": [container("init")],
            "containers": [container("main")],
            "ephemeralContainers": [container("debug")],
        },
    })
}

fn put(pod: &mut Value, pointer: &str, text: &str) {
    let mut at = pod;
    let keys: Vec<&str> = pointer.split('/').skip(1).collect();
    let (last, path) = keys.split_last().unwrap();
    for key in path {
        if let Ok(index) = key.parse::<usize>() {
            at = &mut at[index];
            continue;
        }
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[*key];
    }
    if !at.is_object() {
        *at = json!({});
    }
    if text == "-" {
        at.as_object_mut().unwrap().remove(*last);
    } else {
        at[*last] = serde_json::from_str(text).unwrap();
    }
}

/// Every pod that a tweak gives at a level, with its place.
fn pods(tweak: &Tweak, level: &str) -> Vec<(String, Value)> {
    let many = tweak.set.iter().any(|(pointer, _)| pointer.contains("{c}"));
    let places = if many { &CONTAINERS[..] } else { &CONTAINERS[..1] };
    let tweaked = places.iter().map(|place| {
        let mut pod = minimal(level);
        for (pointer, text) in tweak.set {
            put(&mut pod, &pointer.replace("{c}", place), text);
        }
        (format!("{} at {place}", tweak.name), pod)
    });
    tweaked.collect()
}

fn answers(lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().flat_map(|l| [l.to_string(), "\n".to_owned()]).collect();
    let mut out = Vec::new();
    run_cases("pod-security", input.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn every_tweak_fails_as_the_table_says_at_every_version() {
    let mut cases = Vec::new();
    let mut wanted = Vec::new();
    for tweak in TWEAKS {
        for (level, fails) in [("baseline", tweak.baseline), ("restricted", tweak.restricted)] {
            for (name, pod) in pods(tweak, level) {
                let versions = (0..=LAST).map(|minor| (format!("v1.{minor}"), minor));
                for (version, minor) in
                    versions.chain([("latest".to_owned(), LAST), ("v1.99".to_owned(), LAST)])
                {
                    let id = format!("{name}, {level}:{version}");
                    let mut want: Vec<_> = fails
                        .iter()
                        .filter(|(_, from, to)| (*from..=*to).contains(&minor))
                        .map(|f| f.0)
                        .collect();
                    want.sort_by_key(|id| CHECKS.iter().position(|c| c.id == *id));
                    wanted.push(want);
                    cases.push(
                        json!({ "id": id, "input": { "level": level, "version": version, "object": pod } }),
                    );
                }
            }
        }
    }
    assert!(cases.len() >= 4_000, "{} cases", cases.len());
    for ((case, answer), want) in cases.iter().zip(answers(&cases)).zip(wanted) {
        assert_eq!(answer["id"], case["id"]);
        let verdict = &answer["verdict"];
        let got: Vec<_> =
            verdict["violations"].as_array().unwrap().iter().map(|v| v["check"].as_str().unwrap()).collect();
        assert_eq!(got, want, "{}", case["id"]);
        assert_eq!(verdict["allowed"], got.is_empty(), "{}", case["id"]);
    }
}

#[test]
fn every_check_has_a_tweak_that_breaks_it_and_privileged_allows_all() {
    for check in CHECKS {
        let breaks =
            TWEAKS.iter().flat_map(|t| t.baseline.iter().chain(t.restricted)).any(|f| f.0 == check.id);
        assert!(breaks, "no tweak breaks {}", check.id);
    }
    let cases: Vec<_> = TWEAKS
        .iter()
        .flat_map(|t| pods(t, "baseline"))
        .map(|(name, pod)| json!({ "id": name, "input": { "level": "privileged", "version": "v1.30", "object": pod } }))
        .collect();
    assert!(answers(&cases).iter().all(|a| a["verdict"] == json!({ "allowed": true, "violations": [] })));
}

/// Reason and detail of the one failing check named `check`.
fn said(level: Level, version: &str, pod: &str, check: &str) -> (String, String) {
    let source = Source::lone("pod.yaml", pod);
    let (tree, findings) = yaml::parse(&source, Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    let template = model::template_of(model::objects(&tree)[0]).unwrap();
    assert_eq!(fields::mistyped(template), []);
    let evaluation = evaluate(level, Version::parse(version).unwrap(), template);
    let found = evaluation.violations.into_iter().find(|v| v.check == check);
    let found = found.unwrap_or_else(|| panic!("{check} does not fail"));
    (found.reason.into_owned(), found.detail)
}

/// A pod of the containers `a`, `b` ..., each with its own lines of flow YAML.
fn pod(spec: &str, containers: &[&str]) -> String {
    let list: Vec<_> =
        containers.iter().zip('a'..).map(|(c, name)| format!("{{name: {name}, {c}}}")).collect();
    format!("kind: Pod\nspec: {{{spec} containers: [{}]}}\n", list.join(", "))
}

// The texts are those that upstream's unit tests expect (policy/check_*_test.go).
#[test]
fn messages_are_worded_as_the_api_server_words_them() {
    use Level::{Baseline, Restricted};
    let context = |text: &str| format!("securityContext: {{{text}}}");
    let cases: &[(Level, &str, String, &str, &str, &str)] = &[
        (Baseline, "v1.30", pod("hostNetwork: true, hostPID: true, hostIPC: true,", &[]), "hostNamespaces", "host namespaces", "hostNetwork=true, hostPID=true, hostIPC=true"),
        (Baseline, "v1.30", pod("", &[&context("privileged: true"), "", &context("privileged: true")]), "privileged", "privileged", r#"containers "a", "c" must not set securityContext.privileged=true"#),
        (Baseline, "v1.30", pod("volumes: [{name: x}, {name: a, hostPath: {}}, {name: b, hostPath: {}}],", &[]), "hostPathVolumes", "hostPath volumes", r#"volumes "a", "b""#),
        (Baseline, "v1.30", pod("", &["ports: [{hostPort: 0}]", "ports: [{hostPort: 0}, {hostPort: 20}]", "ports: [{hostPort: 10}, {hostPort: 30}]"]), "hostPorts", "hostPort", r#"containers "b", "c" use hostPorts 10, 20, 30"#),
        (Baseline, "v1.30", pod("", &["ports: [{hostPort: 80}]"]), "hostPorts", "hostPort", r#"container "a" uses hostPort 80"#),
        (Baseline, "v1.30", pod("", &[&context("capabilities: {add: [FOO, CHOWN]}"), &context("capabilities: {add: [BAR]}")]), "capabilities_baseline", "non-default capabilities", r#"containers "a", "b" must not include "BAR", "FOO" in securityContext.capabilities.add"#),
        (Baseline, "v1.30", pod("", &[&context("procMount: Unmasked")]), "procMount", "procMount", r#"container "a" must not set securityContext.procMount to "Unmasked""#),
        (Baseline, "v1.30", pod("securityContext: {seLinuxOptions: {type: foo, user: bar, role: baz}},", &[&context("seLinuxOptions: {type: container_t}"), &context("seLinuxOptions: {type: bar}"), &context("seLinuxOptions: {user: bar}")]), "seLinuxOptions", "seLinuxOptions", r#"pod and containers "b", "c" set forbidden securityContext.seLinuxOptions: types "bar", "foo"; user may not be set; role may not be set"#),
        (Baseline, "v1.30", pod("securityContext: {appArmorProfile: {type: Unconfined}},", &[&context("appArmorProfile: {type: Unconfined}")]), "appArmorProfile", "forbidden AppArmor profile", r#"pod and container "a" must not set AppArmor profile type to "Unconfined""#),
        (Baseline, "v1.30", "{kind: Pod, metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/e: unconfined, container.apparmor.security.beta.kubernetes.io/: bogus}}, spec: {}}".to_owned(), "appArmorProfile", "forbidden AppArmor profiles", r#"annotations must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/="bogus"", "container.apparmor.security.beta.kubernetes.io/e="unconfined"""#),
        (Baseline, "v1.18", "{kind: Pod, metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined, container.seccomp.security.alpha.kubernetes.io/a: x}}, spec: {containers: [{name: a}]}}".to_owned(), "seccompProfile_baseline", "seccompProfile", r#"forbidden annotations container.seccomp.security.alpha.kubernetes.io/a="x", seccomp.security.alpha.kubernetes.io/pod="unconfined""#),
        (Baseline, "v1.19", pod("securityContext: {seccompProfile: {type: Unconfined}},", &[&context("seccompProfile: {type: Unconfined}"), &context("seccompProfile: {type: Unknown}")]), "seccompProfile_baseline", "seccompProfile", r#"pod and containers "a", "b" must not set securityContext.seccompProfile.type to "Unconfined", "Unknown""#),
        (Baseline, "v1.0", pod("securityContext: {sysctls: [{name: b}, {name: kernel.shm_rmid_forced}, {name: a}]},", &[]), "sysctls", "forbidden sysctls", "b, a"),
        (Baseline, "v1.30", pod("securityContext: {windowsOptions: {hostProcess: true}},", &[&context("windowsOptions: {hostProcess: true}")]), "windowsHostProcess", "hostProcess", r#"pod and container "a" must not set securityContext.windowsOptions.hostProcess=true"#),
        (Baseline, "latest", pod("", &["livenessProbe: {httpGet: {host: bad.host}}", "lifecycle: {preStop: {tcpSocket: {host: 8.8.8.8}}}"]), "hostProbesAndHostLifecycle", "probe or lifecycle host", r#"containers "a", "b" use probe or lifecycle hosts "8.8.8.8", "bad.host""#),
        (Restricted, "v1.30", pod("volumes: [{name: a, hostPath: {}}, {name: b, nfs: {}}, {name: c, odd: {}}],", &[]), "restrictedVolumes", "restricted volume types", r#"volumes "a", "b", "c" use restricted volume types "hostPath", "nfs", "unknown""#),
        // The volumes of upstream's check_restrictedVolumes_test.go, the last of which stands for a type yet to come.
        (Restricted, "v1.30", pod("volumes: [{name: a1, emptyDir: {}}, {name: a9, image: {}}, {name: b1, hostPath: {}}, {name: b2, gcePersistentDisk: {}}, {name: b3, awsElasticBlockStore: {}}, {name: b4, gitRepo: {}}, {name: b5, nfs: {}}, {name: b6, iscsi: {}}, {name: b7, glusterfs: {}}, {name: b8, rbd: {}}, {name: b9, flexVolume: {}}, {name: b10, cinder: {}}, {name: b11, cephfs: {}}, {name: b12, flocker: {}}, {name: b13, fc: {}}, {name: b14, azureFile: {}}, {name: b15, vsphereVolume: {}}, {name: b16, quobyte: {}}, {name: b17, azureDisk: {}}, {name: b18, photonPersistentDisk: {}}, {name: b19, portworxVolume: {}}, {name: b20, scaleIO: {}}, {name: b21, storageos: {}}, {name: c1, new: {}}],", &[]), "restrictedVolumes", "restricted volume types", r#"volumes "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10", "b11", "b12", "b13", "b14", "b15", "b16", "b17", "b18", "b19", "b20", "b21", "c1" use restricted volume types "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "unknown", "vsphereVolume""#),
        (Restricted, "v1.30", pod("", &["", &context("allowPrivilegeEscalation: true"), &context("allowPrivilegeEscalation: false")]), "allowPrivilegeEscalation", "allowPrivilegeEscalation != false", r#"containers "a", "b" must set securityContext.allowPrivilegeEscalation=false"#),
        (Restricted, "v1.30", pod("", &[&context("capabilities: {add: [FOO, BAR], drop: [x]}"), &context("capabilities: {drop: [ALL], add: [BAZ]}")]), "capabilities_restricted", "unrestricted capabilities", r#"container "a" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add"#),
        (Restricted, "v1.30", pod("", &["", &context("runAsNonRoot: true"), ""]), "runAsNonRoot", "runAsNonRoot != true", r#"pod or containers "a", "c" must set securityContext.runAsNonRoot=true"#),
        (Restricted, "v1.30", pod("securityContext: {runAsNonRoot: false},", &["", &context("runAsNonRoot: false")]), "runAsNonRoot", "runAsNonRoot != true", r#"pod and container "b" must not set securityContext.runAsNonRoot=false"#),
        (Restricted, "v1.30", pod("securityContext: {runAsUser: 0},", &[&context("runAsUser: 0"), &context("runAsUser: 1")]), "runAsUser", "runAsUser=0", r#"pod and container "a" must not set runAsUser=0"#),
        (Restricted, "v1.30", pod("", &["", &context("seccompProfile: {type: Localhost}"), ""]), "seccompProfile_restricted", "seccompProfile", r#"pod or containers "a", "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#),
        (Restricted, "v1.30", pod("securityContext: {seccompProfile: {type: Unconfined}},", &[&context("seccompProfile: {type: Localhost}"), ""]), "seccompProfile_restricted", "seccompProfile", r#"pod must not set securityContext.seccompProfile.type to "Unconfined""#),
    ];
    for (level, version, pod, check, reason, detail) in cases {
        let got = said(*level, version, pod, check);
        assert_eq!(got, ((*reason).to_owned(), (*detail).to_owned()), "{check}");
    }
}

#[test]
fn a_violation_points_at_the_value_or_where_it_would_go() {
    let text = "\
kind: Deployment
apiVersion: apps/v1
spec:
  template:
    spec:
      hostPID: true
      containers:
      - name: a
        securityContext:
          privileged: true
      - name: b
";
    let source = Source::lone("d.yaml", text);
    let (tree, _) = yaml::parse(&source, Limits::default());
    let template = model::template_of(model::objects(&tree)[0]).unwrap();
    let evaluation = evaluate(Level::Restricted, Version::Latest, template);
    let places = evaluation.violations.iter().flat_map(|v| {
        let source = &source;
        v.places.iter().map(move |p| format!("{} {} {}", v.check, source.position(p.span.start), p.path))
    });
    let context = "spec.template.spec.containers";
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "hostNamespaces 6:16 spec.template.spec.hostPID".to_owned(),
            format!("privileged 10:23 {context}[0].securityContext.privileged"),
            format!("allowPrivilegeEscalation 10:11 {context}[0].securityContext.allowPrivilegeEscalation"),
            format!("allowPrivilegeEscalation 11:9 {context}[1].securityContext.allowPrivilegeEscalation"),
            format!("capabilities_restricted 10:11 {context}[0].securityContext.capabilities"),
            format!("capabilities_restricted 11:9 {context}[1].securityContext.capabilities"),
            format!("runAsNonRoot 10:11 {context}[0].securityContext.runAsNonRoot"),
            format!("runAsNonRoot 11:9 {context}[1].securityContext.runAsNonRoot"),
            format!("seccompProfile_restricted 10:11 {context}[0].securityContext.seccompProfile"),
            format!("seccompProfile_restricted 11:9 {context}[1].securityContext.seccompProfile"),
        ]
    );
}

/// Labels without their prefix; enforce, audit and warn; how many labels are wrong.
type Labelled = (&'static [(&'static str, &'static str)], [&'static str; 3], usize);

// The cases of api/helpers.go's PolicyToEvaluate.
#[test]
fn namespace_labels_fail_closed_for_enforce_and_open_for_the_others() {
    let open = "privileged:latest";
    let cases: &[Labelled] = &[
        (&[], [open, open, open], 0),
        (&[("enforce", "baseline")], ["baseline:latest", open, "baseline:latest"], 0),
        (
            &[("enforce", "baseline"), ("enforce-version", "v1.22")],
            ["baseline:v1.22", open, "baseline:v1.22"],
            0,
        ),
        (
            &[("enforce", "restricted"), ("enforce-version", "v1.22"), ("warn-version", "v1.30")],
            ["restricted:v1.22", open, "restricted:v1.30"],
            0,
        ),
        (
            &[("enforce", "restricted"), ("warn", "baseline")],
            ["restricted:latest", open, "baseline:latest"],
            0,
        ),
        (&[("enforce", "strict")], ["restricted:latest", open, open], 1),
        (&[("audit", "strict"), ("warn", "Baseline")], [open, open, open], 2),
        (&[("enforce", "baseline"), ("warn", "x")], ["baseline:latest", open, open], 1),
        (
            &[
                ("enforce", "baseline"),
                ("enforce-version", "1.22"),
                ("audit", "restricted"),
                ("audit-version", "v1.08"),
            ],
            ["baseline:latest", "restricted:latest", "baseline:latest"],
            2,
        ),
        (&[("enforce-version", "v1.20")], ["privileged:v1.20", open, open], 0),
    ];
    for (labels, wanted, errors) in cases {
        let labels: Vec<_> =
            labels.iter().map(|(k, v)| (format!("pod-security.kubernetes.io/{k}"), *v)).collect();
        let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        let (policy, found) = Policy::of_labels(&labels, Policy::default());
        let got = [policy.enforce, policy.audit, policy.warn].map(|p| p.to_string());
        assert_eq!((got.each_ref().map(String::as_str), found.len()), (*wanted, *errors), "{labels:?}");
    }
}

#[test]
fn a_workload_is_stored_with_a_warning_while_its_pod_is_refused() {
    let labels = [
        ("pod-security.kubernetes.io/enforce", "baseline"),
        ("pod-security.kubernetes.io/audit", "restricted"),
    ];
    let (policy, _) = Policy::of_labels(&labels, Policy::default());
    let text = "{kind: Deployment, spec: {template: {spec: {hostPID: true, containers: []}}}}\n---\n{kind: Pod, spec: {hostPID: true, containers: []}}\n---\n{kind: Service}\n---\n{kind: Pod, spec: {containers: []}}\n";
    let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
    let reviews: Vec<_> = model::objects(&tree).into_iter().map(|o| review(policy, o)).collect();
    let violation = "host namespaces (hostPID=true)";
    let deployment = reviews[0].as_ref().unwrap();
    assert!(deployment.allowed() && deployment.denial().is_none());
    assert_eq!(
        deployment.warning().unwrap(),
        format!("would violate PodSecurity \"baseline:latest\": {violation}")
    );
    assert_eq!(
        deployment.audit_annotation().unwrap(),
        format!("would violate PodSecurity \"restricted:latest\": {violation}")
    );
    let pod = reviews[1].as_ref().unwrap();
    assert_eq!(pod.denial().unwrap(), format!("violates PodSecurity \"baseline:latest\": {violation}"));
    assert_eq!(pod.warning(), None);
    assert_eq!(pod.verdict().answer.word(), "denied");
    assert!(reviews[2].is_none());
    assert!(reviews[3].as_ref().unwrap().verdict().answer.word() == "allowed");
}

#[test]
fn what_the_api_server_would_not_decode_is_an_error_not_a_verdict() {
    for (object, wanted) in [
        (r#"{"kind":"Pod","spec":{"hostPID":"true"}}"#, "spec.hostPID is a string"),
        (
            r#"{"kind":"Pod","spec":{"containers":[{"name":"a","securityContext":{"runAsUser":"0"}}]}}"#,
            "runAsUser",
        ),
        (r#"{"kind":"Deployment","spec":{}}"#, "a Deployment"),
        (r#"{"kind":"Pod"}"#, "not a v1 Pod with a spec"),
        ("[]", "object: missing"),
        (r#"{"kind":7,"spec":{}}"#, "object.kind is an integer"),
        (r#"{"apiVersion":[],"spec":{}}"#, "object.apiVersion is a list"),
        (r#"{"kind":"Pod","metadata":"a","spec":{}}"#, "object.metadata is a string"),
        (r#"{"spec":"containers"}"#, "not a v1 Pod with a spec"),
        (r#"{"spec":{"containers":"a"}}"#, "object.spec.containers is a string"),
        (r#"{"spec":{"containers":[null]}}"#, "object.spec.containers[0] is nothing"),
        (r#"{"spec":{"volumes":[{"name":"a","emptyDir":"/"}]}}"#, "volumes[0].emptyDir is a string"),
        (r#"{"spec":{"containers":[{"name":"a","ports":[{"hostPort":99999}]}]}}"#, "a port number"),
        (
            r#"{"spec":{"containers":[{"name":"a","securityContext":{"capabilities":{"drop":"ALL"}}}]}}"#,
            "drop is a string, and the API server wants a list",
        ),
    ] {
        let object: Value = serde_json::from_str(object).unwrap();
        let case =
            json!({ "id": 1, "input": { "level": "baseline", "version": "latest", "object": object } });
        let error = answers(&[case])[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains(wanted), "{error}");
    }
}

const KEYS: &[&str] = &[
    "kind",
    "metadata",
    "annotations",
    "spec",
    "template",
    "jobTemplate",
    "containers",
    "initContainers",
    "ephemeralContainers",
    "name",
    "securityContext",
    "capabilities",
    "add",
    "drop",
    "privileged",
    "procMount",
    "seLinuxOptions",
    "type",
    "seccompProfile",
    "appArmorProfile",
    "sysctls",
    "windowsOptions",
    "hostProcess",
    "volumes",
    "hostPath",
    "ports",
    "hostPort",
    "livenessProbe",
    "httpGet",
    "host",
    "lifecycle",
    "preStop",
    "hostUsers",
    "hostNetwork",
    "os",
    "runAsUser",
    "runAsNonRoot",
    "allowPrivilegeEscalation",
    "image",
    "volumeMounts",
    "mountPath",
    "items",
    "seccomp.security.alpha.kubernetes.io/pod",
];

/// Small trees of the words that the checks look for, and of what should not be there.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..70000).prop_map(Value::from),
        Just(json!(0.5)),
        prop::sample::select(vec![
            "",
            "ALL",
            "Unconfined",
            "Localhost",
            "windows",
            "a",
            "true",
            "0",
            "Always"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(7, 120, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS), inner, 0..7)
                .prop_map(|map| Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_tree_makes_it_panic(spec in tree(), metadata in tree(), minor in 0u32..40) {
        for kind in ["Pod", "Deployment", "CronJob"] {
            let inner = json!({ "metadata": metadata, "spec": spec });
            let object = match kind {
                "Pod" => json!({ "kind": kind, "metadata": metadata, "spec": spec }),
                "Deployment" => json!({ "kind": kind, "spec": { "template": inner } }),
                _ => json!({ "kind": kind, "spec": { "jobTemplate": { "spec": { "template": inner } } } }),
            };
            let (tree, _) = yaml::parse(&Source::lone("t", object.to_string()), Limits::default());
            for object in model::objects(&tree) {
                let Some(template) = model::template_of(object) else { continue };
                let _ = fields::mistyped(template);
                let baseline = evaluate(Level::Baseline, Version::Minor(minor), template);
                let restricted = evaluate(Level::Restricted, Version::Minor(minor), template);
                for violation in baseline.violations.iter().chain(&restricted.violations) {
                    prop_assert!(!violation.places.is_empty());
                    prop_assert!(violation.places.iter().all(|p| !p.path.is_empty()));
                }
                // Restricted refuses at least what baseline refuses, under its own or an overriding id; Windows
                // pods are the exception, whose capabilities nobody looks at.
                let windows = template.spec.at(&["os", "name"]).and_then(Node::as_str) == Some("windows");
                prop_assert!(windows || baseline.allowed() || !restricted.allowed());
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z:{}\\[\\],&*<\\-| \n\"'#]{0,60}") {
        let (tree, _) = yaml::parse(&Source::lone("t", format!("kind: Pod\nspec: {{{text}")), Limits::default());
        for object in model::objects(&tree) {
            if let Some(template) = model::template_of(object) {
                let _ = evaluate(Level::Restricted, Version::Latest, template);
            }
        }
    }
}
