/* Completeness of what was delivered: days, last hour, accounts, files, whether the month is
 * closed, and in plain words what looks wrong. Called by build.c.
 */
#include <string.h>

#include "load/load.h"
#include "report/recon_days.h"
#include "report/recon_shared.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A column that had values in 95 of 100 rows and now has none in as many went empty. */
enum { SHARE_PERCENT = 5, ROWS_WORTH_COMPARING = 20 };

static const struct block_column source_columns[] = {
    {"source",        "Source",                CELL_TEXT,  0             },
    {"billing_month", "Billing month",         CELL_TEXT,  0             },
    {"state",         "State",                 CELL_TEXT,  0             },
    {"files",         "Files",                 CELL_COUNT, BLOCK_CSV_ONLY},
    {"records",       "Rows",                  CELL_COUNT, 0             },
    {"rejected",      "Rejected",              CELL_COUNT, BLOCK_CSV_ONLY},
    {"days",          "Days",                  CELL_COUNT, 0             },
    {"missing_days",  "Missing",               CELL_COUNT, 0             },
    {"last_charge",   "Last charge, UTC",      CELL_TEXT,  0             },
    {"accounts",      "Accounts",              CELL_COUNT, BLOCK_OPTIONAL},
    {"new_accounts",  "New",                   CELL_COUNT, BLOCK_OPTIONAL},
    {"gone_accounts", "Gone",                  CELL_COUNT, BLOCK_OPTIONAL},
    {"rows_before",   "Rows the month before", CELL_COUNT, BLOCK_CSV_ONLY},
    {"set",           "Delivery set",          CELL_TEXT,  BLOCK_CSV_ONLY},
};
static const struct block_column warning_columns[] = {
    {"source",        "Source",          CELL_TEXT, 0             },
    {"billing_month", "Billing month",   CELL_TEXT, 0             },
    {"kind",          "About",           CELL_TEXT, BLOCK_OPTIONAL},
    {"warning",       "What stands out", CELL_TEXT, 0             },
};

struct complete {
    const struct report_context *context;
    struct date_range months; /* with the one before */
    struct recon_deliveries list;
    struct recon_accounts *accounts; /* one a delivery */
    struct store_delivery_list all;  /* superseded ones too */
    struct table_builder warnings;
    size_t warning_count;
};

static void warn(struct complete *c, const struct recon_delivery *item, const char *kind,
                 struct str text)
{
    struct report_cell *cells = table_row(&c->warnings, ROW_DATA);
    cells[0] = cell_text(item->delivery.source);
    cells[1] = cell_text(item->delivery.period);
    cells[2] = cell_text(str_from(kind));
    cells[3] = cell_text(text);
    c->warning_count++;
}

/* ---- warnings ---- */

static void warn_days(struct complete *c, const struct recon_delivery *item)
{
    struct arena *arena = c->context->arena;
    int missing = item->missing_before + item->missing_inside + item->missing_after;
    if (!missing)
        return;
    struct str of = item->closed ? arena_printf(arena, "its %d days", day_count(item->month))
                                 : STR("the days so far");
    warn(c, item, "days",
         arena_printf(arena, "no rows of %d of %.*s: %.*s%s%s", missing, STR_ARG(of),
                      STR_ARG(recon_missing_days(arena, item, c->context->as_of)),
                      item->missing_inside ? ", some of them between days that have rows" : "",
                      item->closed && item->missing_after ? "; the month is closed" : ""));
}

static void warn_rejects(struct complete *c, const struct recon_delivery *item)
{
    if (item->delivery.rejected)
        warn(c, item, "rejects",
             arena_printf(
                 c->context->arena, "%s could not be read; `gpureport rejects` lists them",
                 recon_count(c->context->arena, item->delivery.rejected, "row", "rows").ptr));
}

/* Charges that count twice, as the load said when they came. */
static enum gr_status warn_repeats(struct complete *c, const struct recon_delivery *item,
                                   struct gr_err *err)
{
    struct str *lines;
    size_t count;
    GR_TRY(load_warnings(c->context->store, c->context->arena, item->delivery.id, &lines, &count,
                         err));
    for (size_t i = 0; i < count; i++)
        warn(c, item, "repeats", lines[i]);
    return GR_OK;
}

static void warn_accounts(struct complete *c, const struct recon_delivery *item,
                          const struct recon_accounts *accounts)
{
    struct arena *arena = c->context->arena;
    if (accounts->missing_count)
        warn(c, item, "accounts",
             arena_printf(arena, "accounts of the month before have no rows: %.*s",
                          STR_ARG(accounts->missing)));
    if (accounts->fresh_count)
        warn(c, item, "accounts",
             arena_printf(arena, "accounts are new: %.*s", STR_ARG(accounts->fresh)));
}

