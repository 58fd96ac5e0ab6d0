-- +goose Up
-- The entry register but for the visits themselves, which are in a file (SQLite) or
-- partition (PostgreSQL) a day. Rules V1-V14.
CREATE TABLE visit_key (
    custodian TEXT    NOT NULL, -- outer or inner
    day       INTEGER NOT NULL, -- 20211213
    public    BLOB    NOT NULL,
    PRIMARY KEY (custodian, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE facility (
    bucket         INTEGER NOT NULL, -- of the facility
    facility_id    TEXT    NOT NULL, -- random
    name           TEXT    NOT NULL,
    business       TEXT    NOT NULL, -- number in the business register
    representative BLOB    NOT NULL, -- sealed
    made_at        INTEGER NOT NULL,
    PRIMARY KEY (bucket, facility_id)
) STRICT, WITHOUT ROWID;

-- Who looks after a facility: whoever answers at a telephone.
CREATE TABLE facility_manager (
    bucket      INTEGER NOT NULL, -- of the telephone
    phone       BLOB    NOT NULL, -- keyed hash
    facility_id TEXT    NOT NULL,
    number      BLOB    NOT NULL, -- sealed
    owner       INTEGER NOT NULL, -- signed it up
    added_at    INTEGER NOT NULL,
    PRIMARY KEY (bucket, phone, facility_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX facility_manager_of ON facility_manager (facility_id);

CREATE TABLE facility_device (
    bucket      INTEGER NOT NULL, -- of the facility
    facility_id TEXT    NOT NULL,
    device_id   TEXT    NOT NULL, -- random
    name        TEXT    NOT NULL, -- as the facility calls it
    token       BLOB    NOT NULL, -- hash of what the device shows
    public      BLOB    NOT NULL, -- P-256, uncompressed point
    paired_at   INTEGER NOT NULL,
    PRIMARY KEY (bucket, facility_id, device_id)
) STRICT, WITHOUT ROWID;

-- A code that pairs one device, once, for a few minutes.
CREATE TABLE facility_pairing (
    bucket      INTEGER NOT NULL, -- of the code
    code        BLOB    NOT NULL, -- keyed hash
    facility_id TEXT    NOT NULL,
    device_id   TEXT    NOT NULL, -- which the code makes, or pairs again
    name        TEXT    NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (bucket, code)
) STRICT, WITHOUT ROWID;

-- Handwritten registers: printed, used, destroyed.
CREATE TABLE facility_paper (
    bucket       INTEGER NOT NULL, -- of the facility
    facility_id  TEXT    NOT NULL,
    day          INTEGER NOT NULL, -- 20211213
    printed_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL, -- 0: not used
    destroyed_at INTEGER NOT NULL, -- 0: not yet
    PRIMARY KEY (bucket, facility_id, day)
) STRICT, WITHOUT ROWID;

-- Telephone numbers of facilities.
CREATE TABLE facility_number (
    bucket      INTEGER NOT NULL, -- of the number
    number      TEXT    NOT NULL, -- digits with the country's
    facility_id TEXT    NOT NULL,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, number)
) STRICT, WITHOUT ROWID;

-- Investigations. Who is found stands in the audit and nowhere else.
CREATE TABLE visit_case (
    case_id     TEXT    NOT NULL PRIMARY KEY, -- random
    number      TEXT    NOT NULL, -- of the agency's case file
    reason      BLOB    NOT NULL, -- sealed
    facility_id TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    staff_id    TEXT    NOT NULL, -- who asked
    asked_at    INTEGER NOT NULL,
    visits      INTEGER NOT NULL,
    finished_at INTEGER NOT NULL, -- 0: not yet
    found       INTEGER NOT NULL, -- visits whose contact was found
    unusable    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
