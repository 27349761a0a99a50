/* Pre-sums: for a few dictionary columns of a segment, the sums of the money columns by (code,
 * currency).
 *
 * A rollup that covers a whole segment and groups by one such column reads a few hundred bytes in
 * place of the rows. Grouping by the raw text of Tags answers every tag key at once.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

/* More groups than this and the rows are as quick to read. */
enum { GROUPS_MAX = 4096, DIMENSIONS_MAX = 16, PRESUM_HEADER_BYTES = 16 };

static const int cost_dimensions[] = {
    COST_BillingCurrency,
    COST_ProviderName,
    COST_BillingAccountId,
    COST_SubAccountId,
    COST_ServiceName,
    COST_ServiceCategory,
    COST_RegionId,
    COST_ResourceType,
    COST_ChargeCategory,
    COST_Tags,
    COST_SkuId,
};
static const int ai_dimensions[] = {
    AI_Currency, AI_Provider,   AI_Model,        AI_SpendType, AI_ServiceTier, AI_Region,
    AI_Project,  AI_CostCenter, AI_BusinessUnit, AI_Workload,  AI_Team,        AI_Tags,
};

struct taken_text {
    uint16_t *codes; /* NULL: absent in the whole segment */
    uint32_t *dictionary;
    uint32_t count;
    bool too_many;
};

struct taken_number {
    int64_t *values; /* NULL with wide NULL: absent */
    i128 *wide;
    uint8_t *nulls; /* NULL: none */
    uint8_t scale;
};

struct presum_builder {
    bool mixed; /* a measure without a common scale: no pre-sums */
    enum dataset dataset;
    uint32_t rows;
    const int *dimensions; /* the first is the currency */
    size_t dimension_count;
    int measures[STORE_MONEY_MAX];
    size_t measure_count;
    struct taken_text texts[DIMENSIONS_MAX];
    struct taken_number numbers[STORE_MONEY_MAX];
};

struct presum_builder *presum_open(enum dataset dataset, uint32_t rows)
{
    struct presum_builder *builder = gr_alloc_zeroed(1, sizeof(*builder));
    builder->dataset = dataset;
    builder->rows = rows;
    if (dataset == DATASET_COST) {
        builder->dimensions = cost_dimensions;
        builder->dimension_count = sizeof(cost_dimensions) / sizeof(cost_dimensions[0]);
    } else if (dataset == DATASET_AI) {
        builder->dimensions = ai_dimensions;
        builder->dimension_count = sizeof(ai_dimensions) / sizeof(ai_dimensions[0]);
    }
    builder->measure_count = store_money_columns(dataset, builder->measures);
    return builder;
}

void presum_close(struct presum_builder *builder)
{
    for (size_t i = 0; i < DIMENSIONS_MAX; i++) {
        free(builder->texts[i].codes);
        free(builder->texts[i].dictionary);
    }
    for (size_t i = 0; i < STORE_MONEY_MAX; i++) {
        free(builder->numbers[i].values);
        free(builder->numbers[i].wide);
        free(builder->numbers[i].nulls);
    }
    free(builder);
}

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = gr_alloc(size);
    memcpy(copy, bytes, size);
    return copy;
}

void presum_take(struct presum_builder *builder, int column, const struct encoder *encoder,
                 const struct chunk_facts *facts, uint8_t scale)
{
    uint32_t rows = builder->rows;
    for (size_t i = 0; i < builder->dimension_count; i++)
        if (builder->dimensions[i] == column) {
            struct taken_text *text = &builder->texts[i];
            text->count = encoder->dictionary_count;
            text->too_many = text->count > GROUPS_MAX || text->count > rows / 8 + 16;
            text->codes = copy_of(encoder->codes, rows * sizeof(*text->codes));
            text->dictionary =
                copy_of(encoder->dictionary, text->count * sizeof(*text->dictionary));
        }
    for (size_t i = 0; i < builder->measure_count && builder->dimension_count; i++)
        if (builder->measures[i] == column) {
            struct taken_number *number = &builder->numbers[i];
            builder->mixed |= facts->mixed;
            number->scale = scale;
            if (facts->narrow)
                number->values = copy_of(encoder->values, rows * sizeof(*number->values));
            else
                number->wide = copy_of(encoder->wide, rows * sizeof(*number->wide));
            if (facts->nulls)
                number->nulls = copy_of(encoder->nulls, sizeof(encoder->nulls));
        }
}

/* Sums by group; one block of memory each, groups long. */
struct group_sums {
    uint32_t groups;
    uint32_t *of_row;
    int64_t *rows;
    int64_t *counts[STORE_MONEY_MAX];
    i128 *sums[STORE_MONEY_MAX];
};

