-- What a learner defends.

CREATE TABLE lab_grades (
    id      INTEGER PRIMARY KEY,
    lab     TEXT NOT NULL,
    at      TEXT NOT NULL,
    passed  INTEGER NOT NULL CHECK (passed IN (0, 1)),
    points  INTEGER NOT NULL,
    max     INTEGER NOT NULL,
    -- JSON: {step id: "passed", "failed" or "not judged"}.
    steps   TEXT NOT NULL,
    -- JSON: [{"path": ..., "text": ...}], what was handed in.
    files   TEXT NOT NULL,
    edition TEXT NOT NULL
) STRICT;
CREATE INDEX lab_grades_by_lab ON lab_grades (lab, passed, points, max);

CREATE TABLE lab_hints (
    lab    TEXT NOT NULL,
    number INTEGER NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (lab, number)
) STRICT, WITHOUT ROWID;
