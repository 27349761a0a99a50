/* Rows of a segment -> packed_segment. Pure: called on the store's thread or on another one.
 *
 * Columns of bills decide each other: a resource has one SKU, one price and one unit, a cost is a
 * price times a quantity, the amount billed is mostly the effective cost. The rules below name the
 * columns of which that may be so; whether it is so is found in each segment anew. What reports
 * group by most stays in codes of its own, and the effective cost in values of its own, since a
 * column that leans on another costs a second column to read.
 */
#include "store/pack.h"

#include <stdlib.h>
#include <string.h>

enum { RULE_COLUMNS_MAX = 16, NO_COLUMN = -1 };

struct pack_rules {
    int keys[RULE_COLUMNS_MAX];  /* the first that fits decides the others; ends with NO_COLUMN */
    int plain[RULE_COLUMNS_MAX]; /* text that never leans; ends with NO_COLUMN */
    int base;                    /* other amounts may be like it */
    int quantity;                /* other amounts may be a multiple of it */
};

static const struct pack_rules rules_of[DATASET_COUNT] = {
    [DATASET_COST] = {{COST_ResourceId, COST_ResourceName, COST_Tags, COST_SkuId, NO_COLUMN},
                      {COST_BillingCurrency, COST_ProviderName, COST_BillingAccountId,
                       COST_SubAccountId, COST_ServiceName, COST_ServiceCategory, COST_RegionId,
                       COST_ChargeCategory, COST_Tags, COST_x_InstanceType, COST_x_GpuType,
                       NO_COLUMN},
                      COST_EffectiveCost,                                                                             COST_ConsumedQuantity},
    [DATASET_AI] = {{NO_COLUMN},                                                            {NO_COLUMN}, AI_Cost,   NO_COLUMN            },
    [DATASET_METRIC] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_INSTANCE] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_ALERT] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_ERROR] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_INVOICE] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_BILLING_PERIOD] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
    [DATASET_COMMITMENT] = {{NO_COLUMN},                                                            {NO_COLUMN}, NO_COLUMN, NO_COLUMN            },
};

struct packer {
    struct encoder *encoder;
    struct presum_builder *presums;
    struct encode_key *key;
    struct encode_base *base;
    struct encode_base *quantity;
    /* of the segment at hand */
    const struct pack_rules *rules;
    struct segment_rows *rows;
    const struct pack_column *columns;
    struct packed_segment *out;
};

struct packer *packer_open(void)
{
    struct packer *packer = gr_alloc_zeroed(1, sizeof(*packer));
    packer->encoder = encoder_open();
    packer->presums = presum_open();
    packer->key = gr_alloc_zeroed(1, sizeof(*packer->key));
    packer->base = gr_alloc_zeroed(1, sizeof(*packer->base));
    packer->quantity = gr_alloc_zeroed(1, sizeof(*packer->quantity));
    return packer;
}

void packer_close(struct packer *packer)
{
    if (!packer)
        return;
    encoder_close(packer->encoder);
    presum_close(packer->presums);
    free(packer->key);
    free(packer->base);
    free(packer->quantity);
    free(packer);
}

static bool is_named(const int *list, int column)
{
    for (; *list != NO_COLUMN; list++)
        if (*list == column)
            return true;
    return false;
}

