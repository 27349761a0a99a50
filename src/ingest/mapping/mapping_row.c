/* From the cells of a row to its columns, by a mapping (see mapping_internal.h).
 *
 * Called for every row of a CSV (what bill_rows.c has not put in directly) and of a JSON document.
 * Order: columns, tags, what is computed, rates, what every row of the dataset needs.
 */
#include <assert.h>

#include "ingest/bill_amount.h"
#include "ingest/bill_rows.h"
#include "ingest/mapping/mapping_internal.h"
#include "ingest/record.h"
#include "ingest/secrets.h"

enum { SCRATCH_MAX = 4 << 20 };

/* ---- a run ---- */

static enum gr_status find_card_columns(struct mapping_run *run, struct batch *batch,
                                        struct gr_err *err)
{
    const struct rate_card *card = run->card;
    for (size_t i = 0; card && i < card->key_count; i++) {
        int fixed = dataset_find_column(DATASET_COST, card->key_names[i]);
        run->card_columns[i] = (size_t)fixed;
        if (fixed < 0 && !str_starts(card->key_names[i], STR("x_")))
            return gr_fail(err, GR_EUSAGE,
                           "%s: the key \"%.*s\" is no column of charges (SkuId, x_GpuType, ...)",
                           card->name, STR_ARG(card->key_names[i]));
        if (fixed < 0 && !emit_extra(batch, card->key_names[i], &run->card_columns[i]))
            return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                           EMIT_EXTRA_COLUMNS_MAX);
        if (batch->columns[run->card_columns[i]].kind != COLUMN_TEXT)
            return gr_fail(err, GR_EUSAGE, "%s: the key \"%.*s\" is a column of numbers",
                           card->name, STR_ARG(card->key_names[i]));
    }
    return GR_OK;
}

static enum gr_status find_rates(struct mapping_run *run, const struct ingest_options *options,
                                 struct arena *arena, struct gr_err *err)
{
    const struct mapping *mapping = run->mapping;
    run->card = mapping->rated ? mapping->card : NULL;
    if (!options->rate_card)
        return GR_OK;
    if (mapping->dataset != DATASET_COST)
        return gr_fail(err, GR_EUSAGE, "--rate-card: the mapping %.*s is not one of charges",
                       STR_ARG(mapping->name));
    struct rate_card *card = arena_alloc_zeroed(arena, 1, sizeof *card);
    GR_TRY(rate_card_read(arena, options->rate_card, card, err));
    card->quantity = mapping->card ? mapping->card->quantity : STR_NONE;
    run->card = card;
    return GR_OK;
}

static enum gr_status find_columns(struct mapping_run *run, struct batch *batch, struct gr_err *err)
{
    const struct mapping *mapping = run->mapping;
    for (size_t i = 0; i < mapping->target_count; i++) {
        run->columns[i] = (size_t)mapping->targets[i].fixed;
        if (mapping->targets[i].fixed < 0 &&
            !emit_extra(batch, mapping->targets[i].name, &run->columns[i]))
            return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                           EMIT_EXTRA_COLUMNS_MAX);
    }
    if (run->card && !emit_extra(batch, STR("x_Pricing"), &run->pricing_column))
        return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                       EMIT_EXTRA_COLUMNS_MAX);
    return find_card_columns(run, batch, err);
}

enum gr_status mapping_run_open(struct mapping_run *run, const struct mapping *mapping,
                                struct emit *emit, const struct ingest_options *options,
                                struct arena *arena, struct gr_err *err)
{
    *run = (struct mapping_run){.mapping = mapping, .emit = emit, .arena = ARENA_EMPTY};
    run->json = json_open();
    strbuf_init(&run->scratch, SCRATCH_MAX);
    strbuf_init(&run->tags_raw, SCRATCH_MAX);
    strbuf_init(&run->tags_object, SCRATCH_MAX);
    run->cells =
        arena_alloc_zeroed(arena, mapping->source_count + MAPPING_TAGS_MAX, sizeof *run->cells);
    for (size_t i = 0; i < mapping->tag_count; i++)
        if (mapping->tags[i].source != SIZE_MAX)
            run->tags[run->tag_count++] = mapping->tags[i];
    if (mapping->zone_name.ptr)
        GR_TRY(zone_open(mapping->zone_name, &run->zone, err));
    GR_TRY(find_rates(run, options, arena, err));
    return find_columns(run, emit_row(emit, mapping->dataset), err);
}

