//! Tests at the boundary of `certificate`.
