/* Rows of an Azure cost export in FOCUS terms (see azure_rows.h). */
#include "ingest/formats/azure_rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/tags.h"
#include "ingest/bill_amount.h"

/* ---- what texts mean, once a text ---- */

static uint32_t intern(struct batch_texts *texts, int column, struct str text)
{
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    return dict_intern(batch_texts_dict(texts, DATASET_COST, str_from(defs[column].name)), text);
}

static uint32_t learn_charge(void *context, struct str text)
{
    (void)context;
    return azure_charge_of(text);
}

static uint32_t learn_model(void *context, struct str text)
{
    (void)context;
    return azure_model_of(text);
}

static uint32_t learn_category(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_ChargeCategory, azure_charge_category(azure_charge_of(text)));
}

static uint32_t learn_pricing_category(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_PricingCategory, azure_pricing_category(azure_model_of(text)));
}

static uint32_t learn_frequency(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_ChargeFrequency, azure_charge_frequency(text));
}

static uint32_t learn_service_category(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_ServiceCategory, azure_service_category(text));
}

static uint32_t learn_tags(void *context, struct str text)
{
    struct azure_rows *rows = context;
    arena_reset(&rows->scratch);
    return intern(rows->texts, COST_Tags, azure_tags_object(&rows->scratch, text));
}

static uint32_t learn_region(void *context, struct str text)
{
    struct azure_rows *rows = context;
    arena_reset(&rows->scratch);
    return intern(rows->texts, COST_RegionId, azure_region_id(&rows->scratch, text));
}

static uint32_t learn_resource(void *context, struct str text)
{
    struct azure_rows *rows = context;
    arena_reset(&rows->scratch);
    return intern(rows->texts, COST_ResourceId, azure_lower(&rows->scratch, text));
}

static uint32_t learn_resource_type(void *context, struct str text)
{
    struct azure_rows *rows = context;
    arena_reset(&rows->scratch);
    return intern(rows->texts, COST_ResourceType, azure_resource_type(&rows->scratch, text));
}

static uint32_t learn_resource_name(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_ResourceName, azure_resource_name(text));
}

static uint32_t learn_instance_type(void *context, struct str additional_info)
{
    struct azure_rows *rows = context;
    arena_reset(&rows->scratch);
    struct str type = tags_member(&rows->scratch, additional_info, STR("ServiceType"));
    return type.len ? intern(rows->texts, COST_x_InstanceType, type) : 0;
}

static uint32_t learn_gpu(void *context, struct str text)
{
    struct azure_rows *rows = context;
    return intern(rows->texts, COST_x_GpuType, azure_gpu_of(text));
}

static uint32_t learn_unit(void *context, struct str text)
{
    struct azure_rows *rows = context;
    struct azure_unit unit = {.code = 0};
    struct str name;
    arena_reset(&rows->scratch);
    if (azure_unit_read(&rows->scratch, text, &unit.factor, &name))
        unit.code = intern(rows->texts, COST_ConsumedUnit, name);
    if (rows->unit_count == rows->unit_capacity) {
        rows->unit_capacity = rows->unit_capacity ? 2 * rows->unit_capacity : 16;
        rows->units = gr_realloc(rows->units, rows->unit_capacity * sizeof *rows->units);
    }
    assert(rows->units);
    rows->units[rows->unit_count] = unit;
    return rows->unit_count++;
}

/* ---- before the rows ---- */

static void memo(struct azure_rows *rows, struct code_memo *memo, const struct batch *batch,
                 int from, int to, uint32_t (*learn)(void *context, struct str text))
{
    const struct dict *source = batch->columns[from < 0 ? COST_Tags : from].texts;
    code_memo_init(memo, source, to < 0 ? NULL : batch->columns[to].texts, learn, rows);
}

