-- Who the people of other providers are here. key is SHA-256 of issuer and subject.
CREATE TABLE upstream_links (
    realm text NOT NULL,
    key bytea NOT NULL,
    user_id text NOT NULL,
    made_at bigint NOT NULL,
    PRIMARY KEY (realm, key)
);
CREATE INDEX upstream_links_user ON upstream_links (realm, user_id);
