/* See rollup_table.h. xFilter builds a rollup_request from the arguments, rollup_run() answers it,
 * and SQLite sees the groups only. Results are kept by request, because a join may ask again and
 * again. Called by sql.c; must not know reports.
 */
#include "sql/rollup_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rollup/rollup.h"
#include "sql/convert.h"
#include "sql/cut.h"
#include "sql/inner_credits.h"
#include "sql/rank.h"

enum { FIXED_COLUMNS = ROLLUP_DIMENSIONS_MAX + 4, ARGUMENTS = 7, CACHE_SLOTS = 16 };
enum fixed_column {
    COLUMN_CURRENCY = ROLLUP_DIMENSIONS_MAX,
    COLUMN_ROW_COUNT,
    COLUMN_IS_OTHER,
    COLUMN_RANK
};
enum argument { ARG_DIMENSIONS, ARG_FIRST, ARG_END, ARG_FILTER, ARG_COST, ARG_BASIS, ARG_TOP };

/* What a column behind the fixed ones shows. */
struct measure_column {
    int measure; /* column number of the dataset; -1: the chosen cost */
    bool value_count;
};

struct rollup_table {
    sqlite3_vtab base; /* must be first */
    struct rollup_tables *tables;
    enum dataset dataset;
    struct measure_column columns[2 * ROLLUP_MEASURES_MAX];
    int column_count; /* behind the fixed ones; the hidden arguments follow */
};

struct cached_result {
    unsigned holders; /* the cache's slot and every cursor that reads it; the last one frees */
    struct str key;
    struct arena arena;
    struct rollup_result result;
    int slot_of_column[2 * ROLLUP_MEASURES_MAX]; /* index into cell.sums, -1 not asked for */
};

struct rollup_tables {
    struct store *store;
    struct pool *pool;
    const struct zone *zone;
    const struct tag_rules *tag_rules;
    const struct kernels *kernels;
    const struct conversion *conversion; /* NULL: none */
    struct cached_result *cache[CACHE_SLOTS];
    size_t cache_next;
    struct gr_err
        error; /* of the last xFilter that failed: SQLite keeps the text but not the status */
};

struct rollup_cursor {
    sqlite3_vtab_cursor base; /* must be first */
    struct cached_result *cached;
    size_t row;
};

/* One registered name: what sqlite hands to xConnect. */
struct table_kind {
    const char *name;
    enum dataset dataset;
};
static const struct table_kind table_kinds[] = {
    {"rollup",                DATASET_COST          },
    {"ai_rollup",             DATASET_AI            },
    {"metric_rollup",         DATASET_METRIC        },
    {"instance_rollup",       DATASET_INSTANCE      },
    {"invoice_rollup",        DATASET_INVOICE       },
    {"billing_period_rollup", DATASET_BILLING_PERIOD},
    {"commitment_rollup",     DATASET_COMMITMENT    },
};
enum { TABLE_KINDS = sizeof table_kinds / sizeof *table_kinds };

struct table_context {
    struct rollup_tables *tables;
    const struct table_kind *kind;
};

/* BilledCost -> billed_cost, CacheWrite5m -> cache_write_5m */
static void snake_case(const char *name, struct strbuf *out)
{
    for (size_t i = 0; name[i]; i++) {
        bool upper = name[i] >= 'A' && name[i] <= 'Z';
        bool digit = name[i] >= '0' && name[i] <= '9';
        bool after_digit = i && name[i - 1] >= '0' && name[i - 1] <= '9';
        if (i && (upper || (digit && !after_digit)))
            strbuf_append_char(out, '_');
        strbuf_append_char(out, upper ? (char)(name[i] - 'A' + 'a') : name[i]);
    }
}

static void declare_measure(struct rollup_table *table, struct strbuf *sql, const char *name,
                            int measure, bool value_count)
{
    strbuf_append_cstr(sql, ", ");
    snake_case(name, sql);
    strbuf_append_cstr(sql, value_count ? "_count INTEGER" : " TEXT");
    table->columns[table->column_count++] = (struct measure_column){measure, value_count};
}

