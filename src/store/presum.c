/* Pre-sums: for a few dictionary columns of a segment, the sums of the money columns by (code,
 * currency).
 *
 * A rollup that covers a whole segment and groups by one such column reads a few hundred bytes in
 * place of the rows. Grouping by the raw text of Tags answers every tag key at once.
 */
#include "store/pack.h"

#include <stdlib.h>
#include <string.h>

/* More groups than this and the rows are as quick to read. */
enum { GROUPS_MAX = 4096, DIMENSIONS_MAX = 16, PRESUM_HEADER_BYTES = 16, PRESUM_PACKED = 2 };

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
    bool there; /* else absent in the whole segment */
    bool too_many;
    uint16_t *codes; /* BATCH_ROWS, made when first needed */
    uint32_t *dictionary;
    uint32_t count;
};

struct taken_number {
    bool there;
    bool any_nulls;
    bool filled; /* builder->values has numbers of it */
    uint8_t scale;
    uint64_t most; /* of |value|, when narrow */
    i128 *wide;    /* BATCH_ROWS, made when first needed; in use when is_wide */
    bool is_wide;
    uint8_t nulls[BATCH_ROWS / 8];
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
    int64_t *values;  /* BATCH_ROWS x STORE_MONEY_MAX: the narrow measures of a row side by side */
    uint32_t *of_row; /* BATCH_ROWS */
};

const int *presum_columns(enum dataset dataset, size_t *count)
{
    *count = 0;
    if (dataset == DATASET_COST)
        *count = sizeof(cost_dimensions) / sizeof(cost_dimensions[0]);
    else if (dataset == DATASET_AI)
        *count = sizeof(ai_dimensions) / sizeof(ai_dimensions[0]);
    return dataset == DATASET_COST ? cost_dimensions : ai_dimensions;
}

struct presum_builder *presum_open(void)
{
    struct presum_builder *builder = gr_alloc_zeroed(1, sizeof(*builder));
    builder->of_row = gr_alloc(BATCH_ROWS * sizeof(*builder->of_row));
    builder->values = gr_alloc_zeroed((size_t)BATCH_ROWS * STORE_MONEY_MAX, sizeof(int64_t));
    return builder;
}

void presum_close(struct presum_builder *builder)
{
    for (size_t i = 0; i < DIMENSIONS_MAX; i++) {
        free(builder->texts[i].codes);
        free(builder->texts[i].dictionary);
    }
    for (size_t i = 0; i < STORE_MONEY_MAX; i++)
        free(builder->numbers[i].wide);
    free(builder->values);
    free(builder->of_row);
    free(builder);
}

void presum_begin(struct presum_builder *builder, enum dataset dataset, uint32_t rows)
{
    builder->mixed = false;
    builder->dataset = dataset;
    builder->rows = rows;
    builder->dimensions = presum_columns(dataset, &builder->dimension_count);
    builder->measure_count = store_money_columns(dataset, builder->measures);
    for (size_t i = 0; i < DIMENSIONS_MAX; i++)
        builder->texts[i].there = builder->texts[i].too_many = false;
    for (size_t i = 0; i < STORE_MONEY_MAX; i++) {
        builder->numbers[i].there = builder->numbers[i].is_wide = false;
        builder->numbers[i].any_nulls = false;
        builder->numbers[i].scale = 0;
        builder->numbers[i].most = 0;
    }
}

bool presum_wants(const struct presum_builder *builder, int column)
{
    for (size_t i = 0; i < builder->dimension_count; i++)
        if (builder->dimensions[i] == column)
            return true;
    return false;
}

static void take_text(struct taken_text *text, const struct encoder *encoder, uint32_t rows)
{
    text->there = true;
    text->count = encoder->dictionary_count;
    text->too_many = text->count > GROUPS_MAX || text->count > rows / 8 + 16;
    if (text->too_many)
        return;
    if (!text->codes) {
        text->codes = gr_alloc(BATCH_ROWS * sizeof(*text->codes));
        text->dictionary = gr_alloc(GROUPS_MAX * sizeof(*text->dictionary));
    }
    memcpy(text->codes, encoder->codes, rows * sizeof(*text->codes));
    memcpy(text->dictionary, encoder->dictionary, text->count * sizeof(*text->dictionary));
}

