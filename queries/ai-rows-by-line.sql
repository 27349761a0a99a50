-- Every usage row behind a figure, with its file and line: explain --rows --dataset ai.
--
-- :dimensions TEXT  "file,line" and up to two more
-- :from       TEXT  first day, YYYY-MM-DD
-- :to         TEXT  day behind the last
-- :filter     TEXT  lines of DIM=VALUE, DIM!=VALUE, DIM~GLOB; may be empty
--
-- file          TEXT     its number in the ledger
-- line          TEXT     from 1
-- key3, key4    TEXT     the other dimensions
-- currency      TEXT     of the costs
-- record_count  INTEGER  rows of that line: usually 1
-- cost          MONEY    billed where the row carries it, else computed
-- billed_cost   MONEY    exact
-- computed_cost MONEY    exact
SELECT key1 AS file, key2 AS line, key3, key4, currency, row_count AS record_count, cost,
       billed_cost, computed_cost
FROM ai_rollup(:dimensions, :from, :to, :filter);