static void init_memos(struct azure_rows *rows, const struct batch *batch)
{
    struct azure_memos *m = &rows->memos;
    const struct azure_extras *e = &rows->extras;
    memo(rows, &m->charge, batch, COST_x_ChargeType, -1, learn_charge);
    memo(rows, &m->category, batch, COST_x_ChargeType, COST_ChargeCategory, learn_category);
    memo(rows, &m->model, batch, e->pricing_model, -1, learn_model);
    memo(rows, &m->pricing_category, batch, e->pricing_model, COST_PricingCategory,
         learn_pricing_category);
    memo(rows, &m->frequency, batch, COST_ChargeFrequency, COST_ChargeFrequency, learn_frequency);
    memo(rows, &m->service_category, batch, e->service_family, COST_ServiceCategory,
         learn_service_category);
    memo(rows, &m->tags, batch, COST_Tags, COST_Tags, learn_tags);
    memo(rows, &m->region, batch, COST_RegionId, COST_RegionId, learn_region);
    memo(rows, &m->resource, batch, COST_ResourceId, COST_ResourceId, learn_resource);
    memo(rows, &m->resource_type, batch, COST_ResourceId, COST_ResourceType, learn_resource_type);
    memo(rows, &m->resource_name, batch, COST_ResourceId, COST_ResourceName, learn_resource_name);
    memo(rows, &m->unit, batch, COST_PricingUnit, COST_ConsumedUnit, learn_unit);
    memo(rows, &m->instance_type, batch, e->additional_info, COST_x_InstanceType,
         learn_instance_type);
    memo(rows, &m->gpu, batch, COST_x_InstanceType, COST_x_GpuType, learn_gpu);
    tuple_memo_init(&rows->tags_and_center);
}

void azure_rows_init(struct azure_rows *rows, const struct bill_header *header, struct batch *batch)
{
    size_t as_given;
    struct azure_extras *e = &rows->extras;
    *e = (struct azure_extras){
        .pricing_model = bill_header_column(header, "PricingModel"),
        .reservation_id = bill_header_column(header, "ReservationId"),
        .reservation_name = bill_header_column(header, "ReservationName"),
        .cost_center = bill_header_column(header, "CostCenter"),
        .consumed_service = bill_header_column(header, "ConsumedService"),
        .service_family = bill_header_column(header, "ServiceFamily"),
        .additional_info = bill_header_column(header, "AdditionalInfo"),
        .effective_price = bill_header_column(header, "EffectivePrice"),
        .partner = bill_header_column(header, "PartnerName"),
        .resource_as_given = emit_extra(batch, STR("x_ResourceId"), &as_given) ? (int)as_given : -1,
    };
    init_memos(rows, batch);
}

void azure_rows_deinit(struct azure_rows *rows)
{
    struct code_memo *memos[] = {&rows->memos.charge,        &rows->memos.model,
                                 &rows->memos.category,      &rows->memos.frequency,
                                 &rows->memos.tags,          &rows->memos.service_category,
                                 &rows->memos.region,        &rows->memos.resource,
                                 &rows->memos.resource_type, &rows->memos.unit,
                                 &rows->memos.resource_name, &rows->memos.instance_type,
                                 &rows->memos.gpu,           &rows->memos.pricing_category};
    for (size_t i = 0; i < sizeof memos / sizeof *memos; i++)
        code_memo_deinit(memos[i]);
    tuple_memo_deinit(&rows->tags_and_center);
    arena_deinit(&rows->scratch);
    free(rows->units);
}

/* ---- cells ---- */

static uint32_t code_at(const struct batch *batch, int column, uint32_t row)
{
    return column < 0 || !batch->columns[column].codes ? 0 : batch->columns[column].codes[row];
}

static struct str text_at(const struct batch *batch, int column, uint32_t row)
{
    return column < 0 ? STR_NONE : batch_text(batch, (size_t)column, row);
}

static void set_if_absent(struct batch *batch, int column, uint32_t row, struct str text)
{
    if (text.ptr && !code_at(batch, column, row))
        batch_set_text(batch, (size_t)column, row, text);
}

static void set_code(struct batch *batch, int column, uint32_t row, uint32_t code)
{
    if (code)
        batch_set_code(batch, (size_t)column, row, code);
}

static void unset_decimal(struct batch *batch, int column, uint32_t row)
{
    if (batch->columns[column].scales)
        batch->columns[column].scales[row] = DECIMAL_CELL_NULL;
}

/* a * b where both are there and the product is a cell. */
static bool product(const struct batch *batch, int a, int b, uint32_t row, struct decimal *out)
{
    struct decimal x, y;
    return batch_decimal(batch, (size_t)a, row, &x) && batch_decimal(batch, (size_t)b, row, &y) &&
           bill_amount_product(x, y, out);
}

/* ---- periods ---- */

static int64_t day_start(int64_t moment)
{
    return moment_of_day(day_of_moment(moment));
}

/* The end is the period's last day, unless it is the first of the next month already. */
static int64_t exclusive_end(int64_t start, int64_t end)
{
    struct day next = month_add(month_first(day_of_moment(start)), 1);
    struct day last = day_of_moment(end);
    return moment_of_day(last.since_1970 == next.since_1970 ? last : day_add(last, 1));
}

