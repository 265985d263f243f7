-- What a learner was given.

CREATE TABLE certificates (
    digest  TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    course  TEXT NOT NULL,
    edition TEXT NOT NULL,
    at      TEXT NOT NULL,
    path    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
