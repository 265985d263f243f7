//! Typed, borrowed views over nodes, no judgement.
