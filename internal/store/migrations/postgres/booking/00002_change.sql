-- +goose Up
-- A dose that was changed has several rows of one number; one of them is the dose's.
DROP INDEX reservation_number;
CREATE UNIQUE INDEX reservation_number ON reservation (bucket, number, dose) WHERE state IN ('pending', 'booked', 'cancelled');
-- The other indexes stay as they are, for nodes that do not know changes yet.
CREATE INDEX reservation_moving ON reservation (expires_at) WHERE state = 'moving';
CREATE INDEX reservation_moved ON reservation (expires_at) WHERE NOT freed AND state IN ('moved', 'overtaken');

-- +goose Down
DROP INDEX reservation_moved;
DROP INDEX reservation_moving;
DROP INDEX reservation_number;
CREATE UNIQUE INDEX reservation_number ON reservation (bucket, number, dose);
