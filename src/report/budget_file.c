/* Budgets from INI and CSV. See budget_file.h for the format. */
#include "report/budget_file.h"

#include <string.h>

#include "base/ini.h"
#include "ingest/table.h"

enum { BUDGETS_MAX = 10000 };

/* ---- one value ---- */

static const char *const PERIODS[] = {"day", "week", "month", "quarter", "year", NULL};
static const char *const DATASETS[] = {"cost", "ai", "all", NULL};
static const char *const COSTS[] = {"billed", "effective", "list", "contracted", NULL};

const char *budget_period_name(enum budget_period period)
{
    return PERIODS[period];
}

const char *budget_dataset_name(enum budget_dataset dataset)
{
    return DATASETS[dataset];
}

const char *budget_cost_name(enum budget_cost cost)
{
    return COSTS[cost];
}

/* Where the value stands, for messages. */
struct spot {
    const char *file;
    long line;
    const char *key;
};

static enum gr_status refuse(const struct spot *spot, struct str value, const char *wanted,
                             struct gr_err *err)
{
    return gr_fail(err, GR_EUSAGE, "%s:%ld: %s: \"%.*s\" is not %s", spot->file, spot->line,
                   spot->key, STR_ARG(value), wanted);
}

static enum gr_status read_word(const struct spot *spot, struct str value, const char *const *words,
                                const char *wanted, int *out, struct gr_err *err)
{
    for (int i = 0; words[i]; i++)
        if (str_is(value, words[i])) {
            *out = i;
            return GR_OK;
        }
    return refuse(spot, value, wanted, err);
}

static enum gr_status read_amount(const struct spot *spot, struct str value, struct budget *budget,
                                  struct gr_err *err)
{
    if (decimal_read(value, &budget->amount) != DECIMAL_READ_OK || decimal_sign(budget->amount) < 0)
        return refuse(spot, value, "an amount of 0 or more, such as 50000 or 1250.50", err);
    return GR_OK;
}

static enum gr_status read_currency(const struct spot *spot, struct str value,
                                    struct budget *budget, struct gr_err *err)
{
    if (value.len == 0 || value.len > 16 || memchr(value.ptr, ' ', value.len))
        return refuse(spot, value, "a currency such as USD", err);
    budget->currency = value;
    return GR_OK;
}

static enum gr_status read_period(const struct spot *spot, struct str value, struct budget *budget,
                                  struct gr_err *err)
{
    int word = 0;
    GR_TRY(read_word(spot, value, PERIODS, "day, week, month, quarter or year", &word, err));
    budget->period = (enum budget_period)word;
    return GR_OK;
}

static enum gr_status read_start(const struct spot *spot, struct str value, struct budget *budget,
                                 struct gr_err *err)
{
    if (!day_read(value, &budget->start))
        return refuse(spot, value, "a day such as 2026-01-01", err);
    budget->has_start = true;
    return GR_OK;
}

static enum gr_status read_filter(const struct spot *spot, struct str value, struct budget *budget,
                                  struct gr_err *err)
{
    size_t at = 0;
    while (at < value.len && value.ptr[at] != '=' && value.ptr[at] != '~')
        at++;
    if (value.len > 0 && (at == 0 || at == value.len))
        return refuse(spot, value, "a filter such as tag:team=ml", err);
    budget->filter = value;
    return GR_OK;
}

static enum gr_status read_dataset(const struct spot *spot, struct str value, struct budget *budget,
                                   struct gr_err *err)
{
    int word = 0;
    GR_TRY(read_word(spot, value, DATASETS, "cost, ai or all", &word, err));
    budget->dataset = (enum budget_dataset)word;
    return GR_OK;
}

static enum gr_status read_cost(const struct spot *spot, struct str value, struct budget *budget,
                                struct gr_err *err)
{
    int word = 0;
    GR_TRY(read_word(spot, value, COSTS, "billed, effective, list or contracted", &word, err));
    budget->cost = (enum budget_cost)word;
    return GR_OK;
}

static enum gr_status read_thresholds(const struct spot *spot, struct str value,
                                      struct budget *budget, struct gr_err *err)
{
    static const char wanted[] = "up to 8 rising percentages such as 50,80,100";
    budget->threshold_count = 0;
    for (struct str rest = value; rest.ptr;) {
        struct str part = str_trim(str_cut(&rest, ','));
        if (str_ends(part, STR("%")))
            part.len--;
        struct decimal percent;
        size_t n = budget->threshold_count;
        if (n == BUDGET_THRESHOLDS_MAX || decimal_read(part, &percent) != DECIMAL_READ_OK ||
            decimal_sign(percent) <= 0 ||
            (n > 0 && decimal_compare(percent, budget->thresholds[n - 1]) <= 0))
            return refuse(spot, value, wanted, err);
        budget->thresholds[budget->threshold_count++] = percent;
    }
    return GR_OK;
}

