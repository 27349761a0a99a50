/* AWS Cost and Usage Reports as CSV: legacy (lineItem/UnblendedCost), as Athena gives them
 * (line_item_unblended_cost), and CUR 2.0 of Data Exports (maps as JSON cells).
 *
 * Registered in ../detect.c. Any subset of the columns in any order; aws_columns.c has the names,
 * aws_lines.c what a line type means, aws_costs.c the four costs. Here: what a row says beside its
 * cells. Every column that has no place in the batch is kept under its own name. LineItemId comes
 * again in every period of a line and is no key, so no row is ever taken for another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/formats/aws_columns.h"
#include "ingest/formats/aws_costs.h"
#include "ingest/formats/formats.h"
#include "ingest/moments.h"

enum { AWS_FALLBACKS_MAX = 12, AWS_PRODUCTS = 256 };

/* Texts that rows get which no cell holds. */
enum constant {
    PROVIDER,
    STATUS_USED,
    STATUS_UNUSED,
    OF_SPEND,
    OF_USAGE,
    SAVINGS_PLAN,
    RESERVED_INSTANCE,
    SPOT,
    CORRECTION,
    CONSTANT_COUNT
};

static const struct {
    size_t column;
    const char *text;
} constants[CONSTANT_COUNT] = {
    [PROVIDER] = {COST_ProviderName,               "AWS"              },
    [STATUS_USED] = {COST_CommitmentDiscountStatus,   "Used"             },
    [STATUS_UNUSED] = {COST_CommitmentDiscountStatus,   "Unused"           },
    [OF_SPEND] = {COST_CommitmentDiscountCategory, "Spend"            },
    [OF_USAGE] = {COST_CommitmentDiscountCategory, "Usage"            },
    [SAVINGS_PLAN] = {COST_CommitmentDiscountType,     "Savings Plan"     },
    [RESERVED_INSTANCE] = {COST_CommitmentDiscountType,     "Reserved Instance"},
    [SPOT] = {COST_PricingCategory,            "Dynamic"          },
    [CORRECTION] = {COST_ChargeClass,                "Correction"       },
};

/* The text of one column, where another has none. */
struct fallback {
    size_t from, to;
    uint32_t last_from, last_to; /* codes */
};

/* What the map `product` of CUR 2.0 says, by its code; 0 absent. */
struct product {
    uint32_t code;
    uint32_t service, region, instance_type;
};

struct line_codes {
    const struct aws_line_type *type;
    uint32_t category, frequency, pricing;
};

struct aws_reader {
    struct bill_rows rows;
    struct bill_header header;
    struct emit emit;
    struct arena arena;
    struct bill_tags tags;
    struct aws_cost_columns have;
    struct fallback fallbacks[AWS_FALLBACKS_MAX];
    size_t fallback_count;
    int savings_plan, usage_type, product, interval; /* columns of the batch, -1: none */

    uint32_t generations; /* sum of those that the codes below are of */
    uint32_t constants[CONSTANT_COUNT];
    uint32_t line_code; /* of x_ChargeType in the row before ... */
    struct line_codes line;
    uint32_t usage_code; /* the same of the usage type */
    bool is_spot;
    uint32_t arn_code; /* and of the reservation */
    bool of_capacity;
    struct product products[AWS_PRODUCTS];
    struct json_parser *json;
    struct arena scratch;
};

static int aws_sniff(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    int confidence = 0;
    if (csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count) && count > 0)
        confidence = aws_sniff_names(cells, count);
    arena_deinit(&arena);
    return confidence;
}

/* ---- codes ---- */

/* Codes are void when a dictionary started anew, which happens between batches only. */
static void look_at_generations(struct aws_reader *reader, const struct batch *batch)
{
    uint32_t sum = 1;
    for (size_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].kind == COLUMN_TEXT)
            sum += batch->columns[i].texts->generation;
    if (sum == reader->generations)
        return;
    reader->generations = sum;
    memset(reader->constants, 0, sizeof reader->constants);
    memset(reader->products, 0, sizeof reader->products);
    reader->line = (struct line_codes){0};
    reader->usage_code = reader->arn_code = DICT_CODE_NONE;
    reader->is_spot = reader->of_capacity = false;
    for (size_t i = 0; i < reader->fallback_count; i++)
        reader->fallbacks[i].last_from = DICT_CODE_NONE;
}

