/* Charges of a call from its batches, as many as are needed (see charges.h). Called by route.c for
 * rows that know their delivery and file.
 */
#include "load/charges.h"

#include <assert.h>
#include <stdlib.h>

/* The low bits of a hash are those of its key, by which charges are chosen. */
static const uint64_t KEY_BITS = CHARGE_HAS_RESOURCE - 1;

static const int text_columns[CHARGE_TEXTS] = {
    [CHARGE_SUB_ACCOUNT] = COST_SubAccountId,
    [CHARGE_SERVICE] = COST_ServiceName,
    [CHARGE_RESOURCE] = COST_ResourceId,
    [CHARGE_SKU] = COST_SkuId,
    [CHARGE_CATEGORY] = COST_ChargeCategory,
    [CHARGE_RESOURCE_NAME] = COST_ResourceName,
    [CHARGE_TAGS] = COST_Tags,
};

static uint32_t learn_hash(void *context, struct str text)
{
    (void)context;
    return dict_hash(text) >> 1 | 1; /* never that of an absent text */
}

/* Memos for the codes of the batch at hand: a dictionary may have started anew since the last. */
static void make_ready(struct charge_sample *sample, const struct batch *batch)
{
    for (size_t i = 0; i < CHARGE_TEXTS; i++) {
        const struct dict *texts = batch->columns[text_columns[i]].texts;
        struct code_memo *memo = &sample->memos[i];
        if (sample->ready && memo->from_generation == texts->generation)
            continue;
        code_memo_deinit(memo);
        code_memo_init(memo, texts, NULL, learn_hash, NULL);
    }
    sample->ready = true;
}

/* Of the batch at hand. */
struct charge_rows {
    struct charge_sample *sample;
    const struct batch *batch;
    const int64_t *moments;
    const uint32_t *codes[CHARGE_TEXTS]; /* NULL: absent in all rows */
};

static inline uint64_t text_hash(const struct charge_rows *rows, enum charge_text which,
                                 uint32_t row)
{
    uint32_t code = rows->codes[which] ? rows->codes[which][row] : DICT_CODE_NONE;
    struct code_memo *memo = &rows->sample->memos[which];
    if (code < memo->capacity && memo->values[code]) /* never that of an absent text */
        return memo->values[code] - 1;
    return code_memo_value(memo, code);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ b) * 0x9e3779b97f4a7c15u;
    return x ^ x >> 32;
}

static uint64_t key_of(const struct charge_rows *rows, uint32_t row)
{
    uint64_t moment = rows->moments ? (uint64_t)rows->moments[row] : 0;
    uint64_t text = text_hash(rows, CHARGE_RESOURCE, row);
    if (!text)
        text = text_hash(rows, CHARGE_SKU, row);
    return mix(mix(moment, 0x2545f4914f6cdd1du), text);
}

static uint64_t mix_amount(uint64_t hash, const struct charge_rows *rows, int column, uint32_t row)
{
    struct decimal value;
    if (!batch_decimal(rows->batch, (size_t)column, row, &value))
        return mix(hash, 1);
    value = decimal_normal(value);
    hash = mix(hash, (uint64_t)value.units);
    return mix(mix(hash, (uint64_t)(value.units >> 64)), value.scale);
}

static bool has_amount(const struct charge_rows *rows, int column, uint32_t row)
{
    struct decimal ignored;
    return batch_decimal(rows->batch, (size_t)column, row, &ignored);
}

static uint64_t hash_of(const struct charge_rows *rows, uint32_t row, uint64_t key,
                        int64_t delivery)
{
    bool resource = text_hash(rows, CHARGE_RESOURCE, row) != 0;
    bool consumed = has_amount(rows, COST_ConsumedQuantity, row);
    uint64_t hash = mix(key, (uint64_t)delivery);
    for (int i = 0; i < (resource ? CHARGE_RESOURCE_NAME : CHARGE_TEXTS); i++)
        hash = mix(hash, text_hash(rows, (enum charge_text)i, row));
    hash = mix_amount(hash, rows, COST_BilledCost, row);
    hash = mix_amount(hash, rows, COST_EffectiveCost, row);
    hash = mix_amount(hash, rows, consumed ? COST_ConsumedQuantity : COST_PricingQuantity, row);
    hash &= ~(KEY_BITS | CHARGE_HAS_RESOURCE);
    return hash | (key & KEY_BITS) | (resource ? CHARGE_HAS_RESOURCE : 0);
}

/* Half of the keys have to do. When none are left to halve, nothing is kept, and nothing said. */
static void halve(struct charge_sample *sample)
{
    struct charges *charges = &sample->charges;
    size_t kept = 0;
    sample->mask = sample->mask < KEY_BITS ? 2 * sample->mask + 1 : UINT64_MAX;
    for (size_t i = 0; i < charges->count; i++)
        if ((charges->items[i].hash & sample->mask) == 0)
            charges->items[kept++] = charges->items[i];
    charges->count = kept;
}

void charge_sample_take(struct charge_sample *sample, const struct batch *batch,
                        const struct store_place *places)
{
    struct charge_rows rows = {.sample = sample,
                               .batch = batch,
                               .moments = batch->columns[COST_ChargePeriodStart].moments};
    make_ready(sample, batch);
    for (size_t i = 0; i < CHARGE_TEXTS; i++)
        rows.codes[i] = batch->columns[text_columns[i]].codes;
    for (uint32_t row = 0; row < batch->rows; row++) {
        uint64_t key = key_of(&rows, row);
        if (key & sample->mask)
            continue;
        charges_add(&sample->charges, places[row].file,
                    hash_of(&rows, row, key, places[row].delivery));
        while (sample->charges.count > sample->limit)
            halve(sample);
    }
}

void charge_sample_deinit(struct charge_sample *sample)
{
    for (size_t i = 0; i < CHARGE_TEXTS && sample->ready; i++)
        code_memo_deinit(&sample->memos[i]);
    charges_deinit(&sample->charges);
    *sample = (struct charge_sample){0};
}