void mapping_run_close(struct mapping_run *run)
{
    zone_close(run->zone);
    json_close(run->json);
    arena_deinit(&run->arena);
    strbuf_deinit(&run->scratch);
    strbuf_deinit(&run->tags_raw);
    strbuf_deinit(&run->tags_object);
}

/* ---- cells ---- */

/* What the source has; absent when it is blank or spells that there is nothing. */
static struct str cell_of(const struct mapping_run *run, size_t source)
{
    const struct mapping *mapping = run->mapping;
    struct str text = run->cells[source];
    struct str trimmed = str_trim(text);
    if (!text.ptr || trimmed.len == 0)
        return STR_NONE;
    for (size_t i = 0; i < mapping->null_count; i++)
        if (str_equal_nocase(trimmed, mapping->nulls[i]))
            return STR_NONE;
    return text;
}

/* The value that is spelled exactly so, of those from `value` on; NULL. */
static const struct mapping_value *spelled(const struct mapping_value *value, struct str text)
{
    while (value && !str_equal(value->pattern, text))
        value = value->next;
    return value;
}

/* The first glob that matches, whatever the case; but of values that differ in case only (GB, Gb)
 * each has its own. */
static struct str mapped(const struct mapping_target *target, struct str text)
{
    struct str trimmed = str_trim(text);
    const struct mapping_value *value = target->values;
    while (value && !str_glob_nocase(value->pattern, trimmed))
        value = value->next;
    if (!value)
        return text;
    if (!str_glob(value->pattern, trimmed)) {
        const struct mapping_value *exact = spelled(value, trimmed);
        value = exact ? exact : value;
    }
    return value->value;
}

/* The text for a column; *column: where it came from. */
static struct str text_for(const struct mapping_run *run, const struct mapping_target *target,
                           struct str *column)
{
    for (size_t i = 0; i < target->source_count; i++) {
        struct str text = cell_of(run, target->sources[i]);
        if (!text.ptr)
            continue;
        *column = run->mapping->sources[target->sources[i]];
        return mapped(target, text);
    }
    *column = target->name;
    return target->constant;
}

static bool matches(const struct mapping_run *run, const struct mapping_skip *condition)
{
    struct str text = str_trim(run->cells[condition->source]);
    return str_glob(condition->pattern, text.ptr ? text : STR(""));
}

/* ---- columns ---- */

/* Tokens and requests are counted: whole and not negative. */
static bool is_count(const struct mapping *mapping, int column)
{
    return mapping->dataset == DATASET_AI && column >= AI_Requests && column <= AI_InputVideo;
}

static const char *put_number(struct mapping_run *run, struct batch *batch, size_t number,
                              struct str text)
{
    const struct mapping *mapping = run->mapping;
    const struct mapping_target *target = &mapping->targets[number];
    const struct mapping_skip *condition = &mapping->negate_where;
    bool negate = target->negated && (!condition->pattern.ptr || matches(run, condition));
    struct decimal value;
    const char *reason = mapping_number(mapping, target, negate, text, &value);
    if (reason)
        return reason;
    if (is_count(mapping, target->fixed) &&
        (decimal_sign(value) < 0 || decimal_normal(value).scale > 0))
        return "is not a whole number from 0 on";
    batch_set_decimal(batch, run->columns[number], batch->rows, value);
    return NULL;
}

/* An inclusive end is a day, or a second, too early for us. */
static int64_t behind(int64_t moment, struct str text)
{
    return moment + (memchr(text.ptr, ':', text.len) ? 1000 : MS_PER_DAY);
}

