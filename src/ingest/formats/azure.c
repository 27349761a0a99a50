/* Azure Cost Management exports, CSV: one charge and day a row, one of several dialects.
 *
 * Registered in ../detect.c. All dialects are one table of names, compared without case and blanks;
 * of a localised header, `Ressourcengruppe (ResourceGroup)`, the name in parentheses counts. The
 * version of a file names its dialect and, where rows prove it, the view (azure_view()):
 * "v1" usage details with PreTaxCost (old EA, pay-as-you-go), "ea" with Cost, "ea2" with
 * CostInBillingCurrency, "mca" with costs in several currencies. Rows: azure_rows.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingest/formats/azure_rows.h"
#include "ingest/formats/formats.h"
#include "ingest/moments.h"

/* In order of preference; sources: Microsoft's dataset schema pages, public exports. */
static const struct bill_name azure_names[] = {
    {"CostInBillingCurrency",     COST_BilledCost            },
    {"Cost",                      COST_BilledCost            },
    {"PreTaxCost",                COST_BilledCost            },
    {"ExtendedCost",              COST_BilledCost            },
    {"PaygCostInBillingCurrency", COST_ListCost              },
    {"BillingCurrencyCode",       COST_BillingCurrency       },
    {"BillingCurrency",           COST_BillingCurrency       },
    {"Currency",                  COST_BillingCurrency       },
    {"CurrencyCode",              COST_BillingCurrency       },
    {"Date",                      COST_ChargePeriodStart     },
    {"UsageDateTime",             COST_ChargePeriodStart     },
    {"UsageDate",                 COST_ChargePeriodStart     },
    {"BillingPeriodStartDate",    COST_BillingPeriodStart    },
    {"BillingPeriodStart",        COST_BillingPeriodStart    },
    {"BillingPeriodEndDate",      COST_BillingPeriodEnd      },
    {"BillingPeriodEnd",          COST_BillingPeriodEnd      },
    {"BillingAccountId",          COST_BillingAccountId      },
    {"EnrollmentNumber",          COST_BillingAccountId      },
    {"BillingProfileId",          COST_BillingAccountId      },
    {"BillingAccountName",        COST_BillingAccountName    },
    {"SubscriptionGuid",          COST_SubAccountId          },
    {"SubscriptionId",            COST_SubAccountId          },
    {"SubscriptionName",          COST_SubAccountName        },
    {"MeterCategory",             COST_ServiceName           },
    {"ServiceName",               COST_ServiceName           },
    {"ConsumedService",           COST_ServiceName           },
    {"ResourceLocation",          COST_RegionId              },
    {"Location",                  COST_RegionId              },
    {"Location",                  COST_RegionName            },
    {"ResourceId",                COST_ResourceId            },
    {"InstanceId",                COST_ResourceId            },
    {"InstanceName",              COST_ResourceId            },
    {"ResourceName",              COST_ResourceName          },
    {"ResourceType",              COST_ResourceType          },
    {"MeterId",                   COST_SkuId                 },
    {"MeterName",                 COST_SkuMeter              },
    {"PartNumber",                COST_SkuPriceId            },
    {"ProductId",                 COST_SkuPriceId            },
    {"ProductName",               COST_ChargeDescription     },
    {"Product",                   COST_ChargeDescription     },
    {"ChargeType",                COST_x_ChargeType          },
    {"Frequency",                 COST_ChargeFrequency       },
    {"Tags",                      COST_Tags                  },
    {"Quantity",                  COST_PricingQuantity       },
    {"UsageQuantity",             COST_PricingQuantity       },
    {"ConsumedQuantity",          COST_PricingQuantity       },
    {"UnitOfMeasure",             COST_PricingUnit           },
    {"PayGPrice",                 COST_ListUnitPrice         },
    {"UnitPrice",                 COST_ContractedUnitPrice   },
    {"ResourceRate",              COST_ContractedUnitPrice   },
    {"PricingCurrency",           COST_PricingCurrency       },
    {"PricingCurrencyCode",       COST_PricingCurrency       },
    {"AvailabilityZone",          COST_AvailabilityZone      },
    {"PublisherName",             COST_PublisherName         },
    {"InvoiceId",                 COST_InvoiceId             },
    {"BenefitId",                 COST_CommitmentDiscountId  },
    {"ReservationId",             COST_CommitmentDiscountId  },
    {"BenefitName",               COST_CommitmentDiscountName},
    {"ReservationName",           COST_CommitmentDiscountName},
};

enum { NAME_COUNT = sizeof azure_names / sizeof *azure_names };