static void declare_columns(struct rollup_table *table, struct strbuf *sql)
{
    strbuf_append_cstr(sql, "CREATE TABLE x(key1 TEXT, key2 TEXT, key3 TEXT, key4 TEXT, "
                            "currency TEXT, row_count INTEGER, is_other INTEGER, rank INTEGER");
    if (table->dataset == DATASET_COST) {
        declare_measure(table, sql, "cost", -1, false);
        declare_measure(table, sql, "cost", -1, true);
    }
    size_t count;
    const struct column_def *defs = dataset_columns(table->dataset, &count);
    for (size_t i = 0; i < count; i++) {
        if (defs[i].kind != COLUMN_DECIMAL)
            continue;
        declare_measure(table, sql, defs[i].name, (int)i, false);
        if (table->dataset == DATASET_METRIC)
            declare_measure(table, sql, defs[i].name, (int)i, true);
    }
    strbuf_append_cstr(sql, ", dimensions HIDDEN, first HIDDEN, \"end\" HIDDEN, filter HIDDEN, "
                            "cost_kind HIDDEN, basis HIDDEN, top HIDDEN)");
}

static int table_connect(sqlite3 *database, void *context, int argc, const char *const *argv,
                         sqlite3_vtab **out, char **message)
{
    (void)argc, (void)argv, (void)message;
    const struct table_context *connect = context;
    struct rollup_table *table = sqlite3_malloc(sizeof *table);
    if (!table)
        return SQLITE_NOMEM;
    memset(table, 0, sizeof *table);
    table->tables = connect->tables;
    table->dataset = connect->kind->dataset;
    struct strbuf sql;
    strbuf_init(&sql, 1 << 16);
    declare_columns(table, &sql);
    int code = sqlite3_declare_vtab(database, strbuf_cstr(&sql));
    strbuf_deinit(&sql);
    sqlite3_vtab_config(database, SQLITE_VTAB_DIRECTONLY);
    if (code == SQLITE_OK)
        *out = &table->base;
    else
        sqlite3_free(table);
    return code;
}

static int table_disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* The arguments arrive as equality constraints on the hidden columns; a plan that can't give one
 * that was written is refused. idxNum: which are there; idxStr: which columns are read. */
static int table_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct rollup_table *table = (const struct rollup_table *)(void *)base;
    int first_hidden = FIXED_COLUMNS + table->column_count;
    int constraint_of[ARGUMENTS] = {-1, -1, -1, -1, -1, -1, -1};
    for (int i = 0; i < info->nConstraint; i++) {
        int argument = info->aConstraint[i].iColumn - first_hidden;
        if (argument < 0 || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!info->aConstraint[i].usable)
            return SQLITE_CONSTRAINT;
        constraint_of[argument] = i;
    }
    int place = 0;
    for (int argument = 0; argument < ARGUMENTS; argument++) {
        if (constraint_of[argument] < 0)
            continue;
        info->aConstraintUsage[constraint_of[argument]].argvIndex = ++place;
        info->aConstraintUsage[constraint_of[argument]].omit = 1;
        info->idxNum |= 1 << argument;
    }
    /* Rows come in the order of `rank` when it is used. */
    info->orderByConsumed = info->nOrderBy == 1 && info->aOrderBy[0].iColumn == COLUMN_RANK &&
                            !info->aOrderBy[0].desc && (info->colUsed >> COLUMN_RANK & 1);
    info->idxStr = sqlite3_mprintf("%llx", info->colUsed);
    info->needToFreeIdxStr = 1;
    info->estimatedCost = 1e7;
    info->estimatedRows = 1000;
    return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

