//! From manifest, image and node to single settings of a process, each with why it is so.

use super::capabilities;
use super::capset::CapSet;
use super::pod::PodView;
use crate::model::{ContainerSettings, value};
use crate::parse::Node;
use crate::sim::world::{Account, Host, Image, Lsm};
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// A value and why it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Why.
    pub why: Reason,
}

impl<T> Setting<T> {
    pub(super) fn at(value: T, why: impl Into<String>, span: Span) -> Self {
        Self { value, why: Reason::at(why, span) }
    }
}

/// A seccomp or AppArmor profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// No profile.
    Unconfined,
    /// The runtime's own.
    RuntimeDefault,
    /// A file on the node.
    Localhost,
}

pub(super) fn privileged(title: &str, settings: ContainerSettings<'_>) -> Setting<bool> {
    let set = settings.privileged();
    let on = set.value == Some(true);
    let why = if on { "is privileged" } else { "is not privileged" };
    Setting::at(on, format!("{title} {why}"), set.span())
}

pub(super) fn no_new_privs(title: &str, settings: ContainerSettings<'_>) -> Setting<bool> {
    let set = settings.allow_privilege_escalation();
    // kubelet `AddNoNewPrivileges`: only a literal false sets it.
    let why = match set.value {
        Some(false) => "is false, which sets no_new_privs",
        Some(true) => "is true, so that no_new_privs is not set",
        None => "is not set, so that no_new_privs is not either",
    };
    Setting::at(set.value == Some(false), format!("allowPrivilegeEscalation of {title} {why}"), set.span())
}

pub(super) fn user_namespace(pod: &PodView<'_>) -> Setting<bool> {
    let set = pod.settings().host_users();
    let on = set.value == Some(false);
    let why = if on {
        "hostUsers is false: the pod has a user namespace of its own"
    } else {
        "hostUsers is not false, so that UIDs and capabilities are the node's"
    };
    Setting::at(on, why, set.span())
}

/// The UID, the account's name, and the account's group.
pub(super) fn user(
    title: &str,
    settings: ContainerSettings<'_>,
    image: &Image,
) -> Result<(Setting<u32>, Option<String>, u32), Verdict> {
    let asked = settings.run_as_user();
    if let Some(uid) = asked.value.and_then(|u| u32::try_from(u).ok()) {
        let account = image.account_of(uid);
        let why = format!("{title} runs as UID {uid}: runAsUser is {}", asked.origin.word());
        let gid = account.as_ref().map_or(0, |a| a.gid);
        return Ok((Setting::at(uid, why, asked.span()), account.map(|a| a.name), gid));
    }
    // The runtime tells the kubelet the part before the colon alone, and takes the group from the image's /etc/passwd:
    // containerd internal/cri/util (GetUserFromImage), kubernetes pkg/kubelet/kuberuntime/security_context.go.
    let user = image.user.split(':').next().unwrap_or_default();
    if user.is_empty() {
        let why = format!(
            "{title} runs as UID 0: runAsUser is not set, and the image `{}` names no user",
            image.name
        );
        return Ok((Setting::at(0, why, asked.span()), Some("root".to_owned()), 0));
    }
    let account = match user.parse::<u32>() {
        Ok(uid) => image.account_of(uid).or(Some(Account { name: String::new(), uid, gid: 0 })),
        Err(_) => image.account(user),
    };
    let Some(account) = account else {
        return Err(Verdict::denied(Reason::at(
            format!("the image of {title} runs as `{user}`, who is not in its /etc/passwd"),
            asked.span(),
        ))
        .evidence(format!("unable to find user {user}: no matching entries in passwd file")));
    };
    let why = format!(
        "{title} runs as UID {}: runAsUser is not set, and the image `{}` says `{}`",
        account.uid, image.name, image.user
    );
    let name = (!account.name.is_empty()).then_some(account.name);
    Ok((Setting::at(account.uid, why, asked.span()), name, account.gid))
}

pub(super) fn groups(pod: &PodView<'_>, image: &Image, user: Option<&str>) -> Vec<u32> {
    let settings = pod.settings();
    let list = settings.supplemental_groups().value;
    let asked = list.into_iter().flat_map(Node::items).filter_map(value::integer);
    let mut groups: Vec<u32> =
        asked.chain(settings.fs_group().value).filter_map(|g| u32::try_from(g).ok()).collect();
    // KEP-3619: memberships of the image's /etc/group are merged in unless the policy is Strict.
    if settings.supplemental_groups_policy().value != Some("Strict")
        && let Some(user) = user
    {
        groups.extend(image.groups.iter().filter(|g| g.members.iter().any(|m| m == user)).map(|g| g.gid));
    }
    groups.sort_unstable();
    groups.dedup();
    groups
}

