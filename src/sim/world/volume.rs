//! `kind: Volume`: what lies on a persistent volume.

use super::facts::Reader;
use super::files::{self, Files};
use crate::model::Object;

/// The volume of a claim.
#[derive(Clone, Debug)]
pub struct Volume {
    /// The claim's namespace.
    pub namespace: String,
    /// The claim's name.
    pub claim: String,
    /// Whether the kubelet may change owner and mode for `fsGroup`: block storage yes, most NFS no
    /// (`CSIDriver.spec.fsGroupPolicy`).
    pub fs_group: bool,
    /// The owner of its root directory.
    pub owner: (u32, u32),
    /// The mode of its root directory.
    pub mode: u32,
    /// Its files.
    pub files: Files,
}

pub(super) fn read(object: Object<'_>, reader: &mut Reader) -> Option<Volume> {
    let spec = reader.spec(object)?;
    reader.only(spec, &["claim", "fsGroup", "owner", "mode", "files"]);
    Some(Volume {
        namespace: object.namespace().unwrap_or("default").to_owned(),
        claim: reader.text(spec, "claim").or_else(|| object.name().map(str::to_owned))?,
        fs_group: reader.flag(spec, "fsGroup").unwrap_or(true),
        owner: reader.owner(spec).unwrap_or((0, 0)),
        mode: reader.mode(spec).unwrap_or(0o755),
        files: files::read(spec, reader),
    })
}
