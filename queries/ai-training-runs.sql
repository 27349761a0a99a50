-- Cost of each training and fine-tuning run, failed attempts included; runs over several days are one.
--
-- :from   TEXT  first day
-- :to     TEXT  day behind the last
-- :filter TEXT  lines of DIM=VALUE; may be empty
--
-- run        TEXT
-- spend_type TEXT
-- model      TEXT
-- currency   TEXT
-- cost       MONEY
-- tokens     DECIMAL  all classes
-- attempts   INTEGER  usage rows
WITH r AS MATERIALIZED (
    SELECT key1 AS run, key2 AS spend_type, key3 AS model, currency, cost, row_count,
           money_add(money_add(money_add(money_add(input, cache_read), money_add(output, reasoning)),
                               money_add(cache_write_5m, cache_write_1h)),
                     money_add(money_add(money_add(input_audio, cache_read_audio),
                                         money_add(output_audio, input_image)),
                               money_add(output_image, input_video))) AS tokens
    FROM ai_rollup('run,spend_type,model', :from, :to,
                   'spend_type=training,fine_tuning' || char(10) || :filter)
)
SELECT run, spend_type, model, currency, cost, tokens, row_count AS attempts
FROM r
ORDER BY cost COLLATE MONEY DESC, run;