static int table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    (void)base;
    struct rollup_cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (!cursor)
        return SQLITE_NOMEM;
    memset(cursor, 0, sizeof *cursor);
    *out = &cursor->base;
    return SQLITE_OK;
}

static void cached_release(struct cached_result *cached)
{
    if (!cached || --cached->holders > 0)
        return;
    arena_deinit(&cached->arena);
    free(cached);
}

static int table_close(sqlite3_vtab_cursor *base)
{
    cached_release(((struct rollup_cursor *)(void *)base)->cached);
    sqlite3_free(base);
    return SQLITE_OK;
}

/* The column that `billed`, `effective`, `list` or `contracted` stands for; -1 when it is none. */
static int cost_column(struct str name)
{
    static const struct {
        const char *name;
        int column;
    } kinds[] = {
        {"billed",            COST_BilledCost      },
        {"effective",         COST_EffectiveCost   },
        {"list",              COST_ListCost        },
        {"contracted",        COST_ContractedCost  },
        {"consumed_quantity", COST_ConsumedQuantity}, /* as weights of an allocation */
        {"pricing_quantity",  COST_PricingQuantity }
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(name, kinds[i].name))
            return kinds[i].column;
    return -1;
}

static enum gr_status read_day(const char *what, struct str text, struct day *out,
                               struct gr_err *err)
{
    if (!day_read(text, out))
        return gr_fail(err, GR_EUSAGE, "rollup: %s day \"%.*s\" is not a date; wanted YYYY-MM-DD",
                       what, STR_ARG(text));
    return GR_OK;
}

static enum gr_status read_basis(struct str text, bool *by_billing, struct gr_err *err)
{
    *by_billing = str_is(text, "billing");
    if (text.len && !*by_billing && !str_is(text, "charge"))
        return gr_fail(err, GR_EUSAGE, "rollup: basis \"%.*s\" is neither charge nor billing",
                       STR_ARG(text));
    return GR_OK;
}

/* A whole number; absent or 0 is no limit. */
static enum gr_status read_top(enum dataset dataset, struct str text, size_t *top,
                               struct gr_err *err)
{
    *top = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *top > UINT32_MAX / 10)
            return gr_fail(err, GR_EUSAGE, "rollup: top \"%.*s\" is not a number of groups",
                           STR_ARG(text));
        *top = *top * 10 + (size_t)(text.ptr[i] - '0');
    }
    if (*top && dataset != DATASET_COST)
        return gr_fail(err, GR_EUSAGE, "rollup: top goes with costs");
    return GR_OK;
}

/* Arguments -> request, but for the measures. */
static enum gr_status request_read(const struct rollup_table *table, const struct str *arguments,
                                   struct arena *arena, struct rollup_request *request,
                                   struct gr_err *err)
{
    *request = (struct rollup_request){.dataset = table->dataset,
                                       .zone = table->tables->zone,
                                       .tag_rules = table->tables->tag_rules};
    struct str rest = arguments[ARG_DIMENSIONS];
    while (rest.ptr && rest.len) {
        struct str name = str_trim(str_cut(&rest, ','));
        if (request->dimension_count == ROLLUP_DIMENSIONS_MAX)
            return gr_fail(err, GR_EUSAGE, "rollup: more than %d dimensions",
                           ROLLUP_DIMENSIONS_MAX);
        request->dimensions[request->dimension_count++] = arena_str(arena, name);
    }
    GR_TRY(read_day("first", arguments[ARG_FIRST], &request->days.first, err));
    GR_TRY(read_day("end", arguments[ARG_END], &request->days.end, err));
    GR_TRY(read_basis(arguments[ARG_BASIS], &request->by_billing_period, err));
    GR_TRY(read_top(table->dataset, arguments[ARG_TOP], &request->top, err));
    return sql_filters_read(arena, arguments[ARG_FILTER], request->filters, &request->filter_count,
                            err);
}

