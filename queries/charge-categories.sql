-- Usage, purchases, taxes, credits and adjustments on lines of their own.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE
-- :basis  TEXT  charge or billing
--
-- category     TEXT     FOCUS charge category
-- currency     TEXT     never added across
-- billed       MONEY
-- effective    MONEY    amortised
-- record_count INTEGER  charge rows
SELECT key1 AS category, currency, billed_cost AS billed, effective_cost AS effective,
       row_count AS record_count
FROM rollup('charge_category', :from, :to, :filter, 'billed', :basis)
ORDER BY currency, billed_cost COLLATE MONEY DESC, key1;