/* Names that no other bill has and every one of Azure's has one of, beside cost and date. */
static const char *const azure_marks[] = {"MeterCategory",    "MeterId",        "MeterName",
                                          "ConsumedService",  "SubscriptionId", "SubscriptionGuid",
                                          "SubscriptionName", "InstanceId",     NULL};

/* What a row is completed from beside the table, whatever the user wants to keep. */
static const char *const completing_names[] = {
    "PricingModel",  "ReservationId",  "ReservationName", "CostCenter", "ConsumedService",
    "ServiceFamily", "AdditionalInfo", "EffectivePrice",  NULL};

struct azure_reader {
    struct bill_rows rows;
    struct bill_header header;
    struct azure_rows azure;
    struct emit emit;
    struct arena arena;
};

/* `Ressourcengruppe (ResourceGroup)` -> ResourceGroup; "Meter Category" -> MeterCategory. */
static struct str azure_compared(struct arena *arena, struct str name)
{
    if (name.len > 2 && name.ptr[name.len - 1] == ')') {
        size_t from = name.len - 1;
        while (from > 0 && name.ptr[from - 1] != '(')
            from--;
        if (from > 0 && from < name.len - 1)
            name = (struct str){name.ptr + from, name.len - 1 - from};
    }
    name = str_trim(name);
    if (!name.len || !memchr(name.ptr, ' ', name.len))
        return name;
    char *out = arena_alloc(arena, name.len);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != ' ')
            out[len++] = name.ptr[i];
    return (struct str){out, len};
}

/* ---- sniffing ---- */

static int target_of(struct str name)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (str_equal_nocase(name, str_from(azure_names[i].source)))
            return azure_names[i].column;
    return -1;
}

static bool is_mark(struct str name)
{
    for (size_t i = 0; azure_marks[i]; i++)
        if (str_equal_nocase(name, str_from(azure_marks[i])))
            return true;
    return false;
}

static int azure_sniff(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    int known = 0;
    bool cost = false, date = false, mark = false;
    if (csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count))
        for (size_t i = 0; i < count; i++) {
            struct str name = azure_compared(&arena, str_trim(cells[i]));
            int target = target_of(name);
            known += target >= 0;
            cost |= target == COST_BilledCost;
            date |= target == COST_ChargePeriodStart;
            mark |= is_mark(name);
        }
    arena_deinit(&arena);
    if (!cost || !date || !mark || known < 5)
        return 0;
    return known >= 10 ? 90 : 75;
}

/* ---- the header ---- */

static const char *dialect_of(const struct bill_header *header)
{
    static const struct {
        const char *mark, *dialect;
    } marks[] = {
        {"CostInPricingCurrency",        "mca"},
        {"ExchangeRatePricingToBilling", "mca"},
        {"PaygCostInBillingCurrency",    "mca"},
        {"CostInBillingCurrency",        "ea2"},
        {"Cost",                         "ea" },
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (bill_header_find(header, marks[i].mark) >= 0)
            return marks[i].dialect;
    return "v1";
}

static bool has_target(const struct bill_header *header, int target)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (azure_names[i].column == target && bill_header_find(header, azure_names[i].source) >= 0)
            return true;
    return false;
}

static enum gr_status require(const struct bill_header *header, int target, const char *wanted,
                              struct gr_err *err)
{
    if (has_target(header, target))
        return GR_OK;
    return gr_fail(err, GR_EDATA, "no column with the %s of a charge; an Azure export has %s",
                   target == COST_BilledCost ? "cost" : "date", wanted);
}

/* Columns that --columns may not drop, by the names that they have in this file. */
static enum gr_status keep_columns(struct azure_reader *reader, const char *names,
                                   struct gr_err *err)
{
    struct bill_rows *rows = &reader->rows;
    const char **needed = arena_alloc(&reader->arena, (rows->column_count + 1) * sizeof *needed);
    size_t count = 0;
    for (size_t i = 0; i < rows->column_count; i++) {
        struct str name = azure_compared(&reader->arena, rows->columns[i].name);
        bool completing = false;
        for (size_t k = 0; completing_names[k] && !completing; k++)
            completing = str_equal_nocase(name, str_from(completing_names[k]));
        if (completing || rows->columns[i].column < COST_COLUMN_COUNT)
            needed[count++] = rows->columns[i].name.ptr;
    }
    needed[count] = NULL;
    return bill_columns_keep(rows, names, needed, err);
}

