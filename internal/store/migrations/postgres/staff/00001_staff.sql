-- +goose Up
-- People who work with the system. Rules S1-S9.
CREATE TABLE staff_account (
    staff_id   text    NOT NULL PRIMARY KEY, -- random
    name       bytea   NOT NULL, -- sealed
    grants     text    NOT NULL, -- JSON: roles and where they hold
    barred     boolean NOT NULL,
    created_at bigint NOT NULL
);

-- A link that lets one person in, once.
CREATE TABLE staff_link (
    token      bytea   NOT NULL PRIMARY KEY, -- hash of what the link carries
    staff_id   text    NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint NOT NULL DEFAULT 0
);

CREATE TABLE staff_session (
    token    bytea   NOT NULL PRIMARY KEY, -- hash of the browser's cookie
    session  text    NOT NULL, -- public id, as the audit writes it
    staff_id text    NOT NULL,
    method   text    NOT NULL, -- how they proved who they are
    began_at bigint NOT NULL,
    seen_at  bigint NOT NULL,
    ends_at  bigint NOT NULL
);

CREATE INDEX staff_session_of ON staff_session (staff_id);

-- One chain for each start of each node.
CREATE TABLE audit_chain (
    bucket smallint NOT NULL, -- of the chain's name
    chain  text    NOT NULL,
    seq    bigint NOT NULL, -- of the newest entry
    hash   bytea   NOT NULL, -- of the newest entry
    PRIMARY KEY (bucket, chain)
);

CREATE TABLE audit_entry (
    bucket   smallint NOT NULL, -- of the chain's name
    chain    text    NOT NULL,
    seq      bigint NOT NULL, -- from 1, without gaps
    at       bigint NOT NULL,
    act      text    NOT NULL, -- joins asked and what came of it
    phase    text    NOT NULL, -- asked, done, refused, failed
    staff_id text    NOT NULL,
    session  text    NOT NULL,
    what     text    NOT NULL, -- the permission
    clinic   text    NOT NULL,
    person   text    NOT NULL, -- random id
    campaign text    NOT NULL,
    code     text    NOT NULL, -- why it was refused
    detail   text    NOT NULL, -- JSON, without names
    hash     bytea   NOT NULL, -- over the entry and the hash before
    PRIMARY KEY (bucket, chain, seq)
);

CREATE INDEX audit_person ON audit_entry (person, at) WHERE person <> '';
CREATE INDEX audit_staff ON audit_entry (staff_id, at);

-- How often an agent has looked people up without booking. Rule S20.
CREATE TABLE staff_search (
    staff_id text    NOT NULL PRIMARY KEY,
    since    bigint NOT NULL, -- when the count began
    searches integer NOT NULL
);

-- Calls that were promised. Rules S23, S24.
CREATE TABLE callback (
    bucket      smallint NOT NULL, -- of the id
    callback_id text    NOT NULL, -- random
    name        bytea   NOT NULL, -- sealed
    phone       bytea   NOT NULL, -- sealed
    about       text    NOT NULL, -- book, change, help
    due         bigint NOT NULL,
    promised_by text    NOT NULL,
    promised_at bigint NOT NULL,
    state       text    NOT NULL, -- open, taken, done, gone
    taken_by    text    NOT NULL,
    taken_at    bigint NOT NULL, -- 0: nobody yet
    tries       integer NOT NULL,
    PRIMARY KEY (bucket, callback_id)
);

CREATE INDEX callback_due ON callback (due) WHERE state IN ('open', 'taken');
