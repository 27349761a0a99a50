-- What a charge period costs as billed, before any filter: the end of the bridge from bills.
--
-- :from TEXT  first day
-- :to   TEXT  day behind the last
--
-- currency     TEXT     never added across
-- billed       MONEY    exact sum
-- record_count INTEGER  charge rows
SELECT currency, billed_cost AS billed, row_count AS record_count
FROM rollup('', :from, :to, '', 'billed', 'charge')
ORDER BY currency;
