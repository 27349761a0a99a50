-- What billing months charge inside and outside a period: the bridge from bills to a report.
--
-- :from  TEXT  first day of the billing months
-- :to    TEXT  day behind their last
-- :first TEXT  first day of the report's period
-- :end   TEXT  day behind its last
--
-- currency TEXT   never added across
-- inside   MONEY  billed for days of the period
-- outside  MONEY  billed for other days
SELECT currency,
       coalesce(money_sum(CASE WHEN key1 >= :first AND key1 < :end THEN billed_cost END), '0')
           AS inside,
       coalesce(money_sum(CASE WHEN key1 >= :first AND key1 < :end THEN NULL ELSE billed_cost END),
                '0') AS outside
FROM rollup('day', :from, :to, '', 'billed', 'billing')
GROUP BY currency
ORDER BY currency;
