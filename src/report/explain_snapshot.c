/* What the store held at an earlier snapshot, from the ledger alone: it keeps the line and the sums
 * of every delivery that ever was. Called by explain.c.
 */
#include "report/explain.h"
#include "report/report_internal.h"

/* A delivery of then: what became of it. */
enum fate {
    FATE_NEVER,     /* it was not there */
    FATE_STAYS,     /* it is there as it was */
    FATE_REWRITTEN, /* it is there, priced anew: its sums of then are not kept */
    FATE_GONE,      /* superseded or dropped */
    FATE_LATER      /* it came since and is there */
};

struct snapshot {
    const struct report_context *context;
    struct arena *arena;
    int64_t then;
    int64_t now;
    struct store_delivery_list list;
    int64_t *came; /* one a delivery: the snapshot in which it was there first */
    size_t counts[FATE_LATER + 1];
};

static enum fate fate_of(const struct snapshot *s, const struct store_delivery *d)
{
    bool ended_before = d->snapshot_end && d->snapshot_end <= s->then;
    if (ended_before)
        return FATE_NEVER;
    if (s->came[d - s->list.items] > s->then)
        return d->status == DELIVERY_LIVE ? FATE_LATER : FATE_NEVER;
    if (d->status != DELIVERY_LIVE)
        return FATE_GONE;
    return d->snapshot > s->then ? FATE_REWRITTEN : FATE_STAYS;
}

static bool was_there(enum fate fate)
{
    return fate == FATE_STAYS || fate == FATE_REWRITTEN || fate == FATE_GONE;
}

/* Priced anew since then, whether it is still there or not: the ledger has the later sums. */
static bool has_other_sums(const struct snapshot *s, const struct store_delivery *d, enum fate fate)
{
    return was_there(fate) && d->snapshot > s->then;
}

/* The deliveries that took its place, "9" or "9, 10". */
static struct str successors(const struct snapshot *s, const struct store_delivery *gone)
{
    struct str text = STR("");
    for (size_t i = 0; i < s->list.count; i++) {
        const struct store_delivery *d = &s->list.items[i];
        if (d->id != gone->id && s->came[i] == gone->snapshot_end && d->dataset == gone->dataset &&
            str_equal(d->source, gone->source) && str_equal(d->period, gone->period))
            text = arena_printf(s->arena, "%.*s%s%lld", STR_ARG(text), text.len ? ", " : "",
                                (long long)d->id);
    }
    return text;
}

static struct str fate_text(const struct snapshot *s, const struct store_delivery *d,
                            enum fate fate)
{
    if (fate == FATE_STAYS)
        return STR("still there");
    if (fate == FATE_REWRITTEN)
        return arena_printf(s->arena, "priced anew in snapshot %lld", (long long)d->snapshot);
    struct str by = d->status == DELIVERY_SUPERSEDED ? successors(s, d) : STR("");
    return arena_printf(s->arena, "%s in snapshot %lld%s%.*s", delivery_status_name(d->status),
                        (long long)d->snapshot_end, by.len ? " by delivery " : "", STR_ARG(by));
}

static const struct report_column then_columns[] = {
    REPORT_COLUMN("delivery", "Delivery", CELL_COUNT),
    REPORT_COLUMN("dataset", "Dataset", CELL_TEXT),
    REPORT_COLUMN("source", "Source", CELL_TEXT),
    REPORT_COLUMN("period", "Period", CELL_TEXT),
    REPORT_COLUMN("format", "Format", CELL_TEXT, .optional = true),
    REPORT_COLUMN("snapshot", "Snapshot", CELL_COUNT),
    REPORT_COLUMN("rows", "Rows", CELL_COUNT),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("cost", "Billed", CELL_MONEY),
    REPORT_COLUMN("since", "Since then", CELL_TEXT),
};
enum { THEN_COLUMNS = sizeof then_columns / sizeof *then_columns };

