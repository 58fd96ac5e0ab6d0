-- +goose Up
CREATE TABLE person (
    person_id  text    NOT NULL, -- random
    bucket     smallint NOT NULL,
    name       bytea    NOT NULL, -- sealed
    born       bytea    NOT NULL, -- sealed
    mobile     bytea    NOT NULL, -- sealed
    created_at bigint NOT NULL,
    PRIMARY KEY (person_id, bucket)
);

-- From a proven claim to the person. Several rows may lead to one person (a new phone, a new key).
CREATE TABLE person_lookup (
    bucket    smallint NOT NULL,
    key_id    integer NOT NULL,
    claim     bytea    NOT NULL, -- keyed index
    person_id text    NOT NULL,
    stable    boolean NOT NULL, -- a provider has named the human: the person has an identifier that stays
    PRIMARY KEY (bucket, key_id, claim)
);

-- From a provider's identifier that stays (Korea: CI) to the person: one human, one person.
CREATE TABLE person_stable (
    bucket    smallint NOT NULL,
    key_id    integer NOT NULL,
    stable    bytea  NOT NULL, -- keyed index of the identifier
    person_id text   NOT NULL,
    PRIMARY KEY (bucket, key_id, stable)
);

-- The newest way of a claim's browser to a provider and back. Kept an hour.
CREATE TABLE proof_attempt (
    bucket   smallint NOT NULL,
    claim    bytea  NOT NULL, -- keyed index of the claim (purpose person)
    browser  bytea  NOT NULL, -- hash of the browser's cookie
    provider text   NOT NULL,
    state    bytea  NOT NULL, -- random, 16 bytes: what must come back
    secret   bytea  NOT NULL, -- sealed: nonce and code verifier
    began_at bigint NOT NULL,
    used     boolean NOT NULL, -- the answer was taken: once
    tries    integer NOT NULL, -- answers that proved nothing, in the window that began at since
    since    bigint NOT NULL,
    PRIMARY KEY (bucket, claim, browser, provider)
);

-- Membership of an eligibility list (occupation and so on), by keyed index of the claim.
CREATE TABLE list_member (
    bucket smallint NOT NULL,
    key_id integer NOT NULL,
    claim  bytea    NOT NULL,
    list   text    NOT NULL,
    PRIMARY KEY (bucket, key_id, claim, list)
);

-- One-time codes: the newest per claim and browser, and how many were sent. Kept an hour.
-- Nothing here says who: the claim is a keyed index.
CREATE TABLE challenge (
    bucket    smallint NOT NULL,
    claim     bytea    NOT NULL, -- keyed index of the claim (purpose person)
    browser   bytea    NOT NULL, -- hash of the browser's cookie
    code_key  integer NOT NULL,
    code      bytea    NOT NULL, -- keyed: the code itself is not stored
    sent_at   bigint NOT NULL,
    tries     integer NOT NULL DEFAULT 0,
    sends     integer NOT NULL DEFAULT 1, -- in the window that began at since
    since     bigint NOT NULL,
    answer    text    NOT NULL DEFAULT '', -- hex session id once proven: a repeat gives the same answer
    PRIMARY KEY (bucket, claim, browser)
);

-- Codes sent to a phone under whatever name: the limit that protects its owner. Kept an hour.
CREATE TABLE phone_code (
    bucket  smallint NOT NULL, -- of the phone
    phone   bytea    NOT NULL, -- keyed index
    since   bigint NOT NULL,
    sends   integer NOT NULL, -- in the window that began at since
    sent_at bigint NOT NULL,
    PRIMARY KEY (bucket, phone)
);

-- The one live proven session of a person in a campaign; every booking step checks it.
CREATE TABLE person_session (
    person_id  text    NOT NULL,
    bucket     smallint NOT NULL,
    campaign   text    NOT NULL,
    session_id bytea    NOT NULL,
    ticket_id  bytea    NOT NULL, -- the admission every reservation refers to
    expires_at bigint NOT NULL,
    draft      text    NOT NULL DEFAULT '{}', -- what was chosen so far
    actor      text    NOT NULL DEFAULT '', -- who acts for the person: an agent, a guardian; '' for the person
    PRIMARY KEY (person_id, bucket, campaign)
);

