//! The performance goals, as ratios in one run.

fn main() {}