static const char *put_time(struct mapping_run *run, struct batch *batch, size_t number,
                            struct str text)
{
    const struct mapping *mapping = run->mapping;
    int column = mapping->targets[number].fixed;
    struct date_range month;
    int64_t moment;
    bool cost = mapping->dataset == DATASET_COST;
    bool end = cost && (column == COST_ChargePeriodEnd || column == COST_BillingPeriodEnd);
    bool billing = cost && (column == COST_BillingPeriodStart || column == COST_BillingPeriodEnd);
    if (billing && !end && month_read(str_trim(text), &month)) {
        moment = moment_of_day(month.first);
    } else { /* the midnight that begins a bill's month is that of its own zone, and means the month
              */
        const char *reason = mapping_moment(mapping, billing ? NULL : run->zone, text, &moment);
        if (reason)
            return reason;
        if (end && mapping->end_inclusive)
            moment = behind(moment, text);
    }
    if (column == dataset_moment_column(mapping->dataset))
        run->starts_a_day = mapping_is_day(mapping, text);
    batch_set_moment(batch, run->columns[number], batch->rows, moment);
    return NULL;
}

static int tags_column(const struct mapping *mapping)
{
    return mapping->dataset == DATASET_COST ? COST_Tags : AI_Tags;
}

static const char *put_target(struct mapping_run *run, struct batch *batch, size_t number,
                              struct str *column)
{
    const struct mapping_target *target = &run->mapping->targets[number];
    struct str text = text_for(run, target, column);
    if (!text.ptr)
        return NULL;
    switch (target->kind) {
    case COLUMN_DECIMAL:
        return put_number(run, batch, number, text);
    case COLUMN_MOMENT:
        return put_time(run, batch, number, text);
    case COLUMN_TEXT:
        batch_set_text(batch, run->columns[number], batch->rows, text);
        return NULL;
    }
    return NULL;
}

static const char *put_targets(struct mapping_run *run, struct batch *batch, struct str *column)
{
    for (size_t i = 0; i < run->mapping->target_count; i++) {
        bool direct = run->direct[i] || run->mapping->targets[i].fixed == tags_column(run->mapping);
        const char *reason = direct ? NULL : put_target(run, batch, i, column);
        if (reason)
            return reason;
    }
    return NULL;
}

/* ---- tags ---- */

struct str *mapping_run_tag(struct mapping_run *run, struct str name)
{
    const struct mapping *mapping = run->mapping;
    for (size_t i = 0; i < mapping->tag_count; i++) {
        struct str before = mapping->tags[i].before;
        if (!before.ptr || !str_starts(name, before) || name.len == before.len ||
            run->tag_count == MAPPING_TAGS_MAX)
            continue;
        struct str key = {name.ptr + before.len, name.len - before.len};
        if (secret_tag_name(key))
            continue;
        size_t source = mapping->source_count + run->tag_count;
        run->tags[run->tag_count++] = (struct mapping_tag){.key = key, .source = source};
        return &run->cells[source];
    }
    return NULL;
}

/* The object, or list of pairs, that a cell holds, as the text of an object. Mostly it is the one
 * of the row before. */
static const char *read_tags(struct mapping_run *run, struct str text)
{
    struct json_value root;
    if (run->tags_raw.len > 0 && str_equal(strbuf_str(&run->tags_raw), text))
        return NULL;
    strbuf_clear(&run->tags_raw);
    strbuf_clear(&run->scratch);
    strbuf_append_cstr(&run->scratch, "{\"tags\":");
    strbuf_append(&run->scratch, text);
    strbuf_append_char(&run->scratch, '}');
    if (run->scratch.overflowed ||
        json_read(run->json, &run->arena, strbuf_str(&run->scratch), &root))
        return "is neither a JSON object nor a list of {key, value}";
    const struct json_value *tags = json_member(&root, "tags");
    if (!tags || (tags->kind != JSON_OBJECT && tags->kind != JSON_ARRAY) ||
        record_json_text(tags, &run->tags_object))
        return "is neither a JSON object nor a list of {key, value}";
    strbuf_append(&run->tags_raw, text);
    return NULL;
}