static void sum_rows(const struct store *store, const struct presum_builder *builder,
                     struct group_sums *to)
{
    store->kernels->count_grouped(to->of_row, builder->rows, to->rows);
    for (size_t m = 0; m < builder->measure_count; m++) {
        const struct taken_number *number = &builder->numbers[m];
        if (number->values)
            store->kernels->sum_grouped(to->of_row, number->values, builder->rows, to->sums[m]);
        for (uint32_t i = 0; number->wide && i < builder->rows; i++)
            to->sums[m][to->of_row[i]] =
                (i128)((u128)to->sums[m][to->of_row[i]] + (u128)number->wide[i]);
        if (!number->nulls && (number->values || number->wide))
            memcpy(to->counts[m], to->rows, to->groups * sizeof(*to->rows));
        for (uint32_t i = 0; number->nulls && i < builder->rows; i++)
            to->counts[m][to->of_row[i]] += !(number->nulls[i / 8] >> (i % 8) & 1);
    }
}

static void put_le(uint8_t **at, u128 value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

static bool sums_fit_64_bits(const struct presum_builder *builder, const struct group_sums *sums)
{
    for (size_t m = 0; m < builder->measure_count; m++)
        for (uint32_t g = 0; g < sums->groups; g++)
            if (sums->sums[m][g] != (int64_t)sums->sums[m][g])
                return false;
    return true;
}

static uint32_t entry_of(const struct taken_text *text, uint32_t local)
{
    return text->codes ? text->dictionary[local] : 0;
}

static size_t put_presum(const struct presum_builder *builder, const struct taken_text *text,
                         const struct group_sums *sums, uint8_t *out)
{
    const struct taken_text *currency = &builder->texts[0];
    uint32_t currencies = currency->codes ? currency->count : 1;
    unsigned sum_bytes = sums_fit_64_bits(builder, sums) ? 8 : 16;
    uint32_t used = 0;
    uint8_t *at = out + PRESUM_HEADER_BYTES;
    for (uint32_t g = 0; g < sums->groups; g++)
        used += sums->rows[g] > 0;
    for (uint32_t g = 0; g < sums->groups; g++)
        if (sums->rows[g])
            put_le(&at, entry_of(text, g / currencies), 4);
    for (uint32_t g = 0; g < sums->groups; g++)
        if (sums->rows[g])
            put_le(&at, entry_of(currency, g % currencies), 4);
    for (uint32_t g = 0; g < sums->groups; g++)
        if (sums->rows[g])
            put_le(&at, (u128)sums->rows[g], 4);
    for (size_t m = 0; m < builder->measure_count; m++) {
        for (uint32_t g = 0; g < sums->groups; g++)
            if (sums->rows[g])
                put_le(&at, (u128)sums->counts[m][g], 4);
        for (uint32_t g = 0; g < sums->groups; g++)
            if (sums->rows[g])
                put_le(&at, (u128)sums->sums[m][g], sum_bytes);
    }
    size_t length = (size_t)(at - out);
    memset(out, 0, PRESUM_HEADER_BYTES);
    out[0] = 1;
    out[1] = (uint8_t)builder->measure_count;
    out[2] = (uint8_t)sum_bytes;
    uint8_t *head = out + 4;
    put_le(&head, used, 4);
    for (size_t m = 0; m < builder->measure_count; m++)
        *head++ = builder->numbers[m].scale;
    return length;
}

/* Wide values may add up to more than 128 bits: then there is no pre-sum and a rollup, which
 * checks, reads the rows. */
static bool wide_may_overflow(const struct presum_builder *builder)
{
    for (size_t m = 0; m < builder->measure_count; m++)
        for (uint32_t i = 0; builder->numbers[m].wide && i < builder->rows; i++) {
            i128 value = builder->numbers[m].wide[i];
            if (value > (i128)1 << 110 || value < -((i128)1 << 110))
                return true;
        }
    return false;
}

static enum gr_status write_one(struct store *store, const struct presum_builder *builder,
                                size_t dimension, int64_t segment, struct arena *arena,
                                struct gr_err *err)
{
    const struct taken_text *text = &builder->texts[dimension];
    const struct taken_text *currency = &builder->texts[0];
    uint32_t currencies = currency->codes ? currency->count : 1;
    uint32_t entries = dimension == 0 ? 1 : text->codes ? text->count : 1;
    struct group_sums sums = {.groups = entries * currencies};
    if (text->too_many || sums.groups > 4 * GROUPS_MAX)
        return GR_OK;
    sums.of_row = arena_alloc_zeroed(arena, builder->rows, sizeof(*sums.of_row));
    for (uint32_t i = 0; i < builder->rows; i++) {
        uint32_t group = dimension && text->codes ? text->codes[i] * currencies : 0;
        sums.of_row[i] = group + (currency->codes ? currency->codes[i] : 0);
    }
    sums.rows = arena_alloc_zeroed(arena, sums.groups, sizeof(*sums.rows));
    for (size_t m = 0; m < builder->measure_count; m++) {
        sums.counts[m] = arena_alloc_zeroed(arena, sums.groups, sizeof(*sums.counts[m]));
        sums.sums[m] = arena_alloc_zeroed(arena, sums.groups, sizeof(*sums.sums[m]));
    }
    sum_rows(store, builder, &sums);
    uint8_t *bytes =
        arena_alloc(arena, PRESUM_HEADER_BYTES + (size_t)sums.groups * (12 + 20 * STORE_MONEY_MAX));
    /* The currency's own pre-sum has one entry a currency under code 0: the total. */
    static const struct taken_text total = {0};
    size_t length = put_presum(builder, dimension ? text : &total, &sums, bytes);
    sqlite3_stmt *add = NULL;
    GR_TRY(column_need_id(store, builder->dataset, builder->dimensions[dimension], err));
    GR_TRY(store_prepare(store, SQL_PRESUM_ADD, &add, err));
    int64_t column = column_id(store, builder->dataset, builder->dimensions[dimension]);
    sqlite3_bind_int64(add, 1, chunk_id(segment, column));
    sqlite3_bind_blob64(add, 2, bytes, length, SQLITE_STATIC);
    return store_run(store, add, err);
}

enum gr_status presum_write(struct store *store, struct presum_builder *builder, int64_t segment,
                            struct gr_err *err)
{
    if (!builder->dimension_count || builder->mixed || builder->texts[0].too_many ||
        wide_may_overflow(builder))
        return GR_OK;
    struct arena arena = ARENA_EMPTY;
    enum gr_status status = GR_OK;
    for (size_t i = 0; !status && i < builder->dimension_count; i++) {
        status = write_one(store, builder, i, segment, &arena, err);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    return status;
}

/* ---- reading ---- */

uint32_t presum_u32(const uint8_t *array, uint32_t at)
{
    const uint8_t *bytes = array + (size_t)at * 4;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

i128 presum_sum(const struct presum_view *view, uint32_t measure, uint32_t group)
{
    const uint8_t *bytes = view->sums[measure] + (size_t)group * view->sum_bytes;
    uint64_t words[2] = {0, 0};
    for (unsigned i = 0; i < view->sum_bytes; i++)
        words[i / 8] |= (uint64_t)bytes[i] << (8 * (i % 8));
    if (view->sum_bytes == 8)
        return (int64_t)words[0];
    return (i128)((u128)words[1] << 64 | words[0]);
}

enum gr_status presum_read(const uint8_t *bytes, size_t length, struct presum_view *out,
                           struct gr_err *err)
{
    *out = (struct presum_view){0};
    if (length < PRESUM_HEADER_BYTES || bytes[0] != 1 || bytes[1] < 1 ||
        bytes[1] > STORE_MONEY_MAX || (bytes[2] != 8 && bytes[2] != 16))
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: header");
    out->measures = bytes[1];
    out->sum_bytes = bytes[2];
    out->groups = presum_u32(bytes, 1);
    size_t groups = out->groups;
    size_t row_bytes = 12 + (size_t)out->measures * (4 + (size_t)out->sum_bytes);
    if (groups > 4 * GROUPS_MAX || length != PRESUM_HEADER_BYTES + groups * row_bytes)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: length");
    memcpy(out->scales, bytes + 8, sizeof(out->scales));
    for (uint32_t m = 0; m < out->measures; m++)
        if (out->scales[m] > DECIMAL_CELL_SCALE_MAX)
            return gr_fail(err, GR_ESTORE, "damaged pre-sums: scale");
    out->codes = bytes + PRESUM_HEADER_BYTES;
    out->currencies = out->codes + groups * 4;
    out->rows = out->currencies + groups * 4;
    const uint8_t *at = out->rows + groups * 4;
    for (uint32_t m = 0; m < out->measures; m++) {
        out->counts[m] = at;
        out->sums[m] = at + groups * 4;
        at += groups * (4 + (size_t)out->sum_bytes);
    }
    return GR_OK;
}
