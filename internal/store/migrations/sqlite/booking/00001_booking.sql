-- +goose Up
-- Tables whose rows are wide keep them in the order in which they came (rowid): their keys stay narrow.
CREATE TABLE person (
    person_id  TEXT    NOT NULL, -- random
    bucket     INTEGER NOT NULL,
    name       BLOB    NOT NULL, -- sealed
    born       BLOB    NOT NULL, -- sealed
    mobile     BLOB    NOT NULL, -- sealed
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, bucket)
) STRICT;

-- From a proven claim to the person. Several rows may lead to one person (a new phone, a new key).
CREATE TABLE person_lookup (
    bucket    INTEGER NOT NULL,
    key_id    INTEGER NOT NULL,
    claim     BLOB    NOT NULL, -- keyed index
    person_id TEXT    NOT NULL,
    stable    INTEGER NOT NULL, -- a provider has named the human: the person has an identifier that stays
    PRIMARY KEY (bucket, key_id, claim)
) STRICT, WITHOUT ROWID;

-- From a provider's identifier that stays (Korea: CI) to the person: one human, one person.
CREATE TABLE person_stable (
    bucket    INTEGER NOT NULL,
    key_id    INTEGER NOT NULL,
    stable    BLOB    NOT NULL, -- keyed index of the identifier
    person_id TEXT    NOT NULL,
    PRIMARY KEY (bucket, key_id, stable)
) STRICT, WITHOUT ROWID;

-- The newest way of a claim's browser to a provider and back. Kept an hour.
CREATE TABLE proof_attempt (
    bucket   INTEGER NOT NULL,
    claim    BLOB    NOT NULL, -- keyed index of the claim (purpose person)
    browser  BLOB    NOT NULL, -- hash of the browser's cookie
    provider TEXT    NOT NULL,
    state    BLOB    NOT NULL, -- random, 16 bytes: what must come back
    secret   BLOB    NOT NULL, -- sealed: nonce and code verifier
    began_at INTEGER NOT NULL,
    used     INTEGER NOT NULL, -- the answer was taken: once
    tries    INTEGER NOT NULL, -- answers that proved nothing, in the window that began at since
    since    INTEGER NOT NULL,
    PRIMARY KEY (bucket, claim, browser, provider)
) STRICT, WITHOUT ROWID;

-- Membership of an eligibility list (occupation and so on), by keyed index of the claim.
CREATE TABLE list_member (
    bucket INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    claim  BLOB    NOT NULL,
    list   TEXT    NOT NULL,
    PRIMARY KEY (bucket, key_id, claim, list)
) STRICT, WITHOUT ROWID;

-- One-time codes: the newest per claim and browser, and how many were sent. Kept an hour.
-- Nothing here says who: the claim is a keyed index.
CREATE TABLE challenge (
    bucket    INTEGER NOT NULL,
    claim     BLOB    NOT NULL, -- keyed index of the claim (purpose person)
    browser   BLOB    NOT NULL, -- hash of the browser's cookie
    code_key  INTEGER NOT NULL,
    code      BLOB    NOT NULL, -- keyed: the code itself is not stored
    sent_at   INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    sends     INTEGER NOT NULL DEFAULT 1, -- in the window that began at since
    since     INTEGER NOT NULL,
    answer    TEXT    NOT NULL DEFAULT '', -- hex session id once proven: a repeat gives the same answer
    PRIMARY KEY (bucket, claim, browser)
) STRICT, WITHOUT ROWID;

-- Codes sent to a phone under whatever name: the limit that protects its owner. Kept an hour.
CREATE TABLE phone_code (
    bucket  INTEGER NOT NULL, -- of the phone
    phone   BLOB    NOT NULL, -- keyed index
    since   INTEGER NOT NULL,
    sends   INTEGER NOT NULL, -- in the window that began at since
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, phone)
) STRICT, WITHOUT ROWID;

-- The one live proven session of a person in a campaign; every booking step checks it.
CREATE TABLE person_session (
    person_id  TEXT    NOT NULL,
    bucket     INTEGER NOT NULL,
    campaign   TEXT    NOT NULL,
    session_id BLOB    NOT NULL,
    ticket_id  BLOB    NOT NULL, -- the admission every reservation refers to
    expires_at INTEGER NOT NULL,
    draft      TEXT    NOT NULL DEFAULT '{}', -- what was chosen so far
    actor      TEXT    NOT NULL DEFAULT '', -- who acts for the person: an agent, a guardian; '' for the person
    PRIMARY KEY (person_id, bucket, campaign)
) STRICT;

