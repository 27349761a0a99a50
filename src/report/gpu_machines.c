/* See gpu_machines.h. */
#include "report/gpu_machines.h"

#include <stdlib.h>
#include <string.h>

#include "load/load.h"
#include "rollup/tag_rules.h"

enum instance_place {
    AT_SEEN,
    AT_INSTANCE,
    AT_PROVIDER,
    AT_REGION,
    AT_TYPE,
    AT_GPU_TYPE,
    AT_GPU_COUNT,
    AT_HOURLY,
    AT_CURRENCY,
    AT_CREATED,
    AT_TAGS,
    INSTANCE_PLACES
};

static const int instance_columns[INSTANCE_PLACES] = {
    [AT_SEEN] = INSTANCE_SeenAt,        [AT_INSTANCE] = INSTANCE_InstanceId,
    [AT_PROVIDER] = INSTANCE_Provider,  [AT_REGION] = INSTANCE_Region,
    [AT_TYPE] = INSTANCE_InstanceType,  [AT_GPU_TYPE] = INSTANCE_GpuType,
    [AT_GPU_COUNT] = INSTANCE_GpuCount, [AT_HOURLY] = INSTANCE_HourlyCost,
    [AT_CURRENCY] = INSTANCE_Currency,  [AT_CREATED] = INSTANCE_CreatedAt,
    [AT_TAGS] = INSTANCE_Tags,
};

/* One row of the inventory. */
struct snapshot {
    struct str texts[INSTANCE_PLACES]; /* of the text columns */
    int64_t seen, created;
    int64_t gpu_count;
    struct decimal hourly;
    bool has_hourly;
    size_t order; /* in which it was read: the later one wins a tie */
};

struct snapshots {
    struct snapshot *items;
    size_t count, capacity;
};

static int64_t whole_number(const struct store_rows *rows, size_t place)
{
    struct decimal value;
    if (!store_rows_decimal(rows, place, &value))
        return 0;
    value = decimal_round(value, 0);
    return value.units > 0 && value.units < INT32_MAX ? (int64_t)value.units : 0;
}

static void read_snapshot(struct arena *arena, const struct store_rows *rows, struct snapshot *out)
{
    static const int texts[] = {AT_INSTANCE, AT_PROVIDER, AT_REGION, AT_TYPE,
                                AT_GPU_TYPE, AT_CURRENCY, AT_TAGS};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        out->texts[texts[i]] = arena_str(arena, store_rows_text(rows, (size_t)texts[i]));
    out->seen = store_rows_moment(rows, AT_SEEN);
    out->created = store_rows_moment(rows, AT_CREATED);
    out->gpu_count = whole_number(rows, AT_GPU_COUNT);
    out->has_hourly = store_rows_decimal(rows, AT_HOURLY, &out->hourly);
}

static enum gr_status read_snapshots(struct arena *arena, struct store_rows *rows,
                                     struct snapshots *out, struct gr_err *err)
{
    for (bool more;;) {
        GR_TRY(store_rows_next(rows, &more, err));
        if (!more)
            return GR_OK;
        if (out->count == out->capacity) {
            out->capacity = out->capacity ? out->capacity * 2 : 64;
            out->items = gr_realloc(out->items, out->capacity * sizeof *out->items);
        }
        struct snapshot *snapshot = &out->items[out->count];
        *snapshot = (struct snapshot){.order = out->count++};
        read_snapshot(arena, rows, snapshot);
    }
}

