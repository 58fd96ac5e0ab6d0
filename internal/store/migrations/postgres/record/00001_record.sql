-- +goose Up
-- The immunisation record. What an entry says is health data and is sealed whole; in
-- clear is only whose it is (a random id), its place in the row of entries and when it was
-- written. Nothing is changed or deleted. Rules D1-D9.
CREATE TABLE record_entry (
    person_id text     NOT NULL,
    bucket    smallint NOT NULL, -- of the person
    seq       integer  NOT NULL, -- from 1, without gaps
    entry_id  text     NOT NULL, -- made of the key of the request
    at        bigint   NOT NULL,
    body      bytea    NOT NULL, -- sealed
    PRIMARY KEY (person_id, bucket, seq)
);
