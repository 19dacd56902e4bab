-- The bits of the status lists as some process found them out, at a point of the log of changes: the next one goes on from there.
CREATE TABLE kept_status (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