/* Adds the measures of the columns that the statement reads; an equal one is summed once. */
static enum gr_status request_measures(const struct rollup_table *table, uint64_t columns_used,
                                       struct str cost, struct rollup_request *request,
                                       int *slot_of_column, struct gr_err *err)
{
    int chosen = cost.len ? cost_column(cost) : COST_BilledCost;
    if (chosen < 0)
        return gr_fail(err, GR_EUSAGE,
                       "no cost named %.*s; there are: billed, effective, list, contracted",
                       STR_ARG(cost));
    bool ranked = table->dataset == DATASET_COST && columns_used >> COLUMN_RANK & 1;
    if (request->top || ranked) /* also where it is not read */
        request->measures[request->measure_count++] = chosen;
    for (int i = 0; i < table->column_count; i++) {
        int bit = FIXED_COLUMNS + i;
        slot_of_column[i] = -1;
        if (!(columns_used >> (bit > 63 ? 63 : bit) & 1))
            continue;
        int measure = table->columns[i].measure < 0 ? chosen : table->columns[i].measure;
        for (size_t j = 0; j < request->measure_count; j++)
            if (request->measures[j] == measure)
                slot_of_column[i] = (int)j;
        if (slot_of_column[i] >= 0)
            continue;
        if (request->measure_count == ROLLUP_MEASURES_MAX)
            return gr_fail(err, GR_EUSAGE, "rollup: more than %d measures", ROLLUP_MEASURES_MAX);
        slot_of_column[i] = (int)request->measure_count;
        request->measures[request->measure_count++] = measure;
    }
    return GR_OK;
}

/* Place of a measure in the request, -1 when it is not asked for. */
static int slot_of(const struct rollup_request *request, int measure)
{
    for (size_t i = 0; i < request->measure_count; i++)
        if (request->measures[i] == measure)
            return (int)i;
    return -1;
}

static struct cached_result *cache_find(struct rollup_tables *tables, struct str key)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        if (tables->cache[i] && str_equal(tables->cache[i]->key, key))
            return tables->cache[i];
    return NULL;
}

/* The oldest slot goes; a cursor of an outer loop that still reads it keeps its result alive. */
static void cache_put(struct rollup_tables *tables, struct cached_result *cached)
{
    size_t slot = tables->cache_next++ % CACHE_SLOTS;
    cached_release(tables->cache[slot]);
    tables->cache[slot] = cached;
}

static enum gr_status answer_rollup(const struct rollup_tables *tables,
                                    const struct rollup_request *request,
                                    struct cached_result *cached, struct gr_err *err)
{
    if (tables->conversion && convert_applies(request->dataset))
        return convert_run(tables->conversion, tables->store, tables->pool, tables->kernels,
                           request, &cached->arena, &cached->result, err);
    return rollup_run(tables->store, tables->pool, tables->kernels, request, &cached->arena,
                      &cached->result, err);
}

/* The slot of the credits within rows; they are added to the measures when they are not there. */
static enum gr_status credits_slot(struct rollup_request *request, size_t *slot, struct gr_err *err)
{
    int found = slot_of(request, COST_x_CreditAmount);
    *slot = found < 0 ? request->measure_count : (size_t)found;
    if (found >= 0)
        return GR_OK;
    if (request->measure_count == ROLLUP_MEASURES_MAX)
        return gr_fail(err, GR_EUSAGE, "rollup: more than %d measures", ROLLUP_MEASURES_MAX);
    request->measures[request->measure_count++] = COST_x_CreditAmount;
    return GR_OK;
}

/* Without the credits within rows, where the filters leave credits out. The largest groups are then
 * those of what is left, so with such credits they are known behind the rollup only. */
