-- What moved most against the period before, up or down, in one currency.
--
-- :dimension    TEXT  one name
-- :from         TEXT  first day
-- :to           TEXT  day behind the last
-- :earlier_from TEXT  first day of the period before
-- :earlier_to   TEXT  day behind its last
-- :filter       TEXT  lines of DIM=VALUE
-- :cost         TEXT  billed, effective, list or contracted
-- :basis        TEXT  charge or billing
-- :currency     TEXT
--
-- key          TEXT     group
-- currency     TEXT
-- cost         MONEY
-- earlier      MONEY    0 where the group was not there
-- change       MONEY    largest first, whatever its sign
-- change_ratio RATIO    NULL without an earlier cost
WITH now AS MATERIALIZED (
    SELECT key1 AS key, currency, cost
    FROM rollup(:dimension, :from, :to, :filter, :cost, :basis)
    WHERE currency = :currency
), earlier AS MATERIALIZED (
    SELECT key1 AS key, currency, cost
    FROM rollup(:dimension, :earlier_from, :earlier_to, :filter, :cost, :basis)
    WHERE currency = :currency
), both AS (
    SELECT now.key, now.currency, now.cost, coalesce(earlier.cost, '0') AS earlier
    FROM now LEFT JOIN earlier USING (key)
    UNION ALL
    SELECT earlier.key, earlier.currency, '0', earlier.cost
    FROM earlier LEFT JOIN now USING (key) WHERE now.key IS NULL
), moved AS (
    SELECT key, currency, cost, earlier, money_sub(cost, earlier) AS change FROM both
)
SELECT key, currency, cost, earlier, change,
       CASE WHEN money_sign(earlier) > 0 THEN money_ratio(change, earlier) END AS change_ratio
FROM moved
WHERE money_sign(change) <> 0
ORDER BY CASE WHEN money_sign(change) < 0 THEN money_sub('0', change) ELSE change END
         COLLATE MONEY DESC, key;
