//! A corpus of pods for Pod Security: a minimal valid pod for each level and version, and its tweaks, each with what it
//! is known to break (`checks.md` 4 of the catalogue says why). What is expected is written here and asked of nobody.
//!
//! Knows nothing of the crate that it tests, so that benches take it in as well, by `#[path]`.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};

/// A check that a tweak breaks, and the minor versions, first and last, in which it does.
pub type Fails = (&'static str, u32, u32);

/// The newest version of the standards.
pub const LAST: u32 = 37;

/// Where `{c}` is written, the tweak is tried in each of these.
pub const CONTAINERS: [&str; 3] =
    ["/spec/containers/0", "/spec/initContainers/0", "/spec/ephemeralContainers/0"];

/// A change of the minimal pod, and what it breaks.
pub struct Tweak {
    /// In a few words.
    pub name: String,
    /// JSON pointers and the JSON to put there; `-` removes.
    pub set: Vec<(String, String)>,
    /// What fails at baseline, on a minimal pod.
    pub baseline: Vec<Fails>,
    /// What fails at restricted, on a hardened pod.
    pub restricted: Vec<Fails>,
}

/// A tweak as the table below writes it.
struct Row(&'static str, &'static [(&'static str, &'static str)], &'static [Fails], &'static [Fails]);

const fn t(
    name: &'static str,
    set: &'static [(&'static str, &'static str)],
    baseline: &'static [Fails],
    restricted: &'static [Fails],
) -> Row {
    Row(name, set, baseline, restricted)
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

const ROWS: &[Row] = &[
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
    t("proc empty", &[("{c}/securityContext/procMount", r#""""#)], PROC, PROC_R),
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
        "seccomp annotation that is empty",
        &[("/metadata/annotations", r#"{"seccomp.security.alpha.kubernetes.io/pod":""}"#)],
        ANNOTATION_18,
        ANNOTATION_18,
    ),
    t(
        "seccomp annotation that is null",
        &[("/metadata/annotations", r#"{"container.seccomp.security.alpha.kubernetes.io/main":null}"#)],
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
        "sysctl among safe ones",
        &[(
            "/spec/securityContext/sysctls",
            r#"[{"name":"net.ipv4.tcp_syncookies","value":"0"},{"name":"net.ipv4.tcp_SYNCOOKIES","value":"0"}]"#,
        )],
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
    t("host process null", &[("{c}/securityContext/windowsOptions", r#"{"hostProcess":null}"#)], NONE, NONE),
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
    t(
        "security context null",
        &[("{c}/securityContext", "null")],
        NONE,
        &[("allowPrivilegeEscalation", 8, LAST), ("capabilities_restricted", 22, LAST)],
    ),
    // Windows
    t(
        "windows in capitals is no windows",
        &[("/spec/os", r#"{"name":"Windows"}"#), ("{c}/securityContext/allowPrivilegeEscalation", "-")],
        NONE,
        ESCALATION,
    ),
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

/// The least pod that passes a level at a minor version.
pub fn minimal(level: &str, minor: u32) -> Value {
    let asked = |since: u32| level == "restricted" && minor >= since;
    let container = |name: &str| {
        let mut container = json!({ "name": name, "image": "registry.k8s.io/pause" });
        if asked(8) {
            container["securityContext"]["allowPrivilegeEscalation"] = json!(false);
        }
        if asked(22) {
            container["securityContext"]["capabilities"]["drop"] = json!(["ALL"]);
        }
        container
    };
    let mut context = json!({});
    if asked(0) {
        context["runAsNonRoot"] = json!(true);
    }
    if asked(19) {
        context["seccompProfile"]["type"] = json!("RuntimeDefault");
    }
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

/// Puts JSON at a pointer, with the mappings on the way there; `-` removes.
pub fn put(pod: &mut Value, pointer: &str, text: &str) {
    let mut at = pod;
    let keys: Vec<&str> = pointer.split('/').skip(1).collect();
    let Some((last, path)) = keys.split_last() else { return };
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
        at.as_object_mut().map(|map| map.remove(*last));
    } else {
        at[*last] = serde_json::from_str(text).expect("a tweak puts JSON");
    }
}

/// Volume types that restricted refuses, and those that it takes.
const REFUSED: [&str; 20] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];
const TAKEN: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The sysctls that are safe, each with the version from which on it is.
const SYSCTLS: [(&str, u32); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

/// Capabilities that baseline lets a container add, and some that it does not.
const USUAL: [&str; 12] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const UNUSUAL: [&str; 8] =
    ["BPF", "CHECKPOINT_RESTORE", "NET_ADMIN", "PERFMON", "SYSLOG", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE"];

/// Every tweak: the table's, and one for each volume type, sysctl and capability.
pub fn tweaks() -> Vec<Tweak> {
    let owned = |row: &Row| Tweak {
        name: row.0.to_owned(),
        set: row.1.iter().map(|(at, text)| ((*at).to_owned(), (*text).to_owned())).collect(),
        baseline: row.2.to_vec(),
        restricted: row.3.to_vec(),
    };
    let one = |name: String, at: &str, text: Value, baseline: &[Fails], restricted: &[Fails]| Tweak {
        name,
        set: vec![(at.to_owned(), text.to_string())],
        baseline: baseline.to_vec(),
        restricted: restricted.to_vec(),
    };
    let volume = |kind: &str, fails: &[Fails]| {
        let volumes = json!([{ "name": "a", kind: {} }]);
        one(format!("volume {kind}"), "/spec/volumes", volumes, NONE, fails)
    };
    let sysctl = |(name, since): &(&str, u32)| {
        let fails: Vec<Fails> = since.checked_sub(1).map(|last| ("sysctls", 0, last)).into_iter().collect();
        let list = json!([{ "name": name, "value": "1" }]);
        one(format!("sysctl {name}"), "/spec/securityContext/sysctls", list, &fails, &fails)
    };
    let capability = |name: &str, baseline: &[Fails], restricted: &[Fails]| {
        one(
            format!("adds only {name}"),
            "{c}/securityContext/capabilities/add",
            json!([name]),
            baseline,
            restricted,
        )
    };
    let mut all: Vec<Tweak> = ROWS.iter().map(owned).collect();
    all.extend(REFUSED.iter().map(|kind| volume(kind, VOLUMES)));
    all.extend(TAKEN.iter().map(|kind| volume(kind, NONE)));
    all.extend(SYSCTLS.iter().map(sysctl));
    all.extend(USUAL.iter().map(|name| capability(name, NONE, CAPS_R_ONLY)));
    all.extend(UNUSUAL.iter().map(|name| capability(name, CAPS, CAPS_R)));
    all
}

impl Tweak {
    /// What fails at a level.
    pub fn fails(&self, level: &str) -> &[Fails] {
        if level == "restricted" { &self.restricted } else { &self.baseline }
    }

    /// The containers in which it is tried, as JSON pointers.
    pub fn places(&self) -> &'static [&'static str] {
        let many = self.set.iter().any(|(pointer, _)| pointer.contains("{c}"));
        if many { &CONTAINERS } else { &CONTAINERS[..1] }
    }

    /// Makes it in `pod`, in the container at `place`.
    pub fn make(&self, pod: &mut Value, place: &str) {
        for (pointer, text) in &self.set {
            put(pod, &pointer.replace("{c}", place), text);
        }
    }
}

/// The reason that upstream gives where a check fails; each tweak breaks it with one value.
pub fn reason(check: &str) -> &'static str {
    match check {
        "allowPrivilegeEscalation" => "allowPrivilegeEscalation != false",
        "appArmorProfile" => "forbidden AppArmor profile",
        "capabilities_baseline" => "non-default capabilities",
        "capabilities_restricted" => "unrestricted capabilities",
        "hostNamespaces" => "host namespaces",
        "hostPathVolumes" => "hostPath volumes",
        "hostPorts" => "hostPort",
        "hostProbesAndHostLifecycle" => "probe or lifecycle host",
        "privileged" => "privileged",
        "procMount" | "procMount_restricted" => "procMount",
        "restrictedVolumes" => "restricted volume types",
        "runAsNonRoot" => "runAsNonRoot != true",
        "runAsUser" => "runAsUser=0",
        "seLinuxOptions" => "seLinuxOptions",
        "seccompProfile_baseline" | "seccompProfile_restricted" => "seccompProfile",
        "sysctls" => "forbidden sysctls",
        "windowsHostProcess" => "hostProcess",
        other => panic!("{other} is no check of the standards"),
    }
}

/// A pod, and what is known of it.
pub struct Manifest {
    /// Its name, which nothing else has at its level and version.
    pub name: String,
    /// `baseline` or `restricted`.
    pub level: &'static str,
    /// `v1.N` or `latest`.
    pub version: String,
    /// The pod as block YAML.
    pub text: String,
    /// The checks that fail, each with upstream's reason, by id.
    pub fails: Vec<(&'static str, &'static str)>,
}

/// The corpus. For each check the first tweak that breaks it is tried at every version; each tweak on both sides of
/// every version at which its verdict changes, in every container; at the ends; and at others in turn.
pub fn manifests() -> Vec<Manifest> {
    let mut out = Vec::new();
    for level in ["baseline", "restricted"] {
        let mut broken: BTreeSet<(&str, u32)> = BTreeSet::new();
        for (number, tweak) in tweaks().iter().enumerate() {
            let fails = tweak.fails(level);
            // The minor version, and one more for `latest`.
            for column in 0..=LAST + 1 {
                let (minor, latest) = (column.min(LAST), column > LAST);
                let now = fails.iter().filter(|(_, from, to)| (*from..=*to).contains(&minor));
                let first = now.fold(tweak.set.is_empty(), |first, f| broken.insert((f.0, column)) || first);
                let edge = fails.iter().any(|(_, from, to)| {
                    minor == *from || minor + 1 == *from || minor == *to || minor == to + 1
                });
                let in_turn = (column as usize + number).is_multiple_of(6);
                if !(first || edge || in_turn || minor == 0 || minor == LAST) {
                    continue;
                }
                let places = tweak.places();
                let turn = places.get((column as usize + number) % places.len()).copied();
                for place in places.iter().copied().filter(|p| edge && !latest || Some(*p) == turn) {
                    out.push(manifest(level, minor, latest, tweak, place));
                }
            }
        }
    }
    out
}

fn manifest(level: &'static str, minor: u32, latest: bool, tweak: &Tweak, place: &str) -> Manifest {
    let mut pod = minimal(level, minor);
    tweak.make(&mut pod, place);
    let version = if latest { "latest".to_owned() } else { format!("v1.{minor}") };
    let container = place.rsplit('/').nth(1).unwrap_or("");
    let words = format!("{level} {version} {} {container}", tweak.name);
    let name: String =
        words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let fails = tweak.fails(level).iter().filter(|(_, from, to)| (*from..=*to).contains(&minor));
    manifest_of(pod, &name, level, version, fails.map(|f| f.0).collect())
}

/// A pod under a name, with the checks that fail.
pub fn manifest_of(
    mut pod: Value,
    name: &str,
    level: &'static str,
    version: String,
    fails: Vec<&'static str>,
) -> Manifest {
    pod["metadata"]["name"] = json!(name);
    let mut fails: Vec<_> = fails.into_iter().map(|check| (check, reason(check))).collect();
    fails.sort_unstable();
    let mut text = String::new();
    block(&mut text, &pod, 0, false);
    Manifest { name: name.to_owned(), level, version, text, fails }
}

/// Writes a value as block YAML; `inline` where a dash or a key stands in front of it on its line.
fn block(out: &mut String, value: &Value, indent: usize, item: bool) {
    let pad = |out: &mut String, first: bool| {
        if !(first && item) {
            out.push_str(&"  ".repeat(indent));
        }
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (index, (key, value)) in map.iter().enumerate() {
                pad(out, index == 0);
                out.push_str(key);
                out.push(':');
                nested(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                pad(out, index == 0);
                out.push_str("- ");
                block(out, value, indent + 1, true);
            }
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn nested(out: &mut String, value: &Value, indent: usize) {
    let holds = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if holds {
        out.push('\n');
        block(out, value, indent + 1, false);
    } else {
        out.push(' ');
        block(out, value, indent, true);
    }
}

/// Writes the corpus below `directory`, as `LEVEL/VERSION/NAME.yaml`, and says how many files there are.
pub fn write(directory: &Path) -> io::Result<usize> {
    let all = manifests();
    for manifest in &all {
        let folder = directory.join(manifest.level).join(&manifest.version);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(&manifest.name).with_extension("yaml"), &manifest.text)?;
    }
    Ok(all.len())
}
