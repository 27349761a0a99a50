/* What a delivery's segments hold: rows, moments and exact sums per currency, read back from the
 * chunks.
 *
 * This is the second way to the same figures: load/ compares it with the sums of its batches,
 * `check` with the ledger.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

struct measure {
    struct store *store;
    struct arena *arena;
    struct store_delivery *delivery;
    struct column_data currency;
    struct column_data amount;
    struct column_data moment;
    uint32_t *group_of_code; /* global currency code -> group + 1 */
    uint32_t code_capacity;
    size_t money_capacity;
};

static int currency_column(enum dataset dataset)
{
    return dataset == DATASET_COST       ? COST_BillingCurrency
           : dataset == DATASET_AI       ? AI_Currency
           : dataset == DATASET_INSTANCE ? INSTANCE_Currency
                                         : -1;
}

static enum gr_status group_of(struct measure *m, uint32_t code, uint32_t *group,
                               struct gr_err *err)
{
    struct store_delivery *delivery = m->delivery;
    if (code >= m->code_capacity) {
        uint32_t capacity = code + 64;
        m->group_of_code = gr_realloc(m->group_of_code, capacity * sizeof(*m->group_of_code));
        memset(m->group_of_code + m->code_capacity, 0,
               (capacity - m->code_capacity) * sizeof(*m->group_of_code));
        m->code_capacity = capacity;
    }
    if (!m->group_of_code[code]) {
        struct str text;
        GR_TRY(store_text(m->store, delivery->dataset, currency_column(delivery->dataset), code,
                          &text, err));
        if (delivery->money_count == m->money_capacity) {
            m->money_capacity = m->money_capacity ? m->money_capacity * 2 : 4;
            struct store_money *old = delivery->money;
            delivery->money =
                arena_alloc_zeroed(m->arena, m->money_capacity, sizeof(*delivery->money));
            if (old)
                memcpy(delivery->money, old, delivery->money_count * sizeof(*old));
        }
        delivery->money[delivery->money_count++].currency =
            text.ptr ? arena_str(m->arena, text) : STR("");
        m->group_of_code[code] = (uint32_t)delivery->money_count;
    }
    *group = m->group_of_code[code] - 1;
    return GR_OK;
}

static enum gr_status read_column(struct measure *m, struct arena *scratch, int64_t segment,
                                  uint32_t rows, int column, struct column_data *data,
                                  struct gr_err *err)
{
    struct store_bytes bytes = {NULL, 0};
    if (column >= 0)
        GR_TRY(store_chunk_read(m->store, scratch, m->delivery->dataset, segment, column, &bytes,
                                err));
    if (column_decode(bytes.ptr, bytes.length, rows, m->store->kernels, data, err))
        return gr_wrap(err, "store %s: segment %lld column %s", m->store->path, (long long)segment,
                       store_column_name(m->store, m->delivery->dataset, column).ptr);
    return GR_OK;
}

static enum gr_status add_mixed(struct measure *m, size_t which, const uint32_t *groups,
                                struct gr_err *err)
{
    for (uint32_t i = 0; i < m->amount.rows; i++) {
        struct decimal *sum = &m->delivery->money[groups[i]].sums[which];
        GR_TRY(decimal_add(*sum, decimal_normal(column_decimal(&m->amount, i)), sum, err));
    }
    return GR_OK;
}

static enum gr_status add_amounts(struct measure *m, size_t which, const uint32_t *groups,
                                  struct gr_err *err)
{
    struct column_data *amount = &m->amount;
    size_t count = m->delivery->money_count;
    if (amount->form == COLUMN_ABSENT)
        return GR_OK;
    if (amount->scales)
        return add_mixed(m, which, groups, err);
    i128 *sums = gr_alloc_zeroed(count + 1, sizeof(*sums));
    bool overflow = false;
    for (uint32_t i = 0; i < amount->rows; i++)
        overflow |=
            __builtin_add_overflow(sums[groups[i]], column_number(amount, i), &sums[groups[i]]);
    enum gr_status status =
        overflow ? gr_fail(err, GR_EDATA, "the sum needs more than 128 bits") : GR_OK;
    for (size_t g = 0; g < count && !status; g++) {
        struct decimal *sum = &m->delivery->money[g].sums[which];
        status =
            decimal_add(*sum, decimal_normal((struct decimal){sums[g], amount->scale}), sum, err);
    }
    free(sums);
    return status;
}

