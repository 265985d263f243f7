//! Linux security modules: AppArmor and SELinux must not be turned off or bent.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters, plural, quoted};
use super::own;
use crate::model::value;
use crate::parse::Node;

const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The type of a profile, empty where it has none, and the place to point at.
pub(super) fn profile_type(profile: Node<'_>) -> (&str, Place) {
    match profile.get("type") {
        Some(node) => (value::string(node).unwrap_or(""), node.into()),
        None => ("", profile.missing("type").into()),
    }
}

/// AppArmor must not be turned off.
///
/// Fields: `appArmorProfile.type` of the pod and of every container; allowed: `RuntimeDefault`, `Localhost`, no
/// profile. Annotations `container.apparmor.security.beta.kubernetes.io/*`, whether or not that container exists;
/// allowed: empty, `runtime/default`, `localhost/*`.
pub(in super::super) fn app_armor(pod: Pod<'_>) -> Option<Failure> {
    let bad = |kind: &str| !matches!(kind, "RuntimeDefault" | "Localhost");
    let mut setters = Setters::default();
    let mut values = BTreeSet::new();
    if let Some(profile) = pod.settings.app_armor_profile().value {
        let (kind, place) = profile_type(profile);
        if bad(kind) {
            setters.pod(place);
            values.insert(kind.to_owned());
        }
    }
    for (container, settings) in pod.members() {
        let Some(profile) = own(settings.app_armor_profile()) else { continue };
        let (kind, place) = profile_type(profile);
        if bad(kind) {
            setters.container(container.name, place);
            values.insert(kind.to_owned());
        }
    }
    let mut who = if setters.is_empty() { Vec::new() } else { vec![setters.phrase()] };
    let mut places = setters.places;
    let mut annotations = BTreeSet::new();
    for (key, text) in pod.template.annotations() {
        let allowed = text.is_empty() || text == "runtime/default" || text.starts_with("localhost/");
        if key.starts_with(APP_ARMOR_ANNOTATION) && !allowed {
            annotations.insert(format!("{key}={text:?}"));
            places.extend(pod.template.annotation(key).map(Place::from));
        }
    }
    if !annotations.is_empty() {
        who.push(plural("annotation", "annotations", annotations.len()).to_owned());
    }
    if places.is_empty() {
        return None;
    }
    let values: Vec<String> = values.into_iter().chain(annotations).collect();
    let reason = plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.len());
    let detail = format!("{} must not set AppArmor profile type to {}", who.join(" and "), quoted(&values));
    Some(Failure { reason: Cow::Borrowed(reason), detail, places })
}

const SE_LINUX_TYPES: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t"];
const SE_LINUX_TYPES_1_31: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// SELinux labels must be those for containers.
///
/// Fields: `seLinuxOptions` of the pod and of every container. Allowed: the types above; user and role unset or
/// empty; any level.
pub(in super::super) fn se_linux(pod: Pod<'_>) -> Option<Failure> {
    se_linux_with(SE_LINUX_TYPES, pod)
}

/// 1.31 adds the type for engines that run containers in containers.
pub(in super::super) fn se_linux_1_31(pod: Pod<'_>) -> Option<Failure> {
    se_linux_with(SE_LINUX_TYPES_1_31, pod)
}

fn se_linux_with(allowed: &[&str], pod: Pod<'_>) -> Option<Failure> {
    let mut types = BTreeSet::new();
    let (mut user, mut role) = (false, false);
    let mut judge = |options: Node<'_>| {
        let text = |key: &str| options.get(key).and_then(|n| Some((value::string(n)?, n)));
        let mut places: Vec<Place> = Vec::new();
        if let Some((kind, node)) = text("type").filter(|(kind, _)| !allowed.contains(kind)) {
            types.insert(kind.to_owned());
            places.push(node.into());
        }
        for (key, seen) in [("user", &mut user), ("role", &mut role)] {
            if let Some((_, node)) = text(key).filter(|(text, _)| !text.is_empty()) {
                *seen = true;
                places.push(node.into());
            }
        }
        places
    };
    let mut setters = Setters::default();
    if let Some(options) = pod.settings.se_linux_options().value {
        for place in judge(options) {
            setters.pod(place);
        }
    }
    for (container, settings) in pod.members() {
        if let Some(options) = own(settings.se_linux_options()) {
            setters.container_at(container.name, judge(options));
        }
    }
    let mut what = Vec::new();
    if !types.is_empty() {
        what.push(format!("{} {}", plural("type", "types", types.len()), quoted(&types)));
    }
    if user {
        what.push("user may not be set".to_owned());
    }
    if role {
        what.push("role may not be set".to_owned());
    }
    setters.failure("seLinuxOptions", |setters| {
        format!("{} set forbidden securityContext.seLinuxOptions: {}", setters.phrase(), what.join("; "))
    })
}
