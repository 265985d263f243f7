//! Which setting counts: the container's over the pod's.
//!
//! After kubernetes `pkg/securitycontext/util.go` (`DetermineEffectiveSecurityContext`). Some fields exist on
//! containers only and some on the pod only; asking for them through the right view is what keeps a misplaced
//! field from counting.

use crate::parse::Node;

use super::effective::{Effective, Home, Origin};
use super::{Container, PodTemplate, value};

const SECURITY: &str = "securityContext";

/// The settings of a pod as a whole.
#[derive(Clone, Copy, Debug)]
pub struct PodSettings<'t> {
    spec: Node<'t>,
    security: Option<Node<'t>>,
}

impl<'t> PodSettings<'t> {
    /// The settings of this template.
    pub fn of(template: PodTemplate<'t>) -> Self {
        Self { spec: template.spec, security: template.spec.get(SECURITY) }
    }

    /// The pod's own field under `spec`.
    fn spec(self, key: &'static str) -> Home<'t> {
        Home { holder: self.spec, path: ["", key], inside: Some(self.spec) }
    }

    /// The pod's field under `spec.securityContext`.
    fn security(self, key: &'static str) -> Home<'t> {
        Home { holder: self.spec, path: [SECURITY, key], inside: self.security }
    }

    /// `hostNetwork`.
    pub fn host_network(self) -> Effective<'t, bool> {
        self.spec("hostNetwork").read(Origin::Pod, value::boolean)
    }

    /// `hostPID`.
    pub fn host_pid(self) -> Effective<'t, bool> {
        self.spec("hostPID").read(Origin::Pod, value::boolean)
    }

    /// `hostIPC`.
    pub fn host_ipc(self) -> Effective<'t, bool> {
        self.spec("hostIPC").read(Origin::Pod, value::boolean)
    }

    /// `hostUsers`: only a literal `false` gives the pod a user namespace.
    pub fn host_users(self) -> Effective<'t, bool> {
        self.spec("hostUsers").read(Origin::Pod, value::boolean)
    }

    /// `shareProcessNamespace`.
    pub fn share_process_namespace(self) -> Effective<'t, bool> {
        self.spec("shareProcessNamespace").read(Origin::Pod, value::boolean)
    }

    /// `automountServiceAccountToken`; where it is unset, the ServiceAccount decides.
    pub fn automount_service_account_token(self) -> Effective<'t, bool> {
        self.spec("automountServiceAccountToken").read(Origin::Pod, value::boolean)
    }

    /// `serviceAccountName`; where that is unset or empty, the old `serviceAccount` (kubernetes
    /// `Convert_v1_PodSpec_To_core_PodSpec`).
    pub fn service_account_name(self) -> Effective<'t, &'t str> {
        let name = self.spec("serviceAccountName").read(Origin::Pod, value::string);
        let old = self.spec("serviceAccount").read(Origin::Pod, value::string);
        let empty = !name.is_set() || name.value == Some("");
        if empty && old.is_set() { old } else { name }
    }

    /// `os.name`.
    pub fn os_name(self) -> Effective<'t, &'t str> {
        let inside = self.spec.get("os");
        Home { holder: self.spec, path: ["os", "name"], inside }.read(Origin::Pod, value::string)
    }

    /// `securityContext.fsGroup`.
    pub fn fs_group(self) -> Effective<'t, i64> {
        self.security("fsGroup").read(Origin::Pod, value::integer)
    }

    /// `securityContext.supplementalGroups`: a list of integers.
    pub fn supplemental_groups(self) -> Effective<'t, Node<'t>> {
        self.security("supplementalGroups").read(Origin::Pod, value::list)
    }

    /// `securityContext.supplementalGroupsPolicy`: `Merge` (the default) or `Strict`.
    pub fn supplemental_groups_policy(self) -> Effective<'t, &'t str> {
        self.security("supplementalGroupsPolicy").read(Origin::Pod, value::string)
    }

    /// `securityContext.sysctls`: a list of name and value.
    pub fn sysctls(self) -> Effective<'t, Node<'t>> {
        self.security("sysctls").read(Origin::Pod, value::list)
    }

    /// `securityContext.runAsUser`.
    pub fn run_as_user(self) -> Effective<'t, i64> {
        self.security("runAsUser").read(Origin::Pod, value::integer)
    }

    /// `securityContext.runAsGroup`.
    pub fn run_as_group(self) -> Effective<'t, i64> {
        self.security("runAsGroup").read(Origin::Pod, value::integer)
    }

    /// `securityContext.runAsNonRoot`.
    pub fn run_as_non_root(self) -> Effective<'t, bool> {
        self.security("runAsNonRoot").read(Origin::Pod, value::boolean)
    }

    /// `securityContext.seccompProfile`.
    pub fn seccomp_profile(self) -> Effective<'t, Node<'t>> {
        self.security("seccompProfile").read(Origin::Pod, value::mapping)
    }

    /// `securityContext.appArmorProfile`.
    pub fn app_armor_profile(self) -> Effective<'t, Node<'t>> {
        self.security("appArmorProfile").read(Origin::Pod, value::mapping)
    }

    /// `securityContext.seLinuxOptions`.
    pub fn se_linux_options(self) -> Effective<'t, Node<'t>> {
        self.security("seLinuxOptions").read(Origin::Pod, value::mapping)
    }

    /// `securityContext.windowsOptions`.
    pub fn windows_options(self) -> Effective<'t, Node<'t>> {
        self.security("windowsOptions").read(Origin::Pod, value::mapping)
    }
}

