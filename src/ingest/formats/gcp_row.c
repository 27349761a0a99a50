/* Rows of a Google Cloud billing export (see gcp_row.h).
 *
 * A row has a cost and a list of credits, negative amounts that the invoice takes off. It stays one
 * row: BilledCost and EffectiveCost are net, ContractedCost is the cost before credits, ListCost
 * the one at list prices, x_CreditAmount the sum of the credits and x_Credits their list.
 */
#include "ingest/formats/gcp_row.h"

#include <assert.h>
#include <stdlib.h>

#include "base/tags.h"
#include "ingest/moments.h"
#include "ingest/python_text.h"
#include "ingest/record.h"

enum { SCRATCH_MAX = 1 << 20 };

const struct gcp_name gcp_names[] = {
    {"billing_account_id",            COST_BillingAccountId,    NULL                      },
    {"service.description",           COST_ServiceName,         NULL                      },
    {"service.id",                    -1,                       "x_ServiceId"             },
    {"sku.id",                        COST_SkuId,               NULL                      },
    {"sku.description",               COST_ChargeDescription,   NULL                      },
    {"usage_start_time",              COST_ChargePeriodStart,   NULL                      },
    {"usage_end_time",                COST_ChargePeriodEnd,     NULL                      },
    {"project.id",                    COST_SubAccountId,        NULL                      },
    {"project.name",                  COST_SubAccountName,      NULL                      },
    {"project.labels",                -1,                       "x_ProjectLabels"         },
    {"labels",                        COST_Tags,                NULL                      },
    {"system_labels",                 -1,                       "x_SystemLabels"          },
    {"tags",                          -1,                       "x_ResourceTags"          },
    {"location.region",               COST_RegionId,            NULL                      },
    {"location.zone",                 COST_AvailabilityZone,    NULL                      },
    {"location.location",             -1,                       "x_Location"              },
    {"resource.global_name",          COST_ResourceId,          NULL                      },
    {"resource.name",                 COST_ResourceName,        NULL                      },
    {"cost",                          COST_ContractedCost,      NULL                      },
    {"cost_at_list",                  COST_ListCost,            NULL                      },
    {"currency",                      COST_BillingCurrency,     NULL                      },
    {"currency_conversion_rate",      -1,                       "x_CurrencyConversionRate"},
    {"usage.amount",                  COST_ConsumedQuantity,    NULL                      },
    {"usage.unit",                    COST_ConsumedUnit,        NULL                      },
    {"usage.amount_in_pricing_units", COST_PricingQuantity,     NULL                      },
    {"usage.pricing_unit",            COST_PricingUnit,         NULL                      },
    {"price.effective_price",         COST_ContractedUnitPrice, NULL                      },
    {"price.list_price",              COST_ListUnitPrice,       NULL                      },
    {"credits",                       -1,                       "x_Credits"               },
    {"invoice.month",                 -1,                       "x_InvoiceMonth"          },
    {"invoice.publisher_type",        -1,                       "x_PublisherType"         },
    {"cost_type",                     COST_x_ChargeType,        NULL                      },
    {"adjustment_info.id",            -1,                       "x_AdjustmentId"          },
    {"adjustment_info.type",          -1,                       "x_AdjustmentType"        },
    {"seller_name",                   COST_PublisherName,       NULL                      },
    {"export_time",                   -1,                       "x_ExportTime"            },
};
const size_t gcp_name_count = sizeof gcp_names / sizeof gcp_names[0];
static_assert(sizeof gcp_names / sizeof gcp_names[0] <= GCP_NAMES_MAX, "room for the columns");

static const char *const list_paths[GCP_LISTS] = {"labels", "system_labels", "project.labels",
                                                  "tags", "credits"};

/* path: of a row of the table. */
static size_t column_of(const struct gcp_row *row, const char *path)
{
    size_t i = 0;
    while (i < gcp_name_count && strcmp(gcp_names[i].path, path) != 0)
        i++;
    assert(i < gcp_name_count);
    return row->columns[i];
}

bool gcp_row_init(struct gcp_row *row, struct batch *batch)
{
    *row = (struct gcp_row){.arena = ARENA_EMPTY, .json = json_open()};
    strbuf_init(&row->scratch, SCRATCH_MAX);
    strbuf_init(&row->literal, SCRATCH_MAX);
    for (size_t i = 0; i < gcp_name_count; i++) {
        row->columns[i] = (size_t)gcp_names[i].column;
        if (gcp_names[i].extra &&
            !emit_extra(batch, str_from(gcp_names[i].extra), &row->columns[i]))
            return false;
    }
    for (int i = 0; i < GCP_LISTS; i++) {
        row->lists[i] = column_of(row, list_paths[i]);
        row->memos[i] = gr_alloc_zeroed(GCP_MEMO, sizeof *row->memos[i]);
    }
    row->invoice_month = column_of(row, "invoice.month");
    row->location = column_of(row, "location.location");
    row->cost_type = column_of(row, "cost_type");
    row->adjustment_id = column_of(row, "adjustment_info.id");
    row->adjustment_type = column_of(row, "adjustment_info.type");
    return true;
}

