/* The reader's side of the accounting: what the rows of each delivery add up to, from the batches.
 * The segments must say the same (settle.c).
 *
 * Called by route.c for every batch. Amounts are added up in 128 bits at one scale a batch and
 * column and go to the delivery's exact sums once a batch; the rare row that does not fit that (a
 * value of more than 64 bits, scales too far apart, a second currency) goes there by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "load/load_internal.h"

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

/* ---- moments ---- */

static void take_moment(struct pending *p, int64_t moment)
{
    struct day day = day_of_moment(moment);
    p->recent_moment = moment;
    if (!p->days.count || p->days.days[p->days.count - 1].since_1970 != day.since_1970)
        day_set_add(&p->days, day);
    if (p->first_moment == MOMENT_NONE || moment < p->first_moment)
        p->first_moment = moment;
    if (p->last_moment == MOMENT_NONE || moment > p->last_moment)
        p->last_moment = moment;
}

static void tally_moments(struct load *load, const struct batch *batch)
{
    const int64_t *moments = batch->columns[dataset_moment_column(batch->dataset)].moments;
    for (uint32_t row = 0; moments && row < batch->rows; row++) {
        struct pending *p = &load->pendings[load->pending_of_row[row]];
        if (moments[row] != MOMENT_NONE && moments[row] != p->recent_moment)
            take_moment(p, moments[row]);
    }
}

/* ---- amounts ---- */

/* Of the batch at hand. */
struct tally {
    struct load *load;
    const struct batch *batch;
    const uint32_t *currencies; /* codes; NULL: absent in all rows */
    struct dict *texts;
    uint32_t currency; /* code that most rows have */
    int column;        /* money column at hand */
    size_t place;      /* its place in store_money */
};

static struct str currency_text(const struct tally *tally, uint32_t code)
{
    struct str text = code ? dict_text(tally->texts, code) : STR_NONE;
    return text.ptr ? text : STR("");
}

static uint32_t currency_of(const struct tally *tally, uint32_t row)
{
    return tally->currencies ? tally->currencies[row] : 0;
}

static enum gr_status sum_overflow(const struct tally *tally, uint32_t row, struct gr_err *err)
{
    size_t ignored;
    return gr_wrap(err, "line %llu: the sum of column %s",
                   (unsigned long long)tally->batch->lines[row],
                   dataset_columns(tally->batch->dataset, &ignored)[tally->column].name);
}

static enum gr_status add_cell(const struct tally *tally, uint32_t row, struct gr_err *err)
{
    struct decimal value;
    struct pending *p = &tally->load->pendings[tally->load->pending_of_row[row]];
    struct store_money *sums =
        pending_sums(tally->load, p, currency_text(tally, currency_of(tally, row)));
    if (batch_decimal(tally->batch, (size_t)tally->column, row, &value) &&
        decimal_add(sums->sums[tally->place], value, &sums->sums[tally->place], err))
        return sum_overflow(tally, row, err);
    return GR_OK;
}

/* Largest scale of the cells of 64 bits. */
static uint8_t scale_of(const uint8_t *scales, uint32_t rows)
{
    uint8_t scale = 0;
    for (uint32_t row = 0; row < rows; row++) {
        uint8_t own = scales[row] < DECIMAL_CELL_WIDE ? scales[row] : 0;
        scale = own > scale ? own : scale;
    }
    return scale;
}

/* Powers of ten that bring a scale to `scale`; 0 for those that are too far off, and for marks. */
static void make_factors(uint8_t scale, int64_t factors[256])
{
    memset(factors, 0, 256 * sizeof *factors);
    factors[scale] = 1;
    for (int own = scale - 1; own >= 0 && scale - own <= 18; own--)
        factors[own] = factors[own + 1] * 10;
}

static enum gr_status flush_sums(const struct tally *tally, uint8_t scale, struct gr_err *err)
{
    struct load *load = tally->load;
    struct str currency = currency_text(tally, tally->currency);
    for (size_t i = 0; i < load->pending_count; i++) {
        if (!load->batch_sums[i])
            continue;
        struct decimal sum = {load->batch_sums[i], scale};
        struct decimal *total =
            &pending_sums(load, &load->pendings[i], currency)->sums[tally->place];
        load->batch_sums[i] = 0;
        if (decimal_add(*total, decimal_normal(sum), total, err))
            return sum_overflow(tally, tally->batch->rows - 1, err);
    }
    return GR_OK;
}

static enum gr_status tally_column(const struct tally *tally, struct gr_err *err)
{
    const struct batch_column *column = &tally->batch->columns[tally->column];
    struct load *load = tally->load;
    int64_t factors[256];
    if (!column->units || !column->scales)
        return GR_OK;
    uint8_t scale = scale_of(column->scales, tally->batch->rows);
    make_factors(scale, factors);
    for (uint32_t row = 0; row < tally->batch->rows; row++) {
        int64_t value;
        int64_t factor = factors[column->scales[row]];
        if (factor && currency_of(tally, row) == tally->currency &&
            !__builtin_mul_overflow(column->units[row], factor, &value))
            load->batch_sums[load->pending_of_row[row]] += value;
        else if (column->scales[row] != DECIMAL_CELL_NULL)
            GR_TRY(add_cell(tally, row, err));
    }
    return flush_sums(tally, scale, err);
}

/* Every currency of a delivery has its sums, with the number of rows, also where no cell has an
 * amount. */
static void tally_currencies(const struct tally *tally)
{
    struct load *load = tally->load;
    for (uint32_t row = 0; row < tally->batch->rows; row++) {
        uint32_t code = currency_of(tally, row);
        struct pending *p = &load->pendings[load->pending_of_row[row]];
        if (code == tally->currency)
            load->batch_rows[load->pending_of_row[row]]++;
        else
            pending_sums(load, p, currency_text(tally, code))->rows++;
    }
    for (size_t i = 0; i < load->pending_count; i++) {
        if (load->batch_rows[i])
            pending_sums(load, &load->pendings[i], currency_text(tally, tally->currency))->rows +=
                load->batch_rows[i];
        load->batch_rows[i] = 0;
    }
}

static void make_room(struct load *load)
{
    size_t count = load->pending_count;
    if (count <= load->batch_capacity)
        return;
    load->batch_capacity = load->pending_capacity;
    free(load->batch_sums);
    free(load->batch_rows);
    load->batch_sums = gr_alloc_zeroed(load->batch_capacity, sizeof *load->batch_sums);
    load->batch_rows = gr_alloc_zeroed(load->batch_capacity, sizeof *load->batch_rows);
}

enum gr_status load_tally_batch(struct load *load, const struct batch *batch, struct gr_err *err)
{
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(batch->dataset, columns);
    int currency = dataset_currency_column(batch->dataset);
    make_room(load);
    tally_moments(load, batch);
    if (!count || currency < 0 || !batch->rows)
        return GR_OK;
    struct tally tally = {.load = load,
                          .batch = batch,
                          .currencies = batch->columns[currency].codes,
                          .texts = batch->columns[currency].texts};
    tally.currency = currency_of(&tally, 0);
    tally_currencies(&tally);
    for (tally.place = 0; tally.place < count; tally.place++) {
        tally.column = columns[tally.place];
        GR_TRY(tally_column(&tally, err));
    }
    return GR_OK;
}