static uint64_t size_of(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static void take_number(struct presum_builder *builder, size_t measure,
                        const struct encoder *encoder, const struct chunk_facts *facts,
                        uint8_t scale)
{
    struct taken_number *number = &builder->numbers[measure];
    builder->mixed |= facts->mixed;
    number->there = true;
    number->scale = scale;
    number->is_wide = !facts->narrow && !facts->mixed;
    number->any_nulls = facts->nulls > 0;
    if (number->any_nulls)
        memcpy(number->nulls, encoder->nulls, sizeof(number->nulls));
    if (number->is_wide) {
        if (!number->wide)
            number->wide = gr_alloc(BATCH_ROWS * sizeof(*number->wide));
        memcpy(number->wide, encoder->wide, builder->rows * sizeof(*number->wide));
    }
    if (!facts->narrow)
        return;
    uint64_t low = size_of(facts->min);
    uint64_t high = size_of(facts->max);
    number->most = low > high ? low : high;
    number->filled = true;
    for (uint32_t row = 0; row < builder->rows; row++)
        builder->values[(size_t)row * STORE_MONEY_MAX + measure] = encoder->values[row];
}

void presum_take(struct presum_builder *builder, int column, const struct encoder *encoder,
                 const struct chunk_facts *facts, uint8_t scale)
{
    for (size_t i = 0; i < builder->dimension_count; i++)
        if (builder->dimensions[i] == column)
            take_text(&builder->texts[i], encoder, builder->rows);
    for (size_t i = 0; i < builder->measure_count && builder->dimension_count; i++)
        if (builder->measures[i] == column)
            take_number(builder, i, encoder, facts, scale);
}

/* Numbers of an earlier segment where this one has none. */
static void clear_absent(struct presum_builder *builder)
{
    for (size_t i = 0; i < STORE_MONEY_MAX; i++) {
        struct taken_number *number = &builder->numbers[i];
        if (!number->filled || (number->there && !number->is_wide))
            continue;
        for (uint32_t row = 0; row < BATCH_ROWS; row++)
            builder->values[(size_t)row * STORE_MONEY_MAX + i] = 0;
        number->filled = false;
    }
}

/* Sums by group, groups long; of the measures side by side. */
struct group_sums {
    uint32_t groups;
    uint32_t *rows;
    uint32_t *missing; /* groups x STORE_MONEY_MAX */
    i128 *sums;        /* the same */
};

/* So many values can be added up in 64 bits. */
static uint32_t rows_in_64_bits(const struct presum_builder *builder)
{
    uint64_t most = 1;
    for (size_t m = 0; m < builder->measure_count; m++)
        most = builder->numbers[m].most > most ? builder->numbers[m].most : most;
    uint64_t rows = (uint64_t)INT64_MAX / most;
    return rows < BATCH_ROWS ? (uint32_t)rows : BATCH_ROWS;
}

static void flush(int64_t *from, i128 *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
    memset(from, 0, count * sizeof(*from));
}

/* Four measures added at once. */
typedef int64_t measures_vector
    __attribute__((vector_size(STORE_MONEY_MAX * sizeof(int64_t)), aligned(sizeof(int64_t))));

/* Rows that follow each other are often of one group: two tables by turns, so that an addition need
 * not wait for the one before. */
static void sum_block(const struct presum_builder *builder, uint32_t first, uint32_t end,
                      measures_vector *even, measures_vector *odd)
{
    const measures_vector *values = (const measures_vector *)builder->values;
    const uint32_t *of_row = builder->of_row;
    uint32_t i = first;
    for (; i + 1 < end; i += 2) {
        even[of_row[i]] += values[i];
        odd[of_row[i + 1]] += values[i + 1];
    }
    if (i < end)
        even[of_row[i]] += values[i];
}

static void sum_narrow(const struct presum_builder *builder, struct group_sums *to,
                       struct arena *arena)
{
    enum { BLOCK_MIN = 512, TWO_TABLES_MAX = 1024, M = STORE_MONEY_MAX };
    uint32_t block = rows_in_64_bits(builder);
    size_t count = (size_t)to->groups * M;
    if (block < BLOCK_MIN) {
        for (uint32_t i = 0; i < builder->rows; i++)
            for (size_t m = 0; m < M; m++)
                to->sums[(size_t)builder->of_row[i] * M + m] += builder->values[(size_t)i * M + m];
        return;
    }
    size_t tables = to->groups <= TWO_TABLES_MAX ? 2 : 1;
    int64_t *sums = arena_alloc_zeroed(arena, count * tables, sizeof(*sums));
    int64_t *odd = tables > 1 ? sums + count : sums;
    for (uint32_t first = 0; first < builder->rows;) {
        uint32_t end = builder->rows - first < block ? builder->rows : first + block;
        sum_block(builder, first, end, (measures_vector *)sums, (measures_vector *)odd);
        for (size_t table = 0; table < tables; table++)
            flush(sums + table * count, to->sums, count);
        first = end;
    }
}

static void sum_rows(const struct presum_builder *builder, struct group_sums *to,
                     struct arena *arena)
{
    enum { M = STORE_MONEY_MAX };
    const uint32_t *of_row = builder->of_row;
    for (uint32_t i = 0; i < builder->rows; i++)
        to->rows[of_row[i]]++;
    sum_narrow(builder, to, arena);
    for (size_t m = 0; m < builder->measure_count; m++) {
        const struct taken_number *number = &builder->numbers[m];
        for (uint32_t i = 0; number->is_wide && i < builder->rows; i++)
            to->sums[(size_t)of_row[i] * M + m] =
                (i128)((u128)to->sums[(size_t)of_row[i] * M + m] + (u128)number->wide[i]);
        for (uint32_t i = 0; number->any_nulls && i < builder->rows; i++)
            to->missing[(size_t)of_row[i] * M + m] += number->nulls[i / 8] >> (i % 8) & 1;
        for (uint32_t g = 0; !number->there && g < to->groups; g++)
            to->missing[(size_t)g * M + m] = to->rows[g];
    }
}

static void put_le(uint8_t **at, u128 value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

/* An array of version 2. */
static void put_array(uint8_t **at, const i128 *entries, uint32_t count)
{
    i128 min = count ? entries[0] : 0;
    i128 max = min;
    unsigned width = 0;
    for (uint32_t i = 0; i < count; i++) {
        min = entries[i] < min ? entries[i] : min;
        max = entries[i] > max ? entries[i] : max;
    }
    while (width < 16 && ((u128)max - (u128)min) >> (8 * width))
        width++;
    put_le(at, width, 1);
    put_le(at, (u128)min, 16);
    for (uint32_t i = 0; i < count; i++)
        put_le(at, (u128)entries[i] - (u128)min, width);
}

static bool sums_fit_64_bits(const struct group_sums *sums)
{
    for (size_t i = 0; i < (size_t)sums->groups * STORE_MONEY_MAX; i++)
        if (sums->sums[i] != (int64_t)sums->sums[i])
            return false;
    return true;
}

static uint32_t entry_of(const struct taken_text *text, uint32_t local)
{
    return text && text->there ? text->dictionary[local] : 0;
}

/* `text` NULL: the total, under code 0. */
static size_t put_presum(const struct presum_builder *builder, const struct taken_text *text,
                         uint32_t currencies, const struct group_sums *sums, i128 *entries,
                         uint8_t *out)
{
    enum { M = STORE_MONEY_MAX };
    uint32_t *used = builder->of_row; /* its rows are summed */
    uint32_t count = 0;
    uint8_t *at = out + PRESUM_HEADER_BYTES;
    for (uint32_t g = 0; g < sums->groups; g++)
        if (sums->rows[g])
            used[count++] = g;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = entry_of(text, used[i] / currencies);
    put_array(&at, entries, count);
    for (uint32_t i = 0; i < count; i++)
        entries[i] = entry_of(&builder->texts[0], used[i] % currencies);
    put_array(&at, entries, count);
    for (uint32_t i = 0; i < count; i++)
        entries[i] = sums->rows[used[i]];
    put_array(&at, entries, count);
    for (size_t m = 0; m < builder->measure_count; m++) {
        for (uint32_t i = 0; i < count; i++)
            entries[i] = sums->missing[(size_t)used[i] * M + m];
        put_array(&at, entries, count);
        for (uint32_t i = 0; i < count; i++)
            entries[i] = sums->sums[(size_t)used[i] * M + m];
        put_array(&at, entries, count);
    }
    memset(out, 0, PRESUM_HEADER_BYTES);
    out[0] = PRESUM_PACKED;
    out[1] = (uint8_t)builder->measure_count;
    out[2] = sums_fit_64_bits(sums) ? 8 : 16;
    uint8_t *head = out + 4;
    put_le(&head, count, 4);
    for (size_t m = 0; m < builder->measure_count; m++)
        *head++ = builder->numbers[m].scale;
    return (size_t)(at - out);
}

/* Wide values may add up to more than 128 bits: then there is no pre-sum and a rollup, which
 * checks, reads the rows. */
static bool wide_may_overflow(const struct presum_builder *builder)
{
    for (size_t m = 0; m < builder->measure_count; m++)
        for (uint32_t i = 0; builder->numbers[m].is_wide && i < builder->rows; i++) {
            i128 value = builder->numbers[m].wide[i];
            if (value > (i128)1 << 110 || value < -((i128)1 << 110))
                return true;
        }
    return false;
}

static void find_groups(const struct presum_builder *builder, const struct taken_text *text,
                        uint32_t currencies)
{
    const uint16_t *currency = builder->texts[0].codes;
    bool by_text = text && text->there;
    for (uint32_t i = 0; i < builder->rows; i++)
        builder->of_row[i] = by_text ? text->codes[i] * currencies : 0;
    for (uint32_t i = 0; currencies > 1 && i < builder->rows; i++)
        builder->of_row[i] += currency[i];
}

static void add_presum(const struct presum_builder *builder, size_t dimension, int64_t column,
                       struct arena *scratch, struct packed_segment *out)
{
    const struct taken_text *text = dimension ? &builder->texts[dimension] : NULL;
    const struct taken_text *currency = &builder->texts[0];
    uint32_t currencies = currency->there ? currency->count : 1;
    uint32_t entries = text && text->there ? text->count : 1;
    struct group_sums sums = {.groups = entries * currencies};
    if ((text && text->too_many) || sums.groups > 4 * GROUPS_MAX)
        return;
    find_groups(builder, text, currencies);
    sums.rows = arena_alloc_zeroed(scratch, sums.groups, sizeof(*sums.rows));
    sums.missing =
        arena_alloc_zeroed(scratch, (size_t)sums.groups * STORE_MONEY_MAX, sizeof(*sums.missing));
    sums.sums =
        arena_alloc_zeroed(scratch, (size_t)sums.groups * STORE_MONEY_MAX, sizeof(*sums.sums));
    sum_rows(builder, &sums, scratch);
    uint8_t *bytes = arena_alloc(scratch, PRESUM_HEADER_BYTES + 17 * (3 + 2 * STORE_MONEY_MAX) +
                                              (size_t)sums.groups * (12 + 20 * STORE_MONEY_MAX));
    size_t length = put_presum(builder, text, currencies, &sums,
                               arena_alloc(scratch, sums.groups * sizeof(i128)), bytes);
    struct packed_presum *presum = &out->presums[out->presum_count++];
    *presum = (struct packed_presum){column, arena_alloc(&out->arena, length), length};
    memcpy(presum->bytes, bytes, length);
}

void presum_finish(struct presum_builder *builder, const struct pack_column *columns,
                   struct packed_segment *out)
{
    out->presums = arena_alloc(&out->arena, (DIMENSIONS_MAX + 1) * sizeof(*out->presums));
    out->presum_count = 0;
    if (!builder->dimension_count || builder->mixed || builder->texts[0].too_many ||
        wide_may_overflow(builder))
        return;
    struct arena scratch = ARENA_EMPTY;
    clear_absent(builder);
    for (size_t i = 0; i < builder->dimension_count; i++) {
        add_presum(builder, i, columns[builder->dimensions[i]].id, &scratch, out);
        arena_reset(&scratch);
    }
    arena_deinit(&scratch);
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

static void store_le(uint8_t *out, uint64_t value, unsigned bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
    value >>= 64 - 8 * bytes;
#endif
    memcpy(out, &value, bytes);
}

static uint64_t load_le(const uint8_t *bytes, uint64_t mask)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value & mask;
}

/* Of an array of version 2. */
struct presum_array {
    const uint8_t *entries;
    unsigned width;
    u128 base;
    const uint8_t *less; /* u32 each to take the entries from; NULL: they stand for themselves */
};

/* What fits 64 bits wraps as it should in them. */
static void expand_narrow(const struct presum_array *array, uint32_t groups, unsigned bytes,
                          uint8_t *out)
{
    uint64_t base = (uint64_t)array->base;
    uint64_t mask = array->width ? UINT64_MAX >> (64 - 8 * array->width) : 0;
    const uint8_t *at = array->entries;
    for (uint32_t g = 0; g < groups; g++, at += array->width, out += bytes) {
        uint64_t entry = base + load_le(at, mask);
        entry = array->less ? presum_u32(array->less, g) - entry : entry;
        if (bytes == 4)
            store_le(out, entry & UINT32_MAX, 4);
        else
            store_le(out, entry, 8);
    }
}

static void expand_wide(const struct presum_array *array, uint32_t groups, unsigned bytes,
                        uint8_t *out)
{
    const uint8_t *at = array->entries;
    for (uint32_t g = 0; g < groups; g++) {
        u128 entry = array->base;
        for (unsigned i = 0; i < array->width; i++)
            entry += (u128)at[i] << (8 * i);
        at += array->width;
        put_le(&out, array->less ? presum_u32(array->less, g) - entry : entry, bytes);
    }
}

/* Makes an array of version 1 with `bytes` an entry. */
static bool expand_array(const uint8_t **at, const uint8_t *end, uint32_t groups, unsigned bytes,
                         const uint8_t *less, uint8_t **out)
{
    struct presum_array array = {.less = less};
    if (end - *at < 17)
        return false;
    array.width = (*at)[0];
    for (unsigned i = 0; i < 16; i++)
        array.base |= (u128)(*at)[1 + i] << (8 * i);
    array.entries = *at + 17;
    if (array.width > 16 || (size_t)(end - array.entries) < (size_t)groups * array.width)
        return false;
    if (bytes <= 8 && array.width <= 8)
        expand_narrow(&array, groups, bytes, *out);
    else
        expand_wide(&array, groups, bytes, *out);
    *at = array.entries + (size_t)groups * array.width;
    *out += (size_t)groups * bytes;
    return true;
}

enum gr_status presum_expand(struct arena *arena, struct store_bytes *bytes, struct gr_err *err)
{
    const uint8_t *from = bytes->ptr;
    if (bytes->length < PRESUM_HEADER_BYTES || from[0] != PRESUM_PACKED)
        return GR_OK; /* presum_read() says what is wrong with it */
    const uint8_t *end = from + bytes->length;
    uint32_t measures = from[1];
    unsigned sum_bytes = from[2];
    uint32_t groups = presum_u32(from, 1);
    if (measures < 1 || measures > STORE_MONEY_MAX || (sum_bytes != 8 && sum_bytes != 16) ||
        groups > 4 * GROUPS_MAX)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: header");
    size_t length =
        PRESUM_HEADER_BYTES + (size_t)groups * (12 + measures * (4 + (size_t)sum_bytes));
    uint8_t *out = arena_alloc(arena, length);
    uint8_t *to = out + PRESUM_HEADER_BYTES;
    const uint8_t *rows = to + (size_t)groups * 8;
    memcpy(out, from, PRESUM_HEADER_BYTES);
    out[0] = 1;
    from += PRESUM_HEADER_BYTES;
    bool sound = true;
    for (uint32_t array = 0; array < 3 + 2 * measures && sound; array++) {
        bool counts = array >= 3 && array % 2;
        bool sums = array >= 3 && !counts;
        sound = expand_array(&from, end, groups, sums ? sum_bytes : 4, counts ? rows : NULL, &to);
    }
    if (!sound || from != end)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: length");
    *bytes = (struct store_bytes){out, length};
    return GR_OK;
}
