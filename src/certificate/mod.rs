//! The certificate: canonical form, digest, issue, verify. Pure: no IO, no clock.
