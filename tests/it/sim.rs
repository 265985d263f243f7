//! Tests at the boundary of `sim`: JSON lines in, verdicts out.

mod pod_security;
