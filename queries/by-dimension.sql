-- Sums of one cost by up to four dimensions: every ad-hoc report.
--
-- :dimensions TEXT  names, comma between them; empty: one row in all
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :cost       TEXT  billed, effective, list or contracted
-- :basis      TEXT  charge or billing
-- :top        INTEGER  only so many groups a currency, those of the largest cost, and the rest as one; 0: all
-- :time_key   INTEGER  1..4: that dimension is a time and leads the order; 0: none is
--
-- key1, key2, key3, key4 TEXT     groups as reported
-- currency               TEXT     never added across
-- total_cost             MONEY    exact sum
-- record_count           INTEGER  charge rows
-- is_other               INTEGER  1: the rest, key1 is "(other)"; else 0
SELECT key1, key2, key3, key4, currency, cost AS total_cost, row_count AS record_count, is_other
FROM rollup(:dimensions, :from, :to, :filter, :cost, :basis, :top)
ORDER BY CASE :time_key WHEN 1 THEN key1 WHEN 2 THEN key2 WHEN 3 THEN key3 WHEN 4 THEN key4 END,
         is_other, cost COLLATE MONEY DESC, key1, key2, key3, key4, currency;