static int compare_snapshots(const void *a, const void *b)
{
    const struct snapshot *left = a, *right = b;
    int order = str_compare(left->texts[AT_INSTANCE], right->texts[AT_INSTANCE]);
    if (order)
        return order;
    if (left->seen != right->seen)
        return left->seen < right->seen ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

/* Adds the rate of a snapshot, or puts it in the place of one from the same moment. */
static void put_rate(struct idle_rate *rates, size_t *count, struct idle_rate rate)
{
    if (*count && rates[*count - 1].from_ms == rate.from_ms)
        (*count)--;
    rates[(*count)++] = rate;
}

static int64_t first_rate_from(const struct snapshot *snapshot)
{
    if (snapshot->created == MOMENT_NONE || snapshot->created > snapshot->seen)
        return INT64_MIN;
    return snapshot->created;
}

static enum gr_status add_rates(struct gpu_machine *machine, const struct snapshot *snapshot,
                                struct gr_err *err)
{
    struct str currency = snapshot->texts[AT_CURRENCY];
    if (!snapshot->has_hourly)
        return GR_OK;
    if (machine->rate_count && !str_equal(machine->currency, currency))
        machine->several_currencies = true;
    machine->currency = currency;
    struct idle_rate rate = {snapshot->seen, snapshot->hourly};
    if (!machine->rate_count)
        rate.from_ms = first_rate_from(snapshot);
    put_rate(machine->per_machine, &machine->rate_count, rate);
    if (!snapshot->gpu_count)
        return GR_OK;
    if (!machine->gpu_rate_count)
        rate.from_ms = first_rate_from(snapshot);
    GR_TRY(decimal_div(snapshot->hourly, decimal_from_int(snapshot->gpu_count), IDLE_COST_SCALE,
                       &rate.per_hour, err));
    put_rate(machine->per_gpu, &machine->gpu_rate_count, rate);
    return GR_OK;
}

static enum gr_status make_machine(struct arena *arena, const struct snapshot *snapshots,
                                   size_t count, struct gpu_machine *out, struct gr_err *err)
{
    const struct snapshot *newest = &snapshots[count - 1];
    *out = (struct gpu_machine){.instance = newest->texts[AT_INSTANCE],
                                .provider = newest->texts[AT_PROVIDER],
                                .region = newest->texts[AT_REGION],
                                .instance_type = newest->texts[AT_TYPE],
                                .gpu_type = newest->texts[AT_GPU_TYPE],
                                .tags = newest->texts[AT_TAGS],
                                .gpu_count = newest->gpu_count,
                                .currency = STR("")};
    out->per_machine = arena_alloc(arena, count * sizeof *out->per_machine);
    out->per_gpu = arena_alloc(arena, count * sizeof *out->per_gpu);
    for (size_t i = 0; i < count; i++)
        if (add_rates(out, &snapshots[i], err))
            return gr_wrap(err, "rate of %.*s", STR_ARG(out->instance));
    if (out->several_currencies)
        out->rate_count = out->gpu_rate_count = 0;
    return GR_OK;
}

static enum gr_status make_machines(struct arena *arena, struct snapshots *snapshots,
                                    struct gpu_machine_list *out, struct gr_err *err)
{
    if (snapshots->count)
        qsort(snapshots->items, snapshots->count, sizeof *snapshots->items, compare_snapshots);
    out->items = arena_alloc_zeroed(arena, snapshots->count + 1, sizeof *out->items);
    for (size_t first = 0, end; first < snapshots->count; first = end) {
        struct str instance = snapshots->items[first].texts[AT_INSTANCE];
        end = first + 1;
        while (end < snapshots->count &&
               str_equal(snapshots->items[end].texts[AT_INSTANCE], instance))
            end++;
        GR_TRY(make_machine(arena, &snapshots->items[first], end - first, &out->items[out->count++],
                            err));
    }
    return GR_OK;
}

enum gr_status gpu_machines_read(struct store *store, struct arena *arena,
                                 struct gpu_machine_list *out, struct gr_err *err)
{
    struct store_rows_options options = {.dataset = DATASET_INSTANCE,
                                         .columns = instance_columns,
                                         .column_count = INSTANCE_PLACES,
                                         .first_moment = MOMENT_NONE,
                                         .end_moment = MOMENT_NONE};
    struct store_rows *rows;
    struct snapshots snapshots = {0};
    *out = (struct gpu_machine_list){0};
    GR_TRY(store_rows_open(store, &options, &rows, err));
    enum gr_status status = read_snapshots(arena, rows, &snapshots, err);
    store_rows_close(rows);
    if (!status)
        status = make_machines(arena, &snapshots, out, err);
    free(snapshots.items);
    return status;
}

static int compare_machine(const void *instance, const void *machine)
{
    return str_compare(*(const struct str *)instance,
                       ((const struct gpu_machine *)machine)->instance);
}

const struct gpu_machine *gpu_machine_find(const struct gpu_machine_list *list, struct str instance)
{
    if (!list->count)
        return NULL;
    return bsearch(&instance, list->items, list->count, sizeof *list->items, compare_machine);
}

struct str gpu_tag(struct arena *arena, const struct tag_rules *rules,
                   const struct gpu_machine *machine, const struct gpu_series *series,
                   struct str key)
{
    struct tag_view view = tag_view_of(rules, key);
    struct str value = STR_NONE;
    if (machine && machine->tags.len)
        value = tag_view_member(&view, arena, machine->tags, key);
    if (!value.ptr && series->tags.len)
        value = tag_view_member(&view, arena, series->tags, key);
    return value;
}

/* ---- filters ---- */

/* Dimensions that are tags on machines (src/rollup/dimension.c has them as OWN_TAG). */
static bool is_tag_dimension(struct str name)
{
    static const char *const names[] = {"team", "project", "cost_center", "business_unit",
                                        "workload"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i]))
            return true;
    return str_starts(name, STR("tag:"));
}

