-- Values that were used and are forgotten within minutes, in the order in which they came: each lands beside the one before,
-- where in a table ordered by their hashes each would have a page of its own to write. Who asks whether one was used looks in
-- memory. Numbers are never given twice, so what another process added is what has a higher one.
CREATE TABLE seen_lately (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX seen_lately_by_expiry ON seen_lately (expires_at);