static enum gr_status measure_money(struct measure *m, struct arena *scratch, int64_t segment,
                                    uint32_t rows, struct gr_err *err)
{
    enum dataset dataset = m->delivery->dataset;
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(dataset, columns);
    if (!count)
        return GR_OK;
    GR_TRY(read_column(m, scratch, segment, rows, currency_column(dataset), &m->currency, err));
    uint32_t *groups = arena_alloc(scratch, rows * sizeof(*groups));
    for (uint32_t i = 0; i < rows; i++) {
        GR_TRY(group_of(m, column_code(&m->currency, i), &groups[i], err));
        m->delivery->money[groups[i]].rows++;
    }
    for (size_t c = 0; c < count; c++) {
        GR_TRY(read_column(m, scratch, segment, rows, columns[c], &m->amount, err));
        if (add_amounts(m, c, groups, err))
            return gr_wrap(err, "column %s", store_column_name(m->store, dataset, columns[c]).ptr);
    }
    return GR_OK;
}

static enum gr_status measure_moments(struct measure *m, struct arena *scratch, int64_t segment,
                                      uint32_t rows, struct gr_err *err)
{
    struct store_delivery *delivery = m->delivery;
    GR_TRY(read_column(m, scratch, segment, rows, dataset_moment_column(delivery->dataset),
                       &m->moment, err));
    for (uint32_t i = 0; i < rows; i++) {
        if (column_is_null(&m->moment, i))
            continue;
        int64_t moment = (int64_t)column_number(&m->moment, i);
        if (delivery->first_moment == MOMENT_NONE || moment < delivery->first_moment)
            delivery->first_moment = moment;
        if (delivery->last_moment == MOMENT_NONE || moment > delivery->last_moment)
            delivery->last_moment = moment;
    }
    return GR_OK;
}

static int compare_money(const void *a, const void *b)
{
    const struct store_money *x = a;
    const struct store_money *y = b;
    return str_compare(x->currency, y->currency);
}

static enum gr_status measure_segments(struct measure *m, struct gr_err *err)
{
    struct store_segment_list list;
    struct arena scratch = ARENA_EMPTY;
    enum gr_status status =
        store_segment_list(m->store, m->arena, m->delivery->dataset, false, MOMENT_NONE,
                           MOMENT_NONE, m->delivery->id, &list, err);
    for (size_t i = 0; i < list.count && !status; i++) {
        m->delivery->stored += list.items[i].rows;
        status = measure_moments(m, &scratch, list.items[i].id, list.items[i].rows, err);
        if (!status)
            status = measure_money(m, &scratch, list.items[i].id, list.items[i].rows, err);
        arena_reset(&scratch);
    }
    arena_deinit(&scratch);
    return status;
}

enum gr_status delivery_measure(struct store *store, struct arena *arena,
                                struct store_delivery *delivery, struct gr_err *err)
{
    struct measure m = {.store = store, .arena = arena, .delivery = delivery};
    delivery->stored = 0;
    delivery->first_moment = MOMENT_NONE;
    delivery->last_moment = MOMENT_NONE;
    delivery->money = NULL;
    delivery->money_count = 0;
    GR_TRY(store_scan_begin(store, err));
    enum gr_status status = measure_segments(&m, err);
    store_scan_end(store);
    column_data_deinit(&m.currency);
    column_data_deinit(&m.amount);
    column_data_deinit(&m.moment);
    free(m.group_of_code);
    GR_TRY(status);
    if (delivery->money_count)
        qsort(delivery->money, delivery->money_count, sizeof(*delivery->money), compare_money);
    for (size_t i = 0; i < delivery->money_count; i++)
        for (size_t c = 0; c < STORE_MONEY_MAX; c++)
            delivery->money[i].sums[c] = decimal_normal(delivery->money[i].sums[c]);
    bool any = delivery->first_moment != MOMENT_NONE;
    delivery->first_day = any ? day_of_moment(delivery->first_moment) : (struct day){0};
    delivery->last_day = any ? day_of_moment(delivery->last_moment) : (struct day){0};
    return GR_OK;
}
