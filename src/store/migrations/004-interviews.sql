-- What a learner says in an interview.

-- Which points of its rubric an answer held. A log: rows are only ever added; where the review was taken back, the
-- row counts no more.
CREATE TABLE rubrics (
    review   INTEGER PRIMARY KEY REFERENCES reviews (id),
    question TEXT NOT NULL,
    -- JSON: the points that were said, by their places from 0.
    said     TEXT NOT NULL,
    points   INTEGER NOT NULL,
    edition  TEXT NOT NULL
) STRICT;
CREATE INDEX rubrics_by_question ON rubrics (question, review);
