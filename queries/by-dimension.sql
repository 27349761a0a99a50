-- Sums of one cost by up to four dimensions: every ad-hoc report.
--
-- :dimensions TEXT  names, comma between them; empty: one row in all
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :cost       TEXT  billed, effective, list or contracted
-- :basis      TEXT  charge or billing
-- :top        INTEGER  only so many groups a currency, those of the largest cost, and the rest as one; 0: all
--
-- key1, key2, key3, key4 TEXT     groups as reported
-- currency               TEXT     never added across
-- total_cost             MONEY    exact sum
-- record_count           INTEGER  charge rows
-- is_other               INTEGER  1: the rest, key1 is "(other)"; else 0
-- cost_count             INTEGER  rows of which the cost is known; in the others it counts as 0
SELECT key1, key2, key3, key4, currency, cost AS total_cost, row_count AS record_count, is_other,
       cost_count
FROM rollup(:dimensions, :from, :to, :filter, :cost, :basis, :top)
ORDER BY rank; -- times lead, then the largest cost comes first
