-- What tenants decided about applications that are not the platform's own, or are asked to decide.
CREATE TABLE tenant_apps (
    realm TEXT NOT NULL,
    tenant TEXT NOT NULL,
    client_id TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (realm, tenant, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_apps_by_state ON tenant_apps (realm, state, tenant, client_id);
CREATE INDEX tenant_apps_by_client ON tenant_apps (realm, client_id);
