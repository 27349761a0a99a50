/* Tags of many columns as one JSON object (see bill_tags.h). */
#include "ingest/bill_tags.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/secrets.h"

enum { KNOWN_MAX = 32768, KNOWN_MIN = 256 };

void bill_tags_init(struct bill_tags *tags)
{
    *tags = (struct bill_tags){.names = ARENA_EMPTY, .scratch = ARENA_EMPTY};
}

static void free_memo(struct bill_tags *tags)
{
    free(tags->known);
    free(tags->known_tags);
    free(tags->slots);
    free(tags->generations);
    free(tags->now);
}

void bill_tags_deinit(struct bill_tags *tags)
{
    json_close(tags->parser);
    arena_deinit(&tags->names);
    arena_deinit(&tags->scratch);
    free(tags->sources);
    free_memo(tags);
}

static void add_source(struct bill_tags *tags, struct batch *batch, struct bill_tag_source source)
{
    assert(!tags->sealed && batch->columns[source.column].kind == COLUMN_TEXT);
    source.key = arena_str(&tags->names, source.key);
    source.full = arena_str(&tags->names, source.full);
    tags->sources = gr_realloc(tags->sources, (tags->count + 1) * sizeof *tags->sources);
    tags->sources[tags->count++] = source;
    batch->columns[source.column].passing = true;
}

void bill_tags_add(struct bill_tags *tags, struct batch *batch, size_t column, struct str key,
                   struct str full)
{
    add_source(tags, batch, (struct bill_tag_source){column, key, full, NULL, false});
}

void bill_tags_add_map(struct bill_tags *tags, struct batch *batch, size_t column,
                       struct str prefix, struct str full, struct str (*shorten)(struct str key))
{
    if (!tags->parser)
        tags->parser = json_open();
    add_source(tags, batch, (struct bill_tag_source){column, prefix, full, shorten, true});
}

/* ---- before the first row ---- */

/* Columns whose keys are the same are called by their full names, all of them. */
static void part_keys(struct bill_tags *tags)
{
    bool *clashes = gr_alloc_zeroed(tags->count + 1, sizeof *clashes);
    for (size_t i = 0; i < tags->count; i++)
        for (size_t k = 0; k < i; k++)
            if (!tags->sources[i].is_map && !tags->sources[k].is_map &&
                str_equal(tags->sources[i].key, tags->sources[k].key))
                clashes[i] = clashes[k] = true;
    for (size_t i = 0; i < tags->count; i++)
        if (clashes[i])
            tags->sources[i].key = tags->sources[i].full;
    free(clashes);
}

static void seal(struct bill_tags *tags)
{
    part_keys(tags);
    size_t bytes = tags->count * sizeof(uint32_t) + 3 * sizeof(uint32_t);
    size_t max = KNOWN_MAX;
    while (max > KNOWN_MIN && max * bytes > BILL_TAGS_MEMO_BYTES)
        max /= 2;
    tags->known_max = (uint32_t)max;
    tags->known = gr_alloc(max * tags->count * sizeof *tags->known);
    tags->known_tags = gr_alloc(max * sizeof *tags->known_tags);
    tags->slots = gr_alloc_zeroed(2 * max, sizeof *tags->slots);
    tags->generations = gr_alloc_zeroed(tags->count, sizeof *tags->generations);
    tags->now = gr_alloc(tags->count * sizeof *tags->now);
    tags->sealed = true;
}

static void forget(struct bill_tags *tags)
{
    memset(tags->slots, 0, 2 * (size_t)tags->known_max * sizeof *tags->slots);
    tags->known_count = 0;
    tags->last = 0;
}

/* Between batches a dictionary may have started anew: then its codes mean nothing any more. */
static void look_at_generations(struct bill_tags *tags, const struct batch *batch)
{
    uint32_t own = batch->columns[COST_Tags].texts->generation;
    bool changed = own != tags->tags_generation;
    tags->tags_generation = own;
    for (size_t i = 0; i < tags->count; i++) {
        uint32_t generation = batch->columns[tags->sources[i].column].texts->generation;
        changed |= generation != tags->generations[i];
        tags->generations[i] = generation;
    }
    if (changed)
        forget(tags);
}

/* ---- making an object ---- */

struct members {
    struct json_member *at;
    struct str *full; /* of each: how it is called beside another of its key */
    size_t count;
    size_t capacity;
};

static void put_member(struct bill_tags *tags, struct members *members, struct str key,
                       struct str full, struct json_value value)
{
    if (members->count == members->capacity) {
        size_t capacity = members->capacity ? 2 * members->capacity : 64;
        struct json_member *at = arena_alloc(&tags->scratch, capacity * sizeof *at);
        struct str *fulls = arena_alloc(&tags->scratch, capacity * sizeof *fulls);
        if (members->count) {
            memcpy(at, members->at, members->count * sizeof *at);
            memcpy(fulls, members->full, members->count * sizeof *fulls);
        }
        *members = (struct members){at, fulls, members->count, capacity};
    }
    members->at[members->count] = (struct json_member){key, value};
    members->full[members->count++] = full;
}

static void put_text(struct bill_tags *tags, struct members *members, struct str key,
                     struct str full, struct str text)
{
    if (text.len > 0)
        put_member(tags, members, key, full,
                   (struct json_value){.kind = JSON_STRING, .text = text});
}

static struct str joined(struct bill_tags *tags, struct str a, struct str b, const char *between)
{
    if (a.len == 0)
        return b;
    return arena_join(&tags->scratch, (const struct str[]){a, b}, 2, str_from(between));
}

