/* See variants.h. One rollup by the raw Tags text; each distinct text is taken apart once.
 * Spellings belong together when they differ only in case, blanks, - and _, or when the rules
 * report them as one.
 */
#include "report/variants.h"

#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "base/fold.h"
#include "base/tags.h"
#include "report/cells.h"
#include "report/groups.h"
#include "rollup/tag_rules.h"

/* One spelling of a key (`key` absent), or of a value of a key, in one currency. */
struct variant {
    struct str key;
    struct str raw;
    struct str reported;
    struct str currency;
    int64_t rows;
    struct decimal cost;
    uint32_t parent;      /* union-find: the group is that of the root */
    bool differs;         /* root: its spellings are reported as several */
    int64_t group_rows;   /* root */
    uint32_t spellings;   /* root: different raw texts */
    struct str first_raw; /* root */
};

/* A raw key that was met. */
struct raw_key {
    struct str text;
    struct str reported;
    struct tag_view view; /* of the reported key */
    uint32_t reported_id;
    bool wanted;
    size_t seen_in;   /* the last text that has it, from 1 */
    struct str value; /* there */
};

struct variants {
    const struct report_context *context;
    const struct variants_request *request;
    struct arena *arena;
    struct arena scratch; /* of one text */
    struct dict ids;      /* of variants: kind, key, raw, currency */
    struct dict key_ids;  /* of raw keys */
    struct dict reported_ids;
    struct dict forms;     /* what makes spellings one -> form_owner */
    struct variant *items; /* by id - 1 */
    size_t capacity;
    struct raw_key *keys;
    size_t key_capacity;
    uint32_t *form_owner;
    size_t form_capacity;
    size_t *counted_in; /* by reported_id: the last text whose value of it was counted */
    size_t counted_capacity;
    uint32_t *met; /* raw keys of the current text */
    size_t met_capacity;
};

static void *grown(void *items, size_t needed, size_t *capacity, size_t size)
{
    if (needed <= *capacity)
        return items;
    *capacity = needed * 2 + 64;
    return gr_realloc(items, *capacity * size);
}

/* Without case, blanks, - and _. */
static struct str form_of(struct arena *arena, struct str text)
{
    struct str folded = str_fold(arena, text);
    char *out = arena_alloc(arena, folded.len + 1);
    size_t length = 0;
    for (size_t i = 0; i < folded.len; i++)
        if (!strchr(" \t\r\n-_", folded.ptr[i]) || !folded.ptr[i])
            out[length++] = folded.ptr[i];
    out[length] = '\0';
    return (struct str){out, length};
}

/* Parts with their lengths, so that no two lists give one text. */
static struct str composed(struct arena *arena, const struct str *parts, size_t count)
{
    struct str all[8];
    for (size_t i = 0; i < count; i++) {
        all[2 * i] = arena_printf(arena, "%zu:", parts[i].len);
        all[2 * i + 1] = parts[i];
    }
    return arena_join(arena, all, 2 * count, STR(""));
}

/* ---- groups of spellings ---- */

static uint32_t root_of(struct variants *v, uint32_t id)
{
    while (v->items[id - 1].parent != id) {
        uint32_t *parent = &v->items[id - 1].parent;
        *parent = v->items[*parent - 1].parent;
        id = *parent;
    }
    return id;
}

/* The variant joins the others of that form. */
static void join(struct variants *v, uint32_t id, const char *kind, struct str key, struct str form)
{
    const struct str parts[] = {str_from(kind), key, form};
    uint32_t place = dict_intern(&v->forms, composed(&v->scratch, parts, 3));
    size_t old = v->form_capacity;
    v->form_owner = grown(v->form_owner, place + 1, &v->form_capacity, sizeof *v->form_owner);
    if (v->form_capacity > old)
        memset(v->form_owner + old, 0, (v->form_capacity - old) * sizeof *v->form_owner);
    if (!v->form_owner[place])
        v->form_owner[place] = id;
    uint32_t a = root_of(v, v->form_owner[place]), b = root_of(v, id);
    if (a < b)
        v->items[b - 1].parent = a;
    else
        v->items[a - 1].parent = b;
}

static enum gr_status count_variant(struct variants *v, struct str key, struct str raw,
                                    struct str reported, const struct group *group,
                                    struct gr_err *err)
{
    const struct str parts[] = {key, raw, group->currency, str_from(key.ptr ? "v" : "k")};
    uint32_t before = v->ids.count;
    uint32_t id = dict_intern(&v->ids, composed(&v->scratch, parts, 4));
    if (v->ids.count != before) {
        v->items = grown(v->items, id, &v->capacity, sizeof *v->items);
        v->items[id - 1] = (struct variant){.key = arena_str(v->arena, key),
                                            .raw = arena_str(v->arena, raw),
                                            .reported = arena_str(v->arena, reported),
                                            .currency = group->currency,
                                            .cost = DECIMAL_ZERO,
                                            .parent = id};
        join(v, id, key.ptr ? "value" : "key", key, form_of(&v->scratch, raw));
        join(v, id, key.ptr ? "value" : "key", key, form_of(&v->scratch, reported));
    }
    struct variant *variant = &v->items[id - 1];
    variant->rows += group->records;
    return decimal_add(variant->cost, group->cost, &variant->cost, err);
}