static enum gr_status answer_run(const struct rollup_tables *tables, struct rollup_request *request,
                                 struct cached_result *cached, struct gr_err *err)
{
    size_t slot;
    if (!inner_credits_left_out(request))
        return answer_rollup(tables, request, cached, err);
    GR_TRY(credits_slot(request, &slot, err));
    GR_TRY(answer_rollup(tables, request, cached, err));
    if (!inner_credits_are_there(&cached->result, slot))
        return GR_OK;
    struct rollup_request all = *request;
    all.top = 0;
    if (request->top)
        GR_TRY(answer_rollup(tables, &all, cached, err));
    GR_TRY(inner_credits_take_out(request, slot, &cached->result, err));
    return request->top ? cut_cells(request, &cached->arena, &cached->result, err) : GR_OK;
}

static enum gr_status table_answer(const struct rollup_table *table, uint64_t columns_used,
                                   const struct str *arguments, struct str key,
                                   struct cached_result **out, struct gr_err *err)
{
    struct rollup_tables *tables = table->tables;
    struct cached_result *cached = gr_alloc_zeroed(1, sizeof *cached);
    cached->holders = 1;
    struct rollup_request request;
    enum gr_status status = request_read(table, arguments, &cached->arena, &request, err);
    if (!status)
        status = request_measures(table, columns_used, arguments[ARG_COST], &request,
                                  cached->slot_of_column, err);
    if (!status)
        status = answer_run(tables, &request, cached, err);
    if (status) {
        cached_release(cached);
        return status;
    }
    if (table->dataset == DATASET_COST && columns_used >> COLUMN_RANK & 1)
        rank_cells(&request, &cached->arena, &cached->result);
    cached->key = arena_str(&cached->arena, key);
    cache_put(tables, cached);
    *out = cached;
    return GR_OK;
}

static struct str request_key(const struct rollup_table *table, uint64_t columns_used,
                              const struct str *arguments, struct strbuf *buf)
{
    strbuf_printf(buf, "%s %llx %p", dataset_name(table->dataset), (unsigned long long)columns_used,
                  (const void *)table->tables->conversion);
    for (int i = 0; i < ARGUMENTS; i++) {
        strbuf_printf(buf, "|%zu:", arguments[i].len);
        strbuf_append(buf, arguments[i]);
    }
    return strbuf_str(buf);
}

static int table_filter(sqlite3_vtab_cursor *base, int present, const char *columns_hex, int argc,
                        sqlite3_value **argv)
{
    struct rollup_cursor *cursor = (struct rollup_cursor *)(void *)base;
    struct rollup_table *table = (struct rollup_table *)(void *)base->pVtab;
    struct str arguments[ARGUMENTS] = {{0}};
    for (int i = 0, place = 0; i < ARGUMENTS && place < argc; i++) {
        if (!(present >> i & 1))
            continue;
        arguments[i].ptr = (const char *)sqlite3_value_text(argv[place]);
        arguments[i].len = (size_t)sqlite3_value_bytes(argv[place++]);
    }
    uint64_t columns_used = strtoull(columns_hex, NULL, 16);
    struct strbuf buf;
    strbuf_init(&buf, STRBUF_CEILING);
    struct str key = request_key(table, columns_used, arguments, &buf);
    struct gr_err err = {0};
    cursor->row = 0;
    cached_release(cursor->cached);
    cursor->cached = cache_find(table->tables, key);
    enum gr_status status = GR_OK;
    if (!cursor->cached)
        status = table_answer(table, columns_used, arguments, key, &cursor->cached, &err);
    if (cursor->cached)
        cursor->cached->holders++;
    strbuf_deinit(&buf);
    if (status == GR_OK)
        return SQLITE_OK;
    sqlite3_free(table->base.zErrMsg);
    table->base.zErrMsg = sqlite3_mprintf("%s", err.text);
    table->tables->error = err;
    return SQLITE_ERROR;
}

static int table_next(sqlite3_vtab_cursor *base)
{
    ((struct rollup_cursor *)(void *)base)->row++;
    return SQLITE_OK;
}

static int table_eof(sqlite3_vtab_cursor *base)
{
    const struct rollup_cursor *cursor = (const struct rollup_cursor *)(void *)base;
    return !cursor->cached || cursor->row >= cursor->cached->result.cell_count;
}

