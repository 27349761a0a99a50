/* Reading the ledger: deliveries with their money, files, rejects, segments of a delivery. */
#include "store/store_internal.h"

#include <string.h>

/* Growing lists in an arena: the old copy is left behind. */
static void *grown(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *more = arena_alloc(arena, *capacity * size);
    if (count)
        memcpy(more, items, count * size);
    return more;
}

static int64_t moment_column(sqlite3_stmt *row, int at)
{
    return sqlite3_column_type(row, at) == SQLITE_NULL ? MOMENT_NONE
                                                       : sqlite3_column_int64(row, at);
}

static enum gr_status read_delivery(struct store *store, struct arena *arena, sqlite3_stmt *row,
                                    struct store_delivery *out, struct gr_err *err)
{
    struct str dataset = store_column_text(arena, row, 1);
    struct str status = store_column_text(arena, row, 5);
    *out = (struct store_delivery){
        .id = sqlite3_column_int64(row, 0),
        .source = store_column_text(arena, row, 2),
        .period = store_column_text(arena, row, 3),
        .format = store_column_text(arena, row, 4),
        .status = DELIVERY_DROPPED,
        .snapshot = sqlite3_column_int64(row, 6),
        .snapshot_end = sqlite3_column_int64(row, 7),
        .ingested = moment_column(row, 8),
        .rows = (uint64_t)sqlite3_column_int64(row, 9),
        .stored = (uint64_t)sqlite3_column_int64(row, 10),
        .rejected = (uint64_t)sqlite3_column_int64(row, 11),
        .skipped = (uint64_t)sqlite3_column_int64(row, 12),
        .first_moment = moment_column(row, 13),
        .last_moment = moment_column(row, 14),
    };
    if (!dataset_read(dataset, &out->dataset))
        return gr_fail(err, GR_ESTORE, "store %s: delivery %lld has an unknown dataset",
                       store->path, (long long)out->id);
    for (int i = DELIVERY_LIVE; i <= DELIVERY_DROPPED; i++)
        if (str_is(status, delivery_status_name((enum delivery_status)i)))
            out->status = (enum delivery_status)i;
    if (out->first_moment != MOMENT_NONE && out->last_moment != MOMENT_NONE) {
        out->first_day = day_of_moment(out->first_moment);
        out->last_day = day_of_moment(out->last_moment);
    }
    return GR_OK;
}

/* One row of delivery_money into the currency's place. */
static enum gr_status take_money(struct store *store, struct arena *arena, sqlite3_stmt *row,
                                 struct store_delivery *delivery, size_t *capacity,
                                 struct gr_err *err)
{
    struct str currency = store_column_text(arena, row, 0);
    struct str column = store_column_text(arena, row, 1);
    struct decimal sum;
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(delivery->dataset, columns);
    struct str text = store_column_text(arena, row, 3);
    if (decimal_parse_sum(text, &sum, err))
        return gr_fail(err, GR_ESTORE, "store %s: ledger of delivery %lld: \"%.*s\" is no amount",
                       store->path, (long long)delivery->id, STR_ARG(text));
    size_t last = delivery->money_count;
    if (last == 0 || !str_equal(delivery->money[last - 1].currency, currency)) {
        delivery->money = grown(arena, delivery->money, last, capacity, sizeof(*delivery->money));
        delivery->money[last] = (struct store_money){.currency = currency};
        delivery->money_count = ++last;
    }
    delivery->money[last - 1].rows = sqlite3_column_int64(row, 2);
    for (size_t c = 0; c < count; c++)
        if (str_equal(column, store_column_name(store, delivery->dataset, columns[c])))
            delivery->money[last - 1].sums[c] = sum;
    return GR_OK;
}

static enum gr_status read_money(struct store *store, struct arena *arena,
                                 struct store_delivery *delivery, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    GR_TRY(store_prepare(store, SQL_MONEY_LIST, &list, err));
    sqlite3_bind_int64(list, 1, delivery->id);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        status = take_money(store, arena, list, delivery, &capacity, err);
        if (!status)
            status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

struct delivery_filter {
    int64_t id; /* 0: any */
    bool live;
    enum dataset dataset; /* DATASET_COUNT: any */
    struct str source;
    struct str period;
};

static enum gr_status list_deliveries(struct store *store, struct arena *arena,
                                      const struct delivery_filter *filter,
                                      struct store_delivery_list *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_delivery_list){0};
    /* With thousands of deliveries a look-up must find its rows by an index. */
    enum store_statement which = filter->id                                 ? SQL_DELIVERY_GET
                                 : filter->source.ptr && filter->period.ptr ? SQL_DELIVERY_OF
                                                                            : SQL_DELIVERY_LIST;
    GR_TRY(store_prepare(store, which, &list, err));
    if (filter->id) {
        sqlite3_bind_int64(list, 1, filter->id);
    } else {
        store_bind_text(list, 1, filter->live ? STR("live") : STR_NONE);
        store_bind_text(list, 2,
                        filter->dataset != DATASET_COUNT ? str_from(dataset_name(filter->dataset))
                                                         : STR_NONE);
        store_bind_text(list, 3, filter->source);
        store_bind_text(list, 4, filter->period);
    }
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        out->items = grown(arena, out->items, out->count, &capacity, sizeof(*out->items));
        status = read_delivery(store, arena, list, &out->items[out->count++], err);
        if (!status)
            status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    for (size_t i = 0; i < out->count && !status; i++)
        status = read_money(store, arena, &out->items[i], err);
    return status;
}

