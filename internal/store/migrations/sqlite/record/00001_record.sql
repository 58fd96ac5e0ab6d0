-- +goose Up
-- The immunisation record. What an entry says is health data and is sealed whole; in
-- clear is only whose it is (a random id), its place in the row of entries and when it was
-- written. Nothing is changed or deleted. Rules D1-D9.
CREATE TABLE record_entry (
    person_id TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the person
    seq       INTEGER NOT NULL, -- from 1, without gaps
    entry_id  TEXT    NOT NULL, -- made of the key of the request, in hex
    at        INTEGER NOT NULL,
    body      BLOB    NOT NULL, -- sealed
    PRIMARY KEY (person_id, bucket, seq)
) STRICT, WITHOUT ROWID;

-- How far the load of a bulk file has come. The file is known by its content.
CREATE TABLE record_load (
    source     TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the file, in hex
    lines      INTEGER NOT NULL, -- of the file, which are done
    added      INTEGER NOT NULL,
    known      INTEGER NOT NULL, -- were there already
    rejected   INTEGER NOT NULL,
    aside      INTEGER NOT NULL, -- bytes of the file of rejected lines
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
