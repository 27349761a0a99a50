-- Sums of LLM spend by up to four dimensions: ad-hoc reports with --dataset ai.
--
-- :dimensions TEXT  names, comma between them; empty: one row in all
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :time_key   INTEGER  1..4: that dimension is a time and leads the order; 0: none is
--
-- key1, key2, key3, key4 TEXT     groups as reported
-- currency               TEXT     never added across
-- total_cost             MONEY    billed where the row carries it, else computed by the price book
-- record_count           INTEGER  usage rows
-- unpriced_tokens        DECIMAL  tokens without a price: not in total_cost
SELECT key1, key2, key3, key4, currency, cost AS total_cost, row_count AS record_count,
       unpriced_tokens
FROM ai_rollup(:dimensions, :from, :to, :filter)
ORDER BY CASE :time_key WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END,
         cost COLLATE MONEY DESC, key1, key2, key3, key4, currency;