-- One row a reservation and dose; until it is confirmed, of the first dose alone.
CREATE TABLE reservation (
    person_id  text    NOT NULL,
    bucket     smallint NOT NULL, -- of the person
    disease    text    NOT NULL,
    dose       integer NOT NULL,
    hold_id    text    NOT NULL,
    number     text    NOT NULL, -- the reservation number, the same for both doses
    campaign   text    NOT NULL,
    ticket_id  bytea    NOT NULL, -- the admission it came from
    clinic_id  text    NOT NULL,
    start      bigint NOT NULL, -- unix seconds
    state      text    NOT NULL, -- pending, booked, expired, released, cancelled, moving, moved, overtaken, used, missed
    freed      boolean NOT NULL DEFAULT false, -- 1 once the clinic's places were given back
    expires_at bigint NOT NULL,
    due        bigint NOT NULL DEFAULT 0, -- from when on the sweeper looks at it, unix seconds; 0: nothing is to be done
    extends    integer NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    PRIMARY KEY (person_id, bucket, disease, dose, hold_id),
    CHECK ((due > 0) = (state NOT IN ('booked', 'used', 'missed') AND NOT freed))
);
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
    person_id text    NOT NULL,
    bucket    smallint NOT NULL, -- of the person
    number    text    NOT NULL, -- the reservation number
    kind      text    NOT NULL, -- agent, guardian
    how       text    NOT NULL, -- how the agent was satisfied, or the guardian's relation
    actor     text    NOT NULL, -- random id of the member of staff or of the guardian
    booked_at bigint NOT NULL,
    taken_at  bigint NOT NULL, -- when the person took it over; 0: not yet
    PRIMARY KEY (person_id, bucket, number)
);

-- For whom somebody may book in a campaign, and what they agreed to.
CREATE TABLE guardianship (
    guardian_id text    NOT NULL,
    bucket      smallint NOT NULL, -- of the guardian
    campaign    text    NOT NULL,
    subject_id  text    NOT NULL,
    relation    text    NOT NULL,
    own_phone   boolean NOT NULL, -- the subject is reached at the guardian's phone
    consent     bytea   NOT NULL, -- SHA-256 of the text that was agreed to
    agreed_at   bigint NOT NULL,
    PRIMARY KEY (guardian_id, bucket, campaign, subject_id)
);

-- What a clinic lays down about its hours and capacity, over what the list says (rule K22). One row a clinic that has done so.
CREATE TABLE clinic_hours (
    bucket     smallint NOT NULL, -- of the clinic
    clinic_id  text NOT NULL,
    version    bigint NOT NULL, -- grows with each change
    schedule   text NOT NULL, -- JSON
    changed_at bigint NOT NULL,
    PRIMARY KEY (bucket, clinic_id)
);
-- A nation has some 13,000 rows that change now and then: nodes read what changed lately.
CREATE INDEX clinic_hours_changed ON clinic_hours (changed_at);

-- What happened to one booked dose on its day: arrived, given or missed.
CREATE TABLE attendance (
    person_id  text NOT NULL,
    bucket     smallint NOT NULL, -- of the person
    hold_id    text NOT NULL,
    dose       integer NOT NULL,
    clinic_id  text NOT NULL,
    arrived_at bigint NOT NULL, -- 0: not yet
    given_at   bigint NOT NULL, -- 0: not given
    missed_at  bigint NOT NULL, -- 0: not missed
    watch      integer NOT NULL, -- minutes of observation after the dose
    vaccine    text NOT NULL,
    lot        text NOT NULL,
    site       text NOT NULL,
    staff_id   text NOT NULL, -- who gave the dose
    campaign   text NOT NULL,
    recorded   boolean NOT NULL, -- the dose is in the immunisation record
    PRIMARY KEY (person_id, bucket, hold_id, dose)
);
CREATE INDEX attendance_unrecorded ON attendance (given_at) WHERE given_at > 0 AND NOT recorded;

-- A change of a clinic's hours that concerns people: what is to be done for them, until it is done.
CREATE TABLE clinic_closing (
    bucket    smallint NOT NULL, -- of the clinic
    clinic_id text NOT NULL,
    id        text NOT NULL, -- random
    begun_at  bigint NOT NULL,
    staff_id  text NOT NULL,
    remedy    text NOT NULL, -- move, tell
    why       text NOT NULL, -- names the text
    done      boolean NOT NULL,
    PRIMARY KEY (bucket, clinic_id, id)
);
CREATE INDEX clinic_closing_open ON clinic_closing (begun_at) WHERE NOT done;

-- One row a dose that a closing concerns: the receipt.
CREATE TABLE clinic_concern (
    bucket    smallint NOT NULL, -- of the clinic
    closing   text NOT NULL,
    hold_id   text NOT NULL, -- the place that the clinic closed
    dose      integer NOT NULL,
    person_id text NOT NULL,
    number    text NOT NULL,
    before    bigint NOT NULL,
    after     bigint NOT NULL, -- 0: no other time
    outcome   text NOT NULL, -- planned, moved, told, by_hand, gone
    PRIMARY KEY (bucket, closing, hold_id, dose)
);
-- Who comes on a day: for reminders.
CREATE INDEX reservation_start ON reservation (start) WHERE state = 'booked';

-- One row a clinic and time that somebody has taken: the count, and its bound.
CREATE TABLE slot (
    bucket    smallint NOT NULL, -- of the clinic
    clinic_id text    NOT NULL,
    start     bigint NOT NULL,
    capacity  integer NOT NULL,
    taken     integer NOT NULL,
    PRIMARY KEY (bucket, clinic_id, start),
    CHECK (taken BETWEEN 0 AND capacity)
);

