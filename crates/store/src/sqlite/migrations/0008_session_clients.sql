-- Clients that want to hear of a session's end. due_at is set in the change that ends the session, and moves on with each
-- attempt to tell them.
CREATE TABLE session_clients (
    session BLOB NOT NULL,
    client_id TEXT NOT NULL,
    realm TEXT NOT NULL,
    issuer TEXT NOT NULL,
    user TEXT NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_clients_due ON session_clients (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX session_clients_by_expiry ON session_clients (expires_at) WHERE due_at IS NULL;
CREATE INDEX session_clients_by_user ON session_clients (realm, user);
