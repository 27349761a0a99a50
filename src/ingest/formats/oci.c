/* OCI cost reports, CSV: one charge an hour and resource a row, one column a tag.
 *
 * Registered in ../detect.c. Columns are called lineItem/..., product/..., usage/..., cost/... and
 * tags/Namespace.Key; the tags of a row become one JSON object in Tags, under their keys as they
 * stand. The report says what is charged, myCost, and no list price. Source: Oracle's page on cost
 * and usage reports; quirks of real files: intervals without seconds, E notation, a backslash in a
 * tag key.
 */
#include <stdio.h>

#include "ingest/bill_amount.h"
#include "ingest/bill_header.h"
#include "ingest/bill_tags.h"
#include "ingest/formats/formats.h"
#include "ingest/secrets.h"

static const struct bill_name oci_names[] = {
    {"cost/myCost",                 COST_BilledCost         },
    {"cost/currencyCode",           COST_BillingCurrency    },
    {"lineItem/intervalUsageStart", COST_ChargePeriodStart  },
    {"lineItem/intervalUsageEnd",   COST_ChargePeriodEnd    },
    {"lineItem/tenantId",           COST_BillingAccountId   },
    {"product/compartmentId",       COST_SubAccountId       },
    {"product/compartmentName",     COST_SubAccountName     },
    {"product/service",             COST_ServiceName        },
    {"product/region",              COST_RegionId           },
    {"product/availabilityDomain",  COST_AvailabilityZone   },
    {"product/resourceId",          COST_ResourceId         },
    {"cost/productSku",             COST_SkuId              },
    {"product/Description",         COST_ChargeDescription  },
    {"usage/billedQuantity",        COST_PricingQuantity    },
    {"cost/skuUnitDescription",     COST_PricingUnit        },
    {"cost/unitPrice",              COST_ContractedUnitPrice},
};

enum { NAME_COUNT = sizeof oci_names / sizeof *oci_names };

struct oci_reader {
    struct bill_rows rows;
    struct bill_header header;
    struct emit emit;
    struct arena arena;
    bool has_currency;
    int correction; /* column of lineItem/isCorrection; -1: none */
    struct bill_tags tags;
};

static int oci_sniff(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    int known = 0;
    bool cost = false, start = false;
    if (csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count))
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < NAME_COUNT; k++)
                if (str_equal_nocase(str_trim(cells[i]), str_from(oci_names[k].source))) {
                    known++;
                    cost |= oci_names[k].column == COST_BilledCost;
                    start |= oci_names[k].column == COST_ChargePeriodStart;
                }
    arena_deinit(&arena);
    if (!cost || !start)
        return 0;
    return known >= 8 ? 90 : 75;
}

/* ---- the header ---- */

static const char *const required_names[] = {"cost/myCost", "lineItem/intervalUsageStart", NULL};

static enum gr_status read_header(struct oci_reader *reader, struct gr_err *err)
{
    struct bill_header *header = &reader->header;
    GR_TRY(bill_header_read(header, err));
    GR_TRY(bill_header_require(header, required_names, err));
    reader->has_currency = bill_header_find(header, "cost/currencyCode") >= 0;
    return bill_header_plan(header, oci_names, NAME_COUNT, err);
}

static struct str tag_key(struct str column)
{
    const struct str prefix = STR("tags/");
    return str_starts(column, prefix) && column.len > prefix.len
               ? (struct str){column.ptr + prefix.len, column.len - prefix.len}
               : STR_NONE;
}

/* Which columns are tags. Those that are named like a secret are not kept. */
static void find_tags(struct oci_reader *reader)
{
    struct bill_rows *rows = &reader->rows;
    struct batch *batch = emit_row(&reader->emit, DATASET_COST);
    for (size_t i = 0; i < rows->column_count; i++) {
        struct bill_column *column = &rows->columns[i];
        struct str key = tag_key(column->name);
        if (!key.ptr)
            continue;
        column->dropped |= secret_tag_name(key);
        rows->holds_secrets |= secret_tag_name(key);
        if (!column->dropped)
            bill_tags_add(&reader->tags, batch, column->column, key, column->name);
    }
}

/* ---- the rows ---- */

static void complete_periods(struct batch *batch, uint32_t row)
{
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    struct day month = month_first(day_of_moment(start));
    batch_set_moment(batch, COST_BillingPeriodStart, row, moment_of_day(month));
    batch_set_moment(batch, COST_BillingPeriodEnd, row, moment_of_day(month_add(month, 1)));
}

