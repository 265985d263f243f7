//! The process of a container: its credentials, its namespaces, what confines it, and why each is so.
//!
//! After kubernetes `pkg/kubelet/kuberuntime` (`security_context.go`, `kuberuntime_container_linux.go`),
//! containerd `internal/cri` (`WithCapabilities`, `WithPrivileged`, `WithAdditionalGIDs`) and runc's init.

use super::capset::CapSet;
use super::chain::{self, End};
use super::exec::Credentials;
use super::filesystem::{self, Mount};
use super::pod::PodView;
use super::settings::{self, Confinement, Setting};
use crate::model::{Container, value};
use crate::parse::Node;
use crate::sim::scheduling;
use crate::sim::world::{Boundary, Host, Image, World};
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// A container's main process, after the whole chain of programs that its command executes.
#[derive(Clone, Debug)]
pub struct Process<'w> {
    /// The pod.
    pub pod: PodView<'w>,
    /// The container.
    pub container: Container<'w>,
    /// The image that it runs.
    pub image: &'w Image,
    /// The node that it runs on.
    pub host: &'w Host,
    /// What stands between it and the node's kernel.
    pub boundary: Boundary,
    /// Its UID, as the container sees it.
    pub uid: Setting<u32>,
    /// Its primary GID.
    pub gid: u32,
    /// Its further groups.
    pub groups: Vec<u32>,
    /// Its credentials once the whole chain has been executed, or before the link at which it breaks.
    pub credentials: Credentials,
    /// Why its bounding set is what it is.
    pub bounding_why: Reason,
    /// Why `execve` may or may not raise it.
    pub no_new_privs: Setting<bool>,
    /// Whether it is privileged.
    pub privileged: Setting<bool>,
    /// Whether it has a user namespace: capabilities count in there alone.
    pub user_namespace: Setting<bool>,
    /// Its seccomp profile.
    pub seccomp: Setting<Confinement>,
    /// Its AppArmor profile, on a node with AppArmor.
    pub apparmor: Setting<Confinement>,
    /// Whether its root file system is read-only.
    pub read_only_root: Setting<bool>,
    /// What is mounted into it.
    pub mounts: Vec<Mount<'w>>,
    /// The programs that its command executes, one in the place of the other.
    pub chain: Vec<String>,
    /// The first program that took permitted capabilities away.
    pub lost_at: Option<String>,
    /// How the chain ends.
    pub end: End<'w>,
}

impl<'w> Process<'w> {
    /// The process of a container; denied where the image or its user does not exist, or its manifest cannot be
    /// followed.
    pub fn of(world: &'w World, pod: &PodView<'w>, container: Container<'w>) -> Result<Self, Verdict> {
        let manifest = pod.container_settings(container);
        let title = container.title();
        let (host, boundary) = scheduling::lands(world, pod)?;
        let image_node = container.image();
        let reference = image_node.and_then(value::string).unwrap_or("");
        let image = world.image(reference).ok_or_else(|| {
            let span = image_node.map_or(container.node.missing("image").span, Node::own_span);
            Verdict::denied(Reason::at(
                format!("{title} asks for the image `{reference}`, which no registry has"),
                span,
            ))
            .evidence(format!("Failed to pull image \"{reference}\": not found (ErrImagePull)"))
        })?;
        let (uid, user_name, image_gid) = settings::user(&title, manifest, image)?;
        let gid = manifest.run_as_group().value.and_then(|g| u32::try_from(g).ok()).unwrap_or(image_gid);
        let groups = settings::groups(pod, image, user_name.as_deref());

        let privileged = settings::privileged(&title, manifest);
        let no_new_privs = settings::no_new_privs(&title, manifest);
        let user_namespace = settings::user_namespace(pod);
        let (bounding, bounding_why) = settings::bounding(&title, manifest, host, privileged.value);
        let credentials = Credentials {
            uid: uid.value,
            bounding,
            permitted: bounding,
            effective: bounding,
            no_new_privs: no_new_privs.value,
        };
        let mut process = Self {
            pod: pod.clone(),
            container,
            image,
            host,
            boundary,
            uid,
            gid,
            groups,
            credentials,
            bounding_why,
            no_new_privs,
            seccomp: settings::seccomp(&title, manifest, host, privileged.value),
            apparmor: settings::apparmor(&title, manifest, host, privileged.value),
            privileged,
            user_namespace,
            read_only_root: settings::read_only_root(&title, manifest),
            mounts: filesystem::mounts(world, pod, container),
            chain: Vec::new(),
            lost_at: None,
            end: End::Runs(&[]),
        };
        process.end = chain::follow(&mut process);
        Ok(process)
    }