static uint32_t code_at(const struct batch *batch, int column)
{
    const uint32_t *codes = column < 0 ? NULL : batch->columns[column].codes;
    return codes ? codes[batch->rows] : DICT_CODE_NONE;
}

static uint32_t intern(struct batch *batch, size_t column, struct str text)
{
    return dict_intern(batch->columns[column].texts, text);
}

static void put_constant(struct aws_reader *reader, struct batch *batch, enum constant which)
{
    size_t column = constants[which].column;
    if (!reader->constants[which])
        reader->constants[which] = intern(batch, column, str_from(constants[which].text));
    batch_set_code(batch, column, batch->rows, reader->constants[which]);
}

/* ---- what a row says beside its cells ---- */

static void fall_back(struct batch *batch, struct fallback *fallback)
{
    uint32_t code = code_at(batch, (int)fallback->from);
    if (code == DICT_CODE_NONE || code_at(batch, (int)fallback->to) != DICT_CODE_NONE)
        return;
    if (code != fallback->last_from) {
        fallback->last_from = code;
        fallback->last_to =
            intern(batch, fallback->to, dict_text(batch->columns[fallback->from].texts, code));
    }
    batch_set_code(batch, fallback->to, batch->rows, fallback->last_to);
}

static struct product read_product(struct aws_reader *reader, struct batch *batch, uint32_t code)
{
    struct product product = {.code = code};
    struct json_value map;
    struct str cell = dict_text(batch->columns[reader->product].texts, code);
    if (!json_read(reader->json, &reader->scratch, cell, &map)) {
        product.service =
            intern(batch, COST_ServiceName, json_text(json_member(&map, "product_name")));
        product.region = intern(batch, COST_RegionId, json_text(json_member(&map, "region")));
        product.instance_type =
            intern(batch, COST_x_InstanceType, json_text(json_member(&map, "instance_type")));
    }
    arena_reset(&reader->scratch);
    return product;
}

static void put_absent(struct batch *batch, size_t column, uint32_t code)
{
    if (code != DICT_CODE_NONE && code_at(batch, (int)column) == DICT_CODE_NONE)
        batch_set_code(batch, column, batch->rows, code);
}

static void put_product(struct aws_reader *reader, struct batch *batch)
{
    uint32_t code = code_at(batch, reader->product);
    if (code == DICT_CODE_NONE)
        return;
    struct product *product = &reader->products[code % AWS_PRODUCTS];
    if (product->code != code)
        *product = read_product(reader, batch, code);
    put_absent(batch, COST_ServiceName, product->service);
    put_absent(batch, COST_RegionId, product->region);
    put_absent(batch, COST_x_InstanceType, product->instance_type);
}

static const struct line_codes *line_of(struct aws_reader *reader, struct batch *batch)
{
    uint32_t code = code_at(batch, COST_x_ChargeType);
    struct line_codes *line = &reader->line;
    if (line->type && code == reader->line_code)
        return line;
    reader->line_code = code;
    line->type = aws_line_type(batch_text(batch, COST_x_ChargeType, batch->rows));
    line->category = intern(batch, COST_ChargeCategory, str_from(line->type->category));
    line->frequency = intern(batch, COST_ChargeFrequency, str_from(line->type->frequency));
    line->pricing = intern(batch, COST_PricingCategory, str_from(line->type->pricing));
    return line;
}

static bool is_spot(struct aws_reader *reader, struct batch *batch)
{
    uint32_t code = code_at(batch, reader->usage_type);
    if (code != reader->usage_code) {
        struct str text = dict_text(batch->columns[reader->usage_type].texts, code);
        reader->usage_code = code;
        reader->is_spot = text.len > 0 && memmem(text.ptr, text.len, "SpotUsage", 9);
    }
    return code != DICT_CODE_NONE && reader->is_spot;
}

/* The ARN of a capacity reservation stands where that of a Reserved Instance does. True: the row
 * has the latter. */
static bool put_reservation(struct aws_reader *reader, struct batch *batch)
{
    uint32_t code = code_at(batch, COST_CommitmentDiscountId);
    if (code == DICT_CODE_NONE)
        return false;
    struct str arn = batch_text(batch, COST_CommitmentDiscountId, batch->rows);
    if (code != reader->arn_code) {
        static const char mark[] = ":capacity-reservation/";
        reader->arn_code = code;
        reader->of_capacity = memmem(arn.ptr, arn.len, mark, sizeof mark - 1) != NULL;
    }
    if (!reader->of_capacity)
        return true;
    batch_set_text(batch, COST_CapacityReservationId, batch->rows, arn);
    batch_set_code(batch, COST_CommitmentDiscountId, batch->rows, DICT_CODE_NONE);
    return false;
}

