-- Exact spend a day in one currency: series of budgets, forecast and sparklines.
--
-- :from     TEXT  first day
-- :to       TEXT  day behind the last
-- :filter   TEXT  lines of DIM=VALUE
-- :cost     TEXT  billed, effective, list or contracted
-- :currency TEXT
--
-- day      TEXT   YYYY-MM-DD
-- provider TEXT
-- amount   MONEY
SELECT key1 AS day, key2 AS provider, cost AS amount
FROM rollup('day,provider', :from, :to, :filter, :cost)
WHERE currency = :currency
ORDER BY key1, key2;
