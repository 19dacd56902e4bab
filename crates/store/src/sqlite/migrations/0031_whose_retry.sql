-- What the request that made a family's generation had proved; most proved nothing.
ALTER TABLE families ADD COLUMN rotated_for BLOB;
-- What whoever asked could do. The keys of rows from before had it in them, so that nobody finds those any more.
DELETE FROM idempotency;
ALTER TABLE idempotency ADD COLUMN rights BLOB NOT NULL DEFAULT x'';
