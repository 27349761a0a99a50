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
    SELECT key1 AS provider, key2 = '(untagged)' AS untagged, key3 AS month, currency, cost
    FROM rollup('provider,tag:' || :key ||
                    CASE :basis WHEN 'billing' THEN ',billing_month' ELSE ',month' END,
                date(:to, '-1 day', 'start of month', '-5 months'), :to, :filter, :cost, :basis)
),
m AS (
    SELECT provider, untagged, currency, cost,
           CASE month
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-5 months') THEN 5
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-4 months') THEN 4
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-3 months') THEN 3
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-2 months') THEN 2
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-1 months') THEN 1
               WHEN strftime('%Y-%m', :to, '-1 day', 'start of month', '-0 months') THEN 0
           END AS back
    FROM r
)
SELECT provider, currency,
       money_ratio(coalesce(money_sum(CASE WHEN back = 5 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 5 THEN cost END)) AS share_5,
       money_ratio(coalesce(money_sum(CASE WHEN back = 4 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 4 THEN cost END)) AS share_4,
       money_ratio(coalesce(money_sum(CASE WHEN back = 3 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 3 THEN cost END)) AS share_3,
       money_ratio(coalesce(money_sum(CASE WHEN back = 2 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 2 THEN cost END)) AS share_2,
       money_ratio(coalesce(money_sum(CASE WHEN back = 1 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 1 THEN cost END)) AS share_1,
       money_ratio(coalesce(money_sum(CASE WHEN back = 0 AND untagged THEN cost END), '0'),
                   money_sum(CASE back WHEN 0 THEN cost END)) AS share_0
FROM m
GROUP BY provider, currency
ORDER BY money_sum(cost) COLLATE MONEY DESC, provider, currency;
