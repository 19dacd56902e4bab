-- Requests of known applications that were refused, for their developers to read: a ring for each.
CREATE TABLE refused (
    realm text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    at bigint NOT NULL,
    request text NOT NULL,
    endpoint text NOT NULL,
    error text NOT NULL,
    says text NOT NULL,
    cause text NOT NULL,
    expected text,
    got text,
    more bigint NOT NULL,
    PRIMARY KEY (realm, client_id, id)
);
CREATE INDEX refused_time ON refused (at);
