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
    ends_at  INTEGER NOT NULL,
    browser  BLOB    NOT NULL, -- hash of its cookie; whoever works there may come back to it
    locked   INTEGER NOT NULL, -- by hand, or because a colleague signed in
    tries    INTEGER NOT NULL  -- wrong PINs since it was last open
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_session_of ON staff_session (staff_id);
CREATE INDEX staff_session_at ON staff_session (browser);

-- Who somebody is at the agency's sign-in service (OpenID Connect), rule S8.
CREATE TABLE staff_identity (
    subject  BLOB   NOT NULL PRIMARY KEY, -- keyed hash of issuer and subject
    staff_id TEXT   NOT NULL,
    bound_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_identity_of ON staff_identity (staff_id);

-- An account that waits for the first sign-in with an e-mail address, rule S8.
CREATE TABLE staff_expected (
    address    BLOB   NOT NULL PRIMARY KEY, -- keyed hash of issuer and address
    staff_id   TEXT   NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_passkey (
    credential BLOB   NOT NULL PRIMARY KEY, -- the authenticator's id of it
    staff_id   TEXT   NOT NULL,
    data       BLOB   NOT NULL, -- JSON: public key, flags, sign counter
    made_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);

-- A question that is out (a passkey's challenge, a way to the sign-in service); it
-- is answered once, from the browser that asked. Rule S9.
CREATE TABLE staff_question (
    token      BLOB   NOT NULL PRIMARY KEY, -- hash of what travels
    kind       TEXT   NOT NULL,
    browser    BLOB   NOT NULL, -- hash of its cookie
    staff_id   TEXT   NOT NULL, -- who asked, "" before anybody is known
    data       BLOB   NOT NULL, -- sealed
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_pin (
    staff_id TEXT   NOT NULL PRIMARY KEY,
    hash     TEXT   NOT NULL, -- argon2id with its salt and cost
    set_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How often somebody tried, by browser and by account. Rule S11.
CREATE TABLE staff_try (
    who   BLOB   NOT NULL PRIMARY KEY, -- keyed hash of what is tried and by whom
    tries INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
CREATE INDEX audit_at ON audit_entry (at);

-- The newest hash of a chain, signed. Rules S15, S16.
CREATE TABLE audit_seal (
    bucket    INTEGER NOT NULL, -- of the chain's name
    chain     TEXT    NOT NULL,
    seq       INTEGER  NOT NULL,
    at        INTEGER  NOT NULL,
    hash      BLOB    NOT NULL, -- of the entry with that number
    signature BLOB    NOT NULL, -- Ed25519
    sent      INTEGER NOT NULL, -- a witness has it, or a later one
    PRIMARY KEY (bucket, chain, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_seal_unsent ON audit_seal (at) WHERE NOT sent;

-- Incidents, and what is acceptable meanwhile. What was said is added to and never changed.
-- Rules N1-N4.
CREATE TABLE incident (
    incident_id TEXT NOT NULL PRIMARY KEY,
    body        BLOB NOT NULL, -- JSON; nothing in it is secret
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
