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

-- Certificates: the intent is written before anything is signed, and stays. Rules T40-T49.
CREATE TABLE credential (
    person_id     text     NOT NULL,
    bucket        smallint NOT NULL, -- of the person
    credential_id text     NOT NULL, -- random, in hex
    entry_id      text     NOT NULL, -- of the record
    format        text     NOT NULL, -- hc1, shc, pass
    batch         text     NOT NULL, -- what it was issued with
    key_id        text     NOT NULL, -- that signs
    state         text     NOT NULL, -- intended, signed, given, revoked, void
    intended_at   bigint   NOT NULL,
    changed_at    bigint   NOT NULL,
    intent        bytea    NOT NULL, -- sealed: what is to be signed
    body          bytea    NOT NULL, -- sealed: what was signed, empty before
    PRIMARY KEY (person_id, bucket, credential_id)
);

-- What waits for an issuer, the oldest first.
CREATE INDEX credential_waiting ON credential (intended_at) WHERE format = 'pass' AND state = 'intended';

-- Public halves of the issuers' keys. The private ones are in files beside the issuer.
CREATE TABLE issuer_key (
    key_id      text     NOT NULL PRIMARY KEY, -- base64url of the kid
    use         text     NOT NULL, -- hc1, shc, pass, list
    region      text     NOT NULL, -- the only region it signs for, or empty
    certificate bytea    NOT NULL, -- DER
    signs_from  bigint   NOT NULL,
    signs_until bigint   NOT NULL,
    good_until  bigint   NOT NULL, -- what it has signed is good until then
    revoked_at  bigint   NOT NULL
);

-- What was taken back, in order. The version counts up by one.
CREATE TABLE revocation (
    version    bigint   NOT NULL PRIMARY KEY,
    kind       text     NOT NULL, -- id, card, key, pass
    value      text     NOT NULL, -- SHA-256 of the UVCI in hex; kid/rid; kid; id of a pass in hex
    reason     text     NOT NULL, -- corrected, batch, key, asked, loads
    revoked_at bigint   NOT NULL
);

-- What verifiers fetch, signed where the list's key is.
CREATE TABLE trust_list (
    version      bigint   NOT NULL PRIMARY KEY, -- counts up by one
    revoked      bigint   NOT NULL, -- version of the newest revocation in it
    body         bytea    NOT NULL, -- JWS: everything
    delta        bytea    NOT NULL, -- JWS: what was revoked since the list before
    published_at bigint   NOT NULL
);

-- Entry rules, each version as it was published. Rules L1-L9.
CREATE TABLE rule_set (
    version      bigint NOT NULL PRIMARY KEY, -- counts up by one
    body         bytea NOT NULL, -- JSON, as scanners get it
    published_at bigint NOT NULL
);

-- What scanners work from, signed where the list's key is. Rules Q22-Q25.
CREATE TABLE scan_bundle (
    version      bigint NOT NULL PRIMARY KEY, -- counts up by one
    body         bytea NOT NULL, -- the file
    published_at bigint NOT NULL
);
