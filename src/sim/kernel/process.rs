//! The process of a container: its credentials, its namespaces, what confines it, and why each is so.
//!
//! After kubernetes `pkg/kubelet/kuberuntime` (`security_context.go`, `kuberuntime_container_linux.go`),
//! containerd `internal/cri` (`WithCapabilities`, `WithPrivileged`, `WithAdditionalGIDs`) and runc's init.

use super::capset::CapSet;
use super::exec::{Credentials, Program};
use super::filesystem::{self, Mount};
use super::pod::PodView;
use super::settings::{self, Confinement, Setting};
use crate::model::{Container, value};
use crate::parse::Node;
use crate::sim::scheduling;
use crate::sim::world::{Boundary, Files, Host, Image, Listen, Next, World, within};
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

/// How the chain of programs ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End<'w> {
    /// In a program that goes on running, with what it listens on.
    Runs(&'w [Listen]),
    /// In a shell: what it does is not modelled.
    Shell(String),
    /// It breaks: the container does not start.
    Breaks {
        /// Why.
        why: Reason,
        /// What the kubelet reports.
        evidence: String,
    },
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
        process.end = process.execute();
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
        find_program(&self.image.files, word).is_some()
    }

    /// What an option of the command line says: `--name=value` or `--name value`.
    pub fn option(&self, name: &str) -> Option<String> {
        let argv = self.argv();
        argv.iter().enumerate().find_map(|(i, word)| match word.strip_prefix(name)? {
            "" => argv.get(i + 1).cloned(),
            rest => rest.strip_prefix('=').map(str::to_owned),
        })
    }

    /// Follows the chain of programs; changes `credentials` on the way.
    fn execute(&mut self) -> End<'w> {
        let argv = self.argv();
        let span = self.container.node.get("command").map_or_else(|| self.span(), Node::own_span);
        let files: &'w Files = &self.image.files;
        let title = self.title();
        let Some(first) = argv.first() else {
            return End::Breaks {
                why: Reason::at(format!("neither {title} nor its image says what to run"), span),
                evidence: "Error: no command specified".to_owned(),
            };
        };
        let (mut word, mut at) = (first.clone(), 0);
        for _ in 0..16 {
            let Some(path) = find_program(files, &word) else {
                return End::Breaks {
                    why: Reason::at(format!("the image of {title} has no program `{word}`"), span),
                    evidence: format!(
                        "exec: \"{word}\": executable file not found in $PATH (RunContainerError)"
                    ),
                };
            };
            // A volume hides what the image has below its mount point.
            if let Some(mount) = self.mounts.iter().find(|m| within(&path, &m.path)) {
                let text = format!("the volume `{}` of {title} is mounted over `{path}`", mount.volume);
                return End::Breaks {
                    why: Reason::at(text, mount.span),
                    evidence: format!("exec: \"{path}\": no such file or directory (RunContainerError)"),
                };
            }
            let file = files.named(&path);
            let binary = file
                .and_then(|f| f.interpreter.as_ref())
                .map_or(Some(path.as_str()), |i| files.named(i).map(|_| i.as_str()));
            let Some((file, binary)) = file.zip(binary.and_then(|b| files.named(b))) else {
                return End::Breaks {
                    why: Reason::at(
                        format!("the interpreter of `{path}` is not in the image of {title}"),
                        span,
                    ),
                    evidence: format!("exec {path}: no such file or directory"),
                };
            };
            for f in [file, binary] {
                if let Err(why) = filesystem::may_execute(&self.subject(), f) {
                    return End::Breaks {
                        why: Reason {
                            text: format!("`{path}` in the image of {title}: {why}"),
                            span: self.uid.why.span,
                        },
                        evidence: format!("exec: \"{path}\": permission denied (RunContainerError)"),
                    };
                }
            }
            let program = Program { caps: binary.caps, setuid: binary.is_setuid().then_some(binary.uid) };
            match self.credentials.execute(program) {
                Ok(after) => {
                    if !after.permitted.has(self.credentials.permitted) {
                        self.lost_at.get_or_insert(path.clone());
                    }
                    self.credentials = after;
                }
                Err(refused) => {
                    return End::Breaks {
                        why: Reason {
                            text: format!(
                                "`{path}` carries {} as an effective file capability, but {title} may not have it, so that execve fails with EPERM: {}",
                                refused.0, self.bounding_why.text
                            ),
                            span: self.bounding_why.span,
                        },
                        evidence: format!("exec {path}: operation not permitted"),
                    };
                }
            }
            self.chain.push(path.clone());
            match &file.next {
                None => return End::Runs(&file.listens),
                Some(Next::Anything) => return End::Shell(path),
                Some(Next::Program(next)) => word.clone_from(next),
                Some(Next::Argument) => {
                    let next = argv
                        .iter()
                        .enumerate()
                        .skip(at + 1)
                        .find(|(_, w)| !w.starts_with('-') && !w.contains('='));
                    let Some((index, next)) = next else {
                        return End::Breaks {
                            why: Reason::at(format!("`{path}` of {title} is not told what to run"), span),
                            evidence: format!("{path}: no command given"),
                        };
                    };
                    (word, at) = (next.clone(), index);
                }
            }
        }
        End::Shell(word)
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

/// The path of a program: absolute as it is, else searched where `$PATH` usually looks.
pub(super) fn find_program(files: &Files, word: &str) -> Option<String> {
    if word.starts_with('/') {
        let path = files.resolve(word);
        return files.named(&path).map(|_| path);
    }
    let places = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    places.iter().map(|p| files.resolve(&format!("{p}/{word}"))).find(|p| files.named(p).is_some())
}
