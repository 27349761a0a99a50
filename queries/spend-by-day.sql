-- Spend a day and group in one currency, for stacked columns.
--
-- :dimension TEXT  one name
-- :from      TEXT  first day
-- :to        TEXT  day behind the last
-- :filter    TEXT  lines of DIM=VALUE
-- :cost      TEXT  billed, effective, list or contracted
-- :basis     TEXT  charge or billing
-- :currency  TEXT
--
-- day  TEXT   YYYY-MM-DD
-- key  TEXT   group
-- cost MONEY
SELECT key2 AS day, key1 AS key, cost
FROM rollup(:dimension || ',day', :from, :to, :filter, :cost, :basis)
WHERE currency = :currency
ORDER BY key2, key1;