-- A quota's part of one clinic bucket: what was handed out to it and what of that is used.
CREATE TABLE quota_shard (
    bucket   smallint NOT NULL, -- of clinics
    quota    text NOT NULL, -- the campaign, or campaign/window
    granted  bigint NOT NULL, -- all that was ever handed out to it
    returned bigint NOT NULL, -- all that it ever gave back unused
    taken    bigint NOT NULL, -- rows of quota_use
    PRIMARY KEY (bucket, quota),
    CHECK (taken >= 0 AND returned >= 0 AND taken <= granted - returned)
);

-- One row a booking that counts for a quota, from its hold until it has ended.
CREATE TABLE quota_use (
    bucket  smallint NOT NULL, -- of the clinic
    number  text NOT NULL, -- the reservation number
    quota   text NOT NULL,
    hold_id text NOT NULL, -- the hold it came with
    PRIMARY KEY (bucket, number)
);

-- What was handed out of a quota, and to which bucket; the sum of granted - returned is at most the quota.
CREATE TABLE quota_pool (
    bucket   smallint NOT NULL, -- of the quota's name
    quota    text NOT NULL,
    shard    smallint NOT NULL, -- the clinic bucket
    granted  bigint NOT NULL,
    returned bigint NOT NULL, -- as far as known here
    PRIMARY KEY (bucket, quota, shard)
);

-- One row a place that is taken; taken in slot is their number.
CREATE TABLE hold (
    hold_id   text    NOT NULL,
    bucket    smallint NOT NULL, -- of the clinic
    dose      integer NOT NULL,
    clinic_id text    NOT NULL,
    start     bigint NOT NULL,
    PRIMARY KEY (hold_id, bucket, dose)
);

-- Idempotency: one key, one answer. Kept 48 hours.
CREATE TABLE answer (
    person_id text    NOT NULL,
    bucket    smallint NOT NULL, -- of the person
    key       text    NOT NULL,
    body      bytea    NOT NULL, -- hash of the act and its values
    hold_id   text    NOT NULL, -- what it led to
    at        bigint NOT NULL,
    PRIMARY KEY (person_id, bucket, key)
);
CREATE INDEX answer_age ON answer (at);

-- Messages to people, in the same transaction as what they tell. Codes are deleted after an hour.
CREATE TABLE outbox (
    id        text    NOT NULL,
    bucket    smallint NOT NULL,
    kind      text    NOT NULL, -- names the text
    lang      text    NOT NULL,
    phone     bytea    NOT NULL, -- keyed index, for the search
    recipient bytea    NOT NULL, -- sealed
    body      bytea    NOT NULL, -- sealed values of the text
    created_at bigint NOT NULL,
    urgent    boolean NOT NULL, -- somebody waits for it
    state     text    NOT NULL, -- queued, sent, delivered, failed, dropped, repeated
    provider  text    NOT NULL, -- who carries it, or tries next
    attempts  integer NOT NULL DEFAULT 0, -- with this provider
    due_at    bigint NOT NULL, -- from when on it may be taken to be sent; while it is being sent, when the lease ends
    holder    text    NOT NULL DEFAULT '', -- the node that sends it
    sent_at   bigint NOT NULL DEFAULT 0, -- its provider took it
    ended_at  bigint NOT NULL DEFAULT 0, -- it arrived, or was given up
    cause     text    NOT NULL DEFAULT '', -- what the provider says, a word
    PRIMARY KEY (id, bucket)
);
CREATE INDEX outbox_queued ON outbox (provider, urgent, due_at) WHERE state = 'queued';
CREATE INDEX outbox_failed ON outbox (created_at) WHERE state = 'failed';
CREATE INDEX outbox_code ON outbox (created_at) WHERE kind = 'code';
CREATE INDEX outbox_phone ON outbox (phone, created_at);

-- How far ahead of the clock the sending is, for each provider: its bound a second.
CREATE TABLE message_pace (
    provider text NOT NULL PRIMARY KEY,
    next     bigint NOT NULL -- unix milliseconds: when the next one may be sent
);

-- The regions and clinics as imported, one row a file; the row '' names the version that is whole.
CREATE TABLE static_file (
    name    text  NOT NULL PRIMARY KEY,
    content bytea NOT NULL
);

-- What a key of this data makes of a fixed word: a node with other keys is refused.
CREATE TABLE key_check (
    name text NOT NULL PRIMARY KEY, -- gate, person-1, ...
    sum  bytea NOT NULL
);

-- Wrong tries of the look-up, per claim and browser: the limit of guesses. Kept an hour.
CREATE TABLE lookup_try (
    bucket smallint NOT NULL,
    claim  bytea    NOT NULL,
    browser bytea   NOT NULL, -- hash of the browser's cookie
    since  bigint NOT NULL,
    tries  integer NOT NULL,
    PRIMARY KEY (bucket, claim, browser)
);

-- +goose Down
DROP TABLE clinic_concern;
DROP TABLE clinic_closing;
DROP TABLE attendance;
DROP TABLE clinic_hours;
DROP TABLE proof_attempt;
DROP TABLE person_stable;
DROP TABLE lookup_try;
DROP TABLE key_check;
DROP TABLE static_file;
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
