/* Pre-sums: for a few dictionary columns of a segment, the sums of the money columns by (code,
 * currency).
 *
 * A rollup that covers a whole segment and groups by one such column reads a few hundred bytes in
 * place of the rows. Grouping by the raw text of Tags answers every tag key at once.
 */
#include "store/pack.h"

#include <stdlib.h>
#include <string.h>

/* With more groups than GROUPS_MAX the rows are as quick to read. */
enum { GROUPS_MAX = PRESUM_GROUPS_MAX / 4, DIMENSIONS_MAX = 16 };

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
    const struct taken_text *text; /* NULL: the total */
    size_t dimension;
    uint32_t currencies;
    uint32_t groups;
    uint32_t *rows;
    uint32_t *missing; /* groups x STORE_MONEY_MAX */
    i128 *sums;        /* the same */
    int64_t *even;     /* the same: of rows that were not flushed yet */
    int64_t *odd;      /* may be `even` */
};

enum { BLOCK_ROWS = 2048, BLOCK_ROWS_MIN = 256, TWO_TABLES_MAX = 1024 };

/* So many values can be added up in 64 bits. */
static uint32_t rows_in_64_bits(const struct presum_builder *builder)
{
    uint64_t most = 1;
    for (size_t m = 0; m < builder->measure_count; m++)
        most = builder->numbers[m].most > most ? builder->numbers[m].most : most;
    uint64_t rows = (uint64_t)INT64_MAX / most;
    return rows < BATCH_ROWS ? (uint32_t)rows : BATCH_ROWS;
}

static void flush_table(int64_t *from, i128 *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
    memset(from, 0, count * sizeof(*from));
}

static void flush(struct group_sums *sums)
{
    size_t count = (size_t)sums->groups * STORE_MONEY_MAX;
    flush_table(sums->even, sums->sums, count);
    if (sums->odd != sums->even)
        flush_table(sums->odd, sums->sums, count);
}

/* Four measures added at once. */
typedef int64_t measures_vector
    __attribute__((vector_size(STORE_MONEY_MAX * sizeof(int64_t)), aligned(sizeof(int64_t))));

/* Rows that follow each other are often of one group: two tables by turns, so that an addition need
 * not wait for the one before. */
static void sum_narrow(const struct group_sums *to, const uint32_t *of_row, const int64_t *numbers,
                       uint32_t rows)
{
    const measures_vector *values = (const measures_vector *)numbers;
    measures_vector *even = (measures_vector *)to->even;
    measures_vector *odd = (measures_vector *)to->odd;
    uint32_t i = 0;
    for (; i + 1 < rows; i += 2) {
        even[of_row[i]] += values[i];
        odd[of_row[i + 1]] += values[i + 1];
    }
    if (i < rows)
        even[of_row[i]] += values[i];
}

/* What is wide, and what is not there. */
static void sum_rest(const struct presum_builder *builder, struct group_sums *to, uint32_t first,
                     uint32_t end)
{
    enum { M = STORE_MONEY_MAX };
    const uint32_t *of_row = builder->of_row;
    for (size_t m = 0; m < builder->measure_count; m++) {
        const struct taken_number *number = &builder->numbers[m];
        for (uint32_t i = first; number->is_wide && i < end; i++) {
            i128 *sum = &to->sums[(size_t)of_row[i - first] * M + m];
            *sum = (i128)((u128)*sum + (u128)number->wide[i]);
        }
        for (uint32_t i = first; number->any_nulls && i < end; i++)
            to->missing[(size_t)of_row[i - first] * M + m] += number->nulls[i / 8] >> (i % 8) & 1;
    }
}

/* The group of each row of the block, in builder->of_row. */
static void find_groups(const struct presum_builder *builder, const struct group_sums *sums,
                        uint32_t first, uint32_t end)
{
    const uint16_t *currency = builder->texts[0].codes;
    bool by_text = sums->text && sums->text->there;
    uint32_t currencies = sums->currencies;
    for (uint32_t i = first; i < end; i++)
        builder->of_row[i - first] = by_text ? sums->text->codes[i] * currencies : 0;
    for (uint32_t i = first; currencies > 1 && i < end; i++)
        builder->of_row[i - first] += currency[i];
}

static void sum_block(const struct presum_builder *builder, struct group_sums *to, uint32_t first,
                      uint32_t end, bool narrow)
{
    enum { M = STORE_MONEY_MAX };
    const uint32_t *of_row = builder->of_row;
    const int64_t *values = builder->values + (size_t)first * M;
    find_groups(builder, to, first, end);
    for (uint32_t i = 0; i < end - first; i++)
        to->rows[of_row[i]]++;
    if (narrow)
        sum_narrow(to, of_row, values, end - first);
    for (uint32_t i = 0; !narrow && i < end - first; i++)
        for (size_t m = 0; m < M; m++)
            to->sums[(size_t)of_row[i] * M + m] += values[(size_t)i * M + m];
    sum_rest(builder, to, first, end);
}