static void compare_rows(struct complete *c, const struct recon_delivery *item, uint64_t before,
                         const char *whose)
{
    struct arena *arena = c->context->arena;
    uint64_t now = item->delivery.stored;
    if (before < ROWS_WORTH_COMPARING || (now >= before / 2 && now / 2 <= before))
        return;
    warn(c, item, "rows",
         arena_printf(arena, "%s, and %s %s", recon_count(arena, now, "row", "rows").ptr,
                      recon_count(arena, before, "row", "rows").ptr, whose));
}

/* Against the month before, when this one is whole, and against what this delivery replaced. */
static void warn_rows(struct complete *c, const struct recon_delivery *item,
                      const struct recon_delivery *before)
{
    const struct store_delivery *replaced = NULL;
    for (size_t i = 0; i < c->all.count; i++) {
        const struct store_delivery *other = &c->all.items[i];
        if (other->status == DELIVERY_SUPERSEDED && other->dataset == DATASET_COST &&
            str_equal(other->source, item->delivery.source) &&
            str_equal(other->period, item->delivery.period) && other->id < item->delivery.id)
            replaced = other;
    }
    bool whole = item->closed || c->context->as_of.since_1970 >= item->month.end.since_1970 - 1;
    if (before && whole)
        compare_rows(c, item, before->delivery.stored, "the month before");
    if (replaced)
        compare_rows(c, item, replaced->stored, "in the delivery that it replaced");
}

static bool is_mostly_absent(uint64_t nulls, uint64_t rows)
{
    return (u128)nulls * 100 > (u128)rows * (100 - SHARE_PERCENT);
}

static bool is_mostly_there(uint64_t nulls, uint64_t rows)
{
    return (u128)nulls * 100 < (u128)rows * SHARE_PERCENT;
}

/* Columns that had values and have none any more. */
static enum gr_status warn_columns(struct complete *c, const struct recon_delivery *item,
                                   const struct recon_delivery *before, struct gr_err *err)
{
    struct store *store = c->context->store;
    struct arena *arena = c->context->arena;
    struct store_nulls now, earlier;
    if (!before)
        return GR_OK;
    GR_TRY(store_delivery_nulls(store, arena, DATASET_COST, item->delivery.id, &now, err));
    GR_TRY(store_delivery_nulls(store, arena, DATASET_COST, before->delivery.id, &earlier, err));
    if (now.rows < ROWS_WORTH_COMPARING || earlier.rows < ROWS_WORTH_COMPARING)
        return GR_OK;
    for (size_t i = 0; i < store_column_count(store, DATASET_COST); i++) {
        if (!is_mostly_absent(now.nulls[i], now.rows) ||
            !is_mostly_there(earlier.nulls[i], earlier.rows))
            continue;
        warn(
            c, item, "columns",
            arena_printf(
                arena,
                "column %.*s went empty: absent in %.1f %% of the rows, %.1f %% the month "
                "before%s",
                STR_ARG(store_column_name(store, DATASET_COST, (int)i)),
                100.0 * (double)now.nulls[i] / (double)now.rows,
                100.0 * (double)earlier.nulls[i] / (double)earlier.rows,
                now.shared || earlier.shared ? " (with what was delivered in the same call)" : ""));
    }
    return GR_OK;
}

/* ---- the table ---- */

static enum gr_status count_files(struct complete *c, const struct recon_delivery *item,
                                  size_t *count, struct str *set, struct gr_err *err)
{
    struct store_file_list files;
    GR_TRY(store_file_list(c->context->store, c->context->arena, item->delivery.id, &files, err));
    *count = files.count;
    *set = STR("");
    for (size_t i = 0; i < files.count && !set->len; i++)
        if (files.items[i].set_id.len)
            *set = files.items[i].set_id;
    return GR_OK;
}

/* A feed's stretches are not compared with those of the month before. */
static const struct recon_delivery *whole_before(const struct recon_deliveries *list,
                                                 const struct recon_delivery *item)
{
    const struct recon_delivery *before = recon_delivery_before(list, item);
    return before && before->stretches == 1 && item->stretches == 1 ? before : NULL;
}