static bool pays_savings_plan(enum aws_line line)
{
    return line == AWS_SP_COVERED || line == AWS_SP_NEGATION || line == AWS_SP_UPFRONT ||
           line == AWS_SP_RECURRING;
}

static void put_commitment(struct aws_reader *reader, struct batch *batch, enum aws_line line,
                           bool reserved)
{
    uint32_t plan = code_at(batch, reader->savings_plan);
    bool planned = plan != DICT_CODE_NONE && (!reserved || pays_savings_plan(line));
    if (!planned && !reserved)
        return;
    if (planned)
        batch_set_text(batch, COST_CommitmentDiscountId, batch->rows,
                       dict_text(batch->columns[reader->savings_plan].texts, plan));
    put_constant(reader, batch, planned ? OF_SPEND : OF_USAGE);
    put_constant(reader, batch, planned ? SAVINGS_PLAN : RESERVED_INSTANCE);
}

/* Used for usage that a commitment covers, Unused for the fee of one of which some is left. */
static void put_status(struct aws_reader *reader, struct batch *batch, enum aws_line line)
{
    struct decimal cost;
    if (line == AWS_SP_COVERED || line == AWS_DISCOUNTED_USAGE)
        put_constant(reader, batch, STATUS_USED);
    else if (((line == AWS_RI_FEE && reader->have.unused) ||
              (line == AWS_SP_RECURRING && reader->have.commitment)) &&
             batch_decimal(batch, COST_EffectiveCost, batch->rows, &cost) && !decimal_is_zero(cost))
        put_constant(reader, batch, STATUS_UNUSED);
}

/* Usage that was charged is usage that was consumed. */
static void put_consumed(struct batch *batch)
{
    struct decimal quantity;
    if (batch_decimal(batch, COST_PricingQuantity, batch->rows, &quantity))
        batch_set_decimal(batch, COST_ConsumedQuantity, batch->rows, quantity);
    else if (batch->columns[COST_ConsumedUnit].codes)
        batch_set_code(batch, COST_ConsumedUnit, batch->rows, DICT_CODE_NONE);
}

/* A refund of what an earlier bill charged corrects that bill. */
static bool corrects(const struct batch *batch, enum aws_line line)
{
    return line == AWS_REFUND && batch_moment(batch, COST_ChargePeriodStart, batch->rows) <
                                     batch_moment(batch, COST_BillingPeriodStart, batch->rows);
}

static const char *put_line(struct aws_reader *reader, struct batch *batch, struct str *column)
{
    const struct line_codes *codes = line_of(reader, batch);
    enum aws_line line = codes->type->line;
    bool reserved = put_reservation(reader, batch);
    const char *reason = aws_costs_put(&reader->have, line, reserved, batch, column);
    if (reason)
        return reason;
    if (code_at(batch, COST_x_ChargeType) != DICT_CODE_NONE) {
        batch_set_code(batch, COST_ChargeCategory, batch->rows, codes->category);
        batch_set_code(batch, COST_ChargeFrequency, batch->rows, codes->frequency);
        if (codes->pricing)
            batch_set_code(batch, COST_PricingCategory, batch->rows, codes->pricing);
    }
    if (line == AWS_USAGE && is_spot(reader, batch))
        put_constant(reader, batch, SPOT);
    put_commitment(reader, batch, line, reserved);
    put_status(reader, batch, line);
    if (line == AWS_USAGE || line == AWS_DISCOUNTED_USAGE || line == AWS_SP_COVERED)
        put_consumed(batch);
    else if (batch->columns[COST_ConsumedUnit].codes)
        batch_set_code(batch, COST_ConsumedUnit, batch->rows, DICT_CODE_NONE);
    if (corrects(batch, line))
        put_constant(reader, batch, CORRECTION);
    return NULL;
}