pub(super) fn bounding(
    title: &str,
    settings: ContainerSettings<'_>,
    host: &Host,
    privileged: bool,
) -> (CapSet, Reason) {
    if privileged {
        return (
            CapSet::ALL,
            Reason::at(
                format!("{title} is privileged and has every capability"),
                settings.privileged().span(),
            ),
        );
    }
    let add: Vec<&str> = settings.capabilities_add().filter_map(Node::as_str).collect();
    let drop: Vec<&str> = settings.capabilities_drop().filter_map(Node::as_str).collect();
    let set = capabilities::bounding(host.runtime, &add, &drop);
    let capabilities = settings.capabilities();
    let name = host.runtime.name();
    if !capabilities.is_set() {
        let text = format!(
            "capabilities of {title} is not set, so that it has {name}'s default set ({})",
            set.names().count()
        );
        return (set, Reason::at(text, capabilities.span()));
    }
    let odd: Vec<&str> = add
        .iter()
        .chain(&drop)
        .copied()
        .filter(|n| !n.eq_ignore_ascii_case("ALL") && capabilities::read(host.runtime, n).is_none())
        .collect();
    let list = |words: &[&str]| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    let mut text = format!("capabilities of {title} drop {} and add {}", list(&drop), list(&add));
    if let Some(odd) = odd.first() {
        text = format!("{text}; `{odd}` is no capability to {name}, write it without CAP_");
    }
    (set, Reason::at(text, capabilities.span()))
}

fn profile(node: Option<Node<'_>>) -> Option<Confinement> {
    match node?.get("type")?.as_str()? {
        "RuntimeDefault" => Some(Confinement::RuntimeDefault),
        "Localhost" => Some(Confinement::Localhost),
        _ => Some(Confinement::Unconfined),
    }
}

pub(super) fn seccomp(
    title: &str,
    settings: ContainerSettings<'_>,
    host: &Host,
    privileged: bool,
) -> Setting<Confinement> {
    // containerd: a privileged container has no seccomp profile, whatever its manifest says.
    if privileged {
        let why = format!("{title} is privileged, which switches seccomp off");
        return Setting::at(Confinement::Unconfined, why, settings.privileged().span());
    }
    let set = settings.seccomp_profile();
    match profile(set.value) {
        Some(kind) => {
            let word = match kind {
                Confinement::Unconfined => "Unconfined",
                Confinement::RuntimeDefault => "RuntimeDefault",
                Confinement::Localhost => "a profile of the node",
            };
            Setting::at(kind, format!("the seccomp profile of {title} is {word}"), set.span())
        }
        None if host.seccomp_default => Setting::at(
            Confinement::RuntimeDefault,
            "the kubelet's seccompDefault gives RuntimeDefault to who names no profile",
            set.span(),
        ),
        None => Setting::at(
            Confinement::Unconfined,
            format!("{title} names no seccompProfile, which means Unconfined"),
            set.span(),
        ),
    }
}

pub(super) fn apparmor(
    title: &str,
    settings: ContainerSettings<'_>,
    host: &Host,
    privileged: bool,
) -> Setting<Confinement> {
    let set = settings.app_armor_profile();
    if host.lsm != Lsm::AppArmor {
        return Setting::at(Confinement::Unconfined, "the node has no AppArmor", set.span());
    }
    match profile(set.value) {
        Some(Confinement::Localhost) => Setting::at(
            Confinement::Localhost,
            format!("{title} runs under a profile of the node"),
            set.span(),
        ),
        Some(Confinement::Unconfined) => Setting::at(
            Confinement::Unconfined,
            format!("the AppArmor profile of {title} is Unconfined"),
            set.span(),
        ),
        _ if privileged => Setting::at(
            Confinement::Unconfined,
            format!("{title} is privileged, which switches AppArmor's default profile off"),
            settings.privileged().span(),
        ),
        _ => Setting::at(
            Confinement::RuntimeDefault,
            format!("{title} runs under the runtime's default AppArmor profile"),
            set.span(),
        ),
    }
}

pub(super) fn read_only_root(title: &str, settings: ContainerSettings<'_>) -> Setting<bool> {
    let set = settings.read_only_root_filesystem();
    let on = set.value == Some(true);
    let why = if on { "is true" } else { "is not true" };
    Setting::at(on, format!("readOnlyRootFilesystem of {title} {why}"), set.span())
}
