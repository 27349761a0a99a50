-- Spend without a tag, by provider.
--
-- :key      TEXT  tag key
-- :from     TEXT  first day
-- :to       TEXT  day behind the last
-- :filter   TEXT  lines of DIM=VALUE
-- :cost     TEXT  billed, effective, list or contracted
-- :basis    TEXT  charge or billing
--
-- provider TEXT
-- currency TEXT
-- cost     MONEY  of all rows
-- untagged MONEY  of the rows without the tag
-- share    RATIO
WITH r AS MATERIALIZED (
    SELECT key1 AS provider, key2 AS value, currency, cost
    FROM rollup('provider,tag:' || :key, :from, :to, :filter, :cost, :basis)
)
SELECT provider, currency, money_sum(cost) AS cost,
       coalesce(money_sum(CASE WHEN value = '(untagged)' THEN cost END), '0') AS untagged,
       money_ratio(coalesce(money_sum(CASE WHEN value = '(untagged)' THEN cost END), '0'),
                   money_sum(cost)) AS share
FROM r
GROUP BY provider, currency
ORDER BY money_sum(cost) COLLATE MONEY DESC, provider;
