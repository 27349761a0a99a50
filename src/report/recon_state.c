/* Whether the month of a delivery is open or closed; see recon_days.h. */
#include <string.h>

#include "load/load.h"
#include "report/recon_days.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Of the BillingPeriod dataset: the row that was updated last. */
static enum gr_status state_of_period(struct arena *arena, const struct recon_delivery *item,
                                      struct store_rows *rows, struct str *out, struct gr_err *err)
{
    struct str rest = item->delivery.source, provider = str_cut(&rest, '/');
    int64_t newest = MOMENT_NONE;
    for (bool more;;) {
        GR_TRY(store_rows_next(rows, &more, err));
        if (!more)
            return GR_OK;
        int64_t updated = store_rows_moment(rows, 1);
        if (!str_equal(load_provider_slug(arena, store_rows_text(rows, 2)), provider) ||
            (out->len && updated < newest))
            continue;
        newest = updated;
        *out =
            str_equal_nocase(store_rows_text(rows, 0), STR("Closed")) ? STR("closed") : STR("open");
    }
}

static enum gr_status said_state(const struct report_context *context,
                                 const struct recon_delivery *item, struct str *out,
                                 struct gr_err *err)
{
    static const int columns[] = {BILLING_PERIOD_BillingPeriodStatus,
                                  BILLING_PERIOD_BillingPeriodLastUpdated,
                                  BILLING_PERIOD_InvoiceIssuerName};
    struct store_rows *rows = NULL;
    struct store_rows_options options = {.dataset = DATASET_BILLING_PERIOD,
                                         .columns = columns,
                                         .column_count = COUNT(columns),
                                         .first_moment = moment_of_day(item->month.first),
                                         .end_moment = moment_of_day(item->month.end)};
    *out = STR("");
    GR_TRY(store_rows_open(context->store, &options, &rows, err));
    enum gr_status status = state_of_period(context->arena, item, rows, out, err);
    store_rows_close(rows);
    return status;
}

static bool all_invoiced(const struct recon_cells *cells, int64_t delivery)
{
    struct recon_cells own = recon_cells_of(cells, delivery);
    for (size_t i = 0; i < own.count; i++)
        if (!recon_value(own.items[i].keys[1]).len)
            return false;
    return own.count > 0;
}

enum gr_status recon_states_read(const struct report_context *context,
                                 struct recon_deliveries *list, struct date_range months,
                                 struct gr_err *err)
{
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "delivery,invoice",
                                      .days = months,
                                      .by_billing = true,
                                      .unfiltered = true,
                                      .measures = RECON_ROWS};
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    for (size_t i = 0; i < list->count; i++) {
        struct recon_delivery *item = &list->items[i];
        GR_TRY(said_state(context, item, &item->state, err));
        if (!item->state.len)
            item->state = all_invoiced(&cells, item->delivery.id) ? STR("closed, invoiced")
                                                                  : STR("provisional");
        item->closed = str_starts(item->state, STR("closed"));
    }
    return GR_OK;
}

enum gr_status report_status(const struct report_context *context, struct str *out,
                             struct gr_err *err)
{
    struct recon_deliveries list;
    bool all_closed = true, open = false;
    GR_TRY(recon_deliveries_read(context, recon_months(context), &list, err));
    for (size_t i = 0; i < list.count; i++) {
        all_closed = all_closed && list.items[i].closed;
        open = open || str_is(list.items[i].state, "open");
    }
    bool over = context->as_of.since_1970 >= context->days.end.since_1970;
    bool final = !open && (over || (list.count && all_closed));
    *out = final ? STR("final") : STR("preliminary");
    return GR_OK;
}
