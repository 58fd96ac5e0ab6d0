-- +goose Up
-- The other indexes stay as they are, for nodes that do not know changes yet.
CREATE INDEX reservation_moving ON reservation (expires_at) WHERE state = 'moving';
CREATE INDEX reservation_moved ON reservation (expires_at) WHERE NOT freed AND state IN ('moved', 'overtaken');

-- +goose Down
DROP INDEX reservation_moved;
DROP INDEX reservation_moving;