static enum gr_status read_header(struct azure_reader *reader, struct gr_err *err)
{
    struct bill_header *header = &reader->header;
    GR_TRY(bill_header_read(header, err));
    GR_TRY(require(header, COST_BilledCost, "CostInBillingCurrency, Cost or PreTaxCost", err));
    GR_TRY(require(header, COST_ChargePeriodStart, "Date or UsageDateTime", err));
    reader->azure.has_currency = has_target(header, COST_BillingCurrency);
    reader->azure.has_account = has_target(header, COST_BillingAccountId);
    reader->azure.has_list_cost = has_target(header, COST_ListCost);
    return bill_header_plan(header, azure_names, NAME_COUNT, err);
}

/* ---- the order of day and month ---- */

/* Days and months of charges, and of billing periods: a tool may have turned the ones only. */
enum { DATES_OF_CHARGES, DATES_OF_PERIODS, DATES_KINDS };

struct date_order {
    bool day_first, month_first; /* proven by a number above 12 */
};

struct date_evidence {
    struct date_order proven[DATES_KINDS];
    /* Some charge is outside of its billing period when it is read month first (0) or day first
     * (1), and the period so or so. */
    bool misfit[2][2];
};

static void look_at_numbers(const struct bill_rows *rows, const struct csv_row *row,
                            struct date_evidence *evidence)
{
    for (size_t i = 0; i < rows->column_count && i < row->cell_count; i++) {
        int first, second;
        if (rows->columns[i].kind != COLUMN_MOMENT ||
            !moment_slashed_numbers(row->cells[i], &first, &second))
            continue;
        bool charge = rows->columns[i].column == COST_ChargePeriodStart;
        struct date_order *order = &evidence->proven[charge ? DATES_OF_CHARGES : DATES_OF_PERIODS];
        order->day_first |= first > 12;
        order->month_first |= second > 12;
    }
}

static struct str cell_for(const struct bill_rows *rows, const struct csv_row *row, size_t column)
{
    for (size_t i = 0; i < rows->column_count && i < row->cell_count; i++)
        if (rows->columns[i].column == column && rows->columns[i].kind == COLUMN_MOMENT)
            return str_trim(row->cells[i]);
    return STR_NONE;
}

/* The day's first moment; a date that can't be read so is nowhere. */
static int64_t moment_in_order(struct str cell, bool day_first)
{
    int64_t moment;
    bool read =
        day_first ? moment_read_bill_day_first(cell, &moment) : moment_read_bill(cell, &moment);
    return read ? moment : MOMENT_NONE;
}

static bool is_date(struct str cell)
{
    return moment_in_order(cell, false) != MOMENT_NONE ||
           moment_in_order(cell, true) != MOMENT_NONE;
}

/* The header, and rows without one of the dates, say nothing. */
static void look_at_fit(const struct bill_rows *rows, const struct csv_row *row,
                        struct date_evidence *evidence)
{
    struct str charge = cell_for(rows, row, COST_ChargePeriodStart);
    struct str first = cell_for(rows, row, COST_BillingPeriodStart);
    struct str last = cell_for(rows, row, COST_BillingPeriodEnd);
    if (!is_date(charge) || !is_date(first) || !is_date(last))
        return;
    for (int i = 0; i < 4; i++) {
        bool charge_order = i & 1, period_order = i & 2;
        int64_t at = moment_in_order(charge, charge_order);
        int64_t from = moment_in_order(first, period_order);
        int64_t to = moment_in_order(last, period_order);
        bool fits = at != MOMENT_NONE && from != MOMENT_NONE && to != MOMENT_NONE && from <= at &&
                    day_of_moment(at).since_1970 <= day_of_moment(to).since_1970;
        evidence->misfit[charge_order][period_order] |= !fits;
    }
}

static bool one_sided(struct date_order order)
{
    return order.day_first != order.month_first;
}

static void set_order(struct bill_rows *rows, bool charges, bool day_first, bool proven)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if ((rows->columns[i].column == COST_ChargePeriodStart) == charges) {
            rows->columns[i].day_first = day_first;
            rows->columns[i].order_proven = proven;
        }
}

/* *day_first: the order that alone puts every charge into its billing period. Periods that prove
 * their own order keep it, others are in that of the charges. */
static bool order_by_fit(const struct date_evidence *evidence, bool *day_first)
{
    struct date_order periods = evidence->proven[DATES_OF_PERIODS];
    bool own = one_sided(periods);
    bool month_fails = evidence->misfit[0][own && periods.day_first];
    bool day_fails = evidence->misfit[1][!own || periods.day_first];
    *day_first = month_fails;
    return month_fails != day_fails;
}

/* What a kind of dates proves itself counts; then how charges fit their periods; then what the
 * other kind proves; then the month first, as exports are made. */