/* ---- one text ---- */

static bool is_wanted(struct variants *v, struct str raw, struct str reported)
{
    struct str forms[] = {form_of(&v->scratch, raw), form_of(&v->scratch, reported)};
    bool wanted = v->request->key_count == 0;
    for (size_t i = 0; i < v->request->key_count && !wanted; i++) {
        struct str form = form_of(&v->scratch, v->request->keys[i]);
        wanted = str_equal(form, forms[0]) || str_equal(form, forms[1]);
    }
    return wanted;
}

static struct raw_key *key_of(struct variants *v, struct str text, uint32_t *id)
{
    uint32_t before = v->key_ids.count;
    *id = dict_intern(&v->key_ids, text);
    if (v->key_ids.count == before)
        return &v->keys[*id - 1];
    v->keys = grown(v->keys, *id, &v->key_capacity, sizeof *v->keys);
    struct raw_key *key = &v->keys[*id - 1];
    const struct tag_rules *rules = v->context->tag_rules;
    *key = (struct raw_key){.text = dict_text(&v->key_ids, *id)};
    key->reported = arena_str(v->arena, tag_rules_key(rules, &v->scratch, text));
    key->reported_id = dict_intern(&v->reported_ids, key->reported);
    size_t old = v->counted_capacity;
    v->counted_in =
        grown(v->counted_in, key->reported_id + 1, &v->counted_capacity, sizeof *v->counted_in);
    if (v->counted_capacity > old)
        memset(v->counted_in + old, 0, (v->counted_capacity - old) * sizeof *v->counted_in);
    key->view = tag_view_of(rules, key->reported);
    key->wanted = is_wanted(v, text, key->reported);
    return key;
}

static size_t take_members(struct variants *v, struct str text, size_t number)
{
    struct tags_walk walk = {.rest = text};
    struct str name, value;
    size_t count = 0;
    while (tags_next(&v->scratch, &walk, &name, &value)) {
        uint32_t id;
        struct raw_key *key = key_of(v, name, &id);
        if (!key->wanted)
            continue;
        if (key->seen_in != number) {
            v->met = grown(v->met, count + 1, &v->met_capacity, sizeof *v->met);
            v->met[count++] = id;
        }
        key->seen_in = number;
        key->value = value; /* of a key that comes twice the last counts */
    }
    return count;
}

/* Under rules a reported key has one value a row, whatever raw keys feed it: the one that counts.
 */
static bool is_chosen(struct variants *v, struct str text, size_t number, const struct raw_key *key)
{
    if (!key->view.rules)
        return true;
    if (v->counted_in[key->reported_id] == number)
        return false;
    struct str found = tag_view_find(&key->view, &v->scratch, text, key->reported);
    bool chosen = str_equal(found, key->value);
    if (chosen)
        v->counted_in[key->reported_id] = number;
    return chosen;
}

static enum gr_status take_text(struct variants *v, const struct group *group, size_t number,
                                struct gr_err *err)
{
    struct str text = group->keys[0];
    size_t count = take_members(v, text, number);
    for (size_t i = 0; i < count; i++) {
        const struct raw_key *key = &v->keys[v->met[i] - 1];
        if (!key->value.ptr)
            continue;
        GR_TRY(count_variant(v, STR_NONE, key->text, key->reported, group, err));
        if (is_chosen(v, text, number, key))
            GR_TRY(count_variant(v, key->reported, key->value,
                                 tag_view_value(&key->view, &v->scratch, key->value), group, err));
    }
    arena_reset(&v->scratch);
    return GR_OK;
}

static enum gr_status take_texts(struct variants *v, struct gr_err *err)
{
    static const struct str dimension = {"column:Tags", 11};
    struct group_question question = {.dataset = v->request->dataset,
                                      .dimensions = &dimension,
                                      .dimension_count = 1,
                                      .days = v->context->days};
    struct group_list groups;
    GR_TRY(groups_query(v->context, &question, &groups, err));
    for (size_t i = 0; i < groups.count; i++)
        GR_TRY(take_text(v, &groups.items[i], i + 1, err));
    return GR_OK;
}

/* ---- the table ---- */

/* What a group is: how many spellings, reported as one or as several. */
static void measure_groups(struct variants *v)
{
    for (uint32_t id = 1; id <= v->ids.count; id++) {
        struct variant *variant = &v->items[id - 1];
        struct variant *root = &v->items[root_of(v, id) - 1];
        root->group_rows += variant->rows;
        if (!root->spellings)
            root->first_raw = variant->raw;
        if (!root->spellings || !str_equal(root->first_raw, variant->raw))
            root->spellings++;
        root->differs = root->differs || !str_equal(root->reported, variant->reported);
    }
}

