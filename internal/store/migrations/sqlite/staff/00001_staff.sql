-- +goose Up
-- People who work with the system. Rules S1-S9.
CREATE TABLE staff_account (
    staff_id   TEXT    NOT NULL PRIMARY KEY, -- random
    name       BLOB    NOT NULL, -- sealed
    grants     TEXT    NOT NULL, -- JSON: roles and where they hold
    barred     INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A link that lets one person in, once.
CREATE TABLE staff_link (
    token      BLOB    NOT NULL PRIMARY KEY, -- hash of what the link carries
    staff_id   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_session (
    token    BLOB    NOT NULL PRIMARY KEY, -- hash of the browser's cookie
    session  TEXT    NOT NULL, -- public id, as the audit writes it
    staff_id TEXT    NOT NULL,
    method   TEXT    NOT NULL, -- how they proved who they are
    began_at INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    ends_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_session_of ON staff_session (staff_id);

-- One chain for each start of each node.
CREATE TABLE audit_chain (
    bucket INTEGER NOT NULL, -- of the chain's name
    chain  TEXT    NOT NULL,
    seq    INTEGER NOT NULL, -- of the newest entry
    hash   BLOB    NOT NULL, -- of the newest entry
    PRIMARY KEY (bucket, chain)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entry (
    bucket   INTEGER NOT NULL, -- of the chain's name
    chain    TEXT    NOT NULL,
    seq      INTEGER NOT NULL, -- from 1, without gaps
    at       INTEGER NOT NULL,
    act      TEXT    NOT NULL, -- joins asked and what came of it
    phase    TEXT    NOT NULL, -- asked, done, refused, failed
    staff_id TEXT    NOT NULL,
    session  TEXT    NOT NULL,
    what     TEXT    NOT NULL, -- the permission
    clinic   TEXT    NOT NULL,
    person   TEXT    NOT NULL, -- random id
    campaign TEXT    NOT NULL,
    code     TEXT    NOT NULL, -- why it was refused
    detail   TEXT    NOT NULL, -- JSON, without names
    hash     BLOB    NOT NULL, -- over the entry and the hash before
    PRIMARY KEY (bucket, chain, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_person ON audit_entry (person, at) WHERE person <> '';
CREATE INDEX audit_staff ON audit_entry (staff_id, at);

-- How often an agent has looked people up without booking. Rule S20.
CREATE TABLE staff_search (
    staff_id TEXT    NOT NULL PRIMARY KEY,
    since    INTEGER NOT NULL, -- when the count began
    searches INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Calls that were promised. Rules S23, S24.
CREATE TABLE callback (
    bucket      INTEGER NOT NULL, -- of the id
    callback_id TEXT    NOT NULL, -- random
    name        BLOB    NOT NULL, -- sealed
    phone       BLOB    NOT NULL, -- sealed
    about       TEXT    NOT NULL, -- book, change, help
    due         INTEGER NOT NULL,
    promised_by TEXT    NOT NULL,
    promised_at INTEGER NOT NULL,
    state       TEXT    NOT NULL, -- open, taken, done, gone
    taken_by    TEXT    NOT NULL,
    taken_at    INTEGER NOT NULL, -- 0: nobody yet
    tries       INTEGER NOT NULL,
    PRIMARY KEY (bucket, callback_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX callback_due ON callback (due) WHERE state IN ('open', 'taken');
