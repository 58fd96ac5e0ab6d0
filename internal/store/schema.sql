-- Made by go generate from the migrations; to read, not to run.

-- gate.db

CREATE TABLE admission (
    bucket             INTEGER NOT NULL, -- of the ticket's id
    campaign           TEXT    NOT NULL,
    ticket_id          BLOB    NOT NULL,
    lane               TEXT    NOT NULL, -- by which the last turn or session came
    place              INTEGER NOT NULL,
    state              TEXT    NOT NULL, -- turn (no seat yet), live, lapsed, done
    turn_at            INTEGER NOT NULL, -- when the turn was recorded
    session_id         BLOB    NOT NULL, -- the one live session
    proven             INTEGER NOT NULL,
    proven_at          INTEGER NOT NULL,
    started_at         INTEGER NOT NULL, -- when the holder first began to prove who they are; 0: not yet
    person_id          TEXT    NOT NULL, -- random id of the person who proved
    browser            BLOB    NOT NULL, -- hash of the proven browser's cookie
    expires_at         INTEGER NOT NULL,
    challenger_id      BLOB    NOT NULL, -- an unproven session beside a proven one: may prove, takes no seat
    challenger_expires INTEGER NOT NULL,
    entries            INTEGER NOT NULL, -- sessions opened so far
    PRIMARY KEY (bucket, campaign, ticket_id)
) STRICT;

CREATE INDEX admission_live ON admission (campaign, expires_at, lane, proven, started_at) WHERE state = 'live';

CREATE INDEX admission_place ON admission (campaign, lane, place) WHERE place >= 0;

CREATE INDEX admission_turn ON admission (campaign, lane, turn_at) WHERE state = 'turn';

