-- How many requests were refused in each hour, by where and why: a few rows an hour, which every server adds to.
CREATE TABLE refusals (
    realm TEXT NOT NULL,
    hour INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    error TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (realm, hour, endpoint, error)
) STRICT, WITHOUT ROWID;
CREATE INDEX refusals_by_time ON refusals (hour);
