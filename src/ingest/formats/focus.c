/* FOCUS 1.0 to 1.4 CSV, the CostAndUsage dataset: header by names in any order, one charge a row.
 *
 * Registered in ../detect.c. The header is turned into a plan once (source cell -> column, kind),
 * by which bill_rows.c reads the rows. Column rules: FOCUS specification 1.0 to 1.4; quirks of real
 * files: NULL, null and empty for absent, dates with and without T and Z, US dates, E notation,
 * unknown columns.
 */
#include <stdio.h>

#include "ingest/bill_header.h"
#include "ingest/code_memo.h"
#include "ingest/formats/focus_words.h"
#include "ingest/formats/formats.h"

/* A column with words, and what its texts mean. */
struct focus_words {
    int column;
    struct dict *texts;
    struct code_memo memo;
};

struct focus_reader {
    struct bill_rows rows;
    struct bill_header header;
    struct emit emit;
    struct arena arena;
    bool excerpt; /* rows without currency, account and provider, as in examples */
    struct focus_words words[FOCUS_WORD_COLUMNS];
    size_t word_count;
};

/* Names of drafts before 1.0, which Oracle's FOCUS reports and the first of Microsoft's have. */
static const struct bill_name draft_names[] = {
    {"BilledCurrency",    COST_BillingCurrency  },
    {"AmortizedCost",     COST_EffectiveCost    },
    {"ChargeType",        COST_ChargeCategory   },
    {"ChargeSubcategory", COST_x_ChargeType     },
    {"Provider",          COST_ProviderName     },
    {"Publisher",         COST_PublisherName    },
    {"InvoiceIssuer",     COST_InvoiceIssuerName},
    {"Region",            COST_RegionId         },
    {"UsageQuantity",     COST_ConsumedQuantity },
    {"UsageUnit",         COST_ConsumedUnit     },
};

enum { DRAFT_COUNT = sizeof draft_names / sizeof *draft_names };

/* Columns that first appeared in a version; a file is as new as its newest column. */
struct version_mark {
    const char *column;
    const char *version;
};

static const struct version_mark version_marks[] = {
    {"CommitmentProgramEligibilityDetails", "1.4"},
    {"InvoiceDetailId",                     "1.4"},
    {"ServiceProviderName",                 "1.3"},
    {"HostProviderName",                    "1.3"},
    {"ContractApplied",                     "1.3"},
    {"AllocatedMethodId",                   "1.3"},
    {"AllocatedMethodDetails",              "1.3"},
    {"AllocatedResourceId",                 "1.3"},
    {"AllocatedResourceName",               "1.3"},
    {"AllocatedTags",                       "1.3"},
    {"BillingAccountType",                  "1.2"},
    {"SubAccountType",                      "1.2"},
    {"InvoiceId",                           "1.2"},
    {"PricingCurrency",                     "1.2"},
    {"PricingCurrencyContractedUnitPrice",  "1.2"},
    {"PricingCurrencyEffectiveCost",        "1.2"},
    {"PricingCurrencyListUnitPrice",        "1.2"},
    {"CapacityReservationId",               "1.1"},
    {"CapacityReservationStatus",           "1.1"},
    {"CommitmentDiscountQuantity",          "1.1"},
    {"CommitmentDiscountUnit",              "1.1"},
    {"ServiceSubcategory",                  "1.1"},
    {"SkuMeter",                            "1.1"},
    {"SkuPriceDetails",                     "1.1"},
};

/* What a row and its way into a delivery need, whatever the user wants to keep. */
static const char *const needed_columns[] = {"BilledCost",
                                             "BillingCurrency",
                                             "ChargePeriodStart",
                                             "BillingPeriodStart",
                                             "BillingPeriodEnd",
                                             "ProviderName",
                                             "ServiceProviderName",
                                             "BillingAccountId",
                                             "BilledCurrency",
                                             "Provider",
                                             "InvoiceIssuerName",
                                             "InvoiceIssuer",
                                             NULL};

static int find_focus_column(struct str name)
{
    int exact = dataset_find_column(DATASET_COST, name);
    if (exact >= 0)
        return exact;
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(name, str_from(defs[i].name)))
            return (int)i;
    return -1;
}

static bool is_draft_name(struct str name)
{
    for (size_t i = 0; i < DRAFT_COUNT; i++)
        if (str_equal_nocase(name, str_from(draft_names[i].source)))
            return true;
    return false;
}

static int focus_sniff(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    int known = 0;
    bool cost = false, start = false;
    if (csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count)) {
        for (size_t i = 0; i < count; i++) {
            int column = find_focus_column(str_trim(cells[i]));
            known += column >= 0 || is_draft_name(str_trim(cells[i]));
            cost |= column == COST_BilledCost || column == COST_EffectiveCost;
            start |= column == COST_ChargePeriodStart;
        }
    }
    arena_deinit(&arena);
    if (known < 4 || !cost || !start)
        return 0;
    return known >= 20 ? 95 : 80;
}

/* ---- the header ---- */

/* An amount without a currency is none, unless the file says of nothing whose it is: an example of
 * the specification, or a part of a bill that somebody cut out. */
static enum gr_status require_columns(struct focus_reader *reader, struct gr_err *err)
{
    static const char *const always[] = {"BilledCost", "ChargePeriodStart", NULL};
    static const char *const currency[] = {"BillingCurrency", NULL};
    static const char *const owners[] = {"BillingAccountId", "ProviderName", "Provider",
                                         "ServiceProviderName", "InvoiceIssuerName"};
    struct bill_header *header = &reader->header;
    GR_TRY(bill_header_require(header, always, err));
    if (bill_header_find(header, "BilledCurrency") >= 0)
        return GR_OK;
    bool owned = bill_header_find(header, "BillingCurrency") >= 0;
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        owned |= bill_header_find(header, owners[i]) >= 0;
    reader->excerpt = !owned;
    return owned ? bill_header_require(header, currency, err) : GR_OK;
}

