//! The one door to disk for what the learner did: SQLite. The only place that names `rusqlite`.
