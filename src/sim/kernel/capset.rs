//! Sets of Linux capabilities, and what runtimes give by default. Names and numbers are `model`'s.

use std::fmt;

use crate::model::CAPABILITIES as NAMES;

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CapSet(u64);

macro_rules! named {
    ($($name:ident = $text:literal),* $(,)?) => {$(
        #[doc = concat!("`CAP_", $text, "` alone.")]
        pub const $name: Self = Self(1 << position($text));
    )*};
}

const fn position(name: &str) -> usize {
    let mut i = 0;
    while i < NAMES.len() {
        if same(NAMES[i].as_bytes(), name.as_bytes()) {
            return i;
        }
        i += 1;
    }
    // Reached at compile time alone, where a name above is misspelt: the shift overflows and the build stops.
    64
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

impl CapSet {
    /// No capability.
    pub const NONE: Self = Self(0);
    /// All 41.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    named! {
        CHOWN = "CHOWN", DAC_OVERRIDE = "DAC_OVERRIDE", DAC_READ_SEARCH = "DAC_READ_SEARCH", FOWNER = "FOWNER",
        FSETID = "FSETID", KILL = "KILL", SETGID = "SETGID", SETUID = "SETUID", SETPCAP = "SETPCAP",
        NET_BIND_SERVICE = "NET_BIND_SERVICE", NET_RAW = "NET_RAW", SYS_MODULE = "SYS_MODULE",
        SYS_CHROOT = "SYS_CHROOT", SYS_PTRACE = "SYS_PTRACE", SYS_ADMIN = "SYS_ADMIN", MKNOD = "MKNOD",
        AUDIT_WRITE = "AUDIT_WRITE", SETFCAP = "SETFCAP",
    }

    /// What containerd and Docker give: 14 (containerd `pkg/oci/spec.go`, moby `oci/caps/defaults.go`).
    pub const CONTAINERD: Self = Self(
        Self::CRIO.0
            | Self::MKNOD.0
            | Self::NET_RAW.0
            | Self::SETFCAP.0
            | Self::SYS_CHROOT.0
            | Self::AUDIT_WRITE.0,
    );

    /// What CRI-O gives: 9 (cri-o `docs/crio.conf.5.md`, `default_capabilities`).
    pub const CRIO: Self = Self(
        Self::CHOWN.0
            | Self::DAC_OVERRIDE.0
            | Self::FSETID.0
            | Self::FOWNER.0
            | Self::SETGID.0
            | Self::SETUID.0
            | Self::SETPCAP.0
            | Self::NET_BIND_SERVICE.0
            | Self::KILL.0,
    );

    /// The capability of this full name (`CAP_NET_RAW`, upper case).
    pub fn named(full: &str) -> Option<Self> {
        let name = full.strip_prefix("CAP_")?;
        NAMES.iter().position(|n| *n == name).map(|i| Self(1 << i))
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it holds all of `other`.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The full names, in the kernel's order.
    pub fn names(self) -> impl Iterator<Item = String> {
        NAMES.iter().enumerate().filter(move |(i, _)| self.0 >> i & 1 == 1).map(|(_, n)| format!("CAP_{n}"))
    }

    /// As `/proc/PID/status` prints it.
    pub fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl fmt::Display for CapSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("none"),
            Self::ALL => f.write_str("all 41"),
            set => f.write_str(&set.names().collect::<Vec<_>>().join(", ")),
        }
    }
}

impl fmt::Debug for CapSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The capabilities of a file (`security.capability`), as `setcap` sets and `getcap` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCaps {
    /// Permitted: added to the process, as far as the bounding set allows.
    pub permitted: CapSet,
    /// Inheritable; no runtime gives a process an inheritable set, so that it does nothing here.
    pub inheritable: CapSet,
    /// Whether the permitted ones take effect at once; then none may be missing.
    pub effective: bool,
}

impl FileCaps {
    /// Reads `cap_net_bind_service,cap_net_raw=ep` (also `+ep`), the form of `cap_from_text(3)` with one clause.
    pub fn parse(text: &str) -> Option<Self> {
        let (names, flags) = text.trim().split_once(['=', '+'])?;
        if flags.is_empty() || flags.contains(|c| !matches!(c, 'e' | 'i' | 'p')) {
            return None;
        }
        let mut set = CapSet::NONE;
        for name in names.split(',').map(str::trim) {
            set = if name.eq_ignore_ascii_case("all") {
                CapSet::ALL
            } else {
                set.with(CapSet::named(&name.to_uppercase())?)
            };
        }
        let of = |flag| if flags.contains(flag) { set } else { CapSet::NONE };
        Some(Self { permitted: of('p'), inheritable: of('i'), effective: flags.contains('e') })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_give_fourteen_and_nine() {
        assert_eq!(CapSet::CONTAINERD.names().count(), 14);
        assert_eq!(CapSet::CRIO.names().count(), 9);
        assert_eq!(CapSet::ALL.names().count(), 41);
        assert_eq!(CapSet::CONTAINERD.hex(), "00000000a80425fb", "as every container's /proc/1/status says");
    }

    #[test]
    fn file_capabilities_read_as_getcap_prints_them() {
        let caps = FileCaps::parse("cap_net_bind_service=ep").unwrap();
        assert_eq!(caps.permitted, CapSet::NET_BIND_SERVICE);
        assert!(caps.effective);
        assert!(!FileCaps::parse("cap_net_raw,cap_chown+p").unwrap().effective);
        assert!(FileCaps::parse("cap_nonsense=ep").is_none());
        assert!(FileCaps::parse("cap_chown").is_none());
    }
}
