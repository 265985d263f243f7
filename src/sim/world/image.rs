//! `kind: Image`: what an image brings with it.

use super::facts::Reader;
use super::files::{self, Files};
use super::signed::{self, Attestation, Signature};
use crate::model::Object;
use crate::text::Span;

/// A group of the image's `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub gid: u32,
    /// Users whose additional group it is.
    pub members: Vec<String>,
}

/// An account of the image's `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its primary group.
    pub gid: u32,
}

/// An image.
#[derive(Clone, Debug)]
pub struct Image {
    /// What people call it.
    pub name: String,
    /// The references under which the registry has it.
    pub references: Vec<String>,
    /// The references that somebody moves to it later, after what is asked about was let in.
    pub later: Vec<String>,
    /// Its digest.
    pub digest: Option<String>,
    /// The signatures that the registry keeps beside it.
    pub signatures: Vec<Signature>,
    /// The attestations beside it.
    pub attestations: Vec<Attestation>,
    /// `USER`; empty for none.
    pub user: String,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub command: Vec<String>,
    /// Accounts beside root.
    pub accounts: Vec<Account>,
    /// Groups beside root.
    pub groups: Vec<Group>,
    /// Its files.
    pub files: Files,
    /// Where the world says so.
    pub span: Span,
}

impl Image {
    /// Whether the registry gives this image for a reference.
    pub fn answers_to(&self, reference: &str) -> bool {
        match (reference.split_once('@'), &self.digest) {
            (Some((_, asked)), Some(digest)) => asked == digest,
            _ => self.references.iter().any(|r| r == reference),
        }
    }

    /// The account of that name; root is everywhere.
    pub fn account(&self, name: &str) -> Option<Account> {
        let root = || (name == "root").then(|| Account { name: "root".into(), uid: 0, gid: 0 });
        self.accounts.iter().find(|a| a.name == name).cloned().or_else(root)
    }

    /// The account with that number.
    pub fn account_of(&self, uid: u32) -> Option<Account> {
        let root = || (uid == 0).then(|| Account { name: "root".into(), uid: 0, gid: 0 });
        self.accounts.iter().find(|a| a.uid == uid).cloned().or_else(root)
    }
}

pub(super) fn read(object: Object<'_>, reader: &mut Reader) -> Option<Image> {
    let spec = reader.spec(object)?;
    reader.only(
        spec,
        &[
            "references",
            "later",
            "digest",
            "signatures",
            "attestations",
            "user",
            "entrypoint",
            "command",
            "accounts",
            "groups",
            "files",
        ],
    );
    let mut accounts = Vec::new();
    for node in reader.maps(spec, "accounts") {
        reader.only(node, &["name", "uid", "gid"]);
        let (name, uid, gid) =
            (reader.text(node, "name"), reader.number(node, "uid"), reader.number(node, "gid"));
        match (name, uid) {
            (Some(name), Some(uid)) => accounts.push(Account { name, uid, gid: gid.unwrap_or(uid) }),
            _ => reader.wrong(node, "an account with `name` and `uid`"),
        }
    }
    let mut groups = Vec::new();
    for node in reader.maps(spec, "groups") {
        reader.only(node, &["name", "gid", "members"]);
        match (reader.text(node, "name"), reader.number(node, "gid")) {
            (Some(name), Some(gid)) => {
                groups.push(Group { name, gid, members: reader.texts(node, "members") });
            }
            _ => reader.wrong(node, "a group with `name` and `gid`"),
        }
    }
    Some(Image {
        name: object.name().unwrap_or("image").to_owned(),
        references: reader.texts(spec, "references"),
        later: reader.texts(spec, "later"),
        digest: reader.text(spec, "digest"),
        signatures: signed::signatures(spec, reader),
        attestations: signed::attestations(spec, reader),
        user: reader.text(spec, "user").unwrap_or_default(),
        entrypoint: reader.texts(spec, "entrypoint"),
        command: reader.texts(spec, "command"),
        accounts,
        groups,
        files: files::read(spec, reader),
        span: object.kind_span(),
    })
}