/* One row a currency; the ledger's first sum is what was billed (of usage: what it cost). */
static void add_rows(const struct snapshot *s, struct table_builder *table,
                     const struct store_delivery *d, enum fate fate)
{
    size_t count = d->money_count ? d->money_count : 1;
    struct str since = fate == FATE_LATER ? STR_NONE : fate_text(s, d, fate);
    for (size_t i = 0; i < count; i++) {
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_count(d->id);
        cells[1] = cell_text(str_from(dataset_name(d->dataset)));
        cells[2] = cell_text(d->source);
        cells[3] = cell_text(d->period);
        cells[4] = cell_text(d->format);
        cells[5] = cell_count(d->snapshot);
        cells[6] = cell_count(d->money_count ? d->money[i].rows : (int64_t)d->stored);
        if (d->money_count) {
            cells[7] = cell_text(d->money[i].currency);
            cells[8] = has_other_sums(s, d, fate)
                           ? cell_na()
                           : cell_money(d->money[i].sums[0], d->money[i].currency);
        }
        if (since.ptr)
            cells[9] = cell_text(since);
    }
}

static struct report_table *list_table(const struct snapshot *s, bool later)
{
    size_t columns = later ? THEN_COLUMNS - 1 : THEN_COLUMNS;
    struct table_builder table =
        later
            ? table_begin(s->arena, "deliveries_since", STR("Deliveries since then"), then_columns,
                          columns)
            : table_begin(s->arena, "deliveries_then",
                          arena_printf(s->arena, "Deliveries of snapshot %lld", (long long)s->then),
                          then_columns, columns);
    table.table->empty_text = STR("No deliveries.");
    for (size_t i = 0; i < s->list.count; i++) {
        enum fate fate = fate_of(s, &s->list.items[i]);
        if (later ? fate == FATE_LATER : was_there(fate))
            add_rows(s, &table, &s->list.items[i], fate);
    }
    return table.table;
}

/* ---- sums of then and now ---- */

struct sum_line {
    enum dataset dataset;
    struct str currency;
    struct decimal then, now;
    bool then_unknown;
};

static struct sum_line *line_of(struct sum_line *lines, size_t *count, enum dataset dataset,
                                struct str currency)
{
    for (size_t i = 0; i < *count; i++)
        if (lines[i].dataset == dataset && str_equal(lines[i].currency, currency))
            return &lines[i];
    lines[*count] = (struct sum_line){
        .dataset = dataset, .currency = currency, .then = DECIMAL_ZERO, .now = DECIMAL_ZERO};
    return &lines[(*count)++];
}

static enum gr_status add_up(const struct snapshot *s, struct sum_line *lines, size_t *count,
                             struct gr_err *err)
{
    for (size_t i = 0; i < s->list.count; i++) {
        const struct store_delivery *d = &s->list.items[i];
        enum fate fate = fate_of(s, d);
        for (size_t m = 0; m < d->money_count && fate != FATE_NEVER; m++) {
            struct sum_line *line = line_of(lines, count, d->dataset, d->money[m].currency);
            line->then_unknown = line->then_unknown || has_other_sums(s, d, fate);
            if (was_there(fate))
                GR_TRY(decimal_add(line->then, d->money[m].sums[0], &line->then, err));
            if (d->status == DELIVERY_LIVE)
                GR_TRY(decimal_add(line->now, d->money[m].sums[0], &line->now, err));
        }
    }
    return GR_OK;
}

static const struct report_column sum_columns[] = {
    REPORT_COLUMN("dataset", "Dataset", CELL_TEXT),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("then", "Then", CELL_MONEY),
    REPORT_COLUMN("now", "Now", CELL_MONEY),
    REPORT_COLUMN("change", "Change", CELL_MONEY, .signed_change = true),
};

