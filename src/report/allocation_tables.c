/* See allocation_tables.h. */
#include "report/allocation_tables.h"

#include "report/block_tables.h"
#include "report/names.h"

static const struct block_column proof_columns[] = {
    {"rule",         "Rule",     CELL_TEXT,    0             },
    {"line",         "Line",     CELL_TEXT,    0             },
    {"group",        "Group",    CELL_TEXT,    0             },
    {"currency",     "Currency", CELL_TEXT,    0             },
    {"weight",       "Weight",   CELL_DECIMAL, BLOCK_OPTIONAL},
    {"share",        "Share",    CELL_RATIO,   0             },
    {"amount",       "Amount",   CELL_MONEY,   0             },
    {"record_count", "Records",  CELL_COUNT,   BLOCK_OPTIONAL},
};
enum proof_column { PROOF_RULE, PROOF_LINE, PROOF_GROUP, PROOF_CURRENCY, PROOF_WEIGHT };
enum { PROOF_SHARE = PROOF_WEIGHT + 1, PROOF_AMOUNT, PROOF_RECORDS, PROOF_COLUMNS };
enum { WEIGHT_DECIMALS = 2 };

static const struct block_column rule_columns[] = {
    {"rule",   "Rule",         CELL_TEXT, 0},
    {"from",   "Costs with",   CELL_TEXT, 0},
    {"to",     "Shared among", CELL_TEXT, 0},
    {"method", "Method",       CELL_TEXT, 0},
    {"weight", "Weighed by",   CELL_TEXT, 0},
    {"groups", "Groups",       CELL_TEXT, 0},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct report_cell *proof_row(struct table_builder *table,
                                     const struct allocation_share *share, struct str line,
                                     struct decimal amount)
{
    struct report_cell *cells = table_row(table, ROW_DATA);
    cells[PROOF_RULE] = cell_text(share->rule->name);
    cells[PROOF_LINE] = cell_text(line);
    cells[PROOF_CURRENCY] = cell_text(share->currency);
    cells[PROOF_AMOUNT] = cell_money(amount, share->currency);
    return cells;
}

static enum gr_status proof_share(const struct report_context *context, struct table_builder *table,
                                  const struct allocation_share *share, struct gr_err *err)
{
    struct decimal difference;
    struct report_cell *cells = proof_row(table, share, STR("origin"), share->origin);
    cells[PROOF_RECORDS] = cell_count(share->records);
    for (size_t i = 0; i < share->part_count; i++) {
        const struct allocation_part *part = &share->parts[i];
        cells = proof_row(table, share, STR("part"), part->amount);
        cells[PROOF_GROUP] = cell_text(part->group);
        const struct name_entry *entry = names_find(context->names, share->rule->to, part->group);
        cells[PROOF_GROUP].name = entry ? entry->name : STR_NONE;
        cells[PROOF_WEIGHT] = cell_decimal(part->weight);
        cells[PROOF_SHARE] = cell_share(part->weight, share->weight_total);
    }
    if (!share->part_count)
        proof_row(table, share, STR("unallocated"), share->origin);
    GR_TRY(decimal_sub(share->origin, share->sum, &difference, err));
    proof_row(table, share, STR("sum of parts"), share->sum);
    proof_row(table, share, STR("difference"), difference);
    return GR_OK;
}

enum gr_status allocation_proof_table(const struct report_context *context,
                                      const struct allocation_result *proof,
                                      struct report_table **out, struct gr_err *err)
{
    struct table_builder table =
        block_table(context->arena, "allocation_proof", STR("Proof of the allocation"),
                    proof_columns, COUNT(proof_columns));
    table.table->columns[PROOF_WEIGHT].decimals = WEIGHT_DECIMALS;
    table.table->empty_text = STR("Nothing is shared among the groups of this report.");
    for (size_t i = 0; i < proof->count; i++)
        GR_TRY(proof_share(context, &table, &proof->shares[i], err));
    *out = table.table;
    return GR_OK;
}

/* ---- rules in words ---- */

static struct str groups_text(struct arena *arena, const struct allocation_rule *rule)
{
    struct str *parts = arena_alloc(arena, (rule->target_count + 1) * sizeof *parts);
    if (!rule->target_count)
        return STR("all with costs of their own");
    for (size_t i = 0; i < rule->target_count; i++) {
        struct strbuf text;
        strbuf_init(&text, STRBUF_CEILING);
        strbuf_append(&text, rule->targets[i].group);
        if (rule->method == ALLOCATE_FIXED) {
            strbuf_append_char(&text, ':');
            decimal_format(rule->targets[i].share, 0, &text);
        }
        parts[i] = arena_str(arena, strbuf_str(&text));
        strbuf_deinit(&text);
    }
    return arena_join(arena, parts, rule->target_count, STR(", "));
}

static struct str from_text(struct arena *arena, struct str from)
{
    struct str lines[ROLLUP_FILTERS_MAX];
    size_t count = 0;
    while (from.ptr && count < ROLLUP_FILTERS_MAX)
        lines[count++] = str_cut(&from, '\n');
    return arena_join(arena, lines, count, STR(" and "));
}

struct report_table *allocation_rules_table(const struct report_context *context)
{
    struct table_builder table = block_table(context->arena, "allocation_rules",
                                             STR("Rules, the first that fits moves a row"),
                                             rule_columns, COUNT(rule_columns));
    for (size_t i = 0; i < context->allocation->count; i++) {
        const struct allocation_rule *rule = &context->allocation->rules[i];
        struct report_cell *cells = table_row(&table, ROW_DATA);
        struct str weight = rule->weight.len                        ? rule->weight
                            : rule->method == ALLOCATE_PROPORTIONAL ? context->cost
                                                                    : STR_NONE;
        cells[0] = cell_text(rule->name);
        cells[1] = cell_text(from_text(context->arena, rule->from));
        cells[2] = cell_text(rule->to);
        cells[3] = cell_text(str_from(allocation_method_name(rule->method)));
        cells[4] = weight.ptr ? cell_text(weight) : cell_none();
        cells[5] = cell_text(groups_text(context->arena, rule));
    }
    return table.table;
}

struct str allocation_note(const struct report_context *context,
                           const struct allocation_result *proof)
{
    const struct allocation *all = context->allocation;
    struct arena *arena = context->arena;
    struct str *hidden = arena_alloc(arena, (all->count + 1) * sizeof *hidden);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (proof->shown && !proof->shown[i])
            hidden[count++] = all->rules[i].name;
    const struct str parts[] = {
        STR("Shared costs by the rules of "),
        str_from(all->file),
        arena_printf(arena, " (sha256 %.*s); direct + allocated = total.", STR_ARG(all->sha256)),
        count ? STR(" Of dimensions that are not shown here, and so without a trace: ") : STR(""),
        arena_join(arena, hidden, count, STR(", ")),
        count ? STR(".") : STR(""),
    };
    return arena_join(arena, parts, COUNT(parts), STR(""));
}

/* ---- JSON ---- */

static void append_quoted(struct arena *arena, struct strbuf *out, const char *before,
                          struct str text)
{
    strbuf_append_cstr(out, before);
    strbuf_append(out, json_quoted(arena, text));
}

static enum gr_status append_share(struct arena *arena, struct strbuf *out,
                                   const struct allocation_share *share, struct gr_err *err)
{
    struct decimal difference;
    append_quoted(arena, out, "{\"rule\":", share->rule->name);
    append_quoted(arena, out, ",\"to\":", share->rule->to);
    append_quoted(arena, out, ",\"currency\":", share->currency);
    strbuf_append_cstr(out, ",\"origin\":");
    decimal_format(share->origin, 2, out);
    strbuf_printf(out, ",\"record_count\":%lld,\"parts\":[", (long long)share->records);
    for (size_t i = 0; i < share->part_count; i++) {
        append_quoted(arena, out, i ? ",{\"group\":" : "{\"group\":", share->parts[i].group);
        strbuf_append_cstr(out, ",\"weight\":");
        decimal_format(share->parts[i].weight, 0, out);
        strbuf_append_cstr(out, ",\"amount\":");
        decimal_format(share->parts[i].amount, 2, out);
        strbuf_append_char(out, '}');
    }
    strbuf_append_cstr(out, "],\"unallocated\":");
    decimal_format(share->part_count ? DECIMAL_ZERO : share->origin, 2, out);
    strbuf_append_cstr(out, ",\"difference\":");
    GR_TRY(decimal_sub(share->origin, share->sum, &difference, err));
    decimal_format(difference, 2, out);
    strbuf_append_char(out, '}');
    return GR_OK;
}

struct str allocation_json(const struct report_context *context,
                           const struct allocation_result *proof)
{
    struct strbuf out;
    struct gr_err ignored = {0}; /* origin and sum are equal */
    strbuf_init(&out, STRBUF_CEILING);
    append_quoted(context->arena, &out,
                  "\"allocation\":{\"file\":", str_from(context->allocation->file));
    append_quoted(context->arena, &out, ",\"sha256\":", context->allocation->sha256);
    strbuf_append_cstr(&out, ",\"rules\":[");
    for (size_t i = 0; i < proof->count; i++) {
        strbuf_append_cstr(&out, i ? ",\n  " : "\n  ");
        (void)!append_share(context->arena, &out, &proof->shares[i], &ignored);
    }
    strbuf_append_cstr(&out, "]}");
    struct str kept = arena_str(context->arena, strbuf_str(&out));
    strbuf_deinit(&out);
    return kept;
}
