-- What a learner reads, answers and drills.
-- Moments are text, YYYY-MM-DDTHH:MM:SSZ, so that they sort; ids are the course's own and never reused.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: who this is, made at first start.
CREATE TABLE learner (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    uuid TEXT NOT NULL
) STRICT;

-- One row: where the learner left off.
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
    -- JSON: [{"question": id, "point": id or null}], in the order shown.
    asked    TEXT NOT NULL,
    edition  TEXT NOT NULL,
    started  TEXT NOT NULL,
    finished TEXT
) STRICT;
CREATE INDEX attempts_by_lesson ON attempts (lesson, purpose, finished);
-- At most one open attempt of a kind for a lesson, whatever two processes do.
CREATE UNIQUE INDEX attempts_open ON attempts (lesson, purpose) WHERE finished IS NULL;

CREATE TABLE answers (
    attempt  INTEGER NOT NULL REFERENCES attempts (id),
    place    INTEGER NOT NULL,
    question TEXT NOT NULL,
    concept  TEXT NOT NULL,
    point    TEXT,
    -- JSON: option ids as chosen or ordered, or the line's number as a string.
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

-- A log: rows are only ever added. A row with `undoes` takes that row back and brings its `before` again.
CREATE TABLE reviews (
    id        INTEGER PRIMARY KEY,
    card      TEXT NOT NULL,
    concept   TEXT NOT NULL,
    at        TEXT NOT NULL,
    rating    INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
    -- JSON: the card's state.
    before    TEXT NOT NULL,
    after     TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    -- In percent.
    retention INTEGER NOT NULL,
    undoes    INTEGER UNIQUE REFERENCES reviews (id)
) STRICT;
CREATE INDEX reviews_by_time ON reviews (at);
CREATE INDEX reviews_by_concept ON reviews (concept, rating);
