-- +goose Up
-- Tables whose rows are wide keep them in the order in which they came (rowid): their keys stay narrow.
-- One row a published campaign: the file as it was published, and what the draw needs.
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

-- The own key of a private campaign, sealed: only it leads from a claim to a ticket. Destroyed when the campaign ends.
CREATE TABLE campaign_key (
    campaign TEXT NOT NULL PRIMARY KEY,
    key      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a public beacon said, brought by somebody once its round was due; taken once a campaign, never changed.
CREATE TABLE beacon_value (
    campaign TEXT NOT NULL PRIMARY KEY,
    value    BLOB NOT NULL,
    given_by TEXT NOT NULL, -- who brought it, in their own word
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a campaign: the line as it stands. Joins read it inside their transaction.
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

-- The next late number, apart from the line so that those who come late wait only for each other.
CREATE TABLE late (
    campaign TEXT    NOT NULL PRIMARY KEY,
    next     INTEGER NOT NULL,
    alive    INTEGER NOT NULL DEFAULT 0, -- when the line was last seen to be led, unix seconds; 0: not yet
    shared   INTEGER NOT NULL DEFAULT 0, -- the number that all get who join until shared_until
    shared_until INTEGER NOT NULL DEFAULT 0 -- unix seconds; 0: nobody shares
) STRICT, WITHOUT ROWID;

-- The late numbers that many share, since they joined right after the store came back.
CREATE TABLE recovery (
    campaign TEXT NOT NULL,
    number   INTEGER NOT NULL,
    since    INTEGER NOT NULL, -- it was found that the line is led again, unix seconds
    until    INTEGER NOT NULL,
    PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;

-- One row a lane: its share, the numbers it gives out (the web has those of the draw and of late), and its
-- sessions. The leader counts them at each of its steps; between two steps only what is opened is added, so the
-- count is never too low and the cap holds.
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

-- The number of a ticket in a lane other than the web.
CREATE TABLE lane_place (
    bucket    INTEGER NOT NULL, -- of the ticket's id
    campaign  TEXT    NOT NULL,
    ticket_id BLOB    NOT NULL,
    lane      TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id, lane)
) STRICT, WITHOUT ROWID;

-- How busy each node is; a row that is older than a few seconds says nothing.
CREATE TABLE node_load (
    node     TEXT    NOT NULL PRIMARY KEY,
    pressure REAL    NOT NULL, -- part of the last second's requests that had to wait for their turn
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a claim and campaign: the ticket, for good.
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

-- One row a ticket whose turn came and who entered.
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
CREATE INDEX admission_place ON admission (campaign, lane, place) WHERE place >= 0; -- partial: no lookup by key may take it
CREATE INDEX admission_turn ON admission (campaign, lane, turn_at) WHERE state = 'turn';
CREATE INDEX admission_live ON admission (campaign, expires_at, lane, proven, started_at) WHERE state = 'live';

-- Every session that was opened, in order: the record from which a jump is found.
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

-- What operators changed of a line while it was in force, in order.
CREATE TABLE steering (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL, -- who did it, as far as is known
    what     TEXT    NOT NULL, -- cap, rate, paused
    before   TEXT    NOT NULL,
    after    TEXT    NOT NULL
) STRICT;

-- Signed heads of the record: how far it went at a time, and what its lines led to. A later edit shows.
CREATE TABLE admitted_head (
    campaign  TEXT NOT NULL,
    count     INTEGER NOT NULL, -- lines up to here
    seq       INTEGER NOT NULL, -- of the last of them
    head      BLOB NOT NULL, -- of the chain over all lines
    at        INTEGER NOT NULL,
    signature BLOB NOT NULL, -- by the key that signs the roll
    PRIMARY KEY (campaign, count)
) STRICT, WITHOUT ROWID;

-- How many reservations there are and how many reference no admission, signed; the newest count of a campaign.
CREATE TABLE admitted_booked (
    campaign     TEXT NOT NULL PRIMARY KEY,
    reservations INTEGER NOT NULL,
    unadmitted   INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    signature    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who leads: moves phases and serving numbers, sweeps and sends. The fence grows with each new leader.
CREATE TABLE lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    fence  INTEGER NOT NULL,
    ends   INTEGER NOT NULL -- unix milliseconds
) STRICT, WITHOUT ROWID;

-- How each node sees the providers that prove who somebody is; the leader reads all of them. Kept a minute.
CREATE TABLE provider_light (
    node     TEXT    NOT NULL,
    provider TEXT    NOT NULL,
    light    TEXT    NOT NULL, -- smooth, slow, congested, down
    at       INTEGER NOT NULL, -- unix seconds
    PRIMARY KEY (node, provider)
) STRICT, WITHOUT ROWID;

-- A ticket whose owner proved before the opening: from which browser, and as whom.
CREATE TABLE early_proof (
    bucket    INTEGER NOT NULL, -- of the ticket's id
    campaign  TEXT    NOT NULL,
    ticket_id BLOB    NOT NULL,
    person_id TEXT    NOT NULL,
    browser   BLOB    NOT NULL, -- hash of the browser's cookie
    proven_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE early_proof;
DROP TABLE provider_light;
DROP TABLE lease;
DROP TABLE steering;
DROP TABLE admitted_booked;
DROP TABLE admitted_head;
DROP TABLE admitted;
DROP TABLE admission;
DROP TABLE ticket;
DROP TABLE node_load;
DROP TABLE lane_place;
DROP TABLE lane;
DROP TABLE recovery;
DROP TABLE late;
DROP TABLE line;
DROP TABLE beacon_value;
DROP TABLE campaign_key;
DROP TABLE campaign;
