-- +goose Up
-- The immunisation record. What an entry says is health data and is sealed whole; in
-- clear is only whose it is (a random id), its place in the row of entries and when it was
-- written. Nothing is changed or deleted. Rules D1-D9.
CREATE TABLE record_entry (
    person_id text     NOT NULL,
    bucket    smallint NOT NULL, -- of the person
    seq       integer  NOT NULL, -- from 1, without gaps
    entry_id  text     NOT NULL, -- made of the key of the request, in hex
    at        bigint   NOT NULL,
    body      bytea    NOT NULL, -- sealed
    PRIMARY KEY (person_id, bucket, seq)
);

-- How far the load of a bulk file has come. The file is known by its content.
CREATE TABLE record_load (
    source     text   NOT NULL PRIMARY KEY, -- SHA-256 of the file, in hex
    lines      bigint NOT NULL, -- of the file, which are done
    added      bigint NOT NULL,
    known      bigint NOT NULL, -- were there already
    rejected   bigint NOT NULL,
    aside      bigint NOT NULL, -- bytes of the file of rejected lines
    changed_at bigint NOT NULL
);
