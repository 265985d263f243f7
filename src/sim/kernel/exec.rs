//! What `execve(2)` makes of a process's capabilities and UID.
//!
//! After `capabilities(7)`, "Transformation of capabilities during execve", and the kernel's
//! `security/commoncap.c` (`cap_bprm_creds_from_file`). Runtimes set neither inheritable nor ambient
//! capabilities (containerd `WithoutAmbientCaps`; Kubernetes KEP-2763 is provisional), so that both stay empty.

use super::capset::{CapSet, FileCaps};

/// What of a process decides over its privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The effective UID, as the container sees it.
    pub uid: u32,
    /// What it may ever get.
    pub bounding: CapSet,
    /// What it may switch on.
    pub permitted: CapSet,
    /// What is on.
    pub effective: CapSet,
    /// Whether `execve` may give nothing that was not there.
    pub no_new_privs: bool,
}

/// What of a program's file decides over the privileges of who runs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Program {
    /// Its file capabilities.
    pub caps: Option<FileCaps>,
    /// Its owner, where it is set-user-ID.
    pub setuid: Option<u32>,
}

/// `execve` fails with EPERM: these are missing from the bounding set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub CapSet);

impl Credentials {
    /// What the process is after it has executed `program`.
    pub fn execute(self, program: Program) -> Result<Self, Refused> {
        let mut next = self;
        let mut raised = false;
        // bprm_fill_uid: with no_new_privs the mode bit is not looked at.
        if let Some(owner) = program.setuid.filter(|_| !self.no_new_privs) {
            raised = owner != self.uid;
            next.uid = owner;
        }
        let mut effective = false;
        next.permitted = CapSet::NONE;
        if let Some(caps) = program.caps {
            // bprm_caps_from_vfs_caps: "insufficient to execute correctly", for root just the same.
            let missing = caps.permitted.without(self.bounding);
            if caps.effective && !missing.is_empty() {
                return Err(Refused(missing));
            }
            next.permitted = caps.permitted.both(self.bounding);
            effective = caps.effective;
        }
        // handle_privileged_root: root counts as a program with every capability; a set-user-ID root program
        // that has capabilities of its own gives only those.
        let root = next.uid == 0 && !(raised && program.caps.is_some());
        if root {
            next.permitted = self.bounding;
            effective = true;
        }
        let gained = !self.permitted.has(next.permitted);
        if gained && self.no_new_privs {
            next.permitted = next.permitted.both(self.permitted);
        }
        next.effective = if effective { next.permitted } else { CapSet::NONE };
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NBS: CapSet = CapSet::NET_BIND_SERVICE;

    fn with(uid: u32, set: CapSet, no_new_privs: bool) -> Credentials {
        Credentials { uid, bounding: set, permitted: set, effective: set, no_new_privs }
    }

    fn setcap(permitted: CapSet) -> Program {
        Program {
            caps: Some(FileCaps { permitted, inheritable: CapSet::NONE, effective: true }),
            ..Program::default()
        }
    }

    #[test]
    fn a_user_loses_what_no_file_gives() {
        let after = with(1000, NBS, false).execute(Program::default()).unwrap();
        assert_eq!((after.permitted, after.effective, after.bounding), (CapSet::NONE, CapSet::NONE, NBS));
        assert_eq!(with(0, NBS, true).execute(Program::default()).unwrap().effective, NBS);
    }

    #[test]
    fn a_chain_keeps_what_every_link_carries_even_under_no_new_privs() {
        let first = with(101, NBS, true).execute(setcap(NBS)).unwrap();
        assert_eq!(first.execute(setcap(NBS)).unwrap().effective, NBS);
        let broken = with(101, NBS, true).execute(Program::default()).unwrap();
        assert_eq!(broken.execute(setcap(NBS)).unwrap().effective, CapSet::NONE, "a gap cannot be regained");
        let open = with(101, NBS, false).execute(Program::default()).unwrap();
        assert_eq!(open.execute(setcap(NBS)).unwrap().effective, NBS, "without no_new_privs it can");
    }

    #[test]
    fn a_missing_capability_refuses_the_exec_even_to_root() {
        assert_eq!(with(101, CapSet::NONE, true).execute(setcap(NBS)), Err(Refused(NBS)));
        assert_eq!(with(0, CapSet::NONE, false).execute(setcap(NBS)), Err(Refused(NBS)));
        let mut lazy = setcap(NBS);
        lazy.caps = lazy.caps.map(|c| FileCaps { effective: false, ..c });
        assert!(with(101, CapSet::NONE, true).execute(lazy).is_ok());
    }

    #[test]
    fn set_user_id_raises_unless_no_new_privs() {
        let su = Program { setuid: Some(0), caps: None };
        let user = with(1000, CapSet::CONTAINERD, false).execute(Program::default()).unwrap();
        let root = user.execute(su).unwrap();
        assert_eq!((root.uid, root.effective), (0, CapSet::CONTAINERD));
        let bound = with(1000, CapSet::CONTAINERD, true).execute(su).unwrap();
        assert_eq!((bound.uid, bound.effective), (1000, CapSet::NONE));
    }

    proptest! {
        #[test]
        fn nothing_exceeds_the_bounding_set(uid in 0u32..3, bounding in 0u64..1 << 41, file in 0u64..1 << 41, nnp: bool) {
            let pick = |bits: u64| (0..41).filter(|i| bits >> i & 1 == 1)
                .fold(CapSet::NONE, |s, i| s.with(CapSet::ALL.names().nth(i).and_then(|n| CapSet::named(&n)).unwrap()));
            let (bounding, file) = (pick(bounding), pick(file));
            if let Ok(after) = with(uid, bounding, nnp).execute(setcap(file)) {
                prop_assert!(bounding.has(after.permitted) && after.permitted.has(after.effective));
            }
        }
    }
}