static void find_version(const struct focus_reader *reader, struct ingest_file_facts *facts)
{
    const char *version = "1.0";
    for (size_t i = 0; i < sizeof version_marks / sizeof version_marks[0]; i++) {
        if (bill_header_find(&reader->header, version_marks[i].column) >= 0) {
            version = version_marks[i].version;
            break;
        }
    }
    snprintf(facts->version, sizeof facts->version, "%s", version);
}

/* FOCUS names its columns as the batch does. */
static enum gr_status read_header(struct focus_reader *reader, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    struct bill_header *header = &reader->header;
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    struct bill_name *names = arena_alloc(&reader->arena, (count + DRAFT_COUNT) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = (struct bill_name){defs[i].name, (int)i};
    memcpy(names + count, draft_names, sizeof draft_names);
    GR_TRY(bill_header_read(header, err));
    GR_TRY(require_columns(reader, err));
    find_version(reader, facts);
    if (reader->excerpt)
        snprintf(facts->remark, sizeof facts->remark,
                 "names neither currency nor account nor provider: an excerpt; its amounts are in "
                 "XXX (no currency)");
    return bill_header_plan(header, names, count + DRAFT_COUNT, err);
}

static uint32_t learn_word(void *context, struct str text)
{
    struct focus_words *words = context;
    return dict_intern(words->texts, focus_word(words->column, text));
}

/* Of the columns with words, those that the file has. */
static void init_words(struct focus_reader *reader)
{
    const struct batch *batch = emit_row(&reader->emit, DATASET_COST);
    for (size_t i = 0; i < reader->rows.column_count; i++)
        for (size_t k = 0; k < FOCUS_WORD_COLUMNS; k++) {
            const struct bill_column *column = &reader->rows.columns[i];
            if (column->dropped || (int)column->column != focus_word_columns[k])
                continue;
            struct focus_words *words = &reader->words[reader->word_count++];
            words->column = focus_word_columns[k];
            words->texts = batch->columns[column->column].texts;
            code_memo_init(&words->memo, words->texts, words->texts, learn_word, words);
        }
}

/* ---- the rows ---- */

static void spell_words(struct focus_reader *reader, struct batch *batch, uint32_t row)
{
    for (size_t i = 0; i < reader->word_count; i++) {
        struct focus_words *words = &reader->words[i];
        uint32_t *codes = batch->columns[words->column].codes;
        if (codes && codes[row])
            codes[row] = code_memo_value(&words->memo, codes[row]);
    }
}

/* The newer column first; who issues the invoice is better than nobody. */
static void complete_provider(struct batch *batch, uint32_t row)
{
    struct str provider = batch_text(batch, COST_ServiceProviderName, row);
    if (batch_text(batch, COST_ProviderName, row).ptr)
        return;
    if (!provider.ptr)
        provider = batch_text(batch, COST_InvoiceIssuerName, row);
    if (provider.ptr)
        batch_set_text(batch, COST_ProviderName, row, provider);
}

/* What the row needs, and what can be said for it. NULL, or what is missing. */
static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    struct focus_reader *reader = context;
    uint32_t row = batch->rows;
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    if (start == MOMENT_NONE) {
        *column = STR("ChargePeriodStart");
        return "ChargePeriodStart is absent";
    }
    if (reader->excerpt)
        batch_set_text(batch, COST_BillingCurrency, row, STR("XXX"));
    if (!batch_text(batch, COST_BillingCurrency, row).ptr) {
        *column = STR("BillingCurrency");
        return "BillingCurrency is absent";
    }
    if (batch_moment(batch, COST_BillingPeriodStart, row) == MOMENT_NONE) {
        struct day month = month_first(day_of_moment(start));
        batch_set_moment(batch, COST_BillingPeriodStart, row, moment_of_day(month));
        if (batch_moment(batch, COST_BillingPeriodEnd, row) == MOMENT_NONE)
            batch_set_moment(batch, COST_BillingPeriodEnd, row, moment_of_day(month_add(month, 1)));
    }
    complete_provider(batch, row);
    spell_words(reader, batch, row);
    return NULL;
}

static const char *const resource_columns[] = {"ResourceId", "ResourceName", NULL};
static const char *const sku_columns[] = {"SkuPriceId", "SkuId", NULL};

static enum gr_status focus_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    struct focus_reader reader = {.arena = ARENA_EMPTY};
    GR_TRY(bill_csv_open(source, options, ',', &reader.rows.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    reader.rows.emit = &reader.emit;
    reader.rows.dataset = DATASET_COST;
    reader.rows.complete = complete_row;
    reader.rows.context = &reader;
    reader.header =
        (struct bill_header){.rows = &reader.rows, .arena = &reader.arena, .what = "FOCUS"};
    enum gr_status status = read_header(&reader, facts, err);
    if (status == GR_OK && options->columns)
        status = bill_columns_keep(&reader.rows, options->columns, needed_columns, err);
    reader.rows.resource = bill_header_key(&reader.header, resource_columns);
    reader.rows.sku = bill_header_key(&reader.header, sku_columns);
    if (status == GR_OK) {
        init_words(&reader);
        status = bill_rows_read(&reader.rows, err);
    }
    for (size_t i = 0; i < reader.word_count; i++)
        code_memo_deinit(&reader.words[i].memo);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}

const struct bill_format format_focus = {
    .name = "focus",
    .what = "FOCUS 1.0 to 1.4 cost and usage, CSV",
    .oracle = "libcsv",
    .sniff = focus_sniff,
    .read = focus_read,
};
