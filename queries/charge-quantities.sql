-- Billed cost and priced quantity by up to four dimensions: what prices are compared by.
--
-- :dimensions TEXT  names, comma between them; empty: one row a currency
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :basis      TEXT  charge or billing
--
-- key1, key2, key3, key4 TEXT     groups as reported
-- currency               TEXT     never added across
-- record_count           INTEGER  charge rows
-- billed                 MONEY    exact sum
-- quantity               MONEY    exact sum of the priced quantity
SELECT key1, key2, key3, key4, currency, row_count AS record_count, billed_cost AS billed,
       pricing_quantity AS quantity
FROM rollup(:dimensions, :from, :to, :filter, 'billed', :basis)
ORDER BY key1, key2, key3, key4, currency;
