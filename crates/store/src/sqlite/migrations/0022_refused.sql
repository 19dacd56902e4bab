-- Requests of known applications that were refused, for their developers to read: a ring for each.
CREATE TABLE refused (
    realm TEXT NOT NULL,
    client_id TEXT NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    request TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    error TEXT NOT NULL,
    says TEXT NOT NULL,
    cause TEXT NOT NULL,
    expected TEXT,
    got TEXT,
    more INTEGER NOT NULL,
    PRIMARY KEY (realm, client_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refused_by_time ON refused (at);
