-- Days that bills cover, by provider: usage of the same must not count again.
--
-- :from TEXT  first day
-- :to   TEXT  day behind the last
--
-- day      TEXT  YYYY-MM-DD
-- provider TEXT
SELECT DISTINCT key1 AS day, key2 AS provider
FROM rollup('day,provider', :from, :to, '')
ORDER BY key1, key2;