static struct str tag_key(struct str dimension)
{
    return str_starts(dimension, STR("tag:")) ? (struct str){dimension.ptr + 4, dimension.len - 4}
                                              : dimension;
}

struct str gpu_dimension_value(struct arena *arena, const struct tag_rules *rules, struct str name,
                               const struct gpu_machine *machine, const struct gpu_series *series)
{
    static const struct gpu_machine unknown = {0};
    const struct gpu_machine *m = machine ? machine : &unknown;
    const struct {
        const char *name;
        struct str value;
    } columns[] = {
        {"provider",      m->provider                                 },
        {"region",        m->region                                   },
        {"instance_type", m->instance_type                            },
        {"gpu_type",      m->gpu_type.len ? m->gpu_type : series->name},
        {"instance",      series->instance                            },
        {"resource",      series->instance                            },
        {"currency",      m->currency                                 }
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (str_is(name, columns[i].name))
            return columns[i].value.len ? columns[i].value : STR("(none)");
    if (!is_tag_dimension(name))
        return STR_NONE;
    struct str value = gpu_tag(arena, rules, machine, series, tag_key(name));
    return value.len ? value : value.ptr ? STR("(empty)") : STR("(untagged)");
}

/* Bills write "Amazon Web Services" where inventories write "aws". */
static bool value_matches(struct arena *arena, const struct rollup_filter *filter,
                          struct str wanted, struct str value)
{
    if (filter->kind == ROLLUP_GLOB)
        return str_glob(wanted, value);
    if (str_is(filter->dimension, "provider"))
        return str_equal(load_provider_slug(arena, wanted), load_provider_slug(arena, value));
    return str_equal(wanted, value);
}

bool gpu_filters_pass(struct arena *arena, const struct tag_rules *rules,
                      const struct rollup_filter *filters, size_t count,
                      const struct gpu_machine *machine, const struct gpu_series *series)
{
    for (size_t i = 0; i < count; i++) {
        struct str value = gpu_dimension_value(arena, rules, filters[i].dimension, machine, series);
        bool found = false;
        for (size_t v = 0; value.ptr && v < filters[i].value_count; v++)
            found = found || value_matches(arena, &filters[i], filters[i].values[v], value);
        if (value.ptr && found == (filters[i].kind == ROLLUP_NOT_IN))
            return false;
    }
    return true;
}

struct str gpu_filters_ignored(struct arena *arena, const struct rollup_filter *filters,
                               size_t count)
{
    static const struct gpu_series nothing = {0};
    struct str names = STR("");
    for (size_t i = 0; i < count; i++) {
        if (gpu_dimension_value(arena, NULL, filters[i].dimension, NULL, &nothing).ptr)
            continue;
        names = arena_printf(arena, "%.*s%s%.*s", STR_ARG(names), names.len ? ", " : "",
                             STR_ARG(filters[i].dimension));
    }
    return names;
}