/* All dimensions of a block of rows before the next one, so that its numbers are read once. */
static void sum_rows(const struct presum_builder *builder, struct group_sums *sums, size_t count)
{
    uint32_t limit = rows_in_64_bits(builder);
    bool narrow = limit >= BLOCK_ROWS_MIN;
    uint32_t block = narrow && limit < BLOCK_ROWS ? limit : BLOCK_ROWS;
    uint32_t summed = 0; /* since the last flush */
    for (uint32_t first = 0, end; first < builder->rows; first = end) {
        end = builder->rows - first < block ? builder->rows : first + block;
        bool full = narrow && limit - summed < end - first;
        for (size_t i = 0; full && i < count; i++)
            flush(&sums[i]);
        summed = (full ? 0 : summed) + end - first;
        for (size_t i = 0; i < count; i++)
            sum_block(builder, &sums[i], first, end, narrow);
    }
    for (size_t i = 0; narrow && i < count; i++)
        flush(&sums[i]);
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < builder->measure_count; m++)
            for (uint32_t g = 0; !builder->numbers[m].there && g < sums[i].groups; g++)
                sums[i].missing[(size_t)g * STORE_MONEY_MAX + m] = sums[i].rows[g];
}

static uint32_t entry_of(const struct taken_text *text, uint32_t local)
{
    return text && text->there ? text->dictionary[local] : 0;
}

/* The groups that have rows, moved together. The total is under code 0. */
static struct presum_entries used_entries(const struct presum_builder *builder,
                                          const struct group_sums *sums, struct arena *scratch)
{
    enum { M = STORE_MONEY_MAX };
    uint32_t *codes = arena_alloc(scratch, sums->groups * sizeof(*codes));
    uint32_t *currencies = arena_alloc(scratch, sums->groups * sizeof(*currencies));
    struct presum_entries out = {.measures = (uint32_t)builder->measure_count,
                                 .codes = codes,
                                 .currencies = currencies,
                                 .rows = sums->rows,
                                 .missing = sums->missing,
                                 .sums = sums->sums};
    for (size_t m = 0; m < builder->measure_count; m++)
        out.scales[m] = builder->numbers[m].scale;
    for (uint32_t g = 0; g < sums->groups; g++) {
        size_t to = out.groups;
        if (!sums->rows[g])
            continue;
        codes[to] = entry_of(sums->text, g / sums->currencies);
        currencies[to] = entry_of(&builder->texts[0], g % sums->currencies);
        sums->rows[to] = sums->rows[g];
        memmove(&sums->missing[to * M], &sums->missing[(size_t)g * M], M * sizeof(*sums->missing));
        memmove(&sums->sums[to * M], &sums->sums[(size_t)g * M], M * sizeof(*sums->sums));
        out.groups++;
    }
    return out;
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

/* False when the dimension has too many groups. */
static bool prepare_sums(const struct presum_builder *builder, size_t dimension,
                         struct arena *scratch, struct group_sums *out)
{
    const struct taken_text *text = dimension ? &builder->texts[dimension] : NULL;
    const struct taken_text *currency = &builder->texts[0];
    uint32_t currencies = currency->there ? currency->count : 1;
    uint32_t entries = text && text->there ? text->count : 1;
    *out = (struct group_sums){.text = text,
                               .dimension = dimension,
                               .currencies = currencies,
                               .groups = entries * currencies};
    if ((text && text->too_many) || out->groups > PRESUM_GROUPS_MAX)
        return false;
    size_t count = (size_t)out->groups * STORE_MONEY_MAX;
    bool two = out->groups <= TWO_TABLES_MAX;
    out->rows = arena_alloc_zeroed(scratch, out->groups, sizeof(*out->rows));
    out->missing = arena_alloc_zeroed(scratch, count, sizeof(*out->missing));
    out->sums = arena_alloc_zeroed(scratch, count, sizeof(*out->sums));
    out->even = arena_alloc_zeroed(scratch, two ? 2 * count : count, sizeof(*out->even));
    out->odd = two ? out->even + count : out->even;
    return true;
}

/* tag_presum.c reads what is packed as it would read a blob, so the slack comes along. */
static void add_presum(const struct presum_builder *builder, const struct group_sums *sums,
                       int64_t column, struct arena *scratch, struct packed_segment *out)
{
    struct presum_entries entries = used_entries(builder, sums, scratch);
    struct store_bytes written = presum_write(scratch, &entries);
    uint8_t *bytes = arena_alloc(&out->arena, written.length + KERNEL_SLACK_BYTES);
    memcpy(bytes, written.ptr, written.length + KERNEL_SLACK_BYTES);
    out->presums[out->presum_count++] = (struct packed_presum){column, bytes, written.length};
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
    struct group_sums sums[DIMENSIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < builder->dimension_count; i++)
        count += prepare_sums(builder, i, &scratch, &sums[count]);
    sum_rows(builder, sums, count);
    for (size_t i = 0; i < count; i++)
        add_presum(builder, &sums[i], columns[builder->dimensions[sums[i].dimension]].id, &scratch,
                   out);
    arena_deinit(&scratch);
}
