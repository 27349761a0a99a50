-- Usage, purchases, taxes, credits and adjustments on lines of their own.
--
-- Credits that a bill takes off within its rows (Google Cloud) are a line "Credit (within rows)",
-- and the categories are before them: all lines add up to the bill.
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
-- record_count INTEGER  charge rows; absent for credits within rows, which are rows of others
WITH net AS MATERIALIZED (
    SELECT key1, currency, billed_cost, effective_cost, row_count
    FROM rollup('charge_category', :from, :to, :filter, 'billed', :basis)),
before AS MATERIALIZED (
    SELECT key1, currency, billed_cost, effective_cost
    FROM rollup('charge_category', :from, :to,
                coalesce(:filter, '') || char(10) || 'charge_category!=Credit', 'billed', :basis)),
credits AS MATERIALIZED (
    SELECT net.currency AS currency,
           money_sum(money_sub(net.billed_cost, before.billed_cost)) AS billed,
           money_sum(money_sub(net.effective_cost, before.effective_cost)) AS effective
    FROM net JOIN before ON before.key1 = net.key1 AND before.currency = net.currency
    GROUP BY net.currency),
lines AS (
    SELECT net.key1 AS category, net.currency AS currency,
           coalesce(before.billed_cost, net.billed_cost) AS billed,
           coalesce(before.effective_cost, net.effective_cost) AS effective,
           net.row_count AS record_count
    FROM net LEFT JOIN before ON before.key1 = net.key1 AND before.currency = net.currency
    UNION ALL
    SELECT 'Credit (within rows)', currency, billed, effective, NULL
    FROM credits
    WHERE billed <> '0' COLLATE MONEY OR effective <> '0' COLLATE MONEY)
SELECT category, currency, billed, effective, record_count
FROM lines
ORDER BY currency, billed COLLATE MONEY DESC, category;