static void complete_periods(struct batch *batch, uint32_t row)
{
    int64_t day = day_start(batch_moment(batch, COST_ChargePeriodStart, row));
    int64_t start = batch_moment(batch, COST_BillingPeriodStart, row);
    int64_t end = batch_moment(batch, COST_BillingPeriodEnd, row);
    if (start == MOMENT_NONE) {
        start = moment_of_day(month_first(day_of_moment(day)));
        end = MOMENT_NONE;
    }
    start = day_start(start);
    if (end == MOMENT_NONE || end < start)
        end = moment_of_day(month_add(month_first(day_of_moment(start)), 1));
    else
        end = exclusive_end(start, end);
    batch_set_moment(batch, COST_ChargePeriodStart, row, day);
    batch_set_moment(batch, COST_ChargePeriodEnd, row, day + MS_PER_DAY);
    batch_set_moment(batch, COST_BillingPeriodStart, row, start);
    batch_set_moment(batch, COST_BillingPeriodEnd, row, end);
}

/* ---- names ---- */

static void complete_account(const struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    struct str partner = text_at(batch, rows->extras.partner, row);
    batch_set_text(batch, COST_ProviderName, row, STR("Microsoft"));
    batch_set_text(batch, COST_InvoiceIssuerName, row, partner.len ? partner : STR("Microsoft"));
    set_if_absent(batch, COST_PublisherName, row, STR("Microsoft"));
    if (!rows->has_account) /* pay-as-you-go: a subscription is invoiced by itself */
        set_if_absent(batch, COST_BillingAccountId, row, batch_text(batch, COST_SubAccountId, row));
    if (!rows->has_currency)
        batch_set_text(batch, COST_BillingCurrency, row, STR("XXX"));
    set_if_absent(batch, COST_ServiceName, row, text_at(batch, rows->extras.consumed_service, row));
}

static void complete_resource(struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    uint32_t given = code_at(batch, COST_ResourceId, row);
    struct azure_memos *m = &rows->memos;
    uint32_t region = code_at(batch, COST_RegionId, row);
    if (region) {
        set_if_absent(batch, COST_RegionName, row, batch_text(batch, COST_RegionId, row));
        batch_set_code(batch, COST_RegionId, row, code_memo_value(&m->region, region));
    }
    if (!given)
        return;
    uint32_t lower = code_memo_value(&m->resource, given);
    if (lower != given && rows->extras.resource_as_given >= 0)
        batch_set_text(batch, (size_t)rows->extras.resource_as_given, row,
                       batch_text(batch, COST_ResourceId, row));
    if (!code_at(batch, COST_ResourceType, row))
        set_code(batch, COST_ResourceType, row, code_memo_value(&m->resource_type, given));
    if (!code_at(batch, COST_ResourceName, row))
        set_code(batch, COST_ResourceName, row, code_memo_value(&m->resource_name, given));
    batch_set_code(batch, COST_ResourceId, row, lower);
}

/* A cost centre is a tag in all but name: reports find it by the dimension cost_center. */
static void complete_tags(struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    const struct dict *tags = batch->columns[COST_Tags].texts;
    uint32_t center = code_at(batch, rows->extras.cost_center, row);
    uint32_t code = code_at(batch, COST_Tags, row);
    if (code) {
        code = code_memo_value(&rows->memos.tags, code);
        batch_set_code(batch, COST_Tags, row, code);
    }
    if (!center)
        return;
    bool fresh;
    uint32_t pair[] = {code, center};
    uint32_t stamp = tags->generation + batch->columns[rows->extras.cost_center].texts->generation;
    uint32_t *place = tuple_memo_place(&rows->tags_and_center, stamp, pair, 2, &fresh);
    if (fresh) {
        arena_reset(&rows->scratch);
        struct str value = str_trim(text_at(batch, rows->extras.cost_center, row));
        *place = value.len == 0 ? code
                                : intern(rows->texts, COST_Tags,
                                         azure_tags_with(&rows->scratch, dict_text(tags, code),
                                                         STR("cost_center"), value));
    }
    set_code(batch, COST_Tags, row, *place);
}

static void complete_machine(struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    struct azure_memos *m = &rows->memos;
    uint32_t info = code_at(batch, rows->extras.additional_info, row);
    uint32_t type = code_memo_value(&m->instance_type, info);
    set_code(batch, COST_x_InstanceType, row, type);
    if (!type && str_is(batch_text(batch, COST_ServiceName, row), "Virtual Machines"))
        set_if_absent(batch, COST_x_InstanceType, row, batch_text(batch, COST_SkuMeter, row));
    set_code(batch, COST_x_GpuType, row,
             code_memo_value(&m->gpu, code_at(batch, COST_x_InstanceType, row)));
}

