//! Starts `sealegs`: hands the arguments over and returns the exit code; nothing else.

fn main() {}
