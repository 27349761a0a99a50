/* What the segments of deliveries hold: rows, moments and exact sums per currency, read back from
 * the chunks.
 *
 * This is the second way to the same figures: load/ compares it with the sums of its batches,
 * `check` with the ledger, compact.c what it wrote with what it read. A segment is read once and
 * counts for all deliveries that share it.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

struct currency_figures {
    uint32_t currency; /* global code */
    int64_t rows;
    struct decimal sums[STORE_MONEY_MAX];
};

/* Of one delivery, in the segments that were read. */
struct figures {
    uint64_t rows;
    int64_t first_moment;
    int64_t last_moment;
    struct currency_figures *money;
    uint32_t money_count;
};

struct measures {
    struct store *store;
    struct id_set segments; /* those that were read */
    struct id_set deliveries;
    struct figures *figures; /* by number of the delivery */
    uint32_t figures_capacity;
    struct column_data currency;
    struct column_data amount;
    struct column_data moment;
    struct column_data delivery;
    struct arena scratch;
};

/* Rows of one segment that share delivery and currency. */
struct group {
    uint32_t delivery; /* place in the segment's list of deliveries */
    uint32_t currency; /* place in its list of currencies */
};

struct segment_groups {
    int64_t segment;
    enum dataset dataset;
    uint32_t rows;
    uint32_t *of_row;
    struct group *items;
    uint32_t count;
    int64_t *row_counts; /* by group */
    uint32_t *figures;   /* by place of the delivery: number; DEAD when its part is gone */
};

static const uint32_t DEAD = UINT32_MAX;

struct measures *measures_open(struct store *store)
{
    struct measures *m = gr_alloc_zeroed(1, sizeof(*m));
    m->store = store;
    return m;
}

void measures_close(struct measures *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->deliveries.count; i++)
        free(m->figures[i].money);
    free(m->figures);
    id_set_deinit(&m->segments);
    id_set_deinit(&m->deliveries);
    column_data_deinit(&m->currency);
    column_data_deinit(&m->amount);
    column_data_deinit(&m->moment);
    column_data_deinit(&m->delivery);
    arena_deinit(&m->scratch);
    free(m);
}

void measures_forget(struct measures *m, int64_t delivery)
{
    uint32_t number = 0;
    if (!m || !id_set_has(&m->deliveries, delivery, &number))
        return;
    free(m->figures[number].money);
    m->figures[number] = (struct figures){.first_moment = MOMENT_NONE, .last_moment = MOMENT_NONE};
}

static uint32_t figures_number(struct measures *m, int64_t delivery)
{
    uint32_t known = m->deliveries.count;
    uint32_t number = id_set_add(&m->deliveries, delivery);
    if (number < known)
        return number;
    if (number >= m->figures_capacity) {
        m->figures_capacity = m->figures_capacity ? m->figures_capacity * 2 : 64;
        m->figures = gr_realloc(m->figures, m->figures_capacity * sizeof(*m->figures));
    }
    m->figures[number] = (struct figures){.first_moment = MOMENT_NONE, .last_moment = MOMENT_NONE};
    return number;
}

static int currency_column(enum dataset dataset)
{
    int column = dataset_currency_column(dataset);
    return column < 0 ? STORE_COLUMN_NONE : column;
}

static enum gr_status read_column(struct measures *m, const struct segment_groups *groups,
                                  int column, struct column_data *data, struct gr_err *err)
{
    return segment_column_load(m->store, &m->scratch, groups->dataset, groups->segment,
                               groups->rows, column, data, err);
}

/* ---- which rows belong together ---- */

static uint32_t place_in_list(const struct column_data *text, uint32_t row)
{
    return text->form == COLUMN_CODES ? text->codes[row] : 0;
}

static void make_groups(struct measures *m, struct segment_groups *groups)
{
    struct id_set pairs = {0};
    uint64_t last = 0;
    uint32_t group = 0;
    groups->of_row = arena_alloc(&m->scratch, groups->rows * sizeof(*groups->of_row));
    for (uint32_t row = 0; row < groups->rows; row++) {
        uint64_t pair =
            ((uint64_t)place_in_list(&m->delivery, row) << 16 | place_in_list(&m->currency, row)) +
            1;
        if (pair != last)
            group = id_set_add(&pairs, (int64_t)pair);
        last = pair;
        groups->of_row[row] = group;
    }
    groups->count = pairs.count;
    groups->items = arena_alloc(&m->scratch, pairs.count * sizeof(*groups->items));
    for (uint32_t g = 0; g < pairs.count; g++)
        groups->items[g] = (struct group){(uint32_t)((pairs.ids[g] - 1) >> 16),
                                          (uint32_t)((pairs.ids[g] - 1) & 0xFFFF)};
    groups->row_counts = arena_alloc_zeroed(&m->scratch, pairs.count, sizeof(int64_t));
    m->store->kernels->count_grouped(groups->of_row, groups->rows, groups->row_counts);
    id_set_deinit(&pairs);
}

