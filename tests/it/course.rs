//! Tests at the boundary of `course`.
