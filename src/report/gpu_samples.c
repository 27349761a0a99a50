/* See gpu_samples.h. */
#include "report/gpu_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"

enum { MEMORY_OF_PLACES = 4096 /* power of two; texts of the store have one address each */ };

/* ---- samples ---- */

enum metric_place {
    AT_MOMENT,
    AT_INSTANCE,
    AT_UUID,
    AT_INDEX,
    AT_NAME,
    AT_UTILISATION,
    AT_MEMORY,
    AT_TAGS,
    METRIC_PLACES
};

static const int metric_columns[METRIC_PLACES] = {
    [AT_MOMENT] = METRIC_Timestamp,  [AT_INSTANCE] = METRIC_InstanceId,
    [AT_UUID] = METRIC_GpuUuid,      [AT_INDEX] = METRIC_GpuIndex,
    [AT_NAME] = METRIC_GpuName,      [AT_UTILISATION] = METRIC_GpuUtilization,
    [AT_MEMORY] = METRIC_MemoryUsed, [AT_TAGS] = METRIC_Tags,
};

/* Which series the last rows went to, by the addresses of their texts. */
struct remembered {
    const char *instance, *uuid, *index;
    size_t series_plus_1;
};

struct reading {
    struct gpu_series_list *list;
    struct store_rows *rows;
    struct dict keys; /* instance, uuid or index -> code; series number = code - 1 */
    struct strbuf key;
    struct remembered *memory;
};

static size_t series_new(struct gpu_series_list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = gr_realloc(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count] = (struct gpu_series){.ascending = true};
    return list->count++;
}

static size_t series_by_text(struct reading *r, struct str instance, struct str uuid,
                             struct str index)
{
    strbuf_clear(&r->key);
    strbuf_append(&r->key, instance);
    strbuf_append_char(&r->key, '\0');
    strbuf_append_char(&r->key, uuid.len ? 'u' : 'i');
    strbuf_append(&r->key, uuid.len ? uuid : index);
    uint32_t code = dict_intern(&r->keys, strbuf_str(&r->key));
    if (code <= r->list->count)
        return code - 1;
    size_t at = series_new(r->list);
    r->list->items[at].instance = instance;
    r->list->items[at].uuid = uuid;
    r->list->items[at].index = index;
    r->list->items[at].whole_machine = !uuid.len && !index.len;
    return at;
}

static size_t series_of_row(struct reading *r)
{
    struct str instance = store_rows_text(r->rows, AT_INSTANCE);
    struct str uuid = store_rows_text(r->rows, AT_UUID);
    struct str index = store_rows_text(r->rows, AT_INDEX);
    uintptr_t mix = (uintptr_t)instance.ptr * 31 + (uintptr_t)uuid.ptr * 17 + (uintptr_t)index.ptr;
    struct remembered *m = &r->memory[(mix ^ mix >> 12) % MEMORY_OF_PLACES];
    if (m->series_plus_1 && m->instance == instance.ptr && m->uuid == uuid.ptr &&
        m->index == index.ptr)
        return m->series_plus_1 - 1;
    size_t at = series_by_text(r, instance, uuid, index);
    *m = (struct remembered){instance.ptr, uuid.ptr, index.ptr, at + 1};
    return at;
}

static float read_number(const struct store_rows *rows, size_t place)
{
    struct decimal value;
    return store_rows_decimal(rows, place, &value) ? (float)decimal_to_double(value) : NAN;
}

static void sample_add(struct gpu_series *series, struct gpu_sample sample)
{
    if (series->count == series->capacity) {
        series->capacity = series->capacity ? series->capacity + series->capacity / 2 : 256;
        series->samples = gr_realloc(series->samples, series->capacity * sizeof *series->samples);
    }
    if (series->count && series->samples[series->count - 1].moment_ms > sample.moment_ms)
        series->ascending = false;
    series->measured = series->measured || !isnan(sample.utilisation);
    series->samples[series->count++] = sample;
}