static void result_decimal(sqlite3_context *context, struct decimal value)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format(value, 0, &text);
    sqlite3_result_text(context, text.ptr, (int)text.len, SQLITE_TRANSIENT);
    strbuf_deinit(&text);
}

static int table_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct rollup_cursor *cursor = (const struct rollup_cursor *)(void *)base;
    const struct rollup_table *table = (const struct rollup_table *)(void *)base->pVtab;
    const struct rollup_cell *cell = &cursor->cached->result.cells[cursor->row];
    if (column < ROLLUP_DIMENSIONS_MAX) {
        if (cell->keys[column].ptr)
            sqlite3_result_text(context, cell->keys[column].ptr, (int)cell->keys[column].len,
                                SQLITE_TRANSIENT);
    } else if (column == COLUMN_CURRENCY) {
        sqlite3_result_text(context, cell->currency.ptr ? cell->currency.ptr : "",
                            (int)cell->currency.len, SQLITE_TRANSIENT);
    } else if (column == COLUMN_ROW_COUNT) {
        sqlite3_result_int64(context, cell->row_count);
    } else if (column == COLUMN_IS_OTHER) {
        sqlite3_result_int(context, cell->is_other);
    } else if (column == COLUMN_RANK) {
        sqlite3_result_int64(context, (sqlite3_int64)cursor->row + 1);
    } else if (column < FIXED_COLUMNS + table->column_count) {
        int slot = cursor->cached->slot_of_column[column - FIXED_COLUMNS];
        if (slot < 0)
            return SQLITE_OK;
        if (table->columns[column - FIXED_COLUMNS].value_count)
            sqlite3_result_int64(context, cell->value_counts[slot]);
        else
            result_decimal(context, cell->sums[slot]);
    }
    return SQLITE_OK;
}

static int table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
    *rowid = (sqlite3_int64)((struct rollup_cursor *)(void *)base)->row;
    return SQLITE_OK;
}

static const sqlite3_module rollup_module = {
    .xConnect = table_connect,
    .xBestIndex = table_best_index,
    .xDisconnect = table_disconnect,
    .xOpen = table_open,
    .xClose = table_close,
    .xFilter = table_filter,
    .xNext = table_next,
    .xEof = table_eof,
    .xColumn = table_column,
    .xRowid = table_rowid,
};

enum gr_status rollup_tables_open(struct store *store, const struct sql_options *options,
                                  const struct kernels *kernels, struct rollup_tables **out,
                                  struct gr_err *err)
{
    struct rollup_tables *tables = gr_alloc_zeroed(1, sizeof *tables);
    *tables = (struct rollup_tables){.store = store,
                                     .pool = options->pool,
                                     .zone = options->zone,
                                     .tag_rules = options->tag_rules,
                                     .kernels = kernels};
    *out = tables;
    for (size_t i = 0; i < TABLE_KINDS; i++) {
        struct table_context *context = gr_alloc(sizeof *context);
        *context = (struct table_context){tables, &table_kinds[i]};
        if (sqlite3_create_module_v2(store_sqlite(store), table_kinds[i].name, &rollup_module,
                                     context, free) != SQLITE_OK)
            return gr_fail(err, GR_ESTORE, "%s", sqlite3_errmsg(store_sqlite(store)));
    }
    return GR_OK;
}

void rollup_tables_convert(struct rollup_tables *tables, const struct conversion *conversion)
{
    tables->conversion = conversion;
}

enum gr_status rollup_tables_error(const struct rollup_tables *tables, const char *text)
{
    bool ours = tables->error.status && strcmp(tables->error.text, text) == 0;
    return ours ? tables->error.status : GR_OK;
}

void rollup_tables_close(struct rollup_tables *tables)
{
    if (!tables)
        return;
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        cached_release(tables->cache[i]);
    free(tables);
}
