-- The bits of the status lists as some process found them out, at a point of the log of changes: the next one goes on from there.
CREATE TABLE kept_status (
    one integer PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL
);
