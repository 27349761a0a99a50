/* The reader's side of the accounting: what the segments of each delivery must add up to.
 *
 * Called by route.c for every row. Mantissas of one scale are added as they are, in 128 bits, and
 * meet the decimals of the delivery once a batch; a batch is too short for 128 bits to overflow.
 */
#include <stdlib.h>
#include <string.h>

#include "load/load_internal.h"

enum { TALLIES = 64, SCALES = DECIMAL_CELL_SCALE_MAX + 1 };

/* Sums of rows of one delivery and currency that are not with the delivery yet. */
struct tally {
    uint32_t pending;
    uint32_t currency;                /* code */
    uint64_t rows;                    /* 0: a free place */
    uint32_t scales[STORE_MONEY_MAX]; /* bits of the scales that `units` has sums for */
    i128 units[STORE_MONEY_MAX][SCALES];
};

struct tallies {
    const struct batch *batch;
    int columns[STORE_MONEY_MAX]; /* of money */
    size_t column_count;
    const uint32_t *currencies; /* NULL: absent everywhere */
    struct dict *currency_texts;
    const int64_t *moments;
    struct tally places[TALLIES];
};

static int currency_column(enum dataset dataset)
{
    switch (dataset) {
    case DATASET_COST:
        return COST_BillingCurrency;
    case DATASET_AI:
        return AI_Currency;
    case DATASET_INSTANCE:
        return INSTANCE_Currency;
    default:
        return -1;
    }
}

void tally_begin(struct load *load, const struct batch *batch)
{
    if (!load->tallies)
        load->tallies = gr_alloc_zeroed(1, sizeof *load->tallies);
    struct tallies *t = load->tallies;
    int currency = currency_column(batch->dataset);
    t->batch = batch;
    t->column_count = currency < 0 ? 0 : store_money_columns(batch->dataset, t->columns);
    t->currencies = t->column_count ? batch->columns[currency].codes : NULL;
    t->currency_texts = t->column_count ? batch->columns[currency].texts : NULL;
    t->moments = batch->columns[dataset_moment_column(batch->dataset)].moments;
    for (size_t i = 0; i < TALLIES; i++)
        t->places[i].rows = 0;
}

static struct store_money *pending_sums(struct load *load, struct pending *p, struct str currency)
{
    for (size_t i = 0; i < p->sum_count; i++)
        if (str_equal(p->sums[i].currency, currency))
            return &p->sums[i];
    struct store_money *sums = arena_alloc_zeroed(load->arena, p->sum_count + 1, sizeof *sums);
    if (p->sum_count)
        memcpy(sums, p->sums, p->sum_count * sizeof *sums);
    p->sums = sums;
    sums[p->sum_count].currency = arena_str(load->arena, currency);
    return &sums[p->sum_count++];
}

/* Adds to the sum of one money column of the delivery. */
static enum gr_status add_sum(struct load *load, struct store_money *sums, size_t column,
                              struct decimal value, struct gr_err *err)
{
    const struct batch *batch = load->tallies->batch;
    size_t count;
    if (!decimal_add(sums->sums[column], value, &sums->sums[column], err))
        return GR_OK;
    return gr_wrap(err, "up to line %llu: the sum of column %s",
                   (unsigned long long)batch->lines[batch->rows - 1],
                   dataset_columns(batch->dataset, &count)[load->tallies->columns[column]].name);
}

static struct store_money *sums_of(struct load *load, const struct tally *tally)
{
    struct str currency = dict_text(load->tallies->currency_texts, tally->currency);
    return pending_sums(load, &load->pendings[tally->pending], currency.ptr ? currency : STR(""));
}

/* Hands a tally's sums to its delivery and frees its place. */
static enum gr_status settle_tally(struct load *load, struct tally *tally, struct gr_err *err)
{
    if (tally->rows == 0)
        return GR_OK;
    struct store_money *sums = sums_of(load, tally);
    sums->rows += tally->rows;
    tally->rows = 0;
    for (size_t i = 0; i < load->tallies->column_count; i++)
        for (uint32_t left = tally->scales[i]; left; left &= left - 1) {
            unsigned scale = (unsigned)__builtin_ctz(left);
            struct decimal value = {tally->units[i][scale], (uint8_t)scale};
            GR_TRY(add_sum(load, sums, i, value, err));
        }
    return GR_OK;
}

static enum gr_status add_cell(struct load *load, struct tally *tally, size_t i, uint32_t row,
                               struct gr_err *err)
{
    const struct batch *batch = load->tallies->batch;
    size_t column = (size_t)load->tallies->columns[i];
    const struct batch_column *cells = &batch->columns[column];
    struct decimal value;
    if (!cells->scales || cells->scales[row] == DECIMAL_CELL_NULL)
        return GR_OK;
    uint8_t scale = cells->scales[row];
    if (scale >= SCALES) /* wide, or finer than cells are written */
        return batch_decimal(batch, column, row, &value)
                   ? add_sum(load, sums_of(load, tally), i, value, err)
                   : GR_OK;
    if (!(tally->scales[i] >> scale & 1)) {
        tally->scales[i] |= UINT32_C(1) << scale;
        tally->units[i][scale] = 0;
    }
    tally->units[i][scale] += cells->units[row];
    return GR_OK;
}

static void note_moment(struct pending *p, int64_t moment)
{
    struct day day = day_of_moment(moment);
    if (!p->days.count || p->days.days[p->days.count - 1].since_1970 != day.since_1970)
        day_set_add(&p->days, day);
    if (p->first_moment == MOMENT_NONE || moment < p->first_moment)
        p->first_moment = moment;
    if (p->last_moment == MOMENT_NONE || moment > p->last_moment)
        p->last_moment = moment;
}

enum gr_status tally_row(struct load *load, uint32_t pending, uint32_t row, struct gr_err *err)
{
    struct tallies *t = load->tallies;
    if (t->moments && t->moments[row] != MOMENT_NONE)
        note_moment(&load->pendings[pending], t->moments[row]);
    if (t->column_count == 0)
        return GR_OK;
    uint32_t currency = t->currencies ? t->currencies[row] : 0;
    struct tally *tally = &t->places[(pending * 7 + currency) % TALLIES];
    if (tally->rows == 0 || tally->pending != pending || tally->currency != currency) {
        GR_TRY(settle_tally(load, tally, err));
        tally->pending = pending;
        tally->currency = currency;
        memset(tally->scales, 0, sizeof tally->scales);
        (void)sums_of(load, tally); /* currencies stand in the order of the rows */
    }
    tally->rows++;
    for (size_t i = 0; i < t->column_count; i++)
        GR_TRY(add_cell(load, tally, i, row, err));
    return GR_OK;
}

enum gr_status tally_end(struct load *load, struct gr_err *err)
{
    for (size_t i = 0; i < TALLIES; i++)
        GR_TRY(settle_tally(load, &load->tallies->places[i], err));
    return GR_OK;
}
