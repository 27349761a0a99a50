/* See definition.h. A part opens with its first key; sections open and close by their texts. */
#include "report/definition.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/ini.h"
#include "report/report.h"

extern const struct embedded_file embedded_reports[];
extern const size_t embedded_reports_count;

struct reading {
    struct arena *arena;
    const char *name;
    struct report_definition *out;
    struct gr_err *err;
    struct str open; /* section text of the last key */
    long line;       /* of the entry at hand */
};

static enum gr_status definition_fail(const struct reading *r, const char *what, const char *value)
{
    return gr_fail(r->err, GR_EUSAGE, "reports/%s.report:%ld: %s \"%s\"", r->name, r->line, what,
                   value);
}

static struct definition_section *last_section(struct report_definition *d)
{
    return d->section_count ? &d->sections[d->section_count - 1] : NULL;
}

static struct definition_item *last_item(struct report_definition *d)
{
    struct definition_section *section = last_section(d);
    return section && section->item_count ? &section->items[section->item_count - 1] : NULL;
}

static void add_section(struct reading *r, struct str id)
{
    struct report_definition *d = r->out;
    struct definition_section *grown =
        arena_alloc_zeroed(r->arena, d->section_count + 1, sizeof *grown);
    if (d->section_count)
        memcpy(grown, d->sections, d->section_count * sizeof *grown);
    d->sections = grown;
    d->sections[d->section_count++].id = id;
}

static enum gr_status add_item(struct reading *r, enum definition_item_kind kind, struct str id)
{
    struct definition_section *section = last_section(r->out);
    if (!section)
        return definition_fail(r, "stands before the first [section]:", id.ptr);
    struct definition_item *grown =
        arena_alloc_zeroed(r->arena, section->item_count + 1, sizeof *grown);
    if (section->item_count)
        memcpy(grown, section->items, section->item_count * sizeof *grown);
    section->items = grown;
    grown[section->item_count++] =
        (struct definition_item){.kind = kind, .id = id, .line = (unsigned)r->line};
    return GR_OK;
}

/* "[table by_team]" -> kind and id; opens it. */
static enum gr_status open_part(struct reading *r, const char *text)
{
    struct str rest = arena_str(r->arena, str_from(text));
    struct str word = str_cut(&rest, ' ');
    struct str id = arena_str(r->arena, rest.ptr ? str_trim(rest) : STR(""));
    if (str_is(word, "report") && id.len == 0)
        return GR_OK;
    if (id.len == 0)
        return definition_fail(r, "no part of a report is named", text);
    if (str_is(word, "section")) {
        add_section(r, id);
        return GR_OK;
    }
    static const char *const kinds[] = {"table", "chart", "block"};
    for (int kind = 0; kind < 3; kind++)
        if (str_is(word, kinds[kind]))
            return add_item(r, (enum definition_item_kind)kind, id);
    return definition_fail(r, "no part of a report is named", text);
}