    /// What people call the container.
    pub fn title(&self) -> String {
        self.container.title()
    }

    /// Where the container's `securityContext` is, or its name.
    pub fn span(&self) -> Span {
        self.container.node.get("name").map_or(self.container.node.own_span(), Node::own_span)
    }

    /// What the kernel has on: capabilities that count for the node.
    pub fn on_the_node(&self) -> CapSet {
        if self.user_namespace.value { CapSet::NONE } else { self.credentials.effective }
    }

    /// Why a capability is off.
    pub fn why_without(&self, wanted: CapSet) -> Reason {
        if !self.credentials.bounding.has(wanted) {
            return Reason {
                text: format!("{} is without {wanted}: {}", self.title(), self.bounding_why.text),
                span: self.bounding_why.span,
            };
        }
        let lost = self.lost_at.as_deref().or(self.chain.last().map(String::as_str)).unwrap_or("its program");
        let again =
            if self.no_new_privs.value { " and no_new_privs keeps it from being gained again" } else { "" };
        Reason {
            text: format!(
                "{} may have {wanted} (bounding set), but it is not effective: UID {} loses it when it executes `{lost}`, whose file does not carry it{again}; Kubernetes sets no ambient capabilities",
                self.title(),
                self.credentials.uid
            ),
            span: self.uid.why.span,
        }
    }

    /// Why a capability is on.
    pub fn why_with(&self, wanted: CapSet) -> Reason {
        Reason {
            text: format!(
                "{} runs as UID {} with {wanted}: {}",
                self.title(),
                self.credentials.uid,
                self.bounding_why.text
            ),
            span: self.bounding_why.span,
        }
    }

    /// The words that the container executes: command and arguments, its own over the image's.
    pub fn argv(&self) -> Vec<String> {
        let list = |key| -> Option<Vec<String>> {
            let node = self.container.node.get(key).and_then(value::list)?;
            let words: Vec<_> = node.items().filter_map(Node::scalar).map(str::to_owned).collect();
            (!words.is_empty()).then_some(words)
        };
        let own = list("command");
        let image_command = if own.is_some() { Vec::new() } else { self.image.command.clone() };
        let mut argv = own.unwrap_or_else(|| self.image.entrypoint.clone());
        argv.extend(list("args").unwrap_or(image_command));
        argv
    }

    /// Whether the image has this program.
    pub fn has_program(&self, word: &str) -> bool {
        chain::find_program(&self.image.files, word).is_some()
    }

    /// What an option of the command line says: `--name=value` or `--name value`.
    pub fn option(&self, name: &str) -> Option<String> {
        let argv = self.argv();
        argv.iter().enumerate().find_map(|(i, word)| match word.strip_prefix(name)? {
            "" => argv.get(i + 1).cloned(),
            rest => rest.strip_prefix('=').map(str::to_owned),
        })
    }

    /// Who it is, to the file system.
    pub fn subject(&self) -> filesystem::Subject {
        filesystem::Subject {
            uid: self.credentials.uid,
            gid: self.gid,
            groups: self.groups.clone(),
            effective: self.credentials.effective,
        }
    }
}
