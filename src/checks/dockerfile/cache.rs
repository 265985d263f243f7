//! What package managers leave in a layer.

use super::call::Call;
use super::manager::Kind;
use super::run::{behind, commands, is_shipped, mounts, variables};
use crate::checks::{Fault, Faults, InstructionCase};
use crate::model::shell::{Command, flat};

/// Where a package manager keeps what it fetched, and what takes it away again.
struct Cache {
    kind: Kind,
    /// The flag that keeps nothing.
    none: &'static [&'static str],
    /// The words that clean up.
    cleans: &'static [&'static str],
    /// Parts of the paths.
    paths: &'static [&'static str],
    /// The variable that keeps nothing.
    variable: &'static str,
    help: &'static str,
}

const CACHES: &[Cache] = &[
    Cache {
        kind: Kind::Apt,
        none: &[],
        // `clean` takes the packages away, and leaves the lists.
        cleans: &["distclean", "dist-clean"],
        paths: &["/var/lib/apt"],
        variable: "",
        help: "end the same RUN with rm -rf /var/lib/apt/lists/*",
    },
    Cache {
        kind: Kind::Apk,
        none: &["--no-cache"],
        cleans: &[],
        paths: &["/var/cache/apk", "/etc/apk/cache"],
        variable: "",
        help: "write apk add --no-cache",
    },
    Cache {
        kind: Kind::Dnf,
        none: &[],
        cleans: &["clean"],
        paths: &["/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf", "/var/cache/tdnf"],
        variable: "",
        help: "end the same RUN with clean all",
    },
    Cache {
        kind: Kind::Zypper,
        none: &[],
        cleans: &["clean", "cc"],
        paths: &["/var/cache/zypp"],
        variable: "",
        help: "end the same RUN with zypper clean",
    },
    Cache {
        kind: Kind::Pip,
        none: &["--no-cache-dir", "--no-cache"],
        cleans: &["cache"],
        paths: &[".cache", "/pip"],
        variable: "PIP_NO_CACHE_DIR",
        help: "write pip install --no-cache-dir",
    },
    Cache {
        kind: Kind::Yarn,
        none: &[],
        cleans: &["cache"],
        paths: &[".cache", "/yarn"],
        variable: "",
        help: "end the same RUN with yarn cache clean",
    },
];

/// Packages' lists and caches that an instruction leaves in its layer.
pub(super) fn left(case: &InstructionCase<'_>) -> Faults {
    if !is_shipped(case) {
        return Faults::new();
    }
    let all = commands(case);
    let all = flat(&all);
    let calls = Call::all(&all);
    CACHES.iter().filter_map(|cache| cache.left(case, &all, &calls)).collect()
}

impl Cache {
    fn left(&self, case: &InstructionCase<'_>, all: &[&Command], calls: &[Call<'_>]) -> Option<Fault> {
        let ours = || calls.iter().filter(|c| c.kind() == self.kind);
        // A list alone is another check's.
        let keeps = |c: &&Call<'_>| c.installs() && !c.command.has(self.none);
        let call = ours().find(keeps)?;
        let removed = |c: &&Command| {
            let names = c.words.iter().any(|w| self.paths.iter().any(|p| w.text.contains(p)));
            matches!(c.program(), "rm" | "find") && names
        };
        let cleaned = ours().any(|c| self.cleans.contains(&c.asked())) || all.iter().any(removed);
        let mounted = self.paths.iter().any(|path| mounts(case.instruction, path));
        if cleaned || mounted || self.told(case, all) {
            return None;
        }
        let detail = format!(
            "{} leaves its lists or its cache in the layer; a later RUN cannot take them out",
            call.title()
        );
        let fault = Fault::new(call.command.span()?, detail, self.help);
        let flag = self.none.first().zip(call.verb());
        Some(match flag {
            Some((flag, verb)) => fault.fix([behind(case.instruction, verb.span, &format!(" {flag}"))]),
            _ => fault,
        })
    }

    /// Whether a variable keeps it from caching: of the stage, or of the command.
    fn told(&self, case: &InstructionCase<'_>, all: &[&Command]) -> bool {
        if self.variable.is_empty() {
            return false;
        }
        let off = |v: &str| !matches!(&*v.to_ascii_lowercase(), "" | "0" | "off" | "no" | "false");
        let set = case.stage.and_then(|s| variables(&case.file, s).remove(self.variable));
        let assigned = |c: &&Command| {
            c.assignments.iter().chain(&c.words).any(|w| {
                w.text.split_once('=').is_some_and(|(name, value)| name == self.variable && off(value))
            })
        };
        set.is_some_and(|v| v.as_deref().is_none_or(off)) || all.iter().any(assigned)
    }
}
