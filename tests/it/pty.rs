//! Tests at the boundary of `pty`.
