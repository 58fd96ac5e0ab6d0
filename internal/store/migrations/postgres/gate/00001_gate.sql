-- +goose Up
-- One row a published campaign: the file as it was published, and what the draw needs.
CREATE TABLE campaign (
    campaign      text    NOT NULL PRIMARY KEY, -- the campaign's id
    yaml          bytea    NOT NULL,             -- the file, byte for byte
    sha256        bytea    NOT NULL,             -- of the file
    commitment    bytea    NOT NULL,             -- SHA-256 of the secret, published with the campaign
    secret        bytea    NOT NULL,             -- sealed until the reveal
    beacon        text    NOT NULL,             -- name of the public beacon
    beacon_round  bigint NOT NULL,             -- the round named beforehand
    published_at  bigint NOT NULL
);

-- The own key of a private campaign, sealed: only it leads from a claim to a ticket. Destroyed when the campaign ends.
CREATE TABLE campaign_key (
    campaign text NOT NULL PRIMARY KEY,
    key      bytea NOT NULL
);

-- What a public beacon said, brought by somebody once its round was due; taken once a campaign, never changed.
CREATE TABLE beacon_value (
    campaign text NOT NULL PRIMARY KEY,
    value    bytea NOT NULL,
    given_by text NOT NULL, -- who brought it, in their own word
    at       bigint NOT NULL
);

-- One row a campaign: the line as it stands. Joins read it inside their transaction.
CREATE TABLE line (
    campaign     text    NOT NULL PRIMARY KEY,
    epoch        integer NOT NULL,            -- tickets and keys of another epoch are not taken
    opens        bigint NOT NULL,            -- first opening, unix seconds; moves when postponed
    lobby_opens  bigint NOT NULL,
    lobby_closes bigint NOT NULL,
    closes       bigint NOT NULL,            -- last close
    phase        text    NOT NULL,            -- announced, lobby, closed, drawn, open, ended
    version      bigint NOT NULL,            -- of the row; only grows
    serving      bigint NOT NULL,            -- places below it may enter; only grows
    lobby_size   bigint NOT NULL,            -- L
    root         bytea,                        -- Merkle root of the roll
    signature    bytea,                        -- Ed25519 over root and L
    beacon_value bytea,                        -- what the beacon said
    seed         bytea,                        -- of the draw
    cap          integer NOT NULL,            -- live sessions at most
    rate         double precision    NOT NULL,            -- places served a second at most
    paused       boolean NOT NULL,
    notice       text    NOT NULL,            -- id of a static notice
    amended      integer NOT NULL DEFAULT 0 -- times the campaign's file was replaced
);

-- The next late number, apart from the line so that those who come late wait only for each other.
CREATE TABLE late (
    campaign text    NOT NULL PRIMARY KEY,
    next     bigint NOT NULL,
    alive    bigint NOT NULL DEFAULT 0, -- when the line was last seen to be led, unix seconds; 0: not yet
    shared   bigint NOT NULL DEFAULT 0, -- the number that all get who join until shared_until
    shared_until bigint NOT NULL DEFAULT 0 -- unix seconds; 0: nobody shares
);

-- The late numbers that many share, since they joined right after the store came back.
CREATE TABLE recovery (
    campaign text NOT NULL,
    number   bigint NOT NULL,
    since    bigint NOT NULL, -- it was found that the line is led again, unix seconds
    until    bigint NOT NULL,
    PRIMARY KEY (campaign, number)
);

-- One row a lane: its share, the numbers it gives out (the web has those of the draw and of late), and its
-- sessions. The leader counts them at each of its steps; between two steps only what is opened is added, so the
-- count is never too low and the cap holds.
CREATE TABLE lane (
    campaign text             NOT NULL,
    lane     text             NOT NULL, -- web, phone, assisted
    share    double precision NOT NULL, -- of seats and admissions; 0 for the web, which has the rest
    next     bigint           NOT NULL, -- number the next caller gets; 0 for the web
    serving  bigint           NOT NULL, -- numbers below it may enter; only grows; 0 for the web
    live     integer          NOT NULL,
    unproven integer          NOT NULL, -- of the live
    turns    integer          NOT NULL, -- called and here, no seat yet
    ended    bigint           NOT NULL, -- sessions that a booking or their holder ended, ever
    opened   bigint           NOT NULL, -- sessions that were opened, ever
    again    bigint           NOT NULL, -- of those, for tickets that had had one
    PRIMARY KEY (campaign, lane)
);

-- The number of a ticket in a lane other than the web.
CREATE TABLE lane_place (
    bucket    smallint NOT NULL, -- of the ticket's id
    campaign  text     NOT NULL,
    ticket_id bytea    NOT NULL,
    lane      text     NOT NULL,
    number    bigint   NOT NULL,
    joined_at bigint   NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id, lane)
);

-- How busy each node is; a row that is older than a few seconds says nothing.
CREATE TABLE node_load (
    node     text             NOT NULL PRIMARY KEY,
    pressure double precision NOT NULL, -- part of the last second's requests that had to wait for their turn
    at       bigint           NOT NULL
);

