//! Certificates that were issued.

use jiff::Timestamp;

use super::row::moment;
use super::{Store, StoreError};
use crate::clock::stamp;

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// Its digest, as in `sha256:…`.
    pub digest: String,
    /// The name on it.
    pub name: String,
    /// The course's id.
    pub course: String,
    /// The course's edition.
    pub edition: String,
    /// When.
    pub at: Timestamp,
    /// Where its `.json` was written.
    pub path: String,
}

impl Store {
    /// Keeps that a certificate was issued.
    pub fn save_certificate(&mut self, certificate: &IssuedCertificate) -> Result<(), StoreError> {
        let c = certificate;
        self.write_durably(|t| {
            t.prepare_cached(
                "INSERT OR REPLACE INTO certificates (digest, name, course, edition, at, path)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((&c.digest, &c.name, &c.course, &c.edition, stamp(c.at), &c.path))?;
            Ok(())
        })
    }

    /// All certificates, oldest first.
    pub fn certificates(&self) -> Result<Vec<IssuedCertificate>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, name, course, edition, at, path FROM certificates ORDER BY at, digest",
        )?;
        let certificates = statement.query_map([], |row| {
            Ok(IssuedCertificate {
                digest: row.get(0)?,
                name: row.get(1)?,
                course: row.get(2)?,
                edition: row.get(3)?,
                at: moment(row, 4)?,
                path: row.get(5)?,
            })
        })?;
        Ok(certificates.collect::<Result<_, _>>()?)
    }
}
