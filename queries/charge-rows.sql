-- How many charge rows there are by up to four dimensions: what is there and what is missing.
--
-- :dimensions TEXT  names, comma between them; empty: one row a currency
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :basis      TEXT  charge or billing
--
-- key1, key2, key3, key4 TEXT     groups as reported
-- currency               TEXT     of the rows
-- record_count           INTEGER  charge rows
SELECT key1, key2, key3, key4, currency, row_count AS record_count
FROM rollup(:dimensions, :from, :to, :filter, 'billed', :basis)
ORDER BY key1, key2, key3, key4, currency;
