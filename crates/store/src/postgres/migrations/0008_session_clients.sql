-- Clients that want to hear of a session's end. due_at is set in the change that ends the session, and moves on with each
-- attempt to tell them.
CREATE TABLE session_clients (
    session_id uuid NOT NULL,
    client_id text NOT NULL,
    realm text NOT NULL,
    issuer text NOT NULL,
    user_id text NOT NULL,
    due_at bigint,
    tries bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX session_clients_due ON session_clients (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX session_clients_end ON session_clients (expires_at) WHERE due_at IS NULL;
CREATE INDEX session_clients_user ON session_clients (realm, user_id);