static enum gr_status read_samples(struct reading *r, struct gr_err *err)
{
    for (bool more;;) {
        GR_TRY(store_rows_next(r->rows, &more, err));
        if (!more)
            return GR_OK;
        size_t at = series_of_row(r); /* may move the items */
        struct gpu_series *series = &r->list->items[at];
        struct str name = store_rows_text(r->rows, AT_NAME);
        struct str tags = store_rows_text(r->rows, AT_TAGS);
        if (name.len)
            series->name = name;
        if (tags.len)
            series->tags = tags;
        sample_add(series, (struct gpu_sample){store_rows_moment(r->rows, AT_MOMENT),
                                               read_number(r->rows, AT_UTILISATION),
                                               read_number(r->rows, AT_MEMORY)});
    }
}

/* Index texts as numbers: 10 comes behind 9. */
static int compare_series(const void *a, const void *b)
{
    const struct gpu_series *left = a, *right = b;
    int order = str_compare(left->instance, right->instance);
    if (order)
        return order;
    if (left->index.len != right->index.len)
        return left->index.len < right->index.len ? -1 : 1;
    order = str_compare(left->index, right->index);
    return order ? order : str_compare(left->uuid, right->uuid);
}

/* The store's texts end with its scan. */
static void keep_texts(struct arena *arena, struct gpu_series_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct gpu_series *s = &list->items[i];
        s->instance = arena_str(arena, s->instance);
        s->uuid = arena_str(arena, s->uuid);
        s->index = arena_str(arena, s->index);
        s->name = arena_str(arena, s->name);
        s->tags = arena_str(arena, s->tags);
    }
}

enum gr_status gpu_series_read(struct store *store, struct arena *arena, int64_t from_ms,
                               int64_t to_ms, struct gpu_series_list *out, struct gr_err *err)
{
    struct store_rows_options options = {.dataset = DATASET_METRIC,
                                         .columns = metric_columns,
                                         .column_count = METRIC_PLACES,
                                         .first_moment = from_ms,
                                         .end_moment = to_ms};
    struct reading r = {.list = out};
    *out = (struct gpu_series_list){0};
    GR_TRY(store_rows_open(store, &options, &r.rows, err));
    dict_init(&r.keys);
    strbuf_init(&r.key, 1 << 16);
    r.memory = gr_alloc_zeroed(MEMORY_OF_PLACES, sizeof *r.memory);
    enum gr_status status = read_samples(&r, err);
    keep_texts(arena, out);
    store_rows_close(r.rows);
    dict_deinit(&r.keys);
    strbuf_deinit(&r.key);
    free(r.memory);
    if (!status && out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_series);
    return status;
}

void gpu_series_list_deinit(struct gpu_series_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].samples);
    free(list->items);
    *list = (struct gpu_series_list){0};
}

/* Merge sort from the bottom up: it keeps the order of equal moments, which qsort need not. */
static struct idle_sample *sort_samples(struct arena *arena, struct idle_sample *samples,
                                        size_t count)
{
    struct idle_sample *from = samples, *to = arena_alloc(arena, (count + 1) * sizeof *to);
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t left = start, right = middle;
            for (size_t i = start; i < end; i++) {
                bool take_left = left < middle &&
                                 (right >= end || from[left].moment_ms <= from[right].moment_ms);
                to[i] = take_left ? from[left++] : from[right++];
            }
        }
        struct idle_sample *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

struct idle_sample *gpu_series_sorted(struct arena *arena, const struct gpu_series *series)
{
    struct idle_sample *out = arena_alloc(arena, (series->count + 1) * sizeof *out);
    for (size_t i = 0; i < series->count; i++)
        out[i] = (struct idle_sample){series->samples[i].moment_ms,
                                      (double)series->samples[i].utilisation,
                                      (double)series->samples[i].memory_used_mib};
    return series->ascending ? out : sort_samples(arena, out, series->count);
}