CREATE TABLE admitted (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket    INTEGER NOT NULL, -- of the ticket's id
    campaign  TEXT    NOT NULL,
    ticket_id BLOB    NOT NULL,
    entry     INTEGER NOT NULL, -- 1 for the first session of the ticket, 2 for the next, ...
    lane      TEXT    NOT NULL,
    place     INTEGER NOT NULL,
    serving   INTEGER NOT NULL, -- the serving number at that moment
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX admitted_ticket ON admitted (bucket, campaign, ticket_id);

CREATE TABLE admitted_booked (
    campaign     TEXT NOT NULL PRIMARY KEY,
    reservations INTEGER NOT NULL,
    unadmitted   INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    signature    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE admitted_head (
    campaign  TEXT NOT NULL,
    count     INTEGER NOT NULL, -- lines up to here
    seq       INTEGER NOT NULL, -- of the last of them
    head      BLOB NOT NULL, -- of the chain over all lines
    at        INTEGER NOT NULL,
    signature BLOB NOT NULL, -- by the key that signs the roll
    PRIMARY KEY (campaign, count)
) STRICT, WITHOUT ROWID;

CREATE TABLE beacon_value (
    campaign TEXT NOT NULL PRIMARY KEY,
    value    BLOB NOT NULL,
    given_by TEXT NOT NULL, -- who brought it, in their own word
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign (
    campaign      TEXT    NOT NULL PRIMARY KEY, -- the campaign's id
    yaml          BLOB    NOT NULL,             -- the file, byte for byte
    sha256        BLOB    NOT NULL,             -- of the file
    commitment    BLOB    NOT NULL,             -- SHA-256 of the secret, published with the campaign
    secret        BLOB    NOT NULL,             -- sealed until the reveal
    beacon        TEXT    NOT NULL,             -- name of the public beacon
    beacon_round  INTEGER NOT NULL,             -- the round named beforehand
    published_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign_key (
    campaign TEXT NOT NULL PRIMARY KEY,
    key      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE early_proof (
    bucket    INTEGER NOT NULL, -- of the ticket's id
    campaign  TEXT    NOT NULL,
    ticket_id BLOB    NOT NULL,
    person_id TEXT    NOT NULL,
    browser   BLOB    NOT NULL, -- hash of the browser's cookie
    proven_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (
    campaign TEXT    NOT NULL,
    lane     TEXT    NOT NULL, -- web, phone, assisted
    share    REAL    NOT NULL, -- of seats and admissions; 0 for the web, which has the rest
    next     INTEGER NOT NULL, -- number the next caller gets; 0 for the web
    serving  INTEGER NOT NULL, -- numbers below it may enter; only grows; 0 for the web
    live     INTEGER NOT NULL,
    unproven INTEGER NOT NULL, -- of the live
    turns    INTEGER NOT NULL, -- called and here, no seat yet
    ended    INTEGER NOT NULL, -- sessions that a booking or their holder ended, ever
    opened   INTEGER NOT NULL, -- sessions that were opened, ever
    again    INTEGER NOT NULL, -- of those, for tickets that had had one
    PRIMARY KEY (campaign, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane_place (
    bucket    INTEGER NOT NULL, -- of the ticket's id
    campaign  TEXT    NOT NULL,
    ticket_id BLOB    NOT NULL,
    lane      TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE late (
    campaign TEXT    NOT NULL PRIMARY KEY,
    next     INTEGER NOT NULL,
    alive    INTEGER NOT NULL DEFAULT 0, -- when the line was last seen to be led, unix seconds; 0: not yet
    shared   INTEGER NOT NULL DEFAULT 0, -- the number that all get who join until shared_until
    shared_until INTEGER NOT NULL DEFAULT 0 -- unix seconds; 0: nobody shares
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    fence  INTEGER NOT NULL,
    ends   INTEGER NOT NULL -- unix milliseconds
) STRICT, WITHOUT ROWID;

CREATE TABLE line (
    campaign     TEXT    NOT NULL PRIMARY KEY,
    epoch        INTEGER NOT NULL,            -- tickets and keys of another epoch are not taken
    opens        INTEGER NOT NULL,            -- first opening, unix seconds; moves when postponed
    lobby_opens  INTEGER NOT NULL,
    lobby_closes INTEGER NOT NULL,
    closes       INTEGER NOT NULL,            -- last close
    phase        TEXT    NOT NULL,            -- announced, lobby, closed, drawn, open, ended
    version      INTEGER NOT NULL,            -- of the row; only grows
    serving      INTEGER NOT NULL,            -- places below it may enter; only grows
    lobby_size   INTEGER NOT NULL,            -- L
    root         BLOB,                        -- Merkle root of the roll
    signature    BLOB,                        -- Ed25519 over root and L
    beacon_value BLOB,                        -- what the beacon said
    seed         BLOB,                        -- of the draw
    cap          INTEGER NOT NULL,            -- live sessions at most
    rate         REAL    NOT NULL,            -- places served a second at most
    paused       INTEGER NOT NULL,
    notice       TEXT    NOT NULL,            -- id of a static notice
    amended      INTEGER NOT NULL DEFAULT 0 -- times the campaign's file was replaced
) STRICT, WITHOUT ROWID;

CREATE TABLE node_load (
    node     TEXT    NOT NULL PRIMARY KEY,
    pressure REAL    NOT NULL, -- part of the last second's requests that had to wait for their turn
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_light (
    node     TEXT    NOT NULL,
    provider TEXT    NOT NULL,
    light    TEXT    NOT NULL, -- smooth, slow, congested, down
    at       INTEGER NOT NULL, -- unix seconds
    PRIMARY KEY (node, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery (
    campaign TEXT NOT NULL,
    number   INTEGER NOT NULL,
    since    INTEGER NOT NULL, -- it was found that the line is led again, unix seconds
    until    INTEGER NOT NULL,
    PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE steering (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL, -- who did it, as far as is known
    what     TEXT    NOT NULL, -- cap, rate, paused
    before   TEXT    NOT NULL,
    after    TEXT    NOT NULL
) STRICT;

CREATE TABLE ticket (
    bucket    INTEGER NOT NULL,
    campaign  TEXT    NOT NULL,
    claim     BLOB    NOT NULL, -- keyed index of the claim; nobody is named
    ticket_id BLOB    NOT NULL, -- random, 16 bytes
    kind      INTEGER NOT NULL, -- 1 lobby, 2 late
    number    INTEGER NOT NULL, -- late number, 0 in the lobby
    joined_at INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL, -- when it was last joined: a known claim is answered after a write, like a new one
    PRIMARY KEY (bucket, campaign, claim)
) STRICT, WITHOUT ROWID;

-- booking.db

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

CREATE TABLE clinic_hours (
    bucket     INTEGER NOT NULL, -- of the clinic
    clinic_id  TEXT NOT NULL,
    version    INTEGER NOT NULL, -- grows with each change
    schedule   TEXT NOT NULL, -- JSON
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, clinic_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX clinic_hours_changed ON clinic_hours (changed_at);

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

CREATE TABLE hold (
    hold_id   TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the clinic
    dose      INTEGER NOT NULL,
    clinic_id TEXT    NOT NULL,
    start     INTEGER NOT NULL,
    PRIMARY KEY (hold_id, bucket, dose)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_check (
    name TEXT NOT NULL PRIMARY KEY, -- gate, person-1, ...
    sum  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE list_member (
    bucket INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    claim  BLOB    NOT NULL,
    list   TEXT    NOT NULL,
    PRIMARY KEY (bucket, key_id, claim, list)
) STRICT, WITHOUT ROWID;

CREATE TABLE lookup_try (
    bucket INTEGER NOT NULL,
    claim  BLOB    NOT NULL,
    browser BLOB   NOT NULL, -- hash of the browser's cookie
    since  INTEGER NOT NULL,
    tries  INTEGER NOT NULL,
    PRIMARY KEY (bucket, claim, browser)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_pace (
    provider TEXT NOT NULL PRIMARY KEY,
    next     INTEGER NOT NULL -- unix milliseconds: when the next one may be sent
) STRICT, WITHOUT ROWID;

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

CREATE INDEX outbox_code ON outbox (created_at) WHERE kind = 'code';

CREATE INDEX outbox_failed ON outbox (created_at) WHERE state = 'failed';

CREATE INDEX outbox_phone ON outbox (phone, created_at);

CREATE INDEX outbox_queued ON outbox (provider, urgent, due_at) WHERE state = 'queued';

CREATE TABLE person (
    person_id  TEXT    NOT NULL, -- random
    bucket     INTEGER NOT NULL,
    name       BLOB    NOT NULL, -- sealed
    born       BLOB    NOT NULL, -- sealed
    mobile     BLOB    NOT NULL, -- sealed
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, bucket)
) STRICT;

CREATE TABLE person_lookup (
    bucket    INTEGER NOT NULL,
    key_id    INTEGER NOT NULL,
    claim     BLOB    NOT NULL, -- keyed index
    person_id TEXT    NOT NULL,
    stable    INTEGER NOT NULL, -- a provider has named the human: the person has an identifier that stays
    PRIMARY KEY (bucket, key_id, claim)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE person_stable (
    bucket    INTEGER NOT NULL,
    key_id    INTEGER NOT NULL,
    stable    BLOB    NOT NULL, -- keyed index of the identifier
    person_id TEXT    NOT NULL,
    PRIMARY KEY (bucket, key_id, stable)
) STRICT, WITHOUT ROWID;

CREATE TABLE phone_code (
    bucket  INTEGER NOT NULL, -- of the phone
    phone   BLOB    NOT NULL, -- keyed index
    since   INTEGER NOT NULL,
    sends   INTEGER NOT NULL, -- in the window that began at since
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, phone)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE quota_pool (
    bucket   INTEGER NOT NULL, -- of the quota's name
    quota    TEXT NOT NULL,
    shard    INTEGER NOT NULL, -- the clinic bucket
    granted  INTEGER NOT NULL,
    returned INTEGER NOT NULL, -- as far as known here
    PRIMARY KEY (bucket, quota, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE quota_shard (
    bucket   INTEGER NOT NULL, -- of clinics
    quota    TEXT NOT NULL, -- the campaign, or campaign/window
    granted  INTEGER NOT NULL, -- all that was ever handed out to it
    returned INTEGER NOT NULL, -- all that it ever gave back unused
    taken    INTEGER NOT NULL, -- rows of quota_use
    PRIMARY KEY (bucket, quota),
    CHECK (taken >= 0 AND returned >= 0 AND taken <= granted - returned)
) STRICT, WITHOUT ROWID;

CREATE TABLE quota_use (
    bucket  INTEGER NOT NULL, -- of the clinic
    number  TEXT NOT NULL, -- the reservation number
    quota   TEXT NOT NULL,
    hold_id TEXT NOT NULL, -- the hold it came with
    PRIMARY KEY (bucket, number)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX reservation_clinic ON reservation (clinic_id, start) WHERE state IN ('booked', 'used', 'missed');

CREATE INDEX reservation_due ON reservation (due) WHERE due > 0;

CREATE UNIQUE INDEX reservation_live ON reservation (person_id, bucket, disease, dose)
    WHERE state IN ('pending', 'booked');

CREATE INDEX reservation_number ON reservation (number) WHERE dose = 1 AND state IN ('booked', 'cancelled');

CREATE INDEX reservation_start ON reservation (start) WHERE state = 'booked';

CREATE TABLE slot (
    bucket    INTEGER NOT NULL, -- of the clinic
    clinic_id TEXT    NOT NULL,
    start     INTEGER NOT NULL,
    capacity  INTEGER NOT NULL,
    taken     INTEGER NOT NULL,
    PRIMARY KEY (bucket, clinic_id, start),
    CHECK (taken BETWEEN 0 AND capacity)
) STRICT, WITHOUT ROWID;

-- staff.db

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

CREATE INDEX audit_at ON audit_entry (at);

CREATE INDEX audit_person ON audit_entry (person, at) WHERE person <> '';

CREATE INDEX audit_staff ON audit_entry (staff_id, at);

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

CREATE TABLE incident (
    incident_id TEXT NOT NULL PRIMARY KEY,
    body        BLOB NOT NULL, -- JSON; nothing in it is secret
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_account (
    staff_id   TEXT    NOT NULL PRIMARY KEY, -- random
    name       BLOB    NOT NULL, -- sealed
    grants     TEXT    NOT NULL, -- JSON: roles and where they hold
    barred     INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_expected (
    address    BLOB   NOT NULL PRIMARY KEY, -- keyed hash of issuer and address
    staff_id   TEXT   NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_identity (
    subject  BLOB   NOT NULL PRIMARY KEY, -- keyed hash of issuer and subject
    staff_id TEXT   NOT NULL,
    bound_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_identity_of ON staff_identity (staff_id);

CREATE TABLE staff_link (
    token      BLOB    NOT NULL PRIMARY KEY, -- hash of what the link carries
    staff_id   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_passkey (
    credential BLOB   NOT NULL PRIMARY KEY, -- the authenticator's id of it
    staff_id   TEXT   NOT NULL,
    data       BLOB   NOT NULL, -- JSON: public key, flags, sign counter
    made_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);

CREATE TABLE staff_pin (
    staff_id TEXT   NOT NULL PRIMARY KEY,
    hash     TEXT   NOT NULL, -- argon2id with its salt and cost
    set_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_question (
    token      BLOB   NOT NULL PRIMARY KEY, -- hash of what travels
    kind       TEXT   NOT NULL,
    browser    BLOB   NOT NULL, -- hash of its cookie
    staff_id   TEXT   NOT NULL, -- who asked, "" before anybody is known
    data       BLOB   NOT NULL, -- sealed
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_search (
    staff_id TEXT    NOT NULL PRIMARY KEY,
    since    INTEGER NOT NULL, -- when the count began
    searches INTEGER NOT NULL
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

CREATE INDEX staff_session_at ON staff_session (browser);

CREATE INDEX staff_session_of ON staff_session (staff_id);

CREATE TABLE staff_try (
    who   BLOB   NOT NULL PRIMARY KEY, -- keyed hash of what is tried and by whom
    tries INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- record.db

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

CREATE INDEX credential_waiting ON credential (intended_at) WHERE format = 'pass' AND state = 'intended';

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

CREATE TABLE record_entry (
    person_id TEXT    NOT NULL,
    bucket    INTEGER NOT NULL, -- of the person
    seq       INTEGER NOT NULL, -- from 1, without gaps
    entry_id  TEXT    NOT NULL, -- made of the key of the request, in hex
    at        INTEGER NOT NULL,
    body      BLOB    NOT NULL, -- sealed
    PRIMARY KEY (person_id, bucket, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE record_load (
    source     TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the file, in hex
    lines      INTEGER NOT NULL, -- of the file, which are done
    added      INTEGER NOT NULL,
    known      INTEGER NOT NULL, -- were there already
    rejected   INTEGER NOT NULL,
    aside      INTEGER NOT NULL, -- bytes of the file of rejected lines
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation (
    version    INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL, -- id, card, key, pass
    value      TEXT    NOT NULL, -- SHA-256 of the UVCI in hex; kid/rid; kid; id of a pass in hex
    reason     TEXT    NOT NULL, -- corrected, batch, key, asked, loads
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_set (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    body         BLOB NOT NULL, -- JSON, as scanners get it
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scan_bundle (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    body         BLOB NOT NULL, -- the file
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trust_list (
    version      INTEGER NOT NULL PRIMARY KEY, -- counts up by one
    revoked      INTEGER NOT NULL, -- version of the newest revocation in it
    body         BLOB    NOT NULL, -- JWS: everything
    delta        BLOB    NOT NULL, -- JWS: what was revoked since the list before
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- visit.db

CREATE TABLE facility (
    bucket         INTEGER NOT NULL, -- of the facility
    facility_id    TEXT    NOT NULL, -- random
    name           TEXT    NOT NULL,
    business       TEXT    NOT NULL, -- number in the business register
    representative BLOB    NOT NULL, -- sealed
    made_at        INTEGER NOT NULL,
    PRIMARY KEY (bucket, facility_id)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE facility_number (
    bucket      INTEGER NOT NULL, -- of the number
    number      TEXT    NOT NULL, -- digits with the country's
    facility_id TEXT    NOT NULL,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE facility_pairing (
    bucket      INTEGER NOT NULL, -- of the code
    code        BLOB    NOT NULL, -- keyed hash
    facility_id TEXT    NOT NULL,
    device_id   TEXT    NOT NULL, -- which the code makes, or pairs again
    name        TEXT    NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (bucket, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE facility_paper (
    bucket       INTEGER NOT NULL, -- of the facility
    facility_id  TEXT    NOT NULL,
    day          INTEGER NOT NULL, -- 20211213
    printed_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL, -- 0: not used
    destroyed_at INTEGER NOT NULL, -- 0: not yet
    PRIMARY KEY (bucket, facility_id, day)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE visit_key (
    custodian TEXT    NOT NULL, -- outer or inner
    day       INTEGER NOT NULL, -- 20211213
    public    BLOB    NOT NULL,
    PRIMARY KEY (custodian, day)
) STRICT, WITHOUT ROWID;