static void complete_cost(struct batch *batch, uint32_t row)
{
    struct decimal cost, price, quantity, contracted;
    if (batch_decimal(batch, COST_BilledCost, row, &cost))
        batch_set_decimal(batch, COST_EffectiveCost, row, cost);
    if (!batch_decimal(batch, COST_PricingQuantity, row, &quantity))
        return;
    batch_set_decimal(batch, COST_ConsumedQuantity, row, quantity);
    batch_set_text(batch, COST_ConsumedUnit, row, batch_text(batch, COST_PricingUnit, row));
    if (batch_decimal(batch, COST_ContractedUnitPrice, row, &price) &&
        bill_amount_product(price, quantity, &contracted))
        batch_set_decimal(batch, COST_ContractedCost, row, contracted);
}

static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    struct oci_reader *reader = context;
    uint32_t row = batch->rows;
    if (batch_moment(batch, COST_ChargePeriodStart, row) == MOMENT_NONE) {
        *column = STR("lineItem/intervalUsageStart");
        return "the start of the interval is absent";
    }
    if (!reader->has_currency)
        batch_set_text(batch, COST_BillingCurrency, row, STR("XXX"));
    if (!batch_text(batch, COST_BillingCurrency, row).ptr) {
        *column = STR("cost/currencyCode");
        return "the currency is absent";
    }
    complete_periods(batch, row);
    complete_cost(batch, row);
    bill_tags_put(&reader->tags, batch);
    batch_set_text(batch, COST_ProviderName, row, STR("Oracle"));
    batch_set_text(batch, COST_PublisherName, row, STR("Oracle"));
    batch_set_text(batch, COST_InvoiceIssuerName, row, STR("Oracle"));
    batch_set_text(batch, COST_ChargeCategory, row, STR("Usage"));
    if (reader->correction >= 0 &&
        str_equal_nocase(str_trim(batch_text(batch, (size_t)reader->correction, row)), STR("true")))
        batch_set_text(batch, COST_ChargeClass, row, STR("Correction"));
    return NULL;
}

/* ---- reading ---- */

/* Columns of the table and of tags stay whatever --columns names. */
static enum gr_status keep_columns(struct oci_reader *reader, const char *names, struct gr_err *err)
{
    struct bill_rows *rows = &reader->rows;
    const char **needed = arena_alloc(&reader->arena, (rows->column_count + 1) * sizeof *needed);
    size_t count = 0;
    for (size_t i = 0; i < rows->column_count; i++)
        if (rows->columns[i].column < COST_COLUMN_COUNT || tag_key(rows->columns[i].name).ptr ||
            str_is(rows->columns[i].name, "lineItem/isCorrection"))
            needed[count++] = rows->columns[i].name.ptr;
    needed[count] = NULL;
    return bill_columns_keep(rows, names, needed, err);
}

static enum gr_status read_rows(struct oci_reader *reader, const struct ingest_options *options,
                                struct gr_err *err)
{
    static const char *const resource_names[] = {"product/resourceId", NULL};
    static const char *const sku_names[] = {"cost/productSku", NULL};
    GR_TRY(read_header(reader, err));
    if (options->columns)
        GR_TRY(keep_columns(reader, options->columns, err));
    find_tags(reader);
    reader->correction = bill_header_column(&reader->header, "lineItem/isCorrection");
    reader->rows.resource = bill_header_key(&reader->header, resource_names);
    reader->rows.sku = bill_header_key(&reader->header, sku_names);
    return bill_rows_read(&reader->rows, err);
}

static enum gr_status oci_read(struct ingest_source *source, const struct ingest_options *options,
                               struct batch_texts *texts, const struct ingest_sink *sink,
                               struct ingest_file_facts *facts, struct gr_err *err)
{
    struct oci_reader reader = {.arena = ARENA_EMPTY};
    GR_TRY(bill_csv_open(source, options, ',', &reader.rows.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    bill_tags_init(&reader.tags);
    reader.rows.emit = &reader.emit;
    reader.rows.dataset = DATASET_COST;
    reader.rows.complete = complete_row;
    reader.rows.context = &reader;
    reader.header = (struct bill_header){.rows = &reader.rows,
                                         .arena = &reader.arena,
                                         .what = "OCI",
                                         .exact_names = true,
                                         .makes_tags = true};
    enum gr_status status = read_rows(&reader, options, err);
    if (!status && !reader.has_currency)
        snprintf(facts->remark, sizeof facts->remark,
                 "no column names a currency; its amounts are in XXX (no currency)");
    bill_tags_deinit(&reader.tags);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}

const struct bill_format format_oci = {
    .name = "oci",
    .what = "Oracle Cloud cost reports, CSV",
    .oracle = "libcsv",
    .sniff = oci_sniff,
    .read = oci_read,
};
