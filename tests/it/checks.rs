//! Tests at the boundary of `checks`.
