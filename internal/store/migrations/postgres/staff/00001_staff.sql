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
    ends_at  bigint NOT NULL,
    browser  bytea   NOT NULL, -- hash of its cookie; whoever works there may come back to it
    locked   boolean NOT NULL, -- by hand, or because a colleague signed in
    tries    bigint NOT NULL   -- wrong PINs since it was last open
);

CREATE INDEX staff_session_of ON staff_session (staff_id);
CREATE INDEX staff_session_at ON staff_session (browser);

-- Who somebody is at the agency's sign-in service (OpenID Connect), rule S8.
CREATE TABLE staff_identity (
    subject  bytea  NOT NULL PRIMARY KEY, -- keyed hash of issuer and subject
    staff_id text   NOT NULL,
    bound_at bigint NOT NULL
);

CREATE INDEX staff_identity_of ON staff_identity (staff_id);

-- An account that waits for the first sign-in with an e-mail address, rule S8.
CREATE TABLE staff_expected (
    address    bytea  NOT NULL PRIMARY KEY, -- keyed hash of issuer and address
    staff_id   text   NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE staff_passkey (
    credential bytea  NOT NULL PRIMARY KEY, -- the authenticator's id of it
    staff_id   text   NOT NULL,
    data       bytea  NOT NULL, -- JSON: public key, flags, sign counter
    made_at    bigint NOT NULL,
    used_at    bigint NOT NULL
);

CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);

-- A question that is out (a passkey's challenge, a way to the sign-in service); it
-- is answered once, from the browser that asked. Rule S9.
CREATE TABLE staff_question (
    token      bytea  NOT NULL PRIMARY KEY, -- hash of what travels
    kind       text   NOT NULL,
    browser    bytea  NOT NULL, -- hash of its cookie
    staff_id   text   NOT NULL, -- who asked, "" before anybody is known
    data       bytea  NOT NULL, -- sealed
    expires_at bigint NOT NULL
);

CREATE TABLE staff_pin (
    staff_id text   NOT NULL PRIMARY KEY,
    hash     text   NOT NULL, -- argon2id with its salt and cost
    set_at   bigint NOT NULL
);

-- How often somebody tried, by browser and by account. Rule S11.
CREATE TABLE staff_try (
    who   bytea  NOT NULL PRIMARY KEY, -- keyed hash of what is tried and by whom
    tries bigint NOT NULL,
    since bigint NOT NULL
);

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
CREATE INDEX audit_at ON audit_entry (at);

-- The newest hash of a chain, signed. Rules S15, S16.
CREATE TABLE audit_seal (
    bucket    smallint NOT NULL, -- of the chain's name
    chain     text    NOT NULL,
    seq       bigint  NOT NULL,
    at        bigint  NOT NULL,
    hash      bytea   NOT NULL, -- of the entry with that number
    signature bytea   NOT NULL, -- Ed25519
    sent      boolean NOT NULL, -- a witness has it, or a later one
    PRIMARY KEY (bucket, chain, seq)
);

CREATE INDEX audit_seal_unsent ON audit_seal (at) WHERE NOT sent;

-- Incidents, and what is acceptable meanwhile. What was said is added to and never changed.
-- Rules N1-N4.
CREATE TABLE incident (
    incident_id text NOT NULL PRIMARY KEY,
    body        bytea NOT NULL, -- JSON; nothing in it is secret
    changed_at  bigint NOT NULL
);
