/* Codes of the store -> values of the query. Each distinct text is looked at once a query, never
 * once a row: here tags are parsed and filters are judged.
 */
#include "base/tags.h"
#include "rollup/rollup_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct str value_reported(const struct dimension *dimension, struct str text)
{
    if (!text.ptr)
        return dimension->tag ? STR("(untagged)") : STR("(none)");
    return text.len ? text : STR("(empty)");
}

bool filter_passes(const struct rollup_filter *filter, struct str reported)
{
    bool found = false;
    for (size_t i = 0; i < filter->value_count && !found; i++)
        found = filter->kind == ROLLUP_GLOB ? str_glob(filter->values[i], reported)
                                            : str_equal(filter->values[i], reported);
    return filter->kind == ROLLUP_NOT_IN ? !found : found;
}

static void judge(struct value_map *map, uint32_t id, struct str text)
{
    if (!map->filter)
        return;
    if (id >= map->verdict_capacity) {
        uint32_t capacity = id < UINT32_MAX / 2 ? id * 2 + 64 : UINT32_MAX;
        map->verdicts = gr_realloc(map->verdicts, capacity);
        memset(map->verdicts + map->verdict_capacity, 0, capacity - map->verdict_capacity);
        map->verdict_capacity = capacity;
    }
    bool passes = filter_passes(map->filter, value_reported(&map->dimension, text));
    map->verdicts[id] = passes ? 1 : 2;
}

void value_map_init(struct value_map *map, const struct dimension *dimension,
                    const struct rollup_filter *filter)
{
    *map = (struct value_map){.dimension = *dimension, .filter = filter};
    map->plain = dimension->source_count == 1 && dimension->sources[0].member_count == 0 &&
                 !dimension->sources[0].view.rules;
    dict_init(&map->texts);
    judge(map, 0, STR_NONE);
}

void value_map_deinit(struct value_map *map)
{
    dict_deinit(&map->texts);
    for (size_t i = 0; i < SOURCES_MAX; i++)
        free(map->ids[i]);
    free(map->verdicts);
    arena_deinit(&map->arena);
}

/* What the learning of one dictionary needs while texts arrive. */
struct lesson {
    struct value_map *map;
    size_t source;
    const uint32_t *codes; /* ascending, none of them known */
    size_t count;
    uint32_t next; /* code that comes next when the column has no gaps */
};

static struct str source_value(struct arena *arena, const struct source *source, struct str text)
{
    if (!source->member_count)
        return tag_view_value(&source->view, arena, text);
    if (source->view.rules)
        return tag_view_member(&source->view, arena, text, source->members[0]);
    struct str value = STR_NONE;
    for (size_t i = 0; i < source->member_count && !value.ptr; i++)
        value = tags_member(arena, text, source->members[i]);
    return value;
}

static void learn_text(const struct lesson *lesson, uint32_t code, struct str text)
{
    struct value_map *map = lesson->map;
    if (map->plain) {
        judge(map, code, text);
        return;
    }
    const struct source *source = &map->dimension.sources[lesson->source];
    struct str value = source_value(&map->arena, source, text);
    uint32_t before = map->texts.count;
    uint32_t id = dict_intern(&map->texts, value);
    if (map->texts.count != before)
        judge(map, id, value);
    map->ids[lesson->source][code] = id + 1;
    arena_reset(&map->arena);
}

static bool is_known(const struct value_map *map, size_t source, uint32_t code)
{
    if (code <= map->known[source])
        return true;
    if (map->plain)
        return !map->filter || (code < map->verdict_capacity && map->verdicts[code]);
    return map->ids[source][code] != 0;
}

static enum gr_status learn_next(void *context, uint32_t code, struct str text, struct gr_err *err)
{
    struct lesson *lesson = context;
    (void)err;
    if (!is_known(lesson->map, lesson->source, code))
        learn_text(lesson, code, text);
    if (code == lesson->next)
        lesson->next++;
    return GR_OK;
}