-- One row a reservation and dose; until it is confirmed, of the first dose alone.
CREATE TABLE reservation (
    person_id  TEXT    NOT NULL,
    bucket     INTEGER NOT NULL, -- of the person
    disease    TEXT    NOT NULL,
    dose       INTEGER NOT NULL,
    hold_id    TEXT    NOT NULL,
    number     TEXT    NOT NULL, -- the reservation number, the same for both doses
    campaign   TEXT    NOT NULL,
    ticket_id  BLOB    NOT NULL, -- the admission it came from
    clinic_id  TEXT    NOT NULL,
    start      INTEGER NOT NULL, -- unix seconds
    state      TEXT    NOT NULL, -- pending, booked, expired, released, cancelled, moving, moved, overtaken, used, missed
    freed      INTEGER NOT NULL DEFAULT 0, -- 1 once the clinic's places were given back
    expires_at INTEGER NOT NULL,
    due        INTEGER NOT NULL DEFAULT 0, -- from when on the sweeper looks at it, unix seconds; 0: nothing is to be done
    extends    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, bucket, disease, dose, hold_id),
    CHECK ((due > 0) = (state NOT IN ('booked', 'used', 'missed') AND NOT freed))
) STRICT;
-- One live reservation per person, disease and dose (rule B1): the last line of defence.
CREATE UNIQUE INDEX reservation_live ON reservation (person_id, bucket, disease, dose)
    WHERE state IN ('pending', 'booked');
-- Who comes to a clinic, and when: the day list.
CREATE INDEX reservation_clinic ON reservation (clinic_id, start) WHERE state IN ('booked', 'used', 'missed');
CREATE INDEX reservation_due ON reservation (due) WHERE due > 0;
-- By number alone, for callers who have nothing else at hand.
CREATE INDEX reservation_number ON reservation (number) WHERE dose = 1 AND state IN ('booked', 'cancelled');

-- Who made a reservation for its person: one row each that the person did not make alone.
CREATE TABLE booked_by (
    person_id TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the person
    number    TEXT    NOT NULL, -- the reservation number
    kind      TEXT    NOT NULL, -- agent, guardian
    how       TEXT    NOT NULL, -- how the agent was satisfied, or the guardian's relation
    actor     TEXT    NOT NULL, -- random id of the member of staff or of the guardian
    booked_at INTEGER NOT NULL,
    taken_at  INTEGER NOT NULL, -- when the person took it over; 0: not yet
    PRIMARY KEY (person_id, bucket, number)
) STRICT, WITHOUT ROWID;

-- For whom somebody may book in a campaign, and what they agreed to.
CREATE TABLE guardianship (
    guardian_id TEXT    NOT NULL,
    bucket      INTEGER NOT NULL, -- of the guardian
    campaign    TEXT    NOT NULL,
    subject_id  TEXT    NOT NULL,
    relation    TEXT    NOT NULL,
    own_phone   INTEGER NOT NULL, -- the subject is reached at the guardian's phone
    consent     BLOB    NOT NULL, -- SHA-256 of the text that was agreed to
    agreed_at   INTEGER NOT NULL,
    PRIMARY KEY (guardian_id, bucket, campaign, subject_id)
) STRICT, WITHOUT ROWID;

-- What a clinic lays down about its hours and capacity, over what the list says (rule K22). One row a clinic that has done so.
CREATE TABLE clinic_hours (
    bucket     INTEGER NOT NULL, -- of the clinic
    clinic_id  TEXT NOT NULL,
    version    INTEGER NOT NULL, -- grows with each change
    schedule   TEXT NOT NULL, -- JSON
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, clinic_id)
) STRICT, WITHOUT ROWID;
-- A nation has some 13,000 rows that change now and then: nodes read what changed lately.
CREATE INDEX clinic_hours_changed ON clinic_hours (changed_at);