/* start/end, where the columns for them are not there or empty. */
static void put_interval(const struct aws_reader *reader, struct batch *batch)
{
    int64_t moment;
    struct str rest = STR_NONE;
    if (reader->interval >= 0)
        rest = batch_text(batch, (size_t)reader->interval, batch->rows);
    if (!rest.ptr || !moment_read_bill(str_cut(&rest, '/'), &moment))
        return;
    batch_set_moment(batch, COST_ChargePeriodStart, batch->rows, moment);
    if (rest.ptr && batch_moment(batch, COST_ChargePeriodEnd, batch->rows) == MOMENT_NONE &&
        moment_read_bill(rest, &moment))
        batch_set_moment(batch, COST_ChargePeriodEnd, batch->rows, moment);
}

/* NULL, or what is missing. */
static const char *put_periods(const struct aws_reader *reader, struct batch *batch,
                               struct str *column)
{
    uint32_t row = batch->rows;
    if (batch_moment(batch, COST_ChargePeriodStart, row) == MOMENT_NONE)
        put_interval(reader, batch);
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    if (start == MOMENT_NONE) {
        *column = STR("UsageStartDate");
        return "is absent";
    }
    if (batch_moment(batch, COST_BillingPeriodStart, row) == MOMENT_NONE) {
        struct day month = month_first(day_of_moment(start));
        batch_set_moment(batch, COST_BillingPeriodStart, row, moment_of_day(month));
        if (batch_moment(batch, COST_BillingPeriodEnd, row) == MOMENT_NONE)
            batch_set_moment(batch, COST_BillingPeriodEnd, row, moment_of_day(month_add(month, 1)));
    }
    return NULL;
}

static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    struct aws_reader *reader = context;
    if (batch->rows == 0)
        look_at_generations(reader, batch);
    const char *reason = put_periods(reader, batch, column);
    if (reason)
        return reason;
    for (size_t i = 0; i < reader->fallback_count; i++)
        fall_back(batch, &reader->fallbacks[i]);
    if (reader->product >= 0)
        put_product(reader, batch);
    if (code_at(batch, COST_BillingCurrency) == DICT_CODE_NONE) {
        *column = STR("CurrencyCode");
        return "is absent";
    }
    put_constant(reader, batch, PROVIDER);
    bill_tags_put(&reader->tags, batch);
    return put_line(reader, batch, column);
}

/* ---- before the rows ---- */

static const struct {
    const char *from;
    int to;
} fallback_names[] = {
    {"product_servicename",       COST_ServiceName     },
    {"product_servicecode",       COST_ServiceName     },
    {"line_item_product_code",    COST_ServiceName     },
    {"product_region",            COST_RegionId        },
    {"product_availability_zone", COST_AvailabilityZone},
    {"pricing_rate_id",           COST_SkuPriceId      },
    {"pricing_currency",          COST_BillingCurrency },
    {"pricing_unit",              COST_ConsumedUnit    },
};

static void plan_fallbacks(struct aws_reader *reader)
{
    for (size_t i = 0; i < sizeof fallback_names / sizeof fallback_names[0]; i++) {
        int from = bill_header_column(&reader->header, fallback_names[i].from);
        if (from < 0 || from == fallback_names[i].to)
            continue;
        reader->fallbacks[reader->fallback_count++] =
            (struct fallback){.from = (size_t)from, .to = (size_t)fallback_names[i].to};
    }
}

static bool has(const struct aws_reader *reader, const char *name)
{
    return bill_header_column(&reader->header, name) >= 0;
}

static void look_at_columns(struct aws_reader *reader)
{
    struct bill_header *header = &reader->header;
    int plan = bill_header_column(header, "savings_plan_savings_plan_a_r_n");
    reader->savings_plan =
        plan >= 0 ? plan : bill_header_column(header, "savings_plan_savings_plan_arn");
    reader->usage_type = bill_header_column(header, "line_item_usage_type");
    reader->product = bill_header_column(header, "product");
    reader->interval = bill_header_column(header, "identity_time_interval");
    reader->have = (struct aws_cost_columns){
        .savings_plan = has(reader, "savings_plan_savings_plan_effective_cost"),
        .commitment = has(reader, "savings_plan_total_commitment_to_date") &&
                      has(reader, "savings_plan_used_commitment"),
        .reservation = has(reader, "reservation_effective_cost"),
        .unused = has(reader, "reservation_unused_amortized_upfront_fee_for_billing_period") ||
                  has(reader, "reservation_unused_recurring_fee"),
        .product_code = bill_header_column(header, "line_item_product_code"),
        .description = bill_header_column(header, "line_item_line_item_description"),
    };
    plan_fallbacks(reader);
}

