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

-- Certificates: the intent is written before anything is signed, and stays. Rules T40-T49.
CREATE TABLE credential (
    person_id     TEXT    NOT NULL,
    bucket        INTEGER NOT NULL, -- of the person
    credential_id TEXT    NOT NULL, -- random, in hex
    entry_id      TEXT    NOT NULL, -- of the record
    format        TEXT    NOT NULL, -- hc1, shc, pass
    batch         TEXT    NOT NULL, -- what it was issued with
    key_id        TEXT    NOT NULL, -- that signs
    state         TEXT    NOT NULL, -- intended, signed, given, revoked, void
    intended_at   INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    intent        BLOB    NOT NULL, -- sealed: what is to be signed
    body          BLOB    NOT NULL, -- sealed: what was signed, empty before
    PRIMARY KEY (person_id, bucket, credential_id)
) STRICT, WITHOUT ROWID;

-- What waits for an issuer, the oldest first.
CREATE INDEX credential_waiting ON credential (intended_at) WHERE format = 'pass' AND state = 'intended';

-- Public halves of the issuers' keys. The private ones are in files beside the issuer.
CREATE TABLE issuer_key (
    key_id      TEXT    NOT NULL PRIMARY KEY, -- base64url of the kid
    use         TEXT    NOT NULL, -- hc1, shc, pass, list
    region      TEXT    NOT NULL, -- the only region it signs for, or empty
    certificate BLOB    NOT NULL, -- DER
    signs_from  INTEGER NOT NULL,
    signs_until INTEGER NOT NULL,
    good_until  INTEGER NOT NULL, -- what it has signed is good until then
    revoked_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was taken back, in order. The version counts up by one.
CREATE TABLE revocation (
    version    INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL, -- id, card, key, pass
    value      TEXT    NOT NULL, -- SHA-256 of the UVCI in hex; kid/rid; kid; id of a pass in hex
    reason     TEXT    NOT NULL, -- corrected, batch, key, asked, loads
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What verifiers fetch, signed where the list's key is.
CREATE TABLE trust_list (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    revoked      INTEGER NOT NULL, -- version of the newest revocation in it
    body         BLOB    NOT NULL, -- JWS: everything
    delta        BLOB    NOT NULL, -- JWS: what was revoked since the list before
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Entry rules, each version as it was published. Rules L1-L9.
CREATE TABLE rule_set (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    body         BLOB NOT NULL, -- JSON, as scanners get it
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What scanners work from, signed where the list's key is. Rules Q22-Q25.
CREATE TABLE scan_bundle (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    body         BLOB NOT NULL, -- the file
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
