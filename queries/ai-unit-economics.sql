-- Unit economics of LLM usage by provider and model: ratios of sums, NULL (n/a) without a denominator.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE
--
-- provider          TEXT
-- model             TEXT
-- currency          TEXT
-- requests          DECIMAL  requests in all
-- input_tokens      DECIMAL  all classes in, cache included
-- output_tokens     DECIMAL  all classes out, reasoning included
-- cost              MONEY    billed where the row carries it, else computed; NULL when none has a price
-- cost_per_mtok     MONEY    cost of all tokens a million, blended
-- cost_per_request  MONEY    per successful request
-- cache_ratio       RATIO    tokens read from the cache of all tokens in
-- reasoning_ratio   RATIO    reasoning of all tokens out
-- unpriced_tokens   DECIMAL  tokens without a price: not in cost
WITH r AS MATERIALIZED (
    SELECT key1 AS provider, key2 AS model, currency, cost, requests, failed, unpriced_tokens,
           money_add(money_add(money_add(input, cache_read), money_add(cache_write_5m, cache_write_1h)),
                     money_add(money_add(input_audio, cache_read_audio),
                               money_add(input_image, input_video))) AS input_tokens,
           money_add(money_add(output, reasoning), money_add(output_audio, output_image))
               AS output_tokens,
           money_add(cache_read, cache_read_audio) AS cached, reasoning
    FROM ai_rollup('provider,model', :from, :to, :filter)
)
SELECT provider, model, currency, requests, input_tokens, output_tokens,
       CASE WHEN money_sign(unpriced_tokens) = 0 OR money_sign(cost) > 0 THEN cost END AS cost,
       CASE WHEN money_sign(unpriced_tokens) = 0 OR money_sign(cost) > 0 THEN
           money_div(money_mul(cost, '1000000'),
                     money_sub(money_add(input_tokens, output_tokens), unpriced_tokens), 6) END
           AS cost_per_mtok,
       CASE WHEN money_sign(unpriced_tokens) = 0 THEN
           money_div(cost, money_sub(requests, failed), 6) END AS cost_per_request,
       money_ratio(cached, input_tokens) AS cache_ratio,
       money_ratio(reasoning, output_tokens) AS reasoning_ratio,
       unpriced_tokens
FROM r
ORDER BY r.cost COLLATE MONEY DESC, provider, model, currency;
