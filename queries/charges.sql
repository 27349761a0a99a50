-- All sums of charges by up to four dimensions: what the reconciliation is made from.
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
-- effective              MONEY    exact sum
-- list                   MONEY    exact sum
-- contracted             MONEY    exact sum
SELECT key1, key2, key3, key4, currency, row_count AS record_count, billed_cost AS billed,
       effective_cost AS effective, list_cost AS list, contracted_cost AS contracted
FROM rollup(:dimensions, :from, :to, :filter, 'billed', :basis)
ORDER BY key1, key2, key3, key4, currency;
