-- Every charge row behind a figure, with its file and line: explain --rows.
--
-- :dimensions TEXT  "file,line" and up to two more
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
-- :basis      TEXT  charge or billing
--
-- file            TEXT     its number in the ledger
-- line            TEXT     from 1
-- key3, key4      TEXT     the other dimensions
-- currency        TEXT     of the four costs
-- record_count    INTEGER  rows of that line: usually 1
-- billed_cost     MONEY    exact
-- effective_cost  MONEY    exact
-- list_cost       MONEY    exact
-- contracted_cost MONEY    exact
SELECT key1 AS file, key2 AS line, key3, key4, currency, row_count AS record_count, billed_cost,
       effective_cost, list_cost, contracted_cost
FROM rollup(:dimensions, :from, :to, :filter, 'billed', :basis);
