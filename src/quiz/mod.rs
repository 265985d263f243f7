//! Answers to marks, and the order in which things are shown. Pure.