static enum gr_status read_header(struct aws_reader *reader, const struct ingest_options *options,
                                  struct ingest_file_facts *facts, struct gr_err *err)
{
    static const char *const required[] = {"line_item_unblended_cost", NULL};
    struct bill_header *header = &reader->header;
    GR_TRY(bill_header_read(header, err));
    GR_TRY(bill_header_require(header, required, err));
    if (bill_header_find(header, "line_item_usage_start_date") < 0 &&
        bill_header_find(header, "identity_time_interval") < 0)
        return gr_fail(err, GR_EDATA,
                       "the aws-cur column line_item_usage_start_date is missing, and so is "
                       "identity_time_interval");
    if (bill_header_find(header, "line_item_currency_code") < 0 &&
        bill_header_find(header, "pricing_currency") < 0)
        return gr_fail(err, GR_EDATA, "the aws-cur column line_item_currency_code is missing");
    snprintf(facts->version, sizeof facts->version, "%s", aws_dialect(header));
    GR_TRY(bill_header_plan(header, aws_names, aws_name_count, err));
    if (options->columns)
        GR_TRY(bill_columns_keep(&reader->rows, options->columns, aws_needed_columns(header), err));
    look_at_columns(reader);
    aws_add_tags(header, emit_row(&reader->emit, DATASET_COST), &reader->tags);
    return GR_OK;
}

static void tell(const struct aws_reader *reader, struct ingest_file_facts *facts)
{
    const struct aws_cost_columns *have = &reader->have;
    bool both = have->lacks_savings_plan && have->lacks_reservation;
    if (have->lacks_savings_plan || have->lacks_reservation)
        snprintf(facts->remark, sizeof facts->remark,
                 "has commitments but no columns to amortize them (%s%s%s): effective cost is "
                 "billed cost",
                 have->lacks_savings_plan ? "savingsPlan/..." : "", both ? ", " : "",
                 have->lacks_reservation ? "reservation/..." : "");
}

static enum gr_status read_file(struct aws_reader *reader, const struct ingest_options *options,
                                struct ingest_file_facts *facts, struct gr_err *err)
{
    static const char *const resource_columns[] = {"line_item_resource_id", NULL};
    static const char *const sku_columns[] = {
        "pricing_rate_code", "product_sku", "line_item_usage_type", "line_item_product_code", NULL};
    GR_TRY(read_header(reader, options, facts, err));
    reader->rows.resource = bill_header_key(&reader->header, resource_columns);
    reader->rows.sku = bill_header_key(&reader->header, sku_columns);
    GR_TRY(bill_rows_read(&reader->rows, err));
    tell(reader, facts);
    return GR_OK;
}

static enum gr_status aws_read(struct ingest_source *source, const struct ingest_options *options,
                               struct batch_texts *texts, const struct ingest_sink *sink,
                               struct ingest_file_facts *facts, struct gr_err *err)
{
    struct csv_reader *csv;
    GR_TRY(bill_csv_open(source, options, ',', &csv, err));
    struct aws_reader *reader = gr_alloc_zeroed(1, sizeof *reader);
    emit_init(&reader->emit, sink, texts, facts);
    bill_tags_init(&reader->tags);
    reader->json = json_open();
    reader->rows = (struct bill_rows){.csv = csv,
                                      .emit = &reader->emit,
                                      .dataset = DATASET_COST,
                                      .resource = -1,
                                      .sku = -1,
                                      .complete = complete_row,
                                      .context = reader};
    reader->header = (struct bill_header){.rows = &reader->rows,
                                          .arena = &reader->arena,
                                          .what = "aws-cur",
                                          .exact_names = true,
                                          .makes_tags = true,
                                          .compared = aws_column_name};
    enum gr_status status = read_file(reader, options, facts, err);
    emit_deinit(&reader->emit);
    bill_tags_deinit(&reader->tags);
    json_close(reader->json);
    csv_close(csv);
    arena_deinit(&reader->arena);
    arena_deinit(&reader->scratch);
    free(reader);
    return status;
}

const struct bill_format format_aws_cur = {
    .name = "aws-cur",
    .what = "AWS Cost and Usage Report, CSV: legacy, Athena and CUR 2.0",
    .oracle = "libcsv",
    .sniff = aws_sniff,
    .read = aws_read,
};
