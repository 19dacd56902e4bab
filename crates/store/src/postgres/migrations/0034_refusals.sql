-- How many requests were refused in each hour, by where and why: a few rows an hour, which every server adds to.
CREATE TABLE refusals (
    realm text COLLATE "C" NOT NULL,
    hour bigint NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    error text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (realm, hour, endpoint, error)
);
CREATE INDEX refusals_time ON refusals (hour);
