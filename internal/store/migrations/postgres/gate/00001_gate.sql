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
    notice       text    NOT NULL             -- id of a static notice
);

-- The next late number, apart from the line so that those who come late wait only for each other.
CREATE TABLE late (
    campaign text    NOT NULL PRIMARY KEY,
    next     bigint NOT NULL
);

-- The sessions of a line. The leader counts them at each of its steps; between two steps only what is
-- opened is added, so the count is never too low and the cap holds.
CREATE TABLE seats (
    campaign text    NOT NULL PRIMARY KEY,
    live     integer NOT NULL,
    unproven integer NOT NULL, -- of the live
    turns    integer NOT NULL  -- called and here, no seat yet
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
    PRIMARY KEY (bucket, campaign, claim)
);

-- One row a ticket whose turn came and who entered.
CREATE TABLE admission (
    bucket             smallint NOT NULL, -- of the ticket's id
    campaign           text    NOT NULL,
    ticket_id          bytea    NOT NULL,
    place              bigint NOT NULL,
    state              text    NOT NULL, -- turn (no seat yet), live, lapsed, done
    turn_at            bigint NOT NULL, -- when the turn was recorded
    session_id         bytea    NOT NULL, -- the one live session
    proven             boolean NOT NULL,
    proven_at          bigint NOT NULL,
    person_id          text    NOT NULL, -- random id of the person who proved
    browser            bytea    NOT NULL, -- hash of the proven browser's cookie
    expires_at         bigint NOT NULL,
    challenger_id      bytea    NOT NULL, -- an unproven session beside a proven one: may prove, takes no seat
    challenger_expires bigint NOT NULL,
    entries            integer NOT NULL, -- sessions opened so far
    PRIMARY KEY (bucket, campaign, ticket_id)
);
CREATE INDEX admission_place ON admission (campaign, place) WHERE place >= 0; -- partial: no lookup by key may take it
CREATE INDEX admission_turn ON admission (campaign, turn_at) WHERE state = 'turn';
CREATE INDEX admission_live ON admission (campaign, expires_at, proven) WHERE state = 'live';

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
DROP TABLE admitted;
DROP TABLE admission;
DROP TABLE ticket;
DROP TABLE seats;
DROP TABLE late;
DROP TABLE line;
DROP TABLE campaign;