/* The cell as a member named tags, so that json.c drops the tags that are named like secrets. */
static const struct json_value *read_map(struct bill_tags *tags, struct str cell)
{
    struct json_value *whole = arena_alloc_zeroed(&tags->scratch, 1, sizeof *whole);
    const struct str parts[] = {STR("{\"tags\":"), cell, STR("}")};
    struct str text = arena_join(&tags->scratch, parts, 3, STR(""));
    if (json_read(tags->parser, &tags->scratch, text, whole) || whole->count != 1)
        return NULL;
    const struct json_value *map = json_member(whole, "tags");
    return map && map->kind == JSON_OBJECT ? map : NULL;
}

static void put_map(struct bill_tags *tags, struct members *members,
                    const struct bill_tag_source *source, struct str cell)
{
    const struct json_value *map = read_map(tags, cell);
    if (!map) {
        if (!secret_in_text(cell))
            put_text(tags, members, source->full, source->full, cell);
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        struct str name = map->members[i].name;
        struct str key = source->shorten ? source->shorten(name) : name;
        const struct json_value *value = &map->members[i].value;
        if (value->kind == JSON_NULL || (value->kind == JSON_STRING && value->text.len == 0))
            continue;
        put_member(tags, members, joined(tags, source->key, key, ""),
                   joined(tags, source->full, name, "/"), *value);
    }
}

static bool same_value(const struct json_value *a, const struct json_value *b)
{
    return a->kind == b->kind && a->kind <= JSON_STRING && str_equal(a->text, b->text);
}

/* Of two members with one key, which may come from two maps, the later is dropped when it says the
 * same, and else called by its full name. */
static void part_members(struct members *members)
{
    size_t count = 0;
    for (size_t i = 0; i < members->count; i++) {
        bool again = false;
        for (size_t k = 0; k < count; k++) {
            if (!str_equal(members->at[i].name, members->at[k].name))
                continue;
            again |= same_value(&members->at[i].value, &members->at[k].value);
            members->at[i].name = members->full[i];
        }
        if (again)
            continue;
        members->at[count] = members->at[i];
        members->full[count++] = members->full[i];
    }
    members->count = count;
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct json_member *)a)->name,
                       ((const struct json_member *)b)->name);
}

/* The code of the object that the row's cells make; 0 when they make none. */
static uint32_t make_object(struct bill_tags *tags, struct batch *batch)
{
    struct members members = {0};
    for (size_t i = 0; i < tags->count; i++) {
        const struct bill_tag_source *source = &tags->sources[i];
        struct str cell = dict_text(batch->columns[source->column].texts, tags->now[i]);
        if (cell.len == 0)
            continue;
        if (source->is_map)
            put_map(tags, &members, source, cell);
        else
            put_text(tags, &members, source->key, source->full, cell);
    }
    part_members(&members);
    uint32_t code = DICT_CODE_NONE;
    if (members.count > 0) {
        struct strbuf text;
        qsort(members.at, members.count, sizeof *members.at, by_name);
        struct json_value object = {
            .kind = JSON_OBJECT, .members = members.at, .count = members.count};
        strbuf_init(&text, STRBUF_CEILING);
        json_write(&object, &text);
        code = dict_intern(batch->columns[COST_Tags].texts, strbuf_str(&text));
        strbuf_deinit(&text);
    }
    arena_reset(&tags->scratch);
    return code;
}

/* ---- rows ---- */

static bool is_known(const struct bill_tags *tags, uint32_t number)
{
    return memcmp(tags->known + (size_t)number * tags->count, tags->now,
                  tags->count * sizeof *tags->now) == 0;
}

/* The slot of the row's combination: that of a known one, or the free one for it. */
static uint32_t *find_slot(struct bill_tags *tags)
{
    uint32_t mask = 2 * tags->known_max - 1;
    uint32_t at = (uint32_t)hash_bytes(tags->now, tags->count * sizeof *tags->now) & mask;
    while (tags->slots[at] && !is_known(tags, tags->slots[at] - 1))
        at = (at + 1) & mask;
    return &tags->slots[at];
}

static uint32_t number_of_row(struct bill_tags *tags, struct batch *batch)
{
    if (tags->known_count == tags->known_max)
        forget(tags);
    uint32_t *slot = find_slot(tags);
    if (!*slot) {
        uint32_t number = tags->known_count++;
        memcpy(tags->known + (size_t)number * tags->count, tags->now,
               tags->count * sizeof *tags->now);
        tags->known_tags[number] = make_object(tags, batch);
        *slot = number + 1;
    }
    return *slot;
}

void bill_tags_put(struct bill_tags *tags, struct batch *batch)
{
    if (tags->count == 0)
        return;
    if (!tags->sealed)
        seal(tags);
    if (batch->rows == 0)
        look_at_generations(tags, batch);
    uint32_t any = 0;
    for (size_t i = 0; i < tags->count; i++) {
        const uint32_t *codes = batch->columns[tags->sources[i].column].codes;
        tags->now[i] = codes ? codes[batch->rows] : DICT_CODE_NONE;
        any |= tags->now[i];
    }
    if (!any)
        return;
    if (!tags->last || !is_known(tags, tags->last - 1))
        tags->last = number_of_row(tags, batch);
    uint32_t code = tags->known_tags[tags->last - 1];
    if (code != DICT_CODE_NONE)
        batch_set_code(batch, COST_Tags, batch->rows, code);
}
