-- +goose Up
-- The entry register but for the visits themselves, which are in a file (SQLite) or
-- partition (PostgreSQL) a day. Rules V1-V14.
CREATE TABLE visit_key (
    custodian text     NOT NULL, -- outer or inner
    day       integer  NOT NULL, -- 20211213
    public    bytea    NOT NULL,
    PRIMARY KEY (custodian, day)
);

CREATE TABLE facility (
    bucket         smallint NOT NULL, -- of the facility
    facility_id    text     NOT NULL, -- random
    name           text     NOT NULL,
    business       text     NOT NULL, -- number in the business register
    representative bytea    NOT NULL, -- sealed
    made_at        bigint   NOT NULL,
    PRIMARY KEY (bucket, facility_id)
);

-- Who looks after a facility: whoever answers at a telephone.
CREATE TABLE facility_manager (
    bucket      smallint NOT NULL, -- of the telephone
    phone       bytea    NOT NULL, -- keyed hash
    facility_id text     NOT NULL,
    number      bytea    NOT NULL, -- sealed
    owner       boolean  NOT NULL, -- signed it up
    added_at    bigint   NOT NULL,
    PRIMARY KEY (bucket, phone, facility_id)
);

CREATE INDEX facility_manager_of ON facility_manager (facility_id);

CREATE TABLE facility_device (
    bucket      smallint NOT NULL, -- of the facility
    facility_id text     NOT NULL,
    device_id   text     NOT NULL, -- random
    name        text     NOT NULL, -- as the facility calls it
    token       bytea    NOT NULL, -- hash of what the device shows
    public      bytea    NOT NULL, -- P-256, uncompressed point
    paired_at   bigint   NOT NULL,
    PRIMARY KEY (bucket, facility_id, device_id)
);

-- A code that pairs one device, once, for a few minutes.
CREATE TABLE facility_pairing (
    bucket      smallint NOT NULL, -- of the code
    code        bytea    NOT NULL, -- keyed hash
    facility_id text     NOT NULL,
    device_id   text     NOT NULL, -- which the code makes, or pairs again
    name        text     NOT NULL,
    expires_at  bigint   NOT NULL,
    PRIMARY KEY (bucket, code)
);

-- Handwritten registers: printed, used, destroyed.
CREATE TABLE facility_paper (
    bucket       smallint NOT NULL, -- of the facility
    facility_id  text     NOT NULL,
    day          integer  NOT NULL, -- 20211213
    printed_at   bigint   NOT NULL,
    used_at      bigint   NOT NULL, -- 0: not used
    destroyed_at bigint   NOT NULL, -- 0: not yet
    PRIMARY KEY (bucket, facility_id, day)
);

-- Telephone numbers of facilities.
CREATE TABLE facility_number (
    bucket      smallint NOT NULL, -- of the number
    number      text     NOT NULL, -- digits with the country's
    facility_id text     NOT NULL,
    assigned_at bigint   NOT NULL,
    PRIMARY KEY (bucket, number)
);

-- Investigations. Who is found stands in the audit and nowhere else.
CREATE TABLE visit_case (
    case_id     text     NOT NULL PRIMARY KEY, -- random
    number      text     NOT NULL, -- of the agency's case file
    reason      bytea    NOT NULL, -- sealed
    facility_id text     NOT NULL,
    since       bigint   NOT NULL,
    until       bigint   NOT NULL,
    staff_id    text     NOT NULL, -- who asked
    asked_at    bigint   NOT NULL,
    visits      integer  NOT NULL,
    finished_at bigint   NOT NULL, -- 0: not yet
    found       integer  NOT NULL, -- visits whose contact was found
    unusable    integer  NOT NULL
);

-- The visits, in partitions of a day each that are dropped whole.
CREATE TABLE visit (
    bucket   smallint NOT NULL, -- of the facility
    facility text     NOT NULL,
    minute   integer  NOT NULL, -- since 1970
    visit_id bytea    NOT NULL, -- made by the scanner
    day      integer  NOT NULL, -- 20211213, in the agency's zone
    people   smallint NOT NULL,
    token    bytea    NOT NULL, -- sealed
    PRIMARY KEY (bucket, facility, minute, visit_id, day)
) PARTITION BY LIST (day);

-- What contact handles lead to, in partitions of a day as well: the issuer's side.
CREATE TABLE contact (
    bucket smallint NOT NULL, -- of the handle
    handle bytea    NOT NULL, -- random
    day    integer  NOT NULL,
    leads  bytea    NOT NULL, -- sealed: a person
    PRIMARY KEY (bucket, handle, day)
) PARTITION BY LIST (day);
