//! Tests at the boundary of `labs`.