static enum gr_status fill_source(struct complete *c, size_t at, struct table_builder *table,
                                  struct gr_err *err)
{
    const struct recon_delivery *item = &c->list.items[at];
    const struct recon_delivery *before = whole_before(&c->list, item);
    const struct recon_accounts *accounts = &c->accounts[at];
    char last[32], *until = last + strlen("YYYY-MM-DDTHH:MM");
    size_t files;
    struct str set;
    moment_format(item->delivery.last_moment, last);
    if (strlen(last) > (size_t)(until - last)) { /* to the minute */
        last[strlen("YYYY-MM-DD")] = ' ';
        *until = '\0';
    }
    GR_TRY(count_files(c, item, &files, &set, err));
    struct report_cell *cells = table_row(table, ROW_DATA);
    cells[0] = cell_text(item->delivery.source);
    cells[1] = cell_text(item->delivery.period);
    cells[2] = cell_text(item->state);
    cells[3] = cell_count((int64_t)files);
    cells[4] = cell_count((int64_t)item->delivery.stored);
    cells[5] = cell_count((int64_t)item->delivery.rejected);
    cells[6] = cell_count(item->days);
    cells[7] = cell_count(item->missing_before + item->missing_inside + item->missing_after);
    cells[8] = cell_text(arena_str(c->context->arena, str_from(last)));
    cells[9] = item->stretches > 1 ? cell_na() : cell_count((int64_t)accounts->count);
    cells[10] = before ? cell_count((int64_t)accounts->fresh_count) : cell_na();
    cells[11] = before ? cell_count((int64_t)accounts->missing_count) : cell_na();
    cells[12] = before ? cell_count((int64_t)before->delivery.stored) : cell_na();
    cells[13] = cell_text(set);
    warn_days(c, item);
    warn_rejects(c, item);
    GR_TRY(warn_repeats(c, item, err));
    if (before)
        warn_accounts(c, item, accounts);
    warn_rows(c, item, before);
    return warn_columns(c, item, before, err);
}

/* A source that was there the month before and is not there at all. The list is sorted by source
 * and period. */
static void warn_absent(struct complete *c, struct date_range months)
{
    for (size_t i = 0; i < c->list.count; i++) {
        const struct recon_delivery *item = &c->list.items[i];
        bool followed = item->month.end.since_1970 >= months.end.since_1970;
        for (size_t j = i + 1; j < c->list.count && !followed; j++) {
            const struct recon_delivery *next = &c->list.items[j];
            if (!str_equal(next->delivery.source, item->delivery.source))
                break;
            followed = next->month.first.since_1970 <= item->month.end.since_1970;
        }
        if (followed)
            continue;
        char month[8];
        struct recon_delivery absent = *item;
        month_format(item->month.end, month);
        absent.delivery.period = arena_str(c->context->arena, str_from(month));
        warn(c, &absent, "source", STR("nothing was delivered, unlike the month before"));
    }
}

/* One bill under two names of sources would be counted twice. */
static enum gr_status warn_shared(struct complete *c, struct date_range months, struct gr_err *err)
{
    struct recon_shared_list shared;
    GR_TRY(recon_shared_read(c->context, months, &shared, err));
    for (size_t i = 0; i < shared.count; i++) {
        const struct recon_shared *one = &shared.items[i];
        struct recon_delivery first = {
            .delivery = {.source = one->source, .period = one->month}
        };
        const struct str parts[] = {STR("perhaps counted twice: "), one->whose, STR(" comes from "),
                                    one->sums};
        warn(c, &first, "sources", arena_join(c->context->arena, parts, 4, STR("")));
    }
    return GR_OK;
}

static enum gr_status read_all(struct complete *c, struct gr_err *err)
{
    GR_TRY(recon_deliveries_read(c->context, c->months, &c->list, err));
    GR_TRY(recon_accounts_read(c->context, &c->list, c->months, &c->accounts, err));
    return store_delivery_list(c->context->store, c->context->arena, &c->all, err);
}

enum gr_status block_recon_complete(const struct report_context *context,
                                    struct section_builder *section, struct gr_err *err)
{
    struct date_range months = recon_months(context);
    struct complete c = {
        .context = context, .months = {month_add(months.first, -1), months.end}
    };
    c.warnings = block_table(context->arena, "completeness_warnings", STR("What stands out"),
                             warning_columns, COUNT(warning_columns));
    c.warnings.table->empty_text = STR("Nothing: no day, account or column is missing.");
    struct table_builder table =
        block_table(context->arena, "completeness",
                    arena_printf(context->arena, "Completeness of the bills of %.*s",
                                 STR_ARG(recon_months_name(context))),
                    source_columns, COUNT(source_columns));
    table.table->empty_text = STR("No bill of these billing months was delivered.");
    bool one_month = month_add(months.first, 1).since_1970 == months.end.since_1970;
    table.table->columns[1].csv_only = one_month; /* the title says it */
    c.warnings.table->columns[1].csv_only = one_month;
    GR_TRY(read_all(&c, err));
    for (size_t i = 0; i < c.list.count; i++)
        if (c.list.items[i].month.first.since_1970 >= months.first.since_1970)
            GR_TRY(fill_source(&c, i, &table, err));
    warn_absent(&c, months);
    GR_TRY(warn_shared(&c, months, err));
    section_table(section, table.table);
    if (c.list.count)
        section_table(section, c.warnings.table);
    return GR_OK;
}
