-- LLM usage cost a day and provider, as billed with the row or computed by the price book.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE
--
-- day             TEXT     YYYY-MM-DD
-- provider        TEXT
-- currency        TEXT     never added across
-- total_cost      MONEY    billed where the row carries it, else computed
-- carried_cost    MONEY    of it: came with the rows
-- record_count    INTEGER  usage rows
-- unpriced_tokens DECIMAL  tokens without a price: not in total_cost
SELECT key1 AS day, key2 AS provider, currency, cost AS total_cost, billed_cost AS carried_cost,
       row_count AS record_count, unpriced_tokens
FROM ai_rollup('day,provider', :from, :to, :filter)
ORDER BY key1, key2, currency;