void gcp_row_deinit(struct gcp_row *row)
{
    for (int i = 0; i < GCP_LISTS; i++)
        free(row->memos[i]);
    json_close(row->json);
    arena_deinit(&row->arena);
    strbuf_deinit(&row->scratch);
    strbuf_deinit(&row->literal);
}

/* ---- lists ---- */

/* The list that a text holds, JSON or Python. It is read as the value of a member named labels, so
 * that "key" is the name of a pair's half and not that of a secret. */
static const struct json_value *read_list(struct gcp_row *row, struct str text)
{
    struct json_value *root = arena_alloc_zeroed(&row->arena, 1, sizeof *root);
    strbuf_clear(&row->literal);
    strbuf_append_cstr(&row->literal, "{\"labels\":");
    if (!python_to_json(text, &row->literal))
        return NULL;
    strbuf_append_char(&row->literal, '}');
    if (row->literal.overflowed ||
        json_read(row->json, &row->arena, strbuf_str(&row->literal), root))
        return NULL;
    return json_member(root, "labels");
}

/* The sum of the amounts; BigQuery prints them as numbers, or as text in some exports. */
static const char *add_credits(const struct json_value *list, struct gcp_memo *memo)
{
    struct gr_err ignored = {0};
    memo->credits = DECIMAL_ZERO;
    memo->any = list->count > 0;
    for (size_t i = 0; i < list->count; i++) {
        struct decimal amount;
        const struct json_value *item = &list->items[i];
        struct str text = json_text(json_member(item, "amount"));
        if (item->kind != JSON_OBJECT || decimal_read(text, &amount) != DECIMAL_READ_OK)
            return "holds a credit whose amount is not a decimal amount";
        if (decimal_add(memo->credits, amount, &memo->credits, &ignored) != GR_OK)
            return "holds credits whose sum is out of range";
    }
    return NULL;
}

/* {"a":"b"} of a list of pairs, or of an object as some tools flatten it. */
static const char *make_object(struct gcp_row *row, struct dict *texts,
                               const struct json_value *list, struct gcp_memo *memo)
{
    const char *reason = record_json_text(list, &row->scratch);
    if (reason)
        return "is not a list of {key, value}";
    memo->text_code = DICT_CODE_NONE;
    if (row->scratch.len > 2)
        memo->text_code = dict_intern(texts, strbuf_str(&row->scratch));
    return NULL;
}

static const char *learn_list(struct gcp_row *row, enum gcp_list kind, struct dict *texts,
                              struct str text, struct gcp_memo *memo)
{
    const struct json_value *list = read_list(row, text);
    if (list && list->kind == JSON_NULL)
        return NULL;
    if (kind == GCP_CREDITS)
        return list && list->kind == JSON_ARRAY ? add_credits(list, memo)
                                                : "is not a list of credits";
    return list && list->kind != JSON_STRING ? make_object(row, texts, list, memo)
                                             : "is not a list of {key, value}";
}

/* What the text of a list means, NULL when the cell is absent. */
static const struct gcp_memo *list_memo(struct gcp_row *row, enum gcp_list kind,
                                        const struct batch *batch)
{
    const struct batch_column *cells = &batch->columns[row->lists[kind]];
    uint32_t code = cells->codes ? cells->codes[batch->rows] : DICT_CODE_NONE;
    if (code == DICT_CODE_NONE)
        return NULL;
    struct gcp_memo *memo = &row->memos[kind][code % GCP_MEMO];
    if (memo->known && memo->code == code && memo->generation == cells->texts->generation)
        return memo;
    *memo = (struct gcp_memo){.code = code, .generation = cells->texts->generation, .known = true};
    arena_reset(&row->arena);
    memo->reason = learn_list(row, kind, cells->texts, dict_text(cells->texts, code), memo);
    return memo;
}