/* ---- charges ---- */

/* Where PricingModel does not say it, the id does: .../Microsoft.BillingBenefits/savingsPlan... */
static bool is_savings_plan(struct azure_rows *rows, const struct batch *batch, uint32_t row,
                            enum azure_model model)
{
    if (model == AZURE_RESERVATION || model == AZURE_SAVINGS_PLAN)
        return model == AZURE_SAVINGS_PLAN;
    arena_reset(&rows->scratch);
    struct str id = azure_lower(&rows->scratch, batch_text(batch, COST_CommitmentDiscountId, row));
    return memmem(id.ptr, id.len, "/microsoft.billingbenefits/", 27);
}

static void complete_commitment(struct azure_rows *rows, struct batch *batch, uint32_t row,
                                enum azure_charge charge, enum azure_model model)
{
    bool plan = is_savings_plan(rows, batch, row, model);
    batch_set_text(batch, COST_CommitmentDiscountType, row,
                   plan ? STR("Savings Plan") : STR("Reservation"));
    batch_set_text(batch, COST_CommitmentDiscountCategory, row, plan ? STR("Spend") : STR("Usage"));
    if (charge == AZURE_UNUSED)
        batch_set_text(batch, COST_CommitmentDiscountStatus, row, STR("Unused"));
    else if (charge == AZURE_USAGE)
        batch_set_text(batch, COST_CommitmentDiscountStatus, row, STR("Used"));
}

static bool price_is_zero(const struct azure_rows *rows, const struct batch *batch, uint32_t row)
{
    struct decimal price;
    struct str text = text_at(batch, rows->extras.effective_price, row);
    return decimal_read(text, &price) != DECIMAL_READ_OK || decimal_is_zero(price);
}

/* Usage that a commitment covers was paid by the purchase; the purchase is spread over the usage.
 */
static void share_out_cost(struct azure_rows *rows, struct batch *batch, uint32_t row,
                           enum azure_charge charge, bool committed)
{
    struct azure_evidence *evidence = &rows->evidence;
    struct decimal cost, effective, quantity;
    if (!batch_decimal(batch, COST_BilledCost, row, &cost))
        return;
    bool zero = decimal_is_zero(cost);
    effective = cost;
    if (committed && (charge == AZURE_USAGE || charge == AZURE_UNUSED)) {
        bool used = batch_decimal(batch, COST_PricingQuantity, row, &quantity) &&
                    !decimal_is_zero(quantity);
        evidence->spread |= !zero || charge == AZURE_UNUSED;
        evidence->uncharged |= zero && used && price_is_zero(rows, batch, row);
        batch_set_decimal(batch, COST_BilledCost, row, DECIMAL_ZERO);
    } else if (committed && (charge == AZURE_PURCHASE || charge == AZURE_REFUND)) {
        evidence->bought |= !zero;
        effective = DECIMAL_ZERO;
    }
    batch_set_decimal(batch, COST_EffectiveCost, row, effective);
}

/* Has to do with a commitment: by PricingModel, where a dialect lacks it by the commitment's id,
 * which purchases have whatever their model says. */
static bool is_committed(const struct batch *batch, uint32_t row, enum azure_charge charge,
                         enum azure_model model)
{
    if (charge == AZURE_UNUSED || model == AZURE_RESERVATION || model == AZURE_SAVINGS_PLAN)
        return true;
    bool bought = charge == AZURE_PURCHASE || charge == AZURE_REFUND;
    return (model == AZURE_MODEL_ABSENT || bought) &&
           code_at(batch, COST_CommitmentDiscountId, row) != DICT_CODE_NONE;
}

static void complete_charge(struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    struct azure_memos *m = &rows->memos;
    uint32_t type = code_at(batch, COST_x_ChargeType, row);
    uint32_t priced = code_at(batch, rows->extras.pricing_model, row);
    enum azure_charge charge = (enum azure_charge)code_memo_value(&m->charge, type);
    enum azure_model model = (enum azure_model)code_memo_value(&m->model, priced);
    set_if_absent(batch, COST_CommitmentDiscountId, row,
                  text_at(batch, rows->extras.reservation_id, row));
    set_if_absent(batch, COST_CommitmentDiscountName, row,
                  text_at(batch, rows->extras.reservation_name, row));
    bool committed = is_committed(batch, row, charge, model);
    if (type)
        batch_set_code(batch, COST_ChargeCategory, row, code_memo_value(&m->category, type));
    else
        batch_set_text(batch, COST_ChargeCategory, row, STR("Usage"));
    if (charge == AZURE_REFUND)
        batch_set_text(batch, COST_ChargeClass, row, STR("Correction"));
    set_code(batch, COST_PricingCategory, row, code_memo_value(&m->pricing_category, priced));
    set_code(batch, COST_ChargeFrequency, row,
             code_memo_value(&m->frequency, code_at(batch, COST_ChargeFrequency, row)));
    set_code(
        batch, COST_ServiceCategory, row,
        code_memo_value(&m->service_category, code_at(batch, rows->extras.service_family, row)));
    if (committed)
        complete_commitment(rows, batch, row, charge, model);
    share_out_cost(rows, batch, row, charge, committed);
}