static void ids_ready(struct value_map *map, size_t source, uint32_t last)
{
    if (map->plain || last < map->capacity[source])
        return;
    uint32_t capacity = last < UINT32_MAX / 2 ? last * 2 + 64 : UINT32_MAX;
    map->ids[source] = gr_realloc(map->ids[source], capacity * sizeof(**map->ids));
    memset(map->ids[source] + map->capacity[source], 0,
           (capacity - map->capacity[source]) * sizeof(**map->ids));
    map->capacity[source] = capacity;
}

/* Codes are given out in the order in which texts come, so what a segment has new mostly lies
 * behind what is known: it is read in one walk, and when the walk had no gaps later segments need
 * not even ask. Few far ones are read each by its key. */
static enum gr_status learn_codes(struct store *store, enum dataset dataset, struct lesson *lesson,
                                  int column, struct gr_err *err)
{
    struct value_map *map = lesson->map;
    uint32_t known = map->known[lesson->source];
    uint32_t last = lesson->codes[lesson->count - 1];
    if (lesson->count > 16 && last - known < 8 * lesson->count) {
        lesson->next = known + 1;
        GR_TRY(store_text_each(store, dataset, column, known + 1, last, learn_next, lesson, err));
        map->known[lesson->source] = lesson->next > last ? last : lesson->next - 1;
    }
    for (size_t i = 0; i < lesson->count; i++) {
        struct str text;
        if (is_known(map, lesson->source, lesson->codes[i]))
            continue;
        GR_TRY(store_text(store, dataset, column, lesson->codes[i], &text, err));
        learn_text(lesson, lesson->codes[i], text);
    }
    return GR_OK;
}

/* Memory goes by the highest code, so a damaged one must not get that far. */
static enum gr_status check_code(struct store *store, enum dataset dataset, struct value_map *map,
                                 size_t source, uint32_t last, struct gr_err *err)
{
    int column = map->dimension.sources[source].column;
    if (!map->highest_known[source])
        GR_TRY(store_text_count(store, dataset, column, &map->highest[source], err));
    map->highest_known[source] = true;
    if (last > map->highest[source])
        return gr_fail(err, GR_ESTORE, "column %s: no text with code %u",
                       store_column_name(store, dataset, column).ptr, last);
    return GR_OK;
}

enum gr_status value_map_learn(struct store *store, enum dataset dataset, struct value_map *map,
                               size_t source, const uint32_t *codes, size_t count,
                               struct gr_err *err)
{
    if ((map->plain && !map->filter) || !count || codes[count - 1] <= map->known[source])
        return GR_OK;
    GR_TRY(check_code(store, dataset, map, source, codes[count - 1], err));
    ids_ready(map, source, codes[count - 1]);
    uint32_t *unknown = gr_alloc(count * sizeof(*unknown));
    struct lesson lesson = {.map = map, .source = source, .codes = unknown};
    for (size_t i = 0; i < count; i++)
        if (codes[i] && !is_known(map, source, codes[i]))
            unknown[lesson.count++] = codes[i];
    enum gr_status status = GR_OK;
    if (lesson.count)
        status = learn_codes(store, dataset, &lesson, map->dimension.sources[source].column, err);
    free(unknown);
    return status;
}

uint32_t day_value(const struct dimension *dimension, struct day day)
{
    if (dimension->kind == DIMENSION_WEEK)
        day = week_first(day);
    if (dimension->kind == DIMENSION_MONTH)
        day = month_first(day);
    return (uint32_t)day.since_1970;
}

struct str day_value_text(const struct dimension *dimension, uint32_t value, char out[16])
{
    struct day day = {(int32_t)value};
    if (dimension->kind == DIMENSION_NUMBER && value != (uint32_t)DAY_VALUE_NONE) {
        snprintf(out, 16, "%u", value);
        return str_from(out);
    }
    if (day.since_1970 == DAY_VALUE_NONE)
        return STR("(none)");
    if (dimension->kind == DIMENSION_MONTH)
        month_format(day, out);
    else
        day_format(day, out);
    return str_from(out);
}