static void append_member(struct strbuf *out, struct str key, struct str value)
{
    const struct json_value name = {.kind = JSON_STRING, .text = key};
    const struct json_value text = {.kind = JSON_STRING, .text = value};
    if (out->len > 1)
        strbuf_append_char(out, ',');
    json_write(&name, out);
    strbuf_append_char(out, ':');
    json_write(&text, out);
}

/* Puts what stands in the scratch as {...}, unless it is empty. */
static void put_object(struct mapping_run *run, struct batch *batch, int column)
{
    struct strbuf *out = &run->scratch;
    strbuf_append_char(out, '}');
    if (out->len > 2 && !out->overflowed)
        batch_set_text(batch, (size_t)column, batch->rows, strbuf_str(out));
}

static const char *put_tags(struct mapping_run *run, struct batch *batch, struct str *column)
{
    const struct mapping *mapping = run->mapping;
    struct str whole = STR_NONE;
    for (size_t i = 0; i < mapping->target_count; i++)
        if (mapping->targets[i].fixed == tags_column(mapping))
            whole = text_for(run, &mapping->targets[i], column);
    if (!whole.ptr && run->tag_count == 0)
        return NULL;
    const char *reason = whole.ptr ? read_tags(run, whole) : NULL;
    if (reason)
        return reason;
    strbuf_clear(&run->scratch);
    strbuf_append_char(&run->scratch, '{');
    struct str object = strbuf_str(&run->tags_object);
    if (whole.ptr && object.len > 2)
        strbuf_append(&run->scratch, (struct str){object.ptr + 1, object.len - 2});
    for (size_t i = 0; i < run->tag_count; i++) {
        struct str text = cell_of(run, run->tags[i].source);
        if (text.ptr)
            append_member(&run->scratch, run->tags[i].key, text);
    }
    put_object(run, batch, tags_column(mapping));
    return NULL;
}

static const char *put_units(struct mapping_run *run, struct batch *batch, struct str *column)
{
    const struct mapping *mapping = run->mapping;
    static const struct mapping_target plain = {0};
    if (mapping->unit_count == 0)
        return NULL;
    strbuf_clear(&run->scratch);
    strbuf_append_char(&run->scratch, '{');
    for (size_t i = 0; i < mapping->unit_count; i++) {
        struct decimal count;
        struct str text = cell_of(run, mapping->units[i].source);
        if (!text.ptr)
            continue;
        *column = mapping->sources[mapping->units[i].source];
        const char *reason = mapping_number(mapping, &plain, false, text, &count);
        if (reason || decimal_sign(count) < 0)
            return reason ? reason : "is negative";
        if (decimal_is_zero(count))
            continue;
        const struct json_value name = {.kind = JSON_STRING, .text = mapping->units[i].key};
        if (run->scratch.len > 1)
            strbuf_append_char(&run->scratch, ',');
        json_write(&name, &run->scratch);
        strbuf_append_char(&run->scratch, ':');
        decimal_format(count, 0, &run->scratch);
    }
    put_object(run, batch, AI_Units);
    return NULL;
}

/* ---- what is computed ---- */

static bool compute_one(const struct mapping_compute *compute, const struct batch *batch,
                        struct decimal *value, const char **reason)
{
    struct decimal a, b;
    if (compute->op == COMPUTE_PERIOD) {
        int64_t start = batch_moment(batch, COST_ChargePeriodStart, batch->rows);
        int64_t end = batch_moment(batch, COST_ChargePeriodEnd, batch->rows);
        if (start == MOMENT_NONE || end == MOMENT_NONE || end < start)
            return false;
        return mapping_ratio(decimal_from_int(end - start), decimal_from_int(1),
                             decimal_from_int(compute->unit_ms), value);
    }
    if (!batch_decimal(batch, (size_t)compute->a, batch->rows, &a))
        return false;
    *value = a;
    if (compute->op == COMPUTE_COPY)
        return true;
    if (!batch_decimal(batch, (size_t)compute->b, batch->rows, &b))
        return false;
    if (!bill_amount_product(a, b, value)) {
        *reason = "is out of range when it is computed";
        return false;
    }
    return true;
}

