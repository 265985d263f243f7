//! Tests at the boundary of `tidy`.