/* ---- keys ---- */

static const struct budget_key {
    const char *name;
    enum gr_status (*read)(const struct spot *spot, struct str value, struct budget *budget,
                           struct gr_err *err);
    bool required;
} KEYS[] = {
    {"amount",     read_amount,     true },
    {"currency",   read_currency,   true },
    {"period",     read_period,     false},
    {"start",      read_start,      false},
    {"filter",     read_filter,     false},
    {"dataset",    read_dataset,    false},
    {"cost",       read_cost,       false},
    {"thresholds", read_thresholds, false},
};
enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };
static const char KEY_LIST[] = "amount, currency, period, start, filter, dataset, cost, thresholds";

/* A budget while it is read. */
struct draft {
    struct budget budget;
    long line; /* of its section or row */
    bool seen[KEY_COUNT];
};

static void draft_init(struct draft *draft, struct str name, long line)
{
    *draft = (struct draft){.line = line};
    draft->budget.name = name;
    draft->budget.period = BUDGET_MONTH;
    draft->budget.filter = STR("");
    static const int percents[] = {50, 80, 100};
    for (size_t i = 0; i < 3; i++)
        draft->budget.thresholds[i] = decimal_from_int(percents[i]);
    draft->budget.threshold_count = 3;
}

static int key_named(const char *name)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(KEYS[i].name, name) == 0)
            return i;
    return -1;
}

/* `value` must outlive the budget. */
static enum gr_status draft_set(struct draft *draft, const struct spot *spot, struct str value,
                                struct gr_err *err)
{
    int key = key_named(spot->key);
    if (key < 0)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: a budget has no key \"%s\" (there are: %s)",
                       spot->file, spot->line, spot->key, KEY_LIST);
    if (draft->seen[key])
        return gr_fail(err, GR_EUSAGE, "%s:%ld: %s stands twice in budget \"%.*s\"", spot->file,
                       spot->line, spot->key, STR_ARG(draft->budget.name));
    draft->seen[key] = true;
    return KEYS[key].read(spot, value, &draft->budget, err);
}

/* Required keys, and names that are there once. */
static enum gr_status drafts_finish(struct arena *arena, const struct draft *drafts, size_t n,
                                    const char *file, struct budget **out, size_t *count,
                                    struct gr_err *err)
{
    if (n > BUDGETS_MAX)
        return gr_fail(err, GR_EUSAGE, "%s: %zu budgets; at most %d are read", file, n,
                       BUDGETS_MAX);
    *out = arena_alloc(arena, (n + 1) * sizeof **out);
    *count = n;
    for (size_t i = 0; i < n; i++) {
        const struct draft *draft = &drafts[i];
        for (int key = 0; key < KEY_COUNT; key++)
            if (KEYS[key].required && !draft->seen[key])
                return gr_fail(err, GR_EUSAGE, "%s:%ld: budget \"%.*s\" has no %s", file,
                               draft->line, STR_ARG(draft->budget.name), KEYS[key].name);
        for (size_t k = 0; k < i; k++)
            if (str_equal(drafts[k].budget.name, draft->budget.name))
                return gr_fail(err, GR_EUSAGE,
                               "%s:%ld: a budget \"%.*s\" stands in line %ld already", file,
                               draft->line, STR_ARG(draft->budget.name), drafts[k].line);
        (*out)[i] = draft->budget;
    }
    return GR_OK;
}

/* ---- INI ---- */

static enum gr_status begin_budget(struct arena *arena, const struct ini_file *file,
                                   const struct ini_entry *entry, struct draft *draft,
                                   struct gr_err *err)
{
    struct str name = entry->section;
    struct str word = str_cut(&name, ' ');
    name = name.ptr ? str_trim(name) : STR("");
    if (!str_is(word, "budget") || name.len == 0)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: [%.*s] is not [budget NAME]", file->name,
                       entry->line, STR_ARG(entry->section));
    draft_init(draft, arena_str(arena, name), entry->line);
    return GR_OK;
}