static const char *put_computed(struct mapping_run *run, struct batch *batch, struct str *column)
{
    const struct mapping *mapping = run->mapping;
    for (size_t i = 0; i < mapping->compute_count; i++) {
        const struct mapping_compute *compute = &mapping->computes[i];
        size_t number = (size_t)compute->column;
        struct decimal value;
        const char *reason = NULL;
        if (batch_decimal(batch, number, batch->rows, &value))
            continue;
        if (compute_one(compute, batch, &value, &reason))
            batch_set_decimal(batch, number, batch->rows, value);
        *column = batch->columns[number].name;
        if (reason)
            return reason;
    }
    return NULL;
}

/* ---- rates ---- */

static bool priced_quantity(const struct mapping_run *run, const struct batch *batch,
                            struct decimal *out)
{
    struct str name = run->card->quantity;
    if (name.ptr)
        return batch_decimal(batch, (size_t)dataset_find_column(DATASET_COST, name), batch->rows,
                             out);
    return batch_decimal(batch, COST_PricingQuantity, batch->rows, out) ||
           batch_decimal(batch, COST_ConsumedQuantity, batch->rows, out);
}

static const struct rate *rate_of(const struct mapping_run *run, const struct batch *batch)
{
    struct str keys[RATE_KEYS_MAX];
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, batch->rows);
    if (start == MOMENT_NONE || run->card->count == 0)
        return NULL;
    for (size_t i = 0; i < run->card->key_count; i++)
        keys[i] = batch_text(batch, run->card_columns[i], batch->rows);
    return rate_card_find(run->card, keys, day_of_moment(start));
}

/* Usage that came without a cost gets one, or stays without: unpriced is not 0. */
static const char *put_rate(struct mapping_run *run, struct batch *batch, struct str *column)
{
    static const int costs[] = {COST_BilledCost, COST_EffectiveCost, COST_ContractedCost};
    struct decimal quantity, cost;
    if (!run->card || batch_decimal(batch, COST_BilledCost, batch->rows, &cost))
        return NULL;
    struct str currency = batch_text(batch, COST_BillingCurrency, batch->rows);
    const struct rate *rate = priced_quantity(run, batch, &quantity) ? rate_of(run, batch) : NULL;
    batch_set_text(batch, run->pricing_column, batch->rows, rate ? STR("rated") : STR("unpriced"));
    if (!currency.ptr && (rate || run->card->currency.ptr))
        batch_set_text(batch, COST_BillingCurrency, batch->rows,
                       rate ? rate->currency : run->card->currency);
    if (!rate)
        return NULL;
    *column = STR("BillingCurrency");
    if (currency.ptr && !str_equal(currency, rate->currency))
        return "is not the currency of the rate card";
    *column = STR("BilledCost");
    if (!mapping_ratio(quantity, rate->unit_price, rate->per, &cost))
        return "is out of range when it is priced";
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++)
        batch_set_decimal(batch, (size_t)costs[i], batch->rows, cost);
    return NULL;
}

/* ---- what every row needs ---- */

static void default_text(struct batch *batch, int column, struct str text)
{
    if (!batch_text(batch, (size_t)column, batch->rows).ptr)
        batch_set_text(batch, (size_t)column, batch->rows, text);
}

static int64_t end_of(struct str length, int64_t start)
{
    if (str_is(length, "hour"))
        return start + MS_PER_DAY / 24;
    if (str_is(length, "day"))
        return start + MS_PER_DAY;
    struct day day = day_of_moment(start);
    int64_t into = start - moment_of_day(month_first(day));
    return moment_of_day(month_add(month_first(day), 1)) + into;
}