-- One row a claim and campaign: the ticket, for good.
CREATE TABLE ticket (
    bucket    smallint NOT NULL,
    campaign  text    NOT NULL,
    claim     bytea    NOT NULL, -- keyed index of the claim; nobody is named
    ticket_id bytea    NOT NULL, -- random, 16 bytes
    kind      integer NOT NULL, -- 1 lobby, 2 late
    number    bigint NOT NULL, -- late number, 0 in the lobby
    joined_at bigint NOT NULL,
    asked_at  bigint NOT NULL, -- when it was last joined: a known claim is answered after a write, like a new one
    PRIMARY KEY (bucket, campaign, claim)
);

-- One row a ticket whose turn came and who entered.
CREATE TABLE admission (
    bucket             smallint NOT NULL, -- of the ticket's id
    campaign           text    NOT NULL,
    ticket_id          bytea    NOT NULL,
    lane               text    NOT NULL, -- by which the last turn or session came
    place              bigint NOT NULL,
    state              text    NOT NULL, -- turn (no seat yet), live, lapsed, done
    turn_at            bigint NOT NULL, -- when the turn was recorded
    session_id         bytea    NOT NULL, -- the one live session
    proven             boolean NOT NULL,
    proven_at          bigint NOT NULL,
    started_at         bigint NOT NULL, -- when the holder first began to prove who they are; 0: not yet
    person_id          text    NOT NULL, -- random id of the person who proved
    browser            bytea    NOT NULL, -- hash of the proven browser's cookie
    expires_at         bigint NOT NULL,
    challenger_id      bytea    NOT NULL, -- an unproven session beside a proven one: may prove, takes no seat
    challenger_expires bigint NOT NULL,
    entries            integer NOT NULL, -- sessions opened so far
    PRIMARY KEY (bucket, campaign, ticket_id)
);
CREATE INDEX admission_place ON admission (campaign, lane, place) WHERE place >= 0; -- partial: no lookup by key may take it
CREATE INDEX admission_turn ON admission (campaign, lane, turn_at) WHERE state = 'turn';
CREATE INDEX admission_live ON admission (campaign, expires_at, lane, proven, started_at) WHERE state = 'live';

-- Every session that was opened, in order: the record from which a jump is found.
CREATE TABLE admitted (
    seq       bigint GENERATED ALWAYS AS IDENTITY,
    bucket    smallint NOT NULL, -- of the ticket's id
    campaign  text    NOT NULL,
    ticket_id bytea    NOT NULL,
    entry     integer NOT NULL, -- 1 for the first session of the ticket, 2 for the next, ...
    lane      text    NOT NULL,
    place     bigint NOT NULL,
    serving   bigint NOT NULL, -- the serving number at that moment
    at        bigint NOT NULL
);
CREATE INDEX admitted_ticket ON admitted (bucket, campaign, ticket_id);
CREATE INDEX admitted_seq ON admitted (campaign, seq);

-- Signed heads of the record: how far it went at a time, and what its lines led to. A later edit shows.
CREATE TABLE admitted_head (
    campaign  text NOT NULL,
    count     bigint NOT NULL, -- lines up to here
    seq       bigint NOT NULL, -- of the last of them
    head      bytea NOT NULL, -- of the chain over all lines
    at        bigint NOT NULL,
    signature bytea NOT NULL, -- by the key that signs the roll
    PRIMARY KEY (campaign, count)
);

-- How many reservations there are and how many reference no admission, signed; the newest count of a campaign.
CREATE TABLE admitted_booked (
    campaign     text NOT NULL PRIMARY KEY,
    reservations bigint NOT NULL,
    unadmitted   bigint NOT NULL,
    at           bigint NOT NULL,
    signature    bytea NOT NULL
);

-- What operators changed of a line while it was in force, in order.
CREATE TABLE steering (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign text   NOT NULL,
    at       bigint NOT NULL,
    by       text   NOT NULL, -- who did it, as far as is known
    what     text   NOT NULL, -- cap, rate, paused
    before   text   NOT NULL,
    after    text   NOT NULL
);

-- Who leads: moves phases and serving numbers, sweeps and sends. The fence grows with each new leader.
CREATE TABLE lease (
    name   text    NOT NULL PRIMARY KEY,
    holder text    NOT NULL,
    fence  bigint NOT NULL,
    ends   bigint NOT NULL -- unix milliseconds
);

-- How each node sees the providers that prove who somebody is; the leader reads all of them. Kept a minute.
CREATE TABLE provider_light (
    node     text   NOT NULL,
    provider text   NOT NULL,
    light    text   NOT NULL, -- smooth, slow, congested, down
    at       bigint NOT NULL, -- unix seconds
    PRIMARY KEY (node, provider)
);

-- A ticket whose owner proved before the opening: from which browser, and as whom.
CREATE TABLE early_proof (
    bucket    smallint NOT NULL, -- of the ticket's id
    campaign  text   NOT NULL,
    ticket_id bytea  NOT NULL,
    person_id text   NOT NULL,
    browser   bytea  NOT NULL, -- hash of the browser's cookie
    proven_at bigint NOT NULL,
    PRIMARY KEY (bucket, campaign, ticket_id)
);

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
