-- Cost of LLM tokens by class, as the price book computes it: effective cost a million, not list.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE
--
-- class         TEXT
-- currency      TEXT
-- tokens        DECIMAL
-- cost          MONEY
-- cost_per_mtok MONEY    NULL without tokens
-- share         RATIO    of the currency's cost
WITH r AS MATERIALIZED (
    SELECT * FROM ai_rollup('', :from, :to, :filter)
), c AS (
    SELECT 1 AS place, 'input' AS class, currency, input AS tokens, input_cost AS cost FROM r
    UNION ALL SELECT 2 AS place, 'cache_read' AS class, currency, cache_read AS tokens, cache_read_cost AS cost FROM r
    UNION ALL SELECT 3 AS place, 'cache_write_5m' AS class, currency, cache_write_5m AS tokens, cache_write_5m_cost AS cost FROM r
    UNION ALL SELECT 4 AS place, 'cache_write_1h' AS class, currency, cache_write_1h AS tokens, cache_write_1h_cost AS cost FROM r
    UNION ALL SELECT 5 AS place, 'output' AS class, currency, output AS tokens, output_cost AS cost FROM r
    UNION ALL SELECT 6 AS place, 'reasoning' AS class, currency, reasoning AS tokens, reasoning_cost AS cost FROM r
    UNION ALL SELECT 7 AS place, 'input_audio' AS class, currency, input_audio AS tokens, input_audio_cost AS cost FROM r
    UNION ALL SELECT 8 AS place, 'cache_read_audio' AS class, currency, cache_read_audio AS tokens, cache_read_audio_cost AS cost FROM r
    UNION ALL SELECT 9 AS place, 'output_audio' AS class, currency, output_audio AS tokens, output_audio_cost AS cost FROM r
    UNION ALL SELECT 10 AS place, 'input_image' AS class, currency, input_image AS tokens, input_image_cost AS cost FROM r
    UNION ALL SELECT 11 AS place, 'output_image' AS class, currency, output_image AS tokens, output_image_cost AS cost FROM r
    UNION ALL SELECT 12 AS place, 'input_video' AS class, currency, input_video AS tokens, input_video_cost AS cost FROM r
)
SELECT class, currency, tokens, cost,
       money_div(money_mul(cost, '1000000'), tokens, 6) AS cost_per_mtok,
       money_ratio(cost, money_sum(cost) OVER (PARTITION BY currency)) AS share
FROM c
WHERE money_sign(tokens) > 0 AND currency <> ''
ORDER BY currency, place;
