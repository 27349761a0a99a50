-- Cost of LLM tokens by class, as the price book computes it: effective cost a million, not list.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE
--
-- class           TEXT
-- currency        TEXT
-- tokens          DECIMAL
-- cost            MONEY    NULL where none of them has a price
-- cost_per_mtok   MONEY    of the tokens with a price; NULL without any
-- share           RATIO    of the currency's cost
-- unpriced_tokens DECIMAL  of a provider, model, tier and day whose tokens of this class cost nothing
WITH r AS MATERIALIZED (
    SELECT * FROM ai_rollup('provider,model,service_tier,day', :from, :to, :filter) WHERE currency <> ''
), parts AS (
    SELECT 1 AS place, 'input' AS class, currency, input AS tokens, input_cost AS cost FROM r
    UNION ALL SELECT 2, 'cache_read', currency, cache_read, cache_read_cost FROM r
    UNION ALL SELECT 3, 'cache_write_5m', currency, cache_write_5m, cache_write_5m_cost FROM r
    UNION ALL SELECT 4, 'cache_write_1h', currency, cache_write_1h, cache_write_1h_cost FROM r
    UNION ALL SELECT 5, 'output', currency, output, output_cost FROM r
    UNION ALL SELECT 6, 'reasoning', currency, reasoning, reasoning_cost FROM r
    UNION ALL SELECT 7, 'input_audio', currency, input_audio, input_audio_cost FROM r
    UNION ALL SELECT 8, 'cache_read_audio', currency, cache_read_audio, cache_read_audio_cost FROM r
    UNION ALL SELECT 9, 'output_audio', currency, output_audio, output_audio_cost FROM r
    UNION ALL SELECT 10, 'input_image', currency, input_image, input_image_cost FROM r
    UNION ALL SELECT 11, 'output_image', currency, output_image, output_image_cost FROM r
    UNION ALL SELECT 12, 'input_video', currency, input_video, input_video_cost FROM r
), c AS (
    SELECT place, class, currency, money_sum(tokens) AS tokens,
           money_sum(CASE WHEN money_sign(cost) <> 0 THEN cost END) AS cost,
           coalesce(money_sum(CASE WHEN money_sign(cost) <> 0 THEN tokens END), '0') AS priced
    FROM parts WHERE money_sign(tokens) > 0
    GROUP BY place, class, currency
)
SELECT class, currency, tokens, cost,
       money_div(money_mul(cost, '1000000'), priced, 6) AS cost_per_mtok,
       money_ratio(cost, money_sum(cost) OVER (PARTITION BY currency)) AS share,
       money_sub(tokens, priced) AS unpriced_tokens
FROM c
ORDER BY currency, place;