static enum gr_status budgets_of(struct arena *arena, const struct ini_file *file,
                                 struct budget **out, size_t *count, struct gr_err *err)
{
    struct draft *drafts = arena_alloc(arena, (file->count + 1) * sizeof *drafts);
    size_t draft_count = 0;
    for (size_t i = 0; i < file->count; i++) {
        const struct ini_entry *entry = &file->entries[i];
        if (!entry->key.ptr) {
            GR_TRY(begin_budget(arena, file, entry, &drafts[draft_count++], err));
            continue;
        }
        struct spot spot = {file->name, entry->line, entry->key.ptr};
        GR_TRY(draft_set(&drafts[draft_count - 1], &spot, entry->value, err));
    }
    return drafts_finish(arena, drafts, draft_count, file->name, out, count, err);
}

enum gr_status budget_ini_read(struct arena *arena, struct str text, const char *file,
                               struct budget **out, size_t *count, struct gr_err *err)
{
    struct ini_file ini;
    GR_TRY(ini_read(arena, text, file, &ini, err));
    return budgets_of(arena, &ini, out, count, err);
}

/* ---- CSV ---- */

static enum gr_status read_row(const struct ingest_table *table, size_t row,
                               const struct ingest_table_want *wants, struct draft *draft,
                               struct gr_err *err)
{
    long line = (long)ingest_table_line(table, row);
    struct str name = ingest_table_cell(table, row, wants[KEY_COUNT].column);
    if (name.len == 0)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: a budget without a name", table->name, line);
    draft_init(draft, name, line);
    for (int key = 0; key < KEY_COUNT; key++) {
        struct spot spot = {table->name, line, KEYS[key].name};
        struct str cell = ingest_table_cell(table, row, wants[key].column);
        if (cell.len > 0) /* an empty cell says nothing */
            GR_TRY(draft_set(draft, &spot, cell, err));
    }
    return GR_OK;
}

static enum gr_status read_csv(struct arena *arena, const struct ingest_table *table,
                               struct budget **out, size_t *count, struct gr_err *err)
{
    struct ingest_table_want wants[KEY_COUNT + 1];
    for (int key = 0; key < KEY_COUNT; key++)
        wants[key] = (struct ingest_table_want){KEYS[key].name, KEYS[key].required, -1};
    wants[KEY_COUNT] = (struct ingest_table_want){"name", true, -1};
    GR_TRY(ingest_table_match(table, wants, KEY_COUNT + 1, err));
    struct draft *drafts = arena_alloc(arena, (table->row_count + 1) * sizeof *drafts);
    for (size_t row = 0; row < table->row_count; row++)
        GR_TRY(read_row(table, row, wants, &drafts[row], err));
    return drafts_finish(arena, drafts, table->row_count, table->name, out, count, err);
}

enum gr_status budget_csv_read(struct arena *arena, struct str text, const char *file,
                               struct budget **out, size_t *count, struct gr_err *err)
{
    struct ingest_table table;
    GR_TRY(ingest_table_read_text(arena, file, text, &table, err));
    return read_csv(arena, &table, out, count, err);
}

/* ---- file ---- */

static bool is_csv(const char *path)
{
    struct str name = str_from(path);
    return str_ends(name, STR(".csv")) || str_ends(name, STR(".CSV")) ||
           str_ends(name, STR(".csv.gz"));
}

static enum gr_status ini_file_read(struct arena *arena, const char *path, struct budget **out,
                                    size_t *count, struct gr_err *err)
{
    struct ini_file ini;
    GR_TRY(ini_read_file(arena, path, &ini, err));
    return budgets_of(arena, &ini, out, count, err);
}

static enum gr_status csv_file_read(struct arena *arena, const char *path, struct budget **out,
                                    size_t *count, struct gr_err *err)
{
    struct ingest_table table;
    GR_TRY(ingest_table_read(arena, path, &table, err));
    return read_csv(arena, &table, out, count, err);
}

enum gr_status budget_file_read(struct arena *arena, const char *path, struct budget **out,
                                size_t *count, struct gr_err *err)
{
    GR_TRY(is_csv(path) ? csv_file_read(arena, path, out, count, err)
                        : ini_file_read(arena, path, out, count, err));
    if (*count == 0) /* a gate over no budget would pass for ever */
        return gr_fail(err, GR_EUSAGE,
                       "%s: no budget in it; wanted [budget NAME] sections, or CSV "
                       "rows in a file that ends in .csv",
                       path);
    return GR_OK;
}
