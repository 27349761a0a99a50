-- Share of spend without a tag, by provider, over the last six months.
--
-- :key      TEXT  tag key
-- :to       TEXT  day behind the last; the last month is the one that ends there
-- :filter   TEXT  lines of DIM=VALUE
-- :cost     TEXT  billed, effective, list or contracted
-- :basis    TEXT  charge or billing
--
-- provider TEXT
-- currency TEXT
-- share_5  RATIO  five months before; absent where nothing was spent
-- share_4  RATIO
-- share_3  RATIO
-- share_2  RATIO
-- share_1  RATIO  the month before
-- share_0  RATIO  the last month
WITH r AS MATERIALIZED (
    SELECT key1 AS provider, key2 AS value, key3 AS month, currency, cost
    FROM rollup('provider,tag:' || :key ||
                    CASE :basis WHEN 'billing' THEN ',billing_month' ELSE ',month' END,
                date(:to, '-1 day', 'start of month', '-5 months'), :to, :filter, :cost, :basis)
),
shares AS (
    SELECT provider, currency, month, money_sum(cost) AS cost,
           money_ratio(coalesce(money_sum(CASE WHEN value = '(untagged)' THEN cost END), '0'),
                       money_sum(cost)) AS share,
           (CAST(strftime('%Y', :to, '-1 day') AS INTEGER) - CAST(substr(month, 1, 4) AS INTEGER)) * 12
               + CAST(strftime('%m', :to, '-1 day') AS INTEGER)
               - CAST(substr(month, 6, 2) AS INTEGER) AS back
    FROM r
    GROUP BY provider, currency, month
)
SELECT provider, currency,
       max(CASE back WHEN 5 THEN share END) AS share_5,
       max(CASE back WHEN 4 THEN share END) AS share_4,
       max(CASE back WHEN 3 THEN share END) AS share_3,
       max(CASE back WHEN 2 THEN share END) AS share_2,
       max(CASE back WHEN 1 THEN share END) AS share_1,
       max(CASE back WHEN 0 THEN share END) AS share_0
FROM shares
GROUP BY provider, currency
ORDER BY money_sum(cost) COLLATE MONEY DESC, provider, currency;
