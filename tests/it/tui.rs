//! Tests at the boundary of `tui`.