static void decide_order(struct bill_rows *rows, const struct date_evidence *evidence)
{
    struct date_order charges = evidence->proven[DATES_OF_CHARGES];
    struct date_order periods = evidence->proven[DATES_OF_PERIODS];
    struct date_order file = {charges.day_first || periods.day_first,
                              charges.month_first || periods.month_first};
    bool proven = file.day_first || file.month_first;
    bool usual = file.day_first && !file.month_first, fitting;
    bool open = !charges.day_first && !charges.month_first;
    bool fit = open && order_by_fit(evidence, &fitting) && (!proven || fitting != usual);
    bool of_charges = one_sided(charges) ? charges.day_first : open && (fit ? fitting : usual);
    bool of_periods = one_sided(periods) ? periods.day_first : !proven && fit ? fitting : usual;
    set_order(rows, true, of_charges, proven && !fit);
    set_order(rows, false, of_periods, proven);
}

/* Without the line that the head ends in: a date that is cut reads as another one. */
static struct str whole_lines(const struct ingest_head *head)
{
    struct str bytes = head->bytes;
    while (!head->complete && bytes.len && bytes.ptr[bytes.len - 1] != '\n')
        bytes.len--;
    return bytes.len ? bytes : head->bytes;
}

/* Exports write the month first; one that went through another tool may not. The first block of
 * the file decides before the first row is handed on. A date that does not fit later is refused,
 * and the file with it where no date of the block had said which it is. */
static enum gr_status find_date_order(struct azure_reader *reader, struct ingest_source *source,
                                      struct gr_err *err)
{
    struct ingest_head head = source_head(source);
    struct ingest_source *copy = NULL;
    struct csv_reader *csv = NULL;
    struct date_evidence evidence = {0};
    struct csv_row row;
    bool more = true;
    enum gr_status status = source_open_memory("head", whole_lines(&head), &copy, err);
    if (!status)
        status = csv_open(copy, NULL, ',', &csv, err);
    if (!status)
        csv_expect_cells(csv, reader->rows.column_count);
    while (!status && more) {
        status = csv_next(csv, &row, &more, err);
        if (status || !more || row.fault)
            continue;
        look_at_numbers(&reader->rows, &row, &evidence);
        look_at_fit(&reader->rows, &row, &evidence);
    }
    csv_close(csv);
    source_close(copy);
    decide_order(&reader->rows, &evidence);
    return status;
}

/* ---- reading ---- */

static const char *const resource_names[] = {"ResourceId", "InstanceId", "InstanceName", NULL};
static const char *const sku_names[] = {"MeterId", "PartNumber", NULL};

static void tell(const struct azure_reader *reader, struct ingest_file_facts *facts)
{
    const char *view = azure_view(&reader->azure.evidence);
    snprintf(facts->version, sizeof facts->version, "%s%s%s", dialect_of(&reader->header),
             view[0] ? " " : "", view);
    if (!reader->azure.has_currency)
        snprintf(facts->remark, sizeof facts->remark,
                 "no column names a currency; its amounts are in XXX (no currency)");
}

static enum gr_status read_rows(struct azure_reader *reader, struct ingest_source *source,
                                const struct ingest_options *options,
                                struct ingest_file_facts *facts, struct gr_err *err)
{
    GR_TRY(read_header(reader, err));
    GR_TRY(find_date_order(reader, source, err));
    if (options->columns)
        GR_TRY(keep_columns(reader, options->columns, err));
    reader->rows.resource = bill_header_key(&reader->header, resource_names);
    reader->rows.sku = bill_header_key(&reader->header, sku_names);
    azure_rows_init(&reader->azure, &reader->header, emit_row(&reader->emit, DATASET_COST));
    enum gr_status status = bill_rows_read(&reader->rows, err);
    if (!status)
        tell(reader, facts);
    azure_rows_deinit(&reader->azure);
    return status;
}

static enum gr_status azure_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    struct azure_reader reader = {.arena = ARENA_EMPTY};
    GR_TRY(bill_csv_open(source, options, ',', &reader.rows.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    reader.rows.emit = &reader.emit;
    reader.rows.dataset = DATASET_COST;
    reader.rows.complete = azure_complete_row;
    reader.rows.context = &reader.azure;
    reader.azure.texts = texts;
    reader.header = (struct bill_header){.rows = &reader.rows,
                                         .arena = &reader.arena,
                                         .what = "Azure",
                                         .keep_compared = true,
                                         .compared = azure_compared};
    enum gr_status status = read_rows(&reader, source, options, facts, err);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}

const struct bill_format format_azure = {
    .name = "azure",
    .what = "Azure Cost Management exports: EA, MCA, pay-as-you-go, CSV",
    .oracle = "libcsv",
    .sniff = azure_sniff,
    .read = azure_read,
};
