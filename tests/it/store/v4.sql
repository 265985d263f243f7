-- A database of schema 3 as it was left by a learner. Frozen: never edited, whatever becomes of the schema.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE learner (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    uuid TEXT NOT NULL
) STRICT;
CREATE TABLE place (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    lesson  TEXT NOT NULL,
    heading TEXT,
    at      TEXT NOT NULL
) STRICT;
CREATE TABLE read_lessons (
    lesson TEXT PRIMARY KEY,
    opened TEXT NOT NULL,
    read   TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE attempts (
    id       INTEGER PRIMARY KEY,
    lesson   TEXT NOT NULL,
    purpose  TEXT NOT NULL CHECK (purpose IN ('counted', 'practice', 'discarded')),
    seed     INTEGER NOT NULL,
    asked    TEXT NOT NULL,
    edition  TEXT NOT NULL,
    started  TEXT NOT NULL,
    finished TEXT
) STRICT;
CREATE INDEX attempts_by_lesson ON attempts (lesson, purpose, finished);
CREATE UNIQUE INDEX attempts_open ON attempts (lesson, purpose) WHERE finished IS NULL;
CREATE TABLE answers (
    attempt  INTEGER NOT NULL REFERENCES attempts (id),
    place    INTEGER NOT NULL,
    question TEXT NOT NULL,
    concept  TEXT NOT NULL,
    point    TEXT,
    chosen   TEXT NOT NULL,
    correct  INTEGER NOT NULL CHECK (correct IN (0, 1)),
    guessed  INTEGER NOT NULL CHECK (guessed IN (0, 1)),
    at       TEXT NOT NULL,
    PRIMARY KEY (attempt, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_won ON answers (point) WHERE correct = 1 AND point IS NOT NULL;
CREATE INDEX answers_by_concept ON answers (concept, correct, guessed, point) WHERE point IS NOT NULL;
CREATE TABLE cards (
    id         TEXT PRIMARY KEY,
    concept    TEXT NOT NULL,
    added      TEXT NOT NULL,
    suspended  INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    flagged    INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1)),
    due        TEXT NOT NULL,
    interval   INTEGER NOT NULL DEFAULT 0,
    stability  REAL,
    difficulty REAL,
    last       TEXT,
    reviews    INTEGER NOT NULL DEFAULT 0,
    lapses     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX cards_by_concept ON cards (concept);
CREATE TABLE reviews (
    id        INTEGER PRIMARY KEY,
    card      TEXT NOT NULL,
    concept   TEXT NOT NULL,
    at        TEXT NOT NULL,
    rating    INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
    before    TEXT NOT NULL,
    after     TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    retention INTEGER NOT NULL,
    undoes    INTEGER UNIQUE REFERENCES reviews (id)
) STRICT;
CREATE INDEX reviews_by_time ON reviews (at);
CREATE INDEX reviews_by_concept ON reviews (concept, rating);
CREATE TABLE lab_grades (
    id      INTEGER PRIMARY KEY,
    lab     TEXT NOT NULL,
    at      TEXT NOT NULL,
    passed  INTEGER NOT NULL CHECK (passed IN (0, 1)),
    points  INTEGER NOT NULL,
    max     INTEGER NOT NULL,
    steps   TEXT NOT NULL,
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
CREATE TABLE certificates (
    digest  TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    course  TEXT NOT NULL,
    edition TEXT NOT NULL,
    at      TEXT NOT NULL,
    path    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rubrics (
    review   INTEGER PRIMARY KEY REFERENCES reviews (id),
    question TEXT NOT NULL,
    said     TEXT NOT NULL,
    points   INTEGER NOT NULL,
    edition  TEXT NOT NULL
) STRICT;
CREATE INDEX rubrics_by_question ON rubrics (question, review);

INSERT INTO settings VALUES ('drill.cap', '7');
INSERT INTO learner VALUES (1, '6b7c3f2e-0000-4000-8000-00000000000a');
INSERT INTO place VALUES (1, '05-running-as-non-root', 'uid', '2026-11-21T12:00:00Z');
INSERT INTO read_lessons VALUES ('05-running-as-non-root', '2026-11-20T12:00:00Z', '2026-11-21T12:00:00Z');
INSERT INTO attempts VALUES (1, '05-running-as-non-root', 'counted', -7, '[{"question":"05-a","point":"05-a"},{"question":"05-b","point":"05-b"}]', '1.0.0', '2026-11-21T12:00:00Z', '2026-11-21T12:05:00Z');
INSERT INTO attempts VALUES (2, '05-running-as-non-root', 'counted', 9, '[{"question":"05-b2","point":"05-b"}]', '1.0.0', '2026-11-21T12:06:00Z', NULL);
INSERT INTO answers VALUES (1, 0, '05-a', '05-running-as-non-root#uid', '05-a', '["root"]', 1, 0, '2026-11-21T12:01:00Z');
INSERT INTO answers VALUES (1, 1, '05-b', '05-running-as-non-root#uid', '05-b', '["3"]', 0, 1, '2026-11-21T12:02:00Z');
INSERT INTO answers VALUES (2, 0, '05-b2', '05-running-as-non-root#uid', '05-b', '["x","y"]', 1, 0, '2026-11-21T12:07:00Z');
INSERT INTO cards VALUES ('05-b', '05-running-as-non-root#uid', '2026-11-21T12:02:00Z', 0, 1, '2026-11-24T04:00:00Z', 2, 2.3065, 2.118104, '2026-11-22T12:00:00Z', 1, 0);
INSERT INTO reviews VALUES (1, '05-b', '05-running-as-non-root#uid', '2026-11-22T12:00:00Z', 3, '{"due":"2026-11-21T12:02:00Z","interval":0,"memory":null,"last":null,"reviews":0,"lapses":0}', '{"due":"2026-11-24T04:00:00Z","interval":2,"memory":{"stability":2.3065,"difficulty":2.118104},"last":"2026-11-22T12:00:00Z","reviews":1,"lapses":0}', 'fsrs-6 default, fsrs-rs 6.6', 90, NULL);

INSERT INTO lab_grades VALUES (1, '05-running-as-non-root', '2026-11-21T13:00:00Z', 0, 3, 9, '{"shell":"failed"}', '[{"path":"pod.yaml","text":"a: 1\n"}]', '1.0.0');
INSERT INTO lab_grades VALUES (2, '05-running-as-non-root', '2026-11-21T13:05:00Z', 1, 9, 9, '{"shell":"passed"}', '[{"path":"pod.yaml","text":"a: 2\n"}]', '1.0.0');
INSERT INTO lab_hints VALUES ('05-running-as-non-root', 1, '2026-11-21T13:01:00Z');

INSERT INTO certificates VALUES ('sha256:02', 'Grace Example', 'sealegs', '1.0.0', '2026-11-23T12:00:00Z', '/home/grace/certificate.json');

INSERT INTO cards VALUES ('05-why', '05-running-as-non-root#uid', '2026-11-23T12:00:00Z', 0, 0, '2026-11-24T04:00:00Z', 1, 1.2931, 5.0, '2026-11-23T12:00:00Z', 1, 0);
INSERT INTO reviews VALUES (2, '05-why', '05-running-as-non-root#uid', '2026-11-23T12:00:00Z', 2, '{"due":"2026-11-23T12:00:00Z","interval":0,"memory":null,"last":null,"reviews":0,"lapses":0}', '{"due":"2026-11-24T04:00:00Z","interval":1,"memory":{"stability":1.2931,"difficulty":5.0},"last":"2026-11-23T12:00:00Z","reviews":1,"lapses":0}', 'fsrs-6 default, fsrs-rs 6.6', 90, NULL);
INSERT INTO rubrics VALUES (2, '05-why', '[0,2]', 3, '1.0.0');
PRAGMA user_version = 4;