/* A bill's month is one of its own zone; a date without a time has its month in any. */
static void put_periods(const struct mapping_run *run, struct batch *batch)
{
    const struct mapping *mapping = run->mapping;
    uint32_t row = batch->rows;
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    int64_t billing = batch_moment(batch, COST_BillingPeriodStart, row);
    if (mapping->length.ptr && batch_moment(batch, COST_ChargePeriodEnd, row) == MOMENT_NONE)
        batch_set_moment(batch, COST_ChargePeriodEnd, row, end_of(mapping->length, start));
    if (billing == MOMENT_NONE) {
        struct day day =
            run->starts_a_day ? day_of_moment(start) : zone_day_of_moment(run->zone, start);
        billing = moment_of_day(month_first(day));
        batch_set_moment(batch, COST_BillingPeriodStart, row, billing);
    }
    if (batch_moment(batch, COST_BillingPeriodEnd, row) == MOMENT_NONE)
        batch_set_moment(batch, COST_BillingPeriodEnd, row,
                         moment_of_day(month_add(month_first(day_of_moment(billing)), 1)));
}

static const char *absent_text(const struct batch *batch, int column, struct str *name)
{
    *name = batch->columns[column].name;
    return batch_text(batch, (size_t)column, batch->rows).ptr ? NULL : "is absent";
}

static const char *complete_cost(struct mapping_run *run, struct batch *batch, struct str *column)
{
    static const char *const categories[] = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"};
    uint32_t row = batch->rows;
    struct decimal billed, effective;
    bool known = false, has_cost = batch_decimal(batch, COST_BilledCost, row, &billed);
    *column = STR("BilledCost");
    if (!has_cost && !run->card)
        return "is absent";
    if (has_cost && !batch_decimal(batch, COST_EffectiveCost, row, &effective))
        batch_set_decimal(batch, COST_EffectiveCost, row, billed);
    const char *reason = absent_text(batch, COST_BillingCurrency, column);
    if (reason)
        return reason;
    put_periods(run, batch);
    default_text(batch, COST_ChargeCategory, STR("Usage"));
    struct str category = batch_text(batch, COST_ChargeCategory, row);
    for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++)
        known |= str_is(category, categories[i]);
    *column = STR("ChargeCategory");
    if (!known)
        return "becomes none of Usage, Purchase, Tax, Credit, Adjustment";
    run->unpriced += !has_cost;
    return NULL;
}

static const char *complete_ai(struct batch *batch, struct str *column)
{
    struct decimal cost;
    const char *reason = absent_text(batch, AI_Model, column);
    if (!reason)
        reason = absent_text(batch, AI_Provider, column);
    if (!reason && batch_decimal(batch, AI_BilledCost, batch->rows, &cost))
        reason = absent_text(batch, AI_Currency, column);
    default_text(batch, AI_SpendType, STR("inference"));
    default_text(batch, AI_ServiceTier, STR("standard"));
    return reason;
}

const char *mapping_complete(void *context, struct batch *batch, struct str *column)
{
    struct mapping_run *run = context;
    const struct mapping *mapping = run->mapping;
    int start = dataset_moment_column(mapping->dataset);
    for (size_t i = 0; i < mapping->skip_count; i++)
        if (matches(run, &mapping->skips[i]))
            return bill_row_skip;
    arena_reset(&run->arena);
    const char *reason = put_targets(run, batch, column);
    if (!reason)
        reason = put_tags(run, batch, column);
    if (!reason)
        reason = put_units(run, batch, column);
    if (reason)
        return reason;
    *column = batch->columns[start].name;
    if (batch_moment(batch, (size_t)start, batch->rows) == MOMENT_NONE)
        return "is absent";
    reason = put_computed(run, batch, column);
    if (mapping->dataset == DATASET_AI)
        return reason ? reason : complete_ai(batch, column);
    if (!reason)
        reason = put_rate(run, batch, column);
    return reason ? reason : complete_cost(run, batch, column);
}
