//! Users, groups and accounts that a pod names, and fields of the pod that widen its reach: a row each.

use serde_json::json;

use crate::checks::{Check, Confidence, Fault, Faults, PodCase, Rule, Standard};
use crate::model::{ContainerSettings, Effective, Origin, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("identity.md");

/// How a row looks at a pod.
type Looks = fn(&PodCase<'_>) -> Faults;

const fn row(id: &'static str, severity: Severity, title: &'static str, looks: Looks) -> Check {
    Check::new(id, severity, title, DOC, Rule::Pod(looks))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row("host-aliases", Severity::Low, "names of hosts are rewritten in the pod", host_aliases)
        .aliases(&["HostAliases", "KSV-0007"])
        .lessons(&[16])
        .technique("T1557"),
    row("root-group", Severity::Medium, "process is made a member of group 0", root_group)
        .aliases(&[
            "run-as-non-root",
            "KSV-0116",
            "require-non-root-groups",
            "psp-check-supplemental-groups",
            "validate-userid-groupid-fsgroup",
            "k8spspallowedusers",
            "k8spspfsgroup",
        ])
        .lessons(&[5])
        .technique("T1574"),
    row("run-as-group-low-gid", Severity::Low, "group may be a real one of the node", |case| {
        low(case, "runAsGroup")
    })
    .opinion()
    .aliases(&["RunAsGroup", "container-security-context-user-group-id", "KSV-0021"])
    .lessons(&[5, 8])
    .technique("T1611"),
    row("run-as-user-low-uid", Severity::Low, "user may be a real one of the node", |case| {
        low(case, "runAsUser")
    })
    .opinion()
    .aliases(&["RunAsUser", "container-security-context-user-group-id", "KSV-0020", "CKV_K8S_40"])
    .lessons(&[5, 8])
    .technique("T1611"),
    row(
        "service-account-default-used",
        Severity::Medium,
        "pod calls the API as the default service account",
        default_account,
    )
    .aliases(&["default-service-account", "ServiceAccountName"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.5")])
    .technique("T1078.001"),
    row(
        "service-account-deprecated-field",
        Severity::Info,
        "service account stands in the old field",
        old_field,
    )
    .aliases(&["deprecated-service-account-field", "C-0294"])
    .lessons(&[14]),
    row(
        "service-account-not-found",
        Severity::Low,
        "service account is not among those of its namespace",
        missing_account,
    )
    .aliases(&["non-existent-service-account", "C-0307"])
    .lessons(&[14])
    .confidence(Confidence::Contextual),
    row(
        "share-process-namespace",
        Severity::Medium,
        "containers of the pod see each other's processes",
        shared_processes,
    )
    .lessons(&[7, 17])
    .technique("T1552"),
];

fn host_aliases(case: &PodCase<'_>) -> Faults {
    let list = case.template.spec.get("hostAliases").and_then(value::list);
    let list = list.filter(|list| list.items().len() > 0);
    let says = "writes lines into the pod's /etc/hosts, which win over DNS";
    let help = "remove hostAliases, and give the name in DNS";
    let fault = |list: Node<'_>| {
        let span = list.key().unwrap_or(list).own_span();
        Fault::new(span, format!("{} {says}", list.path()), help).suggest([edit::remove(list)])
    };
    list.map(fault).into_iter().collect()
}

/// What pod and containers themselves set; what a container inherits is said once, at the pod.
fn own<'t, T: Copy>(
    case: &PodCase<'t>,
    of_pod: Effective<'t, T>,
    of_container: impl Fn(ContainerSettings<'t>) -> Effective<'t, T>,
) -> Vec<Effective<'t, T>> {
    let own = case.containers().map(|(_, settings)| of_container(settings));
    std::iter::once(of_pod).chain(own.filter(|s| s.origin == Origin::Container)).collect()
}

fn root_group(case: &PodCase<'_>) -> Faults {
    let settings = case.settings;
    let help = "name a group other than 0, and give it the files";
    let mut groups = own(case, settings.run_as_group(), ContainerSettings::run_as_group);
    groups.push(settings.fs_group());
    let mut faults: Faults =
        groups.iter().filter(|s| s.value == Some(0)).map(|s| Fault::set(s, help)).collect();
    let more = settings.supplemental_groups().value.into_iter().flat_map(Node::items);
    let zero = more.filter(|n| value::integer(*n) == Some(0));
    faults.extend(zero.map(|n| Fault::at(n, "is 0, the group of root", help)));
    faults
}

/// From this number on no distribution hands out ids by itself.
const HIGH: i64 = 10_000;

fn low(case: &PodCase<'_>, field: &str) -> Faults {
    let settings = if field == "runAsUser" {
        own(case, case.settings.run_as_user(), ContainerSettings::run_as_user)
    } else {
        own(case, case.settings.run_as_group(), ContainerSettings::run_as_group)
    };
    let low = settings.iter().filter(|s| s.value.is_some_and(|id| (1..HIGH).contains(&id)));
    low.map(|s| Fault::set(s, format!("set {field} to a number from {HIGH} on, and own the files by it")))
        .collect()
}

fn default_account(case: &PodCase<'_>) -> Faults {
    let name = case.settings.service_account_name();
    let token = case.settings.automount_service_account_token();
    if token.value != Some(true)
        || name.is_mistyped()
        || name.value.is_some_and(|n| n != "default" && !n.is_empty())
    {
        return Faults::new();
    }
    let help = "make a service account for the program, and name it in serviceAccountName";
    let follows = "the pod's calls come from default, which it shares with all that name none";
    vec![Fault::set_or_unset(&name, follows, help).related(token.span(), "its token is asked for here")]
}

fn old_field(case: &PodCase<'_>) -> Faults {
    let spec = case.template.spec;
    let set = |key: &str| spec.get(key).filter(|n| value::string(*n).is_some_and(|name| !name.is_empty()));
    // The API server fills in both, so that both together say nothing of the author.
    let old = set("serviceAccount").filter(|_| set("serviceAccountName").is_none());
    let says =
        "is the old name of serviceAccountName; tools that read only the new one take the pod for default's";
    old.map(|n| Fault::at(n, says, "rename the field to serviceAccountName")).into_iter().collect()
}

fn missing_account(case: &PodCase<'_>) -> Faults {
    let setting = case.settings.service_account_name();
    let Some(name) = setting.value.filter(|n| !n.is_empty() && *n != "default") else { return Faults::new() };
    let world = case.world;
    if !world.has_service_accounts(case.object) || world.service_account(case.object, name).is_some() {
        return Faults::new();
    }
    let mut fault = Fault::set(&setting, "correct the name, or add the ServiceAccount");
    fault.detail.push_str("; the service accounts of the namespace that were read have other names");
    vec![fault]
}

fn shared_processes(case: &PodCase<'_>) -> Faults {
    let setting = case.settings.share_process_namespace();
    // A single container has nobody to share with.
    if setting.value != Some(true) || case.template.containers().nth(1).is_none() {
        return Faults::new();
    }
    let help =
        "set shareProcessNamespace: false; kubectl debug --target shares with one container for a while";
    vec![Fault::set(&setting, help).suggest([setting.set_to(&json!(false))])]
}