enum gr_status store_delivery_get(struct store *store, struct arena *arena, int64_t id,
                                  struct store_delivery *out, struct gr_err *err)
{
    struct store_delivery_list list = {0};
    struct delivery_filter filter = {.id = id, .dataset = DATASET_COUNT};
    if (id > 0)
        GR_TRY(list_deliveries(store, arena, &filter, &list, err));
    if (list.count != 1)
        return gr_fail(err, GR_EUSAGE, "no delivery %lld", (long long)id);
    *out = list.items[0];
    return GR_OK;
}

enum gr_status store_delivery_list(struct store *store, struct arena *arena,
                                   struct store_delivery_list *out, struct gr_err *err)
{
    struct delivery_filter filter = {.dataset = DATASET_COUNT};
    return list_deliveries(store, arena, &filter, out, err);
}

enum gr_status store_delivery_find(struct store *store, struct arena *arena, enum dataset dataset,
                                   struct str source, struct str period,
                                   struct store_delivery_list *out, struct gr_err *err)
{
    struct delivery_filter filter = {
        .live = true, .dataset = dataset, .source = source, .period = period};
    return list_deliveries(store, arena, &filter, out, err);
}

static void read_file(struct arena *arena, sqlite3_stmt *row, struct store_file *out)
{
    *out = (struct store_file){
        .id = sqlite3_column_int64(row, 0),
        .delivery = sqlite3_column_int64(row, 1),
        .path = store_column_text(arena, row, 2),
        .sha256 = store_column_text(arena, row, 3),
        .format = store_column_text(arena, row, 4),
        .version = store_column_text(arena, row, 5),
        .bytes = (uint64_t)sqlite3_column_int64(row, 6),
        .rows = (uint64_t)sqlite3_column_int64(row, 7),
        .stored = (uint64_t)sqlite3_column_int64(row, 8),
        .rejected = (uint64_t)sqlite3_column_int64(row, 9),
        .skipped = (uint64_t)sqlite3_column_int64(row, 10),
        .manifest = store_column_text(arena, row, 11),
        .set_id = store_column_text(arena, row, 12),
    };
}

static enum gr_status list_files(struct store *store, struct arena *arena, sqlite3_stmt *list,
                                 struct store_file_list *out, struct gr_err *err)
{
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_file_list){0};
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        out->items = grown(arena, out->items, out->count, &capacity, sizeof(*out->items));
        read_file(arena, list, &out->items[out->count++]);
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

enum gr_status store_file_list(struct store *store, struct arena *arena, int64_t delivery,
                               struct store_file_list *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    GR_TRY(store_prepare(store, SQL_FILE_LIST, &list, err));
    sqlite3_bind_int64(list, 1, delivery);
    return list_files(store, arena, list, out, err);
}

enum gr_status store_file_find(struct store *store, struct arena *arena, struct str sha256,
                               struct store_file_list *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    GR_TRY(store_prepare(store, SQL_FILE_FIND, &list, err));
    store_bind_text(list, 1, sha256);
    return list_files(store, arena, list, out, err);
}

static void read_reject(struct arena *arena, sqlite3_stmt *row, struct store_reject *out)
{
    *out = (struct store_reject){
        .delivery = sqlite3_column_int64(row, 0),
        .file = sqlite3_column_int64(row, 1),
        .path = store_column_text(arena, row, 2),
        .line = (uint64_t)sqlite3_column_int64(row, 3),
        .byte_offset = (uint64_t)sqlite3_column_int64(row, 4),
        .column = store_column_text(arena, row, 5),
        .value = store_column_text(arena, row, 6),
        .reason = store_column_text(arena, row, 7),
        .raw = store_column_text(arena, row, 8),
    };
}

enum gr_status store_reject_list(struct store *store, struct arena *arena, int64_t delivery,
                                 struct str path, uint64_t limit, struct store_reject_list *out,
                                 struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_reject_list){0};
    GR_TRY(store_prepare(store, SQL_REJECT_COUNT, &list, err));
    sqlite3_bind_int64(list, 1, delivery);
    store_bind_text(list, 2, path);
    GR_TRY(store_step(store, list, &row, err));
    out->total = (uint64_t)sqlite3_column_int64(list, 0);
    sqlite3_reset(list);
    GR_TRY(store_prepare(store, SQL_REJECT_LIST, &list, err));
    sqlite3_bind_int64(list, 1, delivery);
    store_bind_text(list, 2, path);
    sqlite3_bind_int64(list, 3, limit && limit < INT64_MAX ? (int64_t)limit : -1);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        out->items = grown(arena, out->items, out->count, &capacity, sizeof(*out->items));
        read_reject(arena, list, &out->items[out->count++]);
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

enum gr_status store_delivery_segments(struct store *store, struct arena *arena, int64_t delivery,
                                       int64_t **ids, size_t *count, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *ids = NULL;
    *count = 0;
    GR_TRY(store_prepare(store, SQL_PART_SEGMENTS, &list, err));
    sqlite3_bind_int64(list, 1, delivery);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        *ids = grown(arena, *ids, *count, &capacity, sizeof(**ids));
        (*ids)[(*count)++] = sqlite3_column_int64(list, 0);
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

enum gr_status store_moments(struct store *store, enum dataset dataset, int64_t *first_moment,
                             int64_t *last_moment, struct gr_err *err)
{
    sqlite3_stmt *get = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_MOMENTS, &get, err));
    store_bind_text(get, 1, str_from(dataset_name(dataset)));
    GR_TRY(store_step(store, get, &row, err));
    *first_moment = row ? moment_column(get, 0) : MOMENT_NONE;
    *last_moment = row ? moment_column(get, 1) : MOMENT_NONE;
    sqlite3_reset(get);
    return GR_OK;
}
