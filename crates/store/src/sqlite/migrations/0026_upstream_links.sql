-- Who the people of other providers are here. key is SHA-256 of issuer and subject.
CREATE TABLE upstream_links (
    realm TEXT NOT NULL,
    key BLOB NOT NULL,
    user TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (realm, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX upstream_links_by_user ON upstream_links (realm, user);
