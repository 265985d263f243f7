//! Tests at the boundary of `sim`.