/* Lists of pairs become objects. */
static const char *put_objects(struct gcp_row *row, struct batch *batch, struct str *column)
{
    for (int kind = GCP_LABELS; kind <= GCP_TAGS; kind++) {
        const struct gcp_memo *memo = list_memo(row, (enum gcp_list)kind, batch);
        if (!memo)
            continue;
        *column = str_from(list_paths[kind]);
        if (memo->reason)
            return memo->reason;
        batch_set_code(batch, row->lists[kind], batch->rows, memo->text_code);
    }
    return NULL;
}

/* ---- what the row lacks ---- */

static const char *put_costs(struct gcp_row *row, struct batch *batch, struct str *column)
{
    struct decimal cost, net;
    struct gr_err ignored = {0};
    *column = STR("cost");
    if (!batch_decimal(batch, COST_ContractedCost, batch->rows, &cost))
        return "cost is absent";
    net = cost;
    const struct gcp_memo *credits = list_memo(row, GCP_CREDITS, batch);
    if (credits) {
        *column = STR("credits");
        if (credits->reason)
            return credits->reason;
        if (credits->any) {
            if (decimal_add(cost, credits->credits, &net, &ignored) != GR_OK)
                return "make the net cost out of range";
            batch_set_decimal(batch, COST_x_CreditAmount, batch->rows, credits->credits);
        } else {
            batch_set_code(batch, row->lists[GCP_CREDITS], batch->rows, DICT_CODE_NONE);
        }
    }
    net = decimal_normal(net);
    batch_set_decimal(batch, COST_BilledCost, batch->rows, net);
    batch_set_decimal(batch, COST_EffectiveCost, batch->rows, net);
    return NULL;
}

static const char *put_period(struct gcp_row *row, struct batch *batch, struct str *column)
{
    uint32_t at = batch->rows;
    struct str text = batch_text(batch, row->invoice_month, at);
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, at);
    struct day month;
    if (start == MOMENT_NONE) {
        *column = STR("usage_start_time");
        return "usage_start_time is absent";
    }
    *column = STR("invoice.month");
    if (!text.ptr)
        month = month_first(day_of_moment(start));
    else if (!month_read_bill(text, &month))
        return "is not a month YYYYMM";
    batch_set_moment(batch, COST_BillingPeriodStart, at, moment_of_day(month));
    batch_set_moment(batch, COST_BillingPeriodEnd, at, moment_of_day(month_add(month, 1)));
    return NULL;
}

static void put_category(struct gcp_row *row, struct batch *batch)
{
    static const struct {
        const char *type, *category;
    } kinds[] = {
        {"tax",            "Tax"       },
        {"adjustment",     "Adjustment"},
        {"rounding_error", "Adjustment"},
    };
    struct str type = batch_text(batch, row->cost_type, batch->rows);
    struct str category = STR("Usage");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_equal_nocase(type, str_from(kinds[i].type)))
            category = str_from(kinds[i].category);
    batch_set_text(batch, COST_ChargeCategory, batch->rows, category);
    if (batch_text(batch, row->adjustment_id, batch->rows).ptr ||
        batch_text(batch, row->adjustment_type, batch->rows).ptr)
        batch_set_text(batch, COST_ChargeClass, batch->rows, STR("Correction"));
}

static void put_if_absent(struct batch *batch, size_t column, struct str text)
{
    if (text.len > 0 && !batch_text(batch, column, batch->rows).ptr)
        batch_set_text(batch, column, batch->rows, text);
}

/* The machine type stands in a label of the system's. */
static void put_machine(struct gcp_row *row, struct batch *batch)
{
    struct str labels = batch_text(batch, row->lists[GCP_SYSTEM_LABELS], batch->rows);
    if (!labels.ptr)
        return;
    arena_reset(&row->arena);
    put_if_absent(batch, COST_x_InstanceType,
                  tags_member(&row->arena, labels, STR("compute.googleapis.com/machine_spec")));
}

const char *gcp_complete(void *context, struct batch *batch, struct str *column)
{
    struct gcp_row *row = context;
    uint32_t at = batch->rows;
    const char *reason = put_costs(row, batch, column);
    if (!reason)
        reason = put_period(row, batch, column);
    if (!reason)
        reason = put_objects(row, batch, column);
    if (reason)
        return reason;
    if (!batch_text(batch, COST_BillingCurrency, at).ptr) {
        *column = STR("currency");
        return "currency is absent";
    }
    put_category(row, batch);
    put_machine(row, batch);
    put_if_absent(batch, COST_RegionId, batch_text(batch, row->location, at));
    put_if_absent(batch, COST_ResourceId, batch_text(batch, COST_ResourceName, at));
    batch_set_text(batch, COST_ProviderName, at, STR("Google Cloud"));
    return NULL;
}