static bool flag_set(struct report_column *column, struct str flag)
{
    const struct {
        const char *name;
        bool *member;
    } flags[] = {
        {"bar",      &column->share_bar    },
        {"add_up",   &column->add_up       },
        {"optional", &column->optional     },
        {"human",    &column->human_only   },
        {"machine",  &column->csv_only     },
        {"signed",   &column->signed_change},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (str_is(flag, flags[i].name)) {
            *flags[i].member = true;
            return true;
        }
    return false;
}

static bool kind_set(struct report_column *column, struct str kind)
{
    static const struct {
        const char *name;
        enum cell_kind kind;
    } kinds[] = {
        {"text",    CELL_TEXT   },
        {"money",   CELL_MONEY  },
        {"decimal", CELL_DECIMAL},
        {"count",   CELL_COUNT  },
        {"ratio",   CELL_RATIO  },
        {"day",     CELL_DAY    }
    };
    struct str rest = kind;
    struct str name = str_cut(&rest, ':');
    if (rest.ptr && (rest.len != 1 || rest.ptr[0] < '0' || rest.ptr[0] > '9'))
        return false;
    if (rest.ptr)
        column->decimals = (unsigned)(rest.ptr[0] - '0');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(name, kinds[i].name)) {
            column->kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* "money add_up | Cost" */
static enum gr_status read_column(struct reading *r, struct definition_item *item, struct str name,
                                  const char *value)
{
    if (item->column_count == DEFINITION_COLUMNS_MAX)
        return definition_fail(r, "more than 24 columns, at", value);
    struct str title = arena_str(r->arena, str_from(value));
    struct str left = str_cut(&title, '|');
    struct definition_column *out = &item->columns[item->column_count++];
    *out = (struct definition_column){.source = name};
    out->column.id = name;
    out->column.title = arena_str(r->arena, title.ptr ? str_trim(title) : name);
    out->column.decimals = 1;
    struct str rest = str_trim(left);
    if (!kind_set(&out->column, str_cut(&rest, ' ')))
        return definition_fail(r, "no kind of column is named", value);
    while (rest.ptr) {
        struct str flag = str_trim(str_cut(&rest, ' '));
        if (flag.len && !flag_set(&out->column, flag))
            return definition_fail(r, "no flag of a column is named", value);
    }
    return GR_OK;
}

static enum gr_status read_chart_kind(const struct reading *r, const char *value,
                                      enum chart_kind *out)
{
    static const char *const kinds[] = {"bars", "stacked", "lines", "fan"};
    for (int kind = 0; kind < 4; kind++)
        if (strcmp(value, kinds[kind]) == 0) {
            *out = (enum chart_kind)kind;
            return GR_OK;
        }
    return definition_fail(r, "no kind of chart is named", value);
}

static enum gr_status read_yes_no(const struct reading *r, const char *value, bool *out)
{
    *out = strcmp(value, "yes") == 0;
    if (!*out && strcmp(value, "no") != 0)
        return definition_fail(r, "wanted yes or no, not", value);
    return GR_OK;
}

static enum gr_status read_limit(const struct reading *r, const char *value, size_t *out)
{
    char *end;
    errno = 0;
    unsigned long limit = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno)
        return definition_fail(r, "wanted a number of rows, not", value);
    *out = limit;
    return GR_OK;
}

static bool text_key(struct arena *arena, struct str *const *targets, const char *const *names,
                     size_t count, const char *key, const char *value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, names[i]) == 0) {
            *targets[i] = arena_str(arena, str_from(value));
            return true;
        }
    return false;
}

static enum gr_status read_item_key(struct reading *r, struct definition_item *item,
                                    const char *key, const char *value)
{
    assert(item); /* its part was opened before its keys */
    static const char *const names[] = {"query", "title", "empty",   "template",
                                        "x",     "value", "earlier", "series"};
    struct str *const targets[] = {&item->query, &item->title, &item->empty,   &item->template_name,
                                   &item->x,     &item->value, &item->earlier, &item->series};
    if (text_key(r->arena, targets, names, 8, key, value))
        return GR_OK;
    if (strncmp(key, "column.", 7) == 0)
        return read_column(r, item, arena_str(r->arena, str_from(key + 7)), value);
    if (strncmp(key, "param.", 6) == 0 && item->param_count < DEFINITION_PARAMS_MAX) {
        item->params[item->param_count++] = (struct definition_param){
            arena_str(r->arena, str_from(key + 6)), arena_str(r->arena, str_from(value))};
        return GR_OK;
    }
    if (strcmp(key, "id") == 0)
        return GR_OK; /* a block has no keys, but inih opens a part with its first one */
    if (strcmp(key, "kind") == 0)
        return read_chart_kind(r, value, &item->chart_kind);
    if (strcmp(key, "total") == 0)
        return read_yes_no(r, value, &item->total);
    if (strcmp(key, "limit") == 0)
        return read_limit(r, value, &item->limit);
    return definition_fail(r, "no key of this part is named", key);
}

static enum gr_status read_key(struct reading *r, const char *key, const char *value)
{
    struct definition_section *section = last_section(r->out);
    struct definition_item *item = last_item(r->out);
    if (str_is(r->open, "report")) {
        static const char *const names[] = {"title", "subtitle", "period"};
        struct str *const targets[] = {&r->out->title, &r->out->subtitle, &r->out->period};
        if (text_key(r->arena, targets, names, 3, key, value))
            return GR_OK;
        return definition_fail(r, "no key of [report] is named", key);
    }
    if (!str_starts(r->open, STR("section ")))
        return read_item_key(r, item, key, value);
    assert(section);
    static const char *const names[] = {"title", "note"};
    struct str *const targets[] = {&section->title, &section->note};
    if (text_key(r->arena, targets, names, 2, key, value))
        return GR_OK;
    if (strcmp(key, "new_page") == 0)
        return read_yes_no(r, value, &section->new_page);
    return definition_fail(r, "no key of [section] is named", key);
}

