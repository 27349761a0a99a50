-- Exact LLM spend a day in one currency.
--
-- :from     TEXT  first day
-- :to       TEXT  day behind the last
-- :filter   TEXT  lines of DIM=VALUE
-- :currency TEXT
--
-- day      TEXT   YYYY-MM-DD
-- provider TEXT
-- amount   MONEY  billed where the row carries it, else computed
SELECT key1 AS day, key2 AS provider, cost AS amount
FROM ai_rollup('day,provider', :from, :to, :filter)
WHERE currency = :currency
ORDER BY key1, key2;
