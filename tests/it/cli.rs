//! Tests at the boundary of `cli`.