/* A variant with what its group says. */
struct line {
    const struct variant *variant;
    const struct variant *root;
};

static int compare_roots(const struct variant *a, const struct variant *b)
{
    if (!a->key.ptr != !b->key.ptr)
        return a->key.ptr ? 1 : -1; /* keys before values */
    if (a->differs != b->differs)
        return a->differs ? -1 : 1;
    if (a->group_rows != b->group_rows)
        return a->group_rows > b->group_rows ? -1 : 1;
    int order = str_compare(a->key, b->key);
    return order ? order : str_compare(a->raw, b->raw);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = x->root == y->root ? 0 : compare_roots(x->root, y->root);
    if (!order && x->variant->rows != y->variant->rows)
        order = x->variant->rows > y->variant->rows ? -1 : 1;
    if (!order)
        order = str_compare(x->variant->raw, y->variant->raw);
    return order ? order : str_compare(x->variant->currency, y->variant->currency);
}

static const struct report_column columns[] = {
    REPORT_COLUMN("kind", "Kind", CELL_TEXT),
    REPORT_COLUMN("key", "Key", CELL_TEXT),
    REPORT_COLUMN("spelling", "Spelling", CELL_TEXT),
    REPORT_COLUMN("reported", "Reported as", CELL_TEXT),
    REPORT_COLUMN("state", "State", CELL_TEXT),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("total_cost", "Cost", CELL_MONEY),
    REPORT_COLUMN("record_count", "Rows", CELL_COUNT),
};

/* Blanks at the ends are what differs, so they are made visible. */
static struct str shown(struct arena *arena, struct str text)
{
    bool bare = text.len && str_trim(text).len == text.len;
    return bare ? text : json_quoted(arena, text);
}

static void fill_line(const struct variants *v, const struct line *line, struct report_cell *cells)
{
    const struct variant *variant = line->variant;
    bool value = variant->key.ptr != NULL;
    cells[0] = cell_text(value ? STR("value") : STR("key"));
    cells[1] = cell_text(shown(v->arena, value ? variant->key : line->root->reported));
    cells[2] = cell_text(shown(v->arena, variant->raw));
    cells[3] = cell_text(shown(v->arena, variant->reported));
    cells[4] = cell_text(line->root->differs ? STR("differs") : STR("merged"));
    cells[5] = cell_text(variant->currency);
    cells[6] = cell_money(variant->cost, variant->currency);
    cells[7] = cell_count(variant->rows);
}

static struct report_table *make_table(struct variants *v)
{
    struct line *lines = arena_alloc(v->arena, (v->ids.count + 1) * sizeof *lines);
    size_t count = 0;
    measure_groups(v);
    for (uint32_t id = 1; id <= v->ids.count; id++) {
        const struct variant *root = &v->items[root_of(v, id) - 1];
        if (root->spellings > 1)
            lines[count++] = (struct line){&v->items[id - 1], root};
    }
    if (count)
        qsort(lines, count, sizeof *lines, compare_lines);
    struct table_builder table =
        table_begin(v->arena, "variants", STR(""), columns, sizeof columns / sizeof *columns);
    table.table->empty_text = STR("No spellings that differ in case, blanks, - and _ only.");
    for (size_t i = 0; i < count; i++)
        fill_line(v, &lines[i], table_row(&table, ROW_DATA));
    return table.table;
}

static void close_variants(struct variants *v)
{
    dict_deinit(&v->ids);
    dict_deinit(&v->key_ids);
    dict_deinit(&v->reported_ids);
    dict_deinit(&v->forms);
    arena_deinit(&v->scratch);
    free(v->items);
    free(v->keys);
    free(v->form_owner);
    free(v->counted_in);
    free(v->met);
}

static void fill_head(const struct report_context *c, struct report_doc *doc)
{
    char first[11], last[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    doc->id = STR("variants");
    doc->title = STR("Spellings of tags");
    doc->subtitle =
        arena_printf(c->arena, "%s %s to %s %.*s, %.*s cost", c->by_billing ? "billed" : "charged",
                     first, last, STR_ARG(c->zone_name), STR_ARG(c->cost));
    if (c->filter.len)
        doc->subtitle = arena_join(c->arena, (struct str[]){doc->subtitle, report_filter_text(c)},
                                   2, STR(", "));
}

enum gr_status report_variants(const struct report_context *context,
                               const struct variants_request *request, struct report_doc *doc,
                               struct gr_err *err)
{
    struct variants v = {.context = context, .request = request, .arena = context->arena};
    dict_init(&v.ids);
    dict_init(&v.key_ids);
    dict_init(&v.reported_ids);
    dict_init(&v.forms);
    enum gr_status status = take_texts(&v, err);
    if (!status) {
        struct section_builder section = section_begin(v.arena, "variants", STR(""));
        section_table(&section, make_table(&v));
        fill_head(context, doc);
        doc->sections = arena_alloc(v.arena, sizeof *doc->sections);
        doc->sections[0] = section.section;
        doc->section_count = 1;
    }
    close_variants(&v);
    return status;
}
