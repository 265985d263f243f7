//! Tests at the boundary of `store`.