static enum gr_status sums_table(const struct snapshot *s, struct report_table **out,
                                 struct gr_err *err)
{
    size_t most = 0, count = 0;
    for (size_t i = 0; i < s->list.count; i++)
        most += s->list.items[i].money_count;
    struct sum_line *lines = arena_alloc(s->arena, (most + 1) * sizeof *lines);
    GR_TRY(add_up(s, lines, &count, err));
    struct table_builder table =
        table_begin(s->arena, "sums", STR("Sums of the ledger, billed"), sum_columns, 5);
    table.table->empty_text = STR("No amounts.");
    for (size_t i = 0; i < count; i++) {
        const struct sum_line *line = &lines[i];
        struct decimal change;
        GR_TRY(decimal_sub(line->now, line->then, &change, err));
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(str_from(dataset_name(line->dataset)));
        cells[1] = cell_text(line->currency);
        cells[2] = line->then_unknown ? cell_na() : cell_money(line->then, line->currency);
        cells[3] = cell_money(line->now, line->currency);
        cells[4] = line->then_unknown ? cell_na() : cell_money(change, line->currency);
    }
    *out = table.table;
    return GR_OK;
}

static struct str verdict(const struct snapshot *s)
{
    const size_t *counts = s->counts;
    if (s->then == s->now)
        return arena_printf(s->arena,
                            "The store is still at snapshot %lld: every figure of then is "
                            "computed again from the same rows.",
                            (long long)s->now);
    if (!counts[FATE_GONE] && !counts[FATE_REWRITTEN] && !counts[FATE_LATER])
        return arena_printf(s->arena,
                            "The store is at snapshot %lld, and holds the deliveries of then "
                            "again: no figure differs.",
                            (long long)s->now);
    return arena_printf(s->arena,
                        "The store is at snapshot %lld: since then %zu went, %zu were priced anew "
                        "and %zu came. Figures that these deliveries are part of may differ; rows "
                        "of those that went are no longer there.",
                        (long long)s->now, counts[FATE_GONE], counts[FATE_REWRITTEN],
                        counts[FATE_LATER]);
}

/* Ids ascend with the snapshots in which deliveries came, so one that an old program priced anew
 * came no later than the next one. */
static enum gr_status read_came(struct snapshot *s, struct gr_err *err)
{
    size_t count = s->list.count;
    s->came = arena_alloc(s->arena, (count + 1) * sizeof *s->came);
    for (size_t i = count; i-- > 0;) {
        GR_TRY(
            store_delivery_came(s->context->store, s->arena, &s->list.items[i], &s->came[i], err));
        if (i + 1 < count && s->came[i + 1] < s->came[i])
            s->came[i] = s->came[i + 1];
    }
    return GR_OK;
}

static enum gr_status read_snapshot(struct snapshot *s, struct gr_err *err)
{
    struct store *store = s->context->store;
    GR_TRY(store_snapshot(store, &s->now, err));
    if (s->then > s->now)
        return gr_fail(err, GR_EUSAGE, "--snapshot %lld: the store is at snapshot %lld",
                       (long long)s->then, (long long)s->now);
    GR_TRY(store_delivery_list(store, s->arena, &s->list, err));
    GR_TRY(read_came(s, err));
    for (size_t i = 0; i < s->list.count; i++)
        s->counts[fate_of(s, &s->list.items[i])]++;
    return GR_OK;
}

enum gr_status explain_snapshot(const struct report_context *context,
                                const struct explain_request *request,
                                struct section_builder *section, struct gr_err *err)
{
    struct snapshot s = {.context = context, .arena = context->arena, .then = request->snapshot};
    struct report_table *sums;
    GR_TRY(read_snapshot(&s, err));
    section_table(section, list_table(&s, false));
    if (request->one_table)
        return GR_OK;
    if (s.counts[FATE_LATER])
        section_table(section, list_table(&s, true));
    GR_TRY(sums_table(&s, &sums, err));
    section_table(section, sums);
    section_text(section, ITEM_PARAGRAPH, verdict(&s));
    return GR_OK;
}