-- What happened to one booked dose on its day: arrived, given or missed.
CREATE TABLE attendance (
    person_id  TEXT NOT NULL,
    bucket     INTEGER NOT NULL, -- of the person
    hold_id    TEXT NOT NULL,
    dose       INTEGER NOT NULL,
    clinic_id  TEXT NOT NULL,
    arrived_at INTEGER NOT NULL, -- 0: not yet
    given_at   INTEGER NOT NULL, -- 0: not given
    missed_at  INTEGER NOT NULL, -- 0: not missed
    watch      INTEGER NOT NULL, -- minutes of observation after the dose
    vaccine    TEXT NOT NULL,
    lot        TEXT NOT NULL,
    site       TEXT NOT NULL,
    staff_id   TEXT NOT NULL, -- who gave the dose
    campaign   TEXT NOT NULL,
    recorded   INTEGER NOT NULL, -- the dose is in the immunisation record
    PRIMARY KEY (person_id, bucket, hold_id, dose)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_unrecorded ON attendance (given_at) WHERE given_at > 0 AND NOT recorded;

-- A change of a clinic's hours that concerns people: what is to be done for them, until it is done.
CREATE TABLE clinic_closing (
    bucket    INTEGER NOT NULL, -- of the clinic
    clinic_id TEXT NOT NULL,
    id        TEXT NOT NULL, -- random
    begun_at  INTEGER NOT NULL,
    staff_id  TEXT NOT NULL,
    remedy    TEXT NOT NULL, -- move, tell
    why       TEXT NOT NULL, -- names the text
    done      INTEGER NOT NULL,
    PRIMARY KEY (bucket, clinic_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX clinic_closing_open ON clinic_closing (begun_at) WHERE NOT done;

-- One row a dose that a closing concerns: the receipt.
CREATE TABLE clinic_concern (
    bucket    INTEGER NOT NULL, -- of the clinic
    closing   TEXT NOT NULL,
    hold_id   TEXT NOT NULL, -- the place that the clinic closed
    dose      INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    number    TEXT NOT NULL,
    before    INTEGER NOT NULL,
    after     INTEGER NOT NULL, -- 0: no other time
    outcome   TEXT NOT NULL, -- planned, moved, told, by_hand, gone
    PRIMARY KEY (bucket, closing, hold_id, dose)
) STRICT, WITHOUT ROWID;
-- Who comes on a day: for reminders.
CREATE INDEX reservation_start ON reservation (start) WHERE state = 'booked';

-- One row a clinic and time that somebody has taken: the count, and its bound.
CREATE TABLE slot (
    bucket    INTEGER NOT NULL, -- of the clinic
    clinic_id TEXT    NOT NULL,
    start     INTEGER NOT NULL,
    capacity  INTEGER NOT NULL,
    taken     INTEGER NOT NULL,
    PRIMARY KEY (bucket, clinic_id, start),
    CHECK (taken BETWEEN 0 AND capacity)
) STRICT, WITHOUT ROWID;

-- A quota's part of one clinic bucket: what was handed out to it and what of that is used.
CREATE TABLE quota_shard (
    bucket   INTEGER NOT NULL, -- of clinics
    quota    TEXT NOT NULL, -- the campaign, or campaign/window
    granted  INTEGER NOT NULL, -- all that was ever handed out to it
    returned INTEGER NOT NULL, -- all that it ever gave back unused
    taken    INTEGER NOT NULL, -- rows of quota_use
    PRIMARY KEY (bucket, quota),
    CHECK (taken >= 0 AND returned >= 0 AND taken <= granted - returned)
) STRICT, WITHOUT ROWID;

-- One row a booking that counts for a quota, from its hold until it has ended.
CREATE TABLE quota_use (
    bucket  INTEGER NOT NULL, -- of the clinic
    number  TEXT NOT NULL, -- the reservation number
    quota   TEXT NOT NULL,
    hold_id TEXT NOT NULL, -- the hold it came with
    PRIMARY KEY (bucket, number)
) STRICT, WITHOUT ROWID;

-- What was handed out of a quota, and to which bucket; the sum of granted - returned is at most the quota.
CREATE TABLE quota_pool (
    bucket   INTEGER NOT NULL, -- of the quota's name
    quota    TEXT NOT NULL,
    shard    INTEGER NOT NULL, -- the clinic bucket
    granted  INTEGER NOT NULL,
    returned INTEGER NOT NULL, -- as far as known here
    PRIMARY KEY (bucket, quota, shard)
) STRICT, WITHOUT ROWID;

-- One row a place that is taken; taken in slot is their number.
CREATE TABLE hold (
    hold_id   TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the clinic
    dose      INTEGER NOT NULL,
    clinic_id TEXT    NOT NULL,
    start     INTEGER NOT NULL,
    PRIMARY KEY (hold_id, bucket, dose)
) STRICT, WITHOUT ROWID;

-- Idempotency: one key, one answer. Kept 48 hours.
CREATE TABLE answer (
    person_id TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the person
    key       TEXT    NOT NULL,
    body      BLOB    NOT NULL, -- hash of the act and its values
    hold_id   TEXT    NOT NULL, -- what it led to
    at        INTEGER NOT NULL,
    PRIMARY KEY (person_id, bucket, key)
) STRICT;
CREATE INDEX answer_age ON answer (at);

-- Messages to people, in the same transaction as what they tell. Codes are deleted after an hour.
CREATE TABLE outbox (
    id        TEXT    NOT NULL,
    bucket    INTEGER NOT NULL,
    kind      TEXT    NOT NULL, -- names the text
    lang      TEXT    NOT NULL,
    phone     BLOB    NOT NULL, -- keyed index, for the search
    recipient BLOB    NOT NULL, -- sealed
    body      BLOB    NOT NULL, -- sealed values of the text
    created_at INTEGER NOT NULL,
    urgent    INTEGER NOT NULL, -- somebody waits for it
    state     TEXT    NOT NULL, -- queued, sent, delivered, failed, dropped, repeated
    provider  TEXT    NOT NULL, -- who carries it, or tries next
    attempts  INTEGER NOT NULL DEFAULT 0, -- with this provider
    due_at    INTEGER NOT NULL, -- from when on it may be taken to be sent; while it is being sent, when the lease ends
    holder    TEXT    NOT NULL DEFAULT '', -- the node that sends it
    sent_at   INTEGER NOT NULL DEFAULT 0, -- its provider took it
    ended_at  INTEGER NOT NULL DEFAULT 0, -- it arrived, or was given up
    cause     TEXT    NOT NULL DEFAULT '', -- what the provider says, a word
    PRIMARY KEY (id, bucket)
) STRICT;
CREATE INDEX outbox_queued ON outbox (provider, urgent, due_at) WHERE state = 'queued';
CREATE INDEX outbox_failed ON outbox (created_at) WHERE state = 'failed';
CREATE INDEX outbox_code ON outbox (created_at) WHERE kind = 'code';
CREATE INDEX outbox_phone ON outbox (phone, created_at);

-- How far ahead of the clock the sending is, for each provider: its bound a second.
CREATE TABLE message_pace (
    provider TEXT NOT NULL PRIMARY KEY,
    next     INTEGER NOT NULL -- unix milliseconds: when the next one may be sent
) STRICT, WITHOUT ROWID;

-- What a key of this data makes of a fixed word: a node with other keys is refused.
CREATE TABLE key_check (
    name TEXT NOT NULL PRIMARY KEY, -- gate, person-1, ...
    sum  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong tries of the look-up, per claim and browser: the limit of guesses. Kept an hour.
CREATE TABLE lookup_try (
    bucket INTEGER NOT NULL,
    claim  BLOB    NOT NULL,
    browser BLOB   NOT NULL, -- hash of the browser's cookie
    since  INTEGER NOT NULL,
    tries  INTEGER NOT NULL,
    PRIMARY KEY (bucket, claim, browser)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE clinic_concern;
DROP TABLE clinic_closing;
DROP TABLE attendance;
DROP TABLE clinic_hours;
DROP TABLE proof_attempt;
DROP TABLE person_stable;
DROP TABLE lookup_try;
DROP TABLE key_check;
DROP TABLE message_pace;
DROP TABLE outbox;
DROP TABLE answer;
DROP TABLE hold;
DROP TABLE quota_pool;
DROP TABLE quota_use;
DROP TABLE quota_shard;
DROP TABLE slot;
DROP TABLE reservation;
DROP TABLE person_session;
DROP TABLE phone_code;
DROP TABLE challenge;
DROP TABLE list_member;
DROP TABLE person_lookup;
DROP TABLE person;
