//! What authors ask: `course check` (all mistakes in one run), `course test` (labs proved both ways).