static enum gr_status read_entry(struct reading *r, const struct ini_entry *entry)
{
    r->line = entry->line;
    if (!str_equal(r->open, entry->section)) {
        r->open = entry->section;
        GR_TRY(open_part(r, entry->section.ptr));
    }
    return read_key(r, entry->key.ptr, entry->value.ptr);
}

enum gr_status definition_read(struct arena *arena, const char *name, struct str text,
                               struct report_definition *out, struct gr_err *err)
{
    *out = (struct report_definition){.name = arena_str(arena, str_from(name))};
    struct reading r = {.arena = arena, .name = name, .out = out, .err = err, .open = STR("")};
    struct ini_file file;
    GR_TRY(ini_read(arena, text, arena_printf(arena, "reports/%s.report", name).ptr, &file, err));
    for (size_t i = 0; i < file.count; i++)
        if (file.entries[i].key.ptr)
            GR_TRY(read_entry(&r, &file.entries[i]));
    const struct str period = out->period;
    if (period.len && !str_is(period, "month") && !str_is(period, "last-month") &&
        !str_is(period, "days"))
        return gr_fail(err, GR_EUSAGE,
                       "reports/%s.report: period \"%.*s\" is not month, last-month or days", name,
                       STR_ARG(period));
    if (!out->title.len || out->section_count == 0)
        return gr_fail(err, GR_EUSAGE,
                       "reports/%s.report: wanted a [report] with a title and at "
                       "least one [section]",
                       name);
    return GR_OK;
}

struct str definition_text(struct arena *arena, const char *home, const char *name)
{
    struct str file = arena_printf(arena, "%s.report", name);
    return embedded_text(arena, home, "reports", file.ptr, embedded_reports,
                         embedded_reports_count);
}

/* Names of files that end in .report, without it. */
struct names {
    struct str *items;
    size_t count, capacity;
};

static void names_add(struct arena *arena, struct names *names, struct str file)
{
    static const struct str suffix = {".report", 7};
    if (!str_ends(file, suffix) || file.len == suffix.len || file.ptr[0] == '.')
        return;
    struct str name = arena_str(arena, (struct str){file.ptr, file.len - suffix.len});
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->items[i], name))
            return;
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 16;
        struct str *grown = arena_alloc(arena, names->capacity * sizeof *grown);
        if (names->count)
            memcpy(grown, names->items, names->count * sizeof *grown);
        names->items = grown;
    }
    names->items[names->count++] = name;
}

static void names_of_home(struct arena *arena, const char *home, struct names *names)
{
    DIR *folder = opendir(arena_printf(arena, "%s/reports", home).ptr);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        names_add(arena, names, str_from(entry->d_name));
    if (folder)
        closedir(folder);
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

enum gr_status report_list(struct arena *arena, const char *home, struct report_listing **out,
                           size_t *count, struct gr_err *err)
{
    struct names names = {0};
    if (home)
        names_of_home(arena, home, &names);
    for (size_t i = 0; i < embedded_reports_count; i++)
        names_add(arena, &names, str_from(embedded_reports[i].name));
    if (names.count)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    *out = arena_alloc_zeroed(arena, names.count + 1, sizeof **out);
    *count = names.count;
    for (size_t i = 0; i < names.count; i++) {
        struct str name = names.items[i];
        struct report_definition definition;
        GR_TRY(definition_read(arena, name.ptr, definition_text(arena, home, name.ptr), &definition,
                               err));
        (*out)[i] = (struct report_listing){name, definition.title, definition.period};
    }
    return GR_OK;
}

enum gr_status report_default_period(struct arena *arena, const char *home, const char *name,
                                     struct str *out, struct gr_err *err)
{
    struct report_definition definition = {0};
    struct str text = definition_text(arena, home, name);
    if (text.ptr)
        GR_TRY(definition_read(arena, name, text, &definition, err));
    *out = definition.period;
    return GR_OK;
}
