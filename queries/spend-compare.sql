-- Sums of one cost by one dimension beside the period before.
--
-- :dimension    TEXT  one name
-- :from         TEXT  first day
-- :to           TEXT  day behind the last
-- :earlier_from TEXT  first day of the period before
-- :earlier_to   TEXT  day behind its last
-- :filter       TEXT  lines of DIM=VALUE
-- :cost         TEXT  billed, effective, list or contracted
-- :basis        TEXT  charge or billing
-- :currency     TEXT  whose groups come first
--
-- key          TEXT     group
-- currency     TEXT
-- cost         MONEY
-- earlier      MONEY    0 where the group was not there
-- change       MONEY
-- change_ratio RATIO    NULL without an earlier cost
-- share        RATIO    of the currency's total
-- records      INTEGER
WITH now AS MATERIALIZED (
    SELECT key1 AS key, currency, cost, row_count
    FROM rollup(:dimension, :from, :to, :filter, :cost, :basis)
), earlier AS MATERIALIZED (
    SELECT key1 AS key, currency, cost
    FROM rollup(:dimension, :earlier_from, :earlier_to, :filter, :cost, :basis)
), both AS (
    SELECT now.key, now.currency, now.cost, coalesce(earlier.cost, '0') AS earlier, row_count
    FROM now LEFT JOIN earlier USING (key, currency)
    UNION ALL
    SELECT earlier.key, earlier.currency, '0', earlier.cost, 0
    FROM earlier LEFT JOIN now USING (key, currency) WHERE now.key IS NULL
)
SELECT key, currency, cost, earlier, money_sub(cost, earlier) AS change,
       CASE WHEN money_sign(earlier) > 0 THEN money_ratio(money_sub(cost, earlier), earlier) END
           AS change_ratio,
       money_ratio(cost, money_sum(cost) OVER (PARTITION BY currency)) AS share,
       row_count AS records
FROM both
ORDER BY currency <> :currency, currency, cost COLLATE MONEY DESC, key;
