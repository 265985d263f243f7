//! One file a command: print and choose the exit code.
