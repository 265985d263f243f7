//! Posture checks: a table, a registry and the runner that does the walking.