/* ---- quantities and prices ---- */

static void complete_quantity(struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    struct decimal quantity, consumed;
    uint32_t measure = code_at(batch, COST_PricingUnit, row);
    if (!measure || !str_is(batch_text(batch, COST_ChargeCategory, row), "Usage") ||
        !batch_decimal(batch, COST_PricingQuantity, row, &quantity))
        return;
    uint32_t place = code_memo_value(&rows->memos.unit, measure); /* may move the units */
    const struct azure_unit *unit = &rows->units[place];
    if (!unit->code || !bill_amount_product(quantity, unit->factor, &consumed))
        return;
    batch_set_decimal(batch, COST_ConsumedQuantity, row, consumed);
    batch_set_code(batch, COST_ConsumedUnit, row, unit->code);
}

/* Prices of another currency than the bill's are no price of the row's amounts. */
static bool prices_are_foreign(struct batch *batch, uint32_t row)
{
    static const struct {
        int price, foreign;
    } pairs[] = {
        {COST_ListUnitPrice,       COST_PricingCurrencyListUnitPrice      },
        {COST_ContractedUnitPrice, COST_PricingCurrencyContractedUnitPrice}
    };
    struct str pricing = batch_text(batch, COST_PricingCurrency, row);
    if (!pricing.ptr || str_equal_nocase(pricing, batch_text(batch, COST_BillingCurrency, row)))
        return false;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct decimal price;
        if (batch_decimal(batch, (size_t)pairs[i].price, row, &price))
            batch_set_decimal(batch, (size_t)pairs[i].foreign, row, price);
        unset_decimal(batch, pairs[i].price, row);
    }
    return true;
}

static bool is_charged(const struct batch *batch, uint32_t row)
{
    struct decimal cost;
    return (batch_decimal(batch, COST_BilledCost, row, &cost) && !decimal_is_zero(cost)) ||
           (batch_decimal(batch, COST_EffectiveCost, row, &cost) && !decimal_is_zero(cost));
}

/* The cost at a price; a price of 0 on a row that costs something is a price that is not known. */
static void put_cost_at(struct batch *batch, uint32_t row, int price, int cost)
{
    struct decimal unit_price, amount;
    if (!batch_decimal(batch, (size_t)price, row, &unit_price) ||
        (decimal_is_zero(unit_price) && is_charged(batch, row)))
        return;
    if (product(batch, price, COST_PricingQuantity, row, &amount))
        batch_set_decimal(batch, (size_t)cost, row, amount);
}

static void complete_costs(const struct azure_rows *rows, struct batch *batch, uint32_t row)
{
    if (prices_are_foreign(batch, row))
        return;
    if (!rows->has_list_cost)
        put_cost_at(batch, row, COST_ListUnitPrice, COST_ListCost);
    put_cost_at(batch, row, COST_ContractedUnitPrice, COST_ContractedCost);
}

const char *azure_complete_row(void *context, struct batch *batch, struct str *column)
{
    struct azure_rows *rows = context;
    uint32_t row = batch->rows;
    if (batch_moment(batch, COST_ChargePeriodStart, row) == MOMENT_NONE) {
        *column = STR("Date");
        return "the date of the charge is absent";
    }
    if (rows->has_currency && !batch_text(batch, COST_BillingCurrency, row).ptr) {
        *column = STR("BillingCurrency");
        return "BillingCurrency is absent";
    }
    complete_periods(batch, row);
    complete_account(rows, batch, row);
    complete_resource(rows, batch, row);
    complete_tags(rows, batch, row);
    complete_machine(rows, batch, row);
    complete_charge(rows, batch, row);
    complete_quantity(rows, batch, row);
    complete_costs(rows, batch, row);
    return NULL;
}

const char *azure_view(const struct azure_evidence *evidence)
{
    if (evidence->spread)
        return evidence->bought ? "combined" : "amortized";
    return evidence->bought || evidence->uncharged ? "actual" : "";
}