/// The settings that count for one container.
#[derive(Clone, Copy, Debug)]
pub struct ContainerSettings<'t> {
    /// The pod's part.
    pub pod: PodSettings<'t>,
    container: Node<'t>,
    security: Option<Node<'t>>,
}

impl<'t> ContainerSettings<'t> {
    /// The settings of `container` in `template`.
    pub fn of(template: PodTemplate<'t>, container: Container<'t>) -> Self {
        let container = container.node;
        Self { pod: PodSettings::of(template), container, security: container.get(SECURITY) }
    }

    /// The container's own field under its `securityContext`.
    fn own<T>(self, key: &'static str, read: impl FnOnce(Node<'t>) -> Option<T>) -> Effective<'t, T> {
        Home { holder: self.container, path: [SECURITY, key], inside: self.security }
            .read(Origin::Container, read)
    }

    /// The container's field, the pod's where the container has none; where neither has it, the place in the
    /// container.
    fn over<T>(
        self,
        key: &'static str,
        read: impl FnOnce(Node<'t>) -> Option<T>,
        pod: Effective<'t, T>,
    ) -> Effective<'t, T> {
        let own = self.own(key, read);
        if own.is_set() || !pod.is_set() { own } else { pod }
    }

    /// `runAsUser`, the container's over the pod's; where unset, the image decides.
    pub fn run_as_user(self) -> Effective<'t, i64> {
        self.over("runAsUser", value::integer, self.pod.run_as_user())
    }

    /// `runAsGroup`, the container's over the pod's.
    pub fn run_as_group(self) -> Effective<'t, i64> {
        self.over("runAsGroup", value::integer, self.pod.run_as_group())
    }

    /// `runAsNonRoot`, the container's over the pod's.
    pub fn run_as_non_root(self) -> Effective<'t, bool> {
        self.over("runAsNonRoot", value::boolean, self.pod.run_as_non_root())
    }

    /// `seccompProfile`, the container's over the pod's.
    pub fn seccomp_profile(self) -> Effective<'t, Node<'t>> {
        self.over("seccompProfile", value::mapping, self.pod.seccomp_profile())
    }

    /// `appArmorProfile`, the container's over the pod's.
    pub fn app_armor_profile(self) -> Effective<'t, Node<'t>> {
        self.over("appArmorProfile", value::mapping, self.pod.app_armor_profile())
    }

    /// `seLinuxOptions`, the container's over the pod's, as a whole.
    pub fn se_linux_options(self) -> Effective<'t, Node<'t>> {
        self.over("seLinuxOptions", value::mapping, self.pod.se_linux_options())
    }

    /// One field of `windowsOptions`: these are inherited field by field.
    pub fn windows_option(self, key: &'static str) -> Effective<'t, Node<'t>> {
        let find = |options: Effective<'t, Node<'t>>| options.value.and_then(|o| o.get(key));
        let own = self.own("windowsOptions", value::mapping);
        let pod = self.pod.windows_options();
        let (from, node) = match find(own) {
            Some(node) => (own, Some(node)),
            None => (pod, find(pod)),
        };
        let origin = if node.is_some() { from.origin } else { Origin::Default };
        Effective { value: node, origin, node, home: own.home }
    }

    /// `privileged`: on containers only.
    pub fn privileged(self) -> Effective<'t, bool> {
        self.own("privileged", value::boolean)
    }

    /// `allowPrivilegeEscalation`: on containers only; unset means allowed.
    pub fn allow_privilege_escalation(self) -> Effective<'t, bool> {
        self.own("allowPrivilegeEscalation", value::boolean)
    }

    /// `readOnlyRootFilesystem`: on containers only.
    pub fn read_only_root_filesystem(self) -> Effective<'t, bool> {
        self.own("readOnlyRootFilesystem", value::boolean)
    }

    /// `capabilities`: on containers only.
    pub fn capabilities(self) -> Effective<'t, Node<'t>> {
        self.own("capabilities", value::mapping)
    }

    /// The entries of `capabilities.add`.
    pub fn capabilities_add(self) -> impl Iterator<Item = Node<'t>> {
        self.capability_list("add")
    }

    /// The entries of `capabilities.drop`.
    pub fn capabilities_drop(self) -> impl Iterator<Item = Node<'t>> {
        self.capability_list("drop")
    }

    fn capability_list(self, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let list = self.capabilities().value.and_then(|c| c.get(key)).and_then(value::list);
        list.into_iter().flat_map(Node::items)
    }

    /// `procMount`: on containers only.
    pub fn proc_mount(self) -> Effective<'t, &'t str> {
        self.own("procMount", value::string)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{objects, template_of};
    use super::*;
    use crate::parse::{Limits, Tree, yaml};
    use crate::text::Source;

    fn tree(text: &str) -> Tree {
        yaml::parse(&Source::lone("t", text), Limits::default()).0
    }

    fn settings<'t>(tree: &'t Tree, name: &str) -> ContainerSettings<'t> {
        let template = template_of(objects(tree)[0]).unwrap();
        ContainerSettings::of(template, template.container(name).unwrap())
    }

    const POD: &str = "\
kind: Pod
spec:
  hostNetwork: null
  hostPID: \"true\"
  securityContext:
    runAsUser: 1000
    runAsNonRoot: true
    privileged: true
    windowsOptions: {hostProcess: true, runAsUserName: a}
  containers:
  - name: own
    securityContext:
      runAsUser: 0
      runAsNonRoot:
      windowsOptions: {runAsUserName: b}
      capabilities: {add: [A, B]}
  - name: bare
  - name: typo
    securityContext: {runAsUser: \"0\"}
";

    #[test]
    fn the_container_wins_over_the_pod_and_null_is_unset() {
        let tree = tree(POD);
        let own = settings(&tree, "own");
        let user = own.run_as_user();
        assert_eq!((user.value, user.origin), (Some(0), Origin::Container));
        assert_eq!(user.path(), "spec.containers[0].securityContext.runAsUser");
        assert_eq!(tree.source().slice(user.span()), "0");
        assert_eq!(own.run_as_non_root().origin, Origin::Pod);
        let bare = settings(&tree, "bare").run_as_user();
        assert_eq!(
            (bare.value, bare.origin, bare.path().as_str()),
            (Some(1000), Origin::Pod, "spec.securityContext.runAsUser")
        );
        assert_eq!(own.capabilities_add().filter_map(Node::as_str).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(own.pod.host_network().origin, Origin::Default);
    }

    #[test]
    fn a_container_only_field_on_the_pod_does_not_count() {
        let tree = tree(POD);
        let bare = settings(&tree, "bare").privileged();
        assert_eq!((bare.value, bare.origin, bare.is_mistyped()), (None, Origin::Default, false));
        assert_eq!(bare.path(), "spec.containers[1].securityContext.privileged");
        let at = tree.source().position(bare.span().start);
        assert_eq!(tree.source().line(at.line).trim(), "- name: bare");
    }

    #[test]
    fn a_quoted_value_is_a_type_error_and_hides_the_pods() {
        let tree = tree(POD);
        let typo = settings(&tree, "typo");
        assert!(typo.run_as_user().is_mistyped());
        assert_eq!(typo.run_as_user().value, None);
        assert!(typo.pod.host_pid().is_mistyped());
    }

    #[test]
    fn windows_options_are_inherited_field_by_field() {
        let tree = tree(POD);
        let own = settings(&tree, "own");
        assert_eq!(own.windows_option("hostProcess").origin, Origin::Pod);
        assert_eq!(own.windows_option("runAsUserName").value.and_then(Node::as_str), Some("b"));
        assert_eq!(own.windows_option("gmsaCredentialSpec").origin, Origin::Default);
    }
}