/* Holds the parts of the ledger against the rows; both are sorted by delivery. */
static enum gr_status match_parts(struct measures *m, struct segment_groups *groups,
                                  struct gr_err *err)
{
    struct segment_parts parts;
    uint32_t count = m->delivery.dictionary_count;
    uint32_t *rows = arena_alloc_zeroed(&m->scratch, count, sizeof(*rows));
    size_t at = 0;
    GR_TRY(segment_parts_list(m->store, &m->scratch, groups->segment, &parts, err));
    for (uint32_t row = 0; row < groups->rows; row++)
        rows[place_in_list(&m->delivery, row)]++;
    groups->figures = arena_alloc(&m->scratch, count * sizeof(*groups->figures));
    for (uint32_t i = 0; i < count; i++) {
        groups->figures[i] = DEAD;
        if (at == parts.count || parts.items[at].delivery != m->delivery.dictionary[i])
            continue;
        if (parts.items[at++].rows != rows[i])
            return gr_fail(err, GR_ESTORE,
                           "store %s: segment %lld: delivery %u has %u rows, its part says %u",
                           m->store->path, (long long)groups->segment, m->delivery.dictionary[i],
                           rows[i], parts.items[at - 1].rows);
        groups->figures[i] = figures_number(m, m->delivery.dictionary[i]);
    }
    if (at < parts.count)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld has no rows of delivery %lld",
                       m->store->path, (long long)groups->segment,
                       (long long)parts.items[at].delivery);
    return GR_OK;
}

/* ---- what they hold ---- */

static void add_moments(struct measures *m, const struct segment_groups *groups)
{
    for (uint32_t row = 0; row < groups->rows; row++) {
        uint32_t number = groups->figures[place_in_list(&m->delivery, row)];
        if (number == DEAD || column_is_null(&m->moment, row))
            continue;
        struct figures *figures = &m->figures[number];
        int64_t moment = (int64_t)column_number(&m->moment, row);
        if (figures->first_moment == MOMENT_NONE || moment < figures->first_moment)
            figures->first_moment = moment;
        if (figures->last_moment == MOMENT_NONE || moment > figures->last_moment)
            figures->last_moment = moment;
    }
}

static struct currency_figures *money_of(struct measures *m, const struct segment_groups *groups,
                                         uint32_t group)
{
    struct figures *figures = &m->figures[groups->figures[groups->items[group].delivery]];
    uint32_t code = m->currency.form == COLUMN_ABSENT
                        ? 0
                        : m->currency.dictionary[groups->items[group].currency];
    for (uint32_t i = 0; i < figures->money_count; i++)
        if (figures->money[i].currency == code)
            return &figures->money[i];
    figures->money =
        gr_realloc(figures->money, (figures->money_count + 1) * sizeof(*figures->money));
    figures->money[figures->money_count] = (struct currency_figures){.currency = code};
    return &figures->money[figures->money_count++];
}

static bool is_dead(const struct segment_groups *groups, uint32_t group)
{
    return groups->figures[groups->items[group].delivery] == DEAD;
}

static enum gr_status add_mixed(struct measures *m, size_t which,
                                const struct segment_groups *groups, struct gr_err *err)
{
    for (uint32_t row = 0; row < groups->rows; row++) {
        if (is_dead(groups, groups->of_row[row]))
            continue;
        struct decimal *sum = &money_of(m, groups, groups->of_row[row])->sums[which];
        GR_TRY(decimal_add(*sum, decimal_normal(column_decimal(&m->amount, row)), sum, err));
    }
    return GR_OK;
}

/* Sums by group at the column's scale. */
static enum gr_status sum_groups(struct measures *m, const struct segment_groups *groups,
                                 i128 *sums, struct gr_err *err)
{
    const struct column_data *amount = &m->amount;
    bool overflow = false;
    if (amount->form == COLUMN_VALUES)
        m->store->kernels->sum_grouped(groups->of_row, amount->values, groups->rows, sums);
    for (uint32_t row = 0; row < groups->rows && amount->form != COLUMN_VALUES; row++) {
        i128 *sum = &sums[groups->of_row[row]];
        overflow |= __builtin_add_overflow(*sum, column_number(amount, row), sum);
    }
    return overflow ? gr_fail(err, GR_EDATA, "the sum needs more than 128 bits") : GR_OK;
}

static enum gr_status add_amounts(struct measures *m, size_t which,
                                  const struct segment_groups *groups, struct gr_err *err)
{
    if (m->amount.form == COLUMN_ABSENT)
        return GR_OK;
    if (m->amount.scales)
        return add_mixed(m, which, groups, err);
    i128 *sums = gr_alloc_zeroed(groups->count, sizeof(*sums)); /* an arena aligns to 8 bytes */
    enum gr_status status = sum_groups(m, groups, sums, err);
    for (uint32_t g = 0; g < groups->count && !status; g++) {
        if (is_dead(groups, g))
            continue;
        struct decimal *sum = &money_of(m, groups, g)->sums[which];
        status =
            decimal_add(*sum, decimal_normal((struct decimal){sums[g], m->amount.scale}), sum, err);
    }
    free(sums);
    return status;
}

