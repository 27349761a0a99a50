-- What the store holds of billing months, to compare with the ledger of deliveries.
--
-- :from TEXT  first day of the first billing month
-- :to   TEXT  day behind the last
--
-- provider     TEXT
-- account      TEXT     billing account
-- currency     TEXT     never added across
-- billed       MONEY    exact sum, no filter
-- record_count INTEGER  charge rows
SELECT key1 AS provider, key2 AS account, currency, billed_cost AS billed,
       row_count AS record_count
FROM rollup('provider,account', :from, :to, '', 'billed', 'billing')
ORDER BY key1, key2, currency;