static bool is_money(enum dataset dataset, int column)
{
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(dataset, columns);
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

static bool has_rows(const struct packer *packer, int column)
{
    return column >= 0 && (size_t)column < packer->rows->column_count &&
           packer->rows->columns[column].rows;
}

/* ---- chunks ---- */

/* Encoding, width, rows, nulls and count of the headers, and all of the payload. */
static bool same_payload(const uint8_t *a, const uint8_t *b, size_t length)
{
    return a[0] == b[0] && memcmp(a + 3, b + 3, 13) == 0 &&
           memcmp(a + CHUNK_HEADER_BYTES, b + CHUNK_HEADER_BYTES, length - CHUNK_HEADER_BYTES) == 0;
}

/* Makes what was encoded a reference when an earlier chunk of the segment has the same payload. */
static void refer_to_same(struct packer *packer)
{
    struct encoder *encoder = packer->encoder;
    if (encoder->length <= (size_t)4 * CHUNK_HEADER_BYTES)
        return;
    for (size_t i = 0; i < packer->out->chunk_count; i++) {
        const struct packed_chunk *chunk = &packer->out->chunks[i];
        if (chunk->length == encoder->length &&
            same_payload(chunk->bytes, encoder->bytes, chunk->length)) {
            encode_same(encoder, (uint32_t)chunk->column);
            return;
        }
    }
}

static void add_chunk(struct packer *packer, int64_t column, const struct chunk_facts *facts)
{
    struct encoder *encoder = packer->encoder;
    if (!encoder->length)
        return;
    struct packed_chunk *chunk = &packer->out->chunks[packer->out->chunk_count++];
    *chunk = (struct packed_chunk){.column = column,
                                   .nulls = facts->nulls,
                                   .narrow = facts->narrow,
                                   .min = facts->min,
                                   .max = facts->max,
                                   .bytes = arena_alloc(&packer->out->arena, encoder->length),
                                   .length = encoder->length};
    memcpy(chunk->bytes, encoder->bytes, encoder->length);
}

/* The last of a column: what others lean on is kept, and stays no SAME. */
static void add_column(struct packer *packer, int column, const struct chunk_facts *facts,
                       uint8_t scale, bool leaned_on)
{
    if (facts->nulls < packer->rows->rows)
        presum_take(packer->presums, column, packer->encoder, facts, scale);
    if (!leaned_on)
        refer_to_same(packer);
    add_chunk(packer, packer->columns[column].id, facts);
}

/* `spread`: the local codes of the rows are needed afterwards. */
static void encode_by_key(struct packer *packer, const uint32_t *codes, bool spread,
                          struct chunk_facts *facts)
{
    uint32_t rows = packer->rows->rows;
    if (!packer->key->count ||
        !encode_function(packer->encoder, packer->key, codes, rows, spread, facts))
        encode_text(packer->encoder, codes, rows, facts);
}

/* The column's cells, all in one kind of codes: those that were settled make all of the store. */
static const uint32_t *text_cells(struct packer *packer, int column)
{
    struct segment_column *cells = &packer->rows->columns[column];
    const uint32_t *map = packer->columns[column].code_map;
    packer->encoder->code_map = cells->settled ? NULL : map;
    for (uint32_t i = cells->settled; cells->settled && map && i < cells->rows; i++)
        cells->codes[i] = map[cells->codes[i]];
    return cells->codes;
}

static void pack_text(struct packer *packer, int column)
{
    struct chunk_facts facts;
    const uint32_t *codes = text_cells(packer, column);
    if (is_named(packer->rules->plain, column))
        encode_text(packer->encoder, codes, packer->rows->rows, &facts);
    else
        encode_by_key(packer, codes, presum_wants(packer->presums, column), &facts);
    add_column(packer, column, &facts, 0, false);
}

/* Does another column say what was read? */
static bool encode_by_others(struct packer *packer, uint8_t scale, struct chunk_facts *facts)
{
    struct encoder *encoder = packer->encoder;
    uint32_t rows = packer->rows->rows;
    if (!facts->narrow || facts->min == facts->max)
        return false;
    return encode_like(encoder, packer->base, rows, scale, facts) ||
           encode_like(encoder, packer->quantity, rows, scale, facts) ||
           (packer->quantity->column_id &&
            encode_scaled(encoder, packer->key, packer->quantity, rows, scale, facts)) ||
           encode_scaled(encoder, packer->key, NULL, rows, scale, facts);
}

static void read_decimals(struct packer *packer, int column, struct chunk_facts *facts,
                          uint8_t *scale)
{
    const struct segment_column *cells = &packer->rows->columns[column];
    decimals_read(packer->encoder, cells->units, cells->scales, cells->wide, packer->rows->rows,
                  facts, scale);
}

/* ---- columns that repeat another cell by cell ---- */

static bool same_cells(const struct segment_column *a, const struct segment_column *b,
                       uint32_t rows)
{
    enum { LOOK = 64 };
    uint32_t look = rows < LOOK ? rows : LOOK;
    return !a->wide_count && !b->wide_count &&
           memcmp(a->units, b->units, look * sizeof(*a->units)) == 0 &&
           memcmp(a->scales, b->scales, rows) == 0 &&
           memcmp(a->units, b->units, rows * sizeof(*a->units)) == 0;
}

static const struct packed_chunk *chunk_of(const struct packer *packer, int column)
{
    for (size_t i = 0; i < packer->out->chunk_count; i++)
        if (packer->out->chunks[i].column == packer->columns[column].id)
            return &packer->out->chunks[i];
    return NULL;
}

/* Makes a reference of a column of decimals whose cells are those of one that is packed: quicker
 * than to find it by the bytes of the chunk. Not of money, whose numbers pre-sums need. */
static bool pack_repeated(struct packer *packer, int column)
{
    const struct segment_rows *rows = packer->rows;
    const struct packed_chunk *chunk = NULL;
    if (is_money(rows->dataset, column))
        return false;
    for (int i = 0; i < (int)rows->column_count && !chunk; i++)
        if (i != column && has_rows(packer, i) && packer->columns[i].kind == COLUMN_DECIMAL &&
            same_cells(&rows->columns[i], &rows->columns[column], rows->rows))
            chunk = chunk_of(packer, i);
    if (!chunk)
        return false;
    bool same = chunk->bytes[0] == CHUNK_SAME;
    uint32_t id = same ? presum_u32(chunk->bytes + CHUNK_HEADER_BYTES, 0) : (uint32_t)chunk->column;
    struct chunk_facts facts = {
        .nulls = chunk->nulls, .narrow = chunk->narrow, .min = chunk->min, .max = chunk->max};
    memcpy(packer->encoder->bytes, chunk->bytes, CHUNK_HEADER_BYTES);
    encode_same(packer->encoder, id);
    add_chunk(packer, packer->columns[column].id, &facts);
    return true;
}

static void pack_decimals(struct packer *packer, int column)
{
    struct chunk_facts facts;
    uint8_t scale = 0;
    if (pack_repeated(packer, column))
        return;
    read_decimals(packer, column, &facts, &scale);
    if (!encode_by_others(packer, scale, &facts))
        decimals_encode(packer->encoder, packer->rows->rows, scale,
                        !is_money(packer->rows->dataset, column), &facts);
    add_column(packer, column, &facts, scale, false);
}

static void pack_moments(struct packer *packer, int column)
{
    struct chunk_facts facts;
    encode_whole(packer->encoder, packer->rows->columns[column].units, packer->rows->rows, &facts);
    struct zone_map zone = {facts.min, facts.max, facts.nulls};
    if (column == dataset_moment_column(packer->rows->dataset))
        packer->out->moments = zone;
    if (packer->rows->dataset == DATASET_COST && column == COST_BillingPeriodStart)
        packer->out->billing = zone;
    add_column(packer, column, &facts, 0, false);
}

/* ---- what others lean on ---- */

static void pack_keys(struct packer *packer, bool *done)
{
    packer->key->count = 0;
    for (const int *column = packer->rules->keys; *column != NO_COLUMN; column++) {
        struct chunk_facts facts;
        if (!has_rows(packer, *column))
            continue;
        encode_text(packer->encoder, text_cells(packer, *column), packer->rows->rows, &facts);
        add_column(packer, *column, &facts, 0, true);
        done[*column] = true;
        if (encode_key_make(packer->key, packer->encoder, (uint32_t)packer->columns[*column].id,
                            packer->rows->rows))
            return;
    }
}

static void pack_base(struct packer *packer, int column, struct encode_base *base, bool *done)
{
    struct chunk_facts facts;
    uint8_t scale = 0;
    base->column_id = 0;
    if (!has_rows(packer, column))
        return;
    read_decimals(packer, column, &facts, &scale);
    if (facts.narrow)
        encode_base_make(base, packer->encoder, (uint32_t)packer->columns[column].id,
                         packer->rows->rows, scale, &facts);
    decimals_encode(packer->encoder, packer->rows->rows, scale,
                    !is_money(packer->rows->dataset, column), &facts);
    add_column(packer, column, &facts, scale, true);
    done[column] = true;
}

/* ---- whose the rows are ---- */

/* The parts are the groups of #delivery, which was encoded last. */
static void add_parts(struct packer *packer)
{
    const struct encoder *encoder = packer->encoder;
    struct packed_segment *out = packer->out;
    out->part_count = encoder->dictionary_count;
    out->parts = arena_alloc_zeroed(&out->arena, out->part_count, sizeof(*out->parts));
    for (size_t i = 0; i < out->part_count; i++)
        out->parts[i].delivery = encoder->dictionary[i];
    for (uint32_t i = 0; i < packer->rows->rows; i++)
        out->parts[encoder->codes[i]].rows++;
}

static void pack_places(struct packer *packer)
{
    const struct segment_rows *rows = packer->rows;
    struct chunk_facts facts;
    encode_whole(packer->encoder, rows->lines.units, rows->rows, &facts);
    add_chunk(packer, COLUMN_ID_LINE, &facts);
    packer->encoder->code_map = NULL;
    encode_by_key(packer, rows->files.codes, false, &facts);
    add_chunk(packer, COLUMN_ID_FILE, &facts);
    encode_by_key(packer, rows->deliveries.codes, true, &facts);
    add_parts(packer);
    refer_to_same(packer);
    add_chunk(packer, COLUMN_ID_DELIVERY, &facts);
}

static int compare_chunks(const void *a, const void *b)
{
    const struct packed_chunk *x = a;
    const struct packed_chunk *y = b;
    return x->column < y->column ? -1 : x->column > y->column;
}

void pack_segment(struct packer *packer, struct segment_rows *rows,
                  const struct pack_column *columns, struct packed_segment *out)
{
    packer->rules = &rules_of[rows->dataset];
    packer->rows = rows;
    packer->columns = columns;
    packer->out = out;
    *out = (struct packed_segment){.arena = out->arena,
                                   .dataset = rows->dataset,
                                   .rows = rows->rows,
                                   .moments = {.nulls = rows->rows},
                                   .billing = {.nulls = rows->rows}};
    out->chunks = arena_alloc(&out->arena, (rows->column_count + 3) * sizeof(*out->chunks));
    bool *done = arena_alloc_zeroed(&out->arena, rows->column_count + 1, sizeof(*done));
    presum_begin(packer->presums, rows->dataset, rows->rows);
    pack_keys(packer, done);
    pack_base(packer, packer->rules->base, packer->base, done);
    pack_base(packer, packer->rules->quantity, packer->quantity, done);
    pack_places(packer);
    for (int i = 0; i < (int)rows->column_count; i++) {
        if (done[i] || !has_rows(packer, i))
            continue;
        if (columns[i].kind == COLUMN_TEXT)
            pack_text(packer, i);
        else if (columns[i].kind == COLUMN_DECIMAL)
            pack_decimals(packer, i);
        else
            pack_moments(packer, i);
    }
    presum_finish(packer->presums, columns, out);
    qsort(out->chunks, out->chunk_count, sizeof(*out->chunks), compare_chunks);
}