static enum gr_status add_money(struct measures *m, const struct segment_groups *groups,
                                struct gr_err *err)
{
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(groups->dataset, columns);
    for (uint32_t g = 0; g < groups->count && count; g++)
        if (!is_dead(groups, g))
            money_of(m, groups, g)->rows += groups->row_counts[g];
    for (size_t c = 0; c < count; c++) {
        GR_TRY(read_column(m, groups, columns[c], &m->amount, err));
        if (add_amounts(m, c, groups, err))
            return gr_wrap(err, "column %s",
                           store_column_name(m->store, groups->dataset, columns[c]).ptr);
    }
    return GR_OK;
}

static enum gr_status read_segment(struct measures *m, struct segment_groups *groups,
                                   struct gr_err *err)
{
    enum dataset dataset = groups->dataset;
    GR_TRY(read_column(m, groups, STORE_COLUMN_DELIVERY, &m->delivery, err));
    if (m->delivery.form == COLUMN_ABSENT || m->delivery.kind != COLUMN_TEXT || m->delivery.nulls)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld does not say whose its rows are",
                       m->store->path, (long long)groups->segment);
    GR_TRY(read_column(m, groups, currency_column(dataset), &m->currency, err));
    GR_TRY(read_column(m, groups, dataset_moment_column(dataset), &m->moment, err));
    GR_TRY(match_parts(m, groups, err));
    make_groups(m, groups);
    for (uint32_t g = 0; g < groups->count; g++)
        if (!is_dead(groups, g))
            m->figures[groups->figures[groups->items[g].delivery]].rows +=
                (uint64_t)groups->row_counts[g];
    add_moments(m, groups);
    return add_money(m, groups, err);
}

enum gr_status measures_add_segment(struct measures *m, int64_t segment, struct gr_err *err)
{
    struct segment_groups groups = {.segment = segment};
    uint32_t number = 0;
    if (id_set_has(&m->segments, segment, &number))
        return GR_OK;
    id_set_add(&m->segments, segment);
    GR_TRY(segment_get(m->store, segment, &groups.dataset, &groups.rows, err));
    arena_reset(&m->scratch);
    GR_TRY(store_scan_begin(m->store, err));
    enum gr_status status = read_segment(m, &groups, err);
    store_scan_end(m->store);
    return status;
}

enum gr_status measures_add_delivery(struct measures *m, int64_t delivery, struct gr_err *err)
{
    int64_t *segments = NULL;
    size_t count = 0;
    struct arena arena = ARENA_EMPTY;
    enum gr_status status =
        store_delivery_segments(m->store, &arena, delivery, &segments, &count, err);
    for (size_t i = 0; i < count && !status; i++)
        status = measures_add_segment(m, segments[i], err);
    arena_deinit(&arena);
    return status;
}

/* ---- the answer ---- */

static int compare_money(const void *a, const void *b)
{
    const struct store_money *x = a;
    const struct store_money *y = b;
    return str_compare(x->currency, y->currency);
}

enum gr_status measures_take(const struct measures *m, struct arena *arena,
                             struct store_delivery *delivery, struct gr_err *err)
{
    static const struct figures none = {.first_moment = MOMENT_NONE, .last_moment = MOMENT_NONE};
    uint32_t number = 0;
    bool any = id_set_has(&m->deliveries, delivery->id, &number);
    const struct figures *figures = any ? &m->figures[number] : &none;
    delivery->stored = figures->rows;
    delivery->first_moment = figures->first_moment;
    delivery->last_moment = figures->last_moment;
    delivery->money_count = figures->money_count;
    delivery->money = arena_alloc_zeroed(arena, figures->money_count + 1, sizeof(*delivery->money));
    for (size_t i = 0; i < figures->money_count; i++) {
        struct store_money *money = &delivery->money[i];
        struct str text;
        GR_TRY(store_text(m->store, delivery->dataset, currency_column(delivery->dataset),
                          figures->money[i].currency, &text, err));
        money->currency = text.ptr ? arena_str(arena, text) : STR("");
        money->rows = figures->money[i].rows;
        for (size_t c = 0; c < STORE_MONEY_MAX; c++)
            money->sums[c] = decimal_normal(figures->money[i].sums[c]);
    }
    qsort(delivery->money, delivery->money_count, sizeof(*delivery->money), compare_money);
    any = delivery->first_moment != MOMENT_NONE;
    delivery->first_day = any ? day_of_moment(delivery->first_moment) : (struct day){0};
    delivery->last_day = any ? day_of_moment(delivery->last_moment) : (struct day){0};
    return GR_OK;
}

bool money_equal(const struct store_delivery *a, const struct store_delivery *b)
{
    if (a->money_count != b->money_count)
        return false;
    for (size_t i = 0; i < a->money_count; i++) {
        if (!str_equal(a->money[i].currency, b->money[i].currency) ||
            a->money[i].rows != b->money[i].rows)
            return false;
        for (size_t c = 0; c < STORE_MONEY_MAX; c++)
            if (decimal_compare(a->money[i].sums[c], b->money[i].sums[c]))
                return false;
    }
    return true;
}
