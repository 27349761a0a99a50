/* The dimensions: what `gpureport dimensions` lists, and where each dataset keeps their values. */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

/* One row of the table: name, help, the datasets that have it. */
#define DIMENSION(name, what, ...)                                                                 \
    {                                                                                              \
        name, what,                                                                                \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define COST_AI [DATASET_COST] = true, [DATASET_AI] = true
#define MACHINES [DATASET_METRIC] = true, [DATASET_INSTANCE] = true
#define PAPERS                                                                                     \
    [DATASET_INVOICE] = true, [DATASET_BILLING_PERIOD] = true, [DATASET_COMMITMENT] = true
#define EVENTS [DATASET_ALERT] = true, [DATASET_ERROR] = true

static const struct dimension_def defs[] = {
    DIMENSION("provider", "cloud or API provider", COST_AI, MACHINES, PAPERS),
    DIMENSION("account",
              "account that is invoiced", [DATASET_COST] = true, [DATASET_INVOICE] = true),
    DIMENSION("sub_account", "account, subscription or project below it", [DATASET_COST] = true),
    DIMENSION("service", "service of the provider", [DATASET_COST] = true),
    DIMENSION("service_category", "FOCUS category of the service", [DATASET_COST] = true),
    DIMENSION("region", "region", COST_AI, MACHINES),
    DIMENSION("resource", "resource that was charged", [DATASET_COST] = true),
    DIMENSION("resource_type", "kind of resource", [DATASET_COST] = true),
    DIMENSION("instance_type", "machine type", [DATASET_COST] = true, MACHINES),
    DIMENSION("gpu_type", "GPU model", [DATASET_COST] = true, MACHINES),
    DIMENSION("sku", "stock keeping unit", [DATASET_COST] = true),
    DIMENSION("charge_category", "Usage, Purchase, Tax, Credit or Adjustment",
              [DATASET_COST] = true, [DATASET_INVOICE] = true),
    DIMENSION("charge_class", "Correction or nothing", [DATASET_COST] = true),
    DIMENSION("charge_type", "line type in the provider's own words", [DATASET_COST] = true),
    DIMENSION("charge_frequency", "One-Time, Recurring, Usage-Based", [DATASET_COST] = true),
    DIMENSION("charge_description", "description of the charge", [DATASET_COST] = true),
    DIMENSION("invoice",
              "invoice that charges it", [DATASET_COST] = true, [DATASET_INVOICE] = true),
    DIMENSION("invoice_issuer", "who sends the invoice", [DATASET_COST] = true),
    DIMENSION("publisher", "who made what was bought", [DATASET_COST] = true),
    DIMENSION("pricing_category", "Standard, Dynamic, Committed, Other", [DATASET_COST] = true),
    DIMENSION("commitment", "commitment discount that applies", [DATASET_COST] = true),
    DIMENSION("commitment_status", "Used or Unused", [DATASET_COST] = true),
    DIMENSION("service_subcategory", "FOCUS subcategory of the service", [DATASET_COST] = true),
    DIMENSION("availability_zone", "zone within the region", [DATASET_COST] = true),
    DIMENSION("resource_name", "name of the resource", [DATASET_COST] = true),
    DIMENSION("account_name", "name of the account", [DATASET_COST] = true),
    DIMENSION("sub_account_name", "name of the sub-account", [DATASET_COST] = true),
    DIMENSION("sku_price", "price of the SKU", [DATASET_COST] = true),
    DIMENSION(
        "currency", "currency of the amounts",
        COST_AI, [DATASET_INSTANCE] = true, [DATASET_INVOICE] = true, [DATASET_COMMITMENT] = true),
    DIMENSION("model", "language model", COST_AI),
    DIMENSION("spend_type", "inference, training, fine_tuning, embedding", COST_AI),
    DIMENSION("service_tier", "standard, batch, flex, priority", [DATASET_AI] = true),
    DIMENSION("project", "project", COST_AI),
    DIMENSION("team", "team", COST_AI),
    DIMENSION("cost_center", "cost centre", COST_AI),
    DIMENSION("business_unit", "business unit", COST_AI),
    DIMENSION("workload", "workload", COST_AI),
    DIMENSION("run", "training or fine-tuning run", [DATASET_AI] = true),
    DIMENSION("instance", "instance or host", MACHINES, EVENTS),
    DIMENSION("gpu", "one GPU", [DATASET_METRIC] = true),
    DIMENSION("state", "running, stopped, terminated", [DATASET_INSTANCE] = true),
    DIMENSION("tag:", "tag:KEY, the value of that tag", COST_AI, MACHINES),
    DIMENSION("column:", "any column that the store holds, as column:x_Foo", COST_AI, MACHINES,
              EVENTS, PAPERS),
    DIMENSION("delivery", "delivery that brought the row (`imports` lists them)", COST_AI, MACHINES,
              EVENTS, PAPERS),
    DIMENSION("file", "file of the row, as its number in the ledger", COST_AI, MACHINES, EVENTS,
              PAPERS),
    DIMENSION("line", "line of the row in its file", COST_AI, MACHINES, EVENTS),
    DIMENSION("billing_month", "month that is billed", [DATASET_COST] = true),
    DIMENSION("day", "day (UTC unless a zone is asked for)", COST_AI, MACHINES, EVENTS, PAPERS),
    DIMENSION("week", "week, as its Monday", COST_AI, MACHINES, EVENTS, PAPERS),
    DIMENSION("month", "month", COST_AI, MACHINES, EVENTS, PAPERS),
};
enum { DEFS = sizeof(defs) / sizeof(defs[0]) };

const struct dimension_def *dimension_defs(size_t *count)
{
    *count = DEFS;
    return defs;
}

/* Where a dimension's values stand, in the order in which they are tried. column -1: the tag of the
 * dimension's own name. */
struct place {
    enum dataset dataset;
    const char *dimension;
    int column;
    const char *member;
    const char *other_member;
};

enum { OWN_TAG = -1 };

#define PLACE(dataset, dimension, column)                                                          \
    {                                                                                              \
        dataset, dimension, column, NULL, NULL                                                     \
    }
#define MEMBER(dataset, dimension, column, member, other)                                          \
    {                                                                                              \
        dataset, dimension, column, member, other                                                  \
    }

static const struct place places[] = {
    PLACE(DATASET_COST, "provider", COST_ProviderName),
    PLACE(DATASET_COST, "provider", COST_ServiceProviderName),
    PLACE(DATASET_COST, "account", COST_BillingAccountId),
    PLACE(DATASET_COST, "sub_account", COST_SubAccountId),
    PLACE(DATASET_COST, "service", COST_ServiceName),
    PLACE(DATASET_COST, "service_category", COST_ServiceCategory),
    PLACE(DATASET_COST, "region", COST_RegionId),
    PLACE(DATASET_COST, "resource", COST_ResourceId),
    PLACE(DATASET_COST, "resource_type", COST_ResourceType),
    PLACE(DATASET_COST, "instance_type", COST_x_InstanceType),
    MEMBER(DATASET_COST, "instance_type", COST_SkuPriceDetails, "InstanceType", NULL),
    PLACE(DATASET_COST, "instance_type", OWN_TAG),
    PLACE(DATASET_COST, "gpu_type", COST_x_GpuType),
    MEMBER(DATASET_COST, "gpu_type", COST_SkuPriceDetails, "GpuType", "AcceleratorType"),
    PLACE(DATASET_COST, "gpu_type", OWN_TAG),
    PLACE(DATASET_COST, "sku", COST_SkuId),
    PLACE(DATASET_COST, "charge_category", COST_ChargeCategory),
    PLACE(DATASET_COST, "charge_class", COST_ChargeClass),
    PLACE(DATASET_COST, "charge_type", COST_x_ChargeType),
    PLACE(DATASET_COST, "charge_frequency", COST_ChargeFrequency),
    PLACE(DATASET_COST, "charge_description", COST_ChargeDescription),
    PLACE(DATASET_COST, "invoice", COST_InvoiceId),
    PLACE(DATASET_COST, "invoice_issuer", COST_InvoiceIssuerName),
    PLACE(DATASET_COST, "publisher", COST_PublisherName),
    PLACE(DATASET_COST, "pricing_category", COST_PricingCategory),
    PLACE(DATASET_COST, "commitment", COST_CommitmentDiscountId),
    PLACE(DATASET_COST, "commitment_status", COST_CommitmentDiscountStatus),
    PLACE(DATASET_COST, "service_subcategory", COST_ServiceSubcategory),
    PLACE(DATASET_COST, "availability_zone", COST_AvailabilityZone),
    PLACE(DATASET_COST, "resource_name", COST_ResourceName),
    PLACE(DATASET_COST, "account_name", COST_BillingAccountName),
    PLACE(DATASET_COST, "sub_account_name", COST_SubAccountName),
    PLACE(DATASET_COST, "sku_price", COST_SkuPriceId),
    PLACE(DATASET_COST, "currency", COST_BillingCurrency),
    PLACE(DATASET_COST, "team", OWN_TAG),
    PLACE(DATASET_COST, "project", OWN_TAG),
    PLACE(DATASET_COST, "cost_center", OWN_TAG),
    PLACE(DATASET_COST, "business_unit", OWN_TAG),
    PLACE(DATASET_COST, "workload", OWN_TAG),
    PLACE(DATASET_COST, "model", OWN_TAG),
    PLACE(DATASET_COST, "spend_type", OWN_TAG),
    PLACE(DATASET_AI, "provider", AI_Provider),
    PLACE(DATASET_AI, "model", AI_Model),
    PLACE(DATASET_AI, "spend_type", AI_SpendType),
    PLACE(DATASET_AI, "service_tier", AI_ServiceTier),
    PLACE(DATASET_AI, "region", AI_Region),
    PLACE(DATASET_AI, "project", AI_Project),
    PLACE(DATASET_AI, "project", OWN_TAG),
    PLACE(DATASET_AI, "team", AI_Team),
    PLACE(DATASET_AI, "team", OWN_TAG),
    PLACE(DATASET_AI, "cost_center", AI_CostCenter),
    PLACE(DATASET_AI, "cost_center", OWN_TAG),
    PLACE(DATASET_AI, "business_unit", AI_BusinessUnit),
    PLACE(DATASET_AI, "business_unit", OWN_TAG),
    PLACE(DATASET_AI, "workload", AI_Workload),
    PLACE(DATASET_AI, "workload", OWN_TAG),
    PLACE(DATASET_AI, "run", AI_RunId),
    PLACE(DATASET_AI, "currency", AI_Currency),
    PLACE(DATASET_METRIC, "instance", METRIC_InstanceId),
    PLACE(DATASET_METRIC, "gpu", METRIC_GpuUuid),
    PLACE(DATASET_METRIC, "gpu", METRIC_GpuIndex),
    PLACE(DATASET_METRIC, "gpu_type", METRIC_GpuName),
    PLACE(DATASET_METRIC, "gpu_type", OWN_TAG),
    PLACE(DATASET_METRIC, "provider", OWN_TAG),
    PLACE(DATASET_METRIC, "region", OWN_TAG),
    PLACE(DATASET_METRIC, "instance_type", OWN_TAG),
    PLACE(DATASET_INSTANCE, "instance", INSTANCE_InstanceId),
    PLACE(DATASET_INSTANCE, "provider", INSTANCE_Provider),
    PLACE(DATASET_INSTANCE, "region", INSTANCE_Region),
    PLACE(DATASET_INSTANCE, "instance_type", INSTANCE_InstanceType),
    PLACE(DATASET_INSTANCE, "gpu_type", INSTANCE_GpuType),
    PLACE(DATASET_INSTANCE, "state", INSTANCE_State),
    PLACE(DATASET_INSTANCE, "currency", INSTANCE_Currency),
    PLACE(DATASET_INVOICE, "currency", INVOICE_BillingCurrency),
    PLACE(DATASET_INVOICE, "provider", INVOICE_InvoiceIssuerName),
    PLACE(DATASET_INVOICE, "account", INVOICE_BillingAccountId),
    PLACE(DATASET_INVOICE, "charge_category", INVOICE_ChargeCategory),
    PLACE(DATASET_INVOICE, "invoice", INVOICE_InvoiceId),
    PLACE(DATASET_COMMITMENT, "currency", COMMITMENT_BillingCurrency),
    PLACE(DATASET_COMMITMENT, "provider", COMMITMENT_ServiceProviderName),
    PLACE(DATASET_COMMITMENT, "provider", COMMITMENT_InvoiceIssuerName),
    PLACE(DATASET_BILLING_PERIOD, "provider", BILLING_PERIOD_InvoiceIssuerName),
    PLACE(DATASET_ALERT, "instance", ALERT_InstanceId),
    PLACE(DATASET_ERROR, "instance", ERROR_InstanceId),
};
enum { PLACES = sizeof(places) / sizeof(places[0]) };

static int tags_column(enum dataset dataset)
{
    return dataset == DATASET_COST       ? COST_Tags
           : dataset == DATASET_AI       ? AI_Tags
           : dataset == DATASET_METRIC   ? METRIC_Tags
           : dataset == DATASET_INSTANCE ? INSTANCE_Tags
                                         : -1;
}

static bool is_tag(struct str name)
{
    return str_starts(name, STR("tag:")) && name.len > 4;
}

static bool is_column(struct str name)
{
    return str_starts(name, STR("column:")) && name.len > 7;
}

static enum gr_status no_such_dimension(enum dataset dataset, struct str name, struct gr_err *err)
{
    const struct str parent = STR("parent:");
    if (str_starts(name, parent))
        return gr_fail(err, GR_EUSAGE,
                       "%.*s: parents are groups of ad-hoc reports (--by); a filter takes the "
                       "dimension itself, %.*s",
                       STR_ARG(name), (int)(name.len - parent.len), name.ptr + parent.len);
    struct strbuf list;
    const char *closest = NULL;
    size_t distance = 4; /* farther is no suggestion */
    strbuf_init(&list, GR_ERR_TEXT_MAX);
    for (size_t i = 0; i < DEFS; i++) {
        if (!defs[i].for_dataset[dataset])
            continue;
        strbuf_printf(&list, "%s%s", list.len ? ", " : "",
                      !strcmp(defs[i].name, "tag:")      ? "tag:KEY"
                      : !strcmp(defs[i].name, "column:") ? "column:NAME"
                                                         : defs[i].name);
        size_t own = str_distance(name, str_from(defs[i].name));
        if (own < distance) {
            distance = own;
            closest = defs[i].name;
        }
    }
    enum gr_status status =
        gr_fail(err, GR_EUSAGE, "no dimension named %.*s%s%s%s for dataset %s; there are: %s",
                STR_ARG(name), closest ? " (did you mean " : "", closest ? closest : "",
                closest ? "?)" : "", dataset_name(dataset), strbuf_cstr(&list));
    strbuf_deinit(&list);
    return status;
}

/* "tag:" and "column:" want something behind them. */
static bool known(enum dataset dataset, struct str name)
{
    bool open = str_is(name, "tag:") || str_is(name, "column:");
    struct str wanted = is_tag(name) ? STR("tag:") : is_column(name) ? STR("column:") : name;
    for (size_t i = 0; i < DEFS && !open; i++)
        if (defs[i].for_dataset[dataset] && str_is(wanted, defs[i].name))
            return true;
    return false;
}

static void add_tag_source(struct dimension *out, const struct dimension_scope *scope,
                           struct str key)
{
    struct source *source = &out->sources[out->source_count++];
    *source = (struct source){.column = tags_column(scope->dataset), .member_count = 1};
    source->members[0] = key;
    source->view = tag_view_of(scope->tag_rules, key);
}

/* Usage has the tags that people allocate by as columns: what rules say of the tag holds there. */
static bool is_column_tag(enum dataset dataset, struct str name)
{
    static const char *const columns[] = {"project", "team", "cost_center", "business_unit",
                                          "workload"};
    for (size_t i = 0; dataset == DATASET_AI && i < sizeof(columns) / sizeof(columns[0]); i++)
        if (str_is(name, columns[i]))
            return true;
    return false;
}

static void add_column_sources(struct dimension *out, const struct dimension_scope *scope,
                               struct str name)
{
    for (size_t i = 0; i < PLACES; i++) {
        const struct place *place = &places[i];
        if (place->dataset != scope->dataset || !str_is(name, place->dimension))
            continue;
        if (place->column == OWN_TAG) {
            add_tag_source(out, scope, name);
            continue;
        }
        struct source *source = &out->sources[out->source_count++];
        *source = (struct source){.column = place->column};
        if (place->member)
            source->members[source->member_count++] = str_from(place->member);
        if (place->other_member)
            source->members[source->member_count++] = str_from(place->other_member);
        if (is_column_tag(scope->dataset, name))
            source->view = tag_view_of(scope->tag_rules, name);
    }
}

/* On AI rows a tag may stand in the column of its name instead: tag:team finds Team. */
static void add_tag_sources(struct dimension *out, const struct dimension_scope *scope,
                            struct str key)
{
    add_tag_source(out, scope, key);
    for (size_t p = 0; p < PLACES && is_column_tag(scope->dataset, key); p++)
        if (places[p].dataset == scope->dataset && places[p].column != OWN_TAG &&
            str_is(key, places[p].dimension))
            out->sources[out->source_count++] = (struct source){
                .column = places[p].column, .view = tag_view_of(scope->tag_rules, key)};
}

/* Which column `column:NAME` is, whatever its case; the exact one where several differ in case. */
static int find_column(const struct store *store, enum dataset dataset, struct str name)
{
    int found = store_column_find(store, dataset, name);
    for (size_t i = 0; i < store_column_count(store, dataset) && found < 0; i++)
        if (str_equal_nocase(name, store_column_name(store, dataset, (int)i)))
            found = (int)i;
    return found;
}

struct near_name {
    struct str name;
    size_t distance;
};

static int compare_near(const void *a, const void *b)
{
    const struct near_name *x = a;
    const struct near_name *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return str_compare(x->name, y->name);
}

/* A store may have hundreds of columns: only the nearest names are of use. */
static enum gr_status no_such_column(const struct store *store, enum dataset dataset,
                                     struct str name, struct gr_err *err)
{
    enum { NEAR_MAX = 5 };
    size_t count = store_column_count(store, dataset);
    struct near_name *near = gr_alloc((count + 1) * sizeof(*near));
    struct strbuf list;
    strbuf_init(&list, GR_ERR_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        near[i].name = store_column_name(store, dataset, (int)i);
        near[i].distance = str_distance(name, near[i].name);
    }
    qsort(near, count, sizeof(*near), compare_near);
    for (size_t i = 0; i < count && i < NEAR_MAX; i++)
        strbuf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(near[i].name));
    enum gr_status status =
        gr_fail(err, GR_EUSAGE, "no column named %.*s in dataset %s; the nearest of %zu are: %s",
                STR_ARG(name), dataset_name(dataset), count, strbuf_cstr(&list));
    strbuf_deinit(&list);
    free(near);
    return status;
}

static void set_moments(struct dimension *out, enum dimension_kind kind, int column)
{
    out->kind = kind;
    out->moment_column = column;
}

/* `store` NULL: nothing is known yet of the columns that files brought. */
static enum gr_status resolve_column(const struct store *store, enum dataset dataset,
                                     struct str name, struct dimension *out, struct gr_err *err)
{
    int column = store ? find_column(store, dataset, name) : -1;
    if (!store)
        return GR_OK;
    if (column < 0)
        return no_such_column(store, dataset, name, err);
    enum column_kind kind = store_column_kind(store, dataset, column);
    if (kind == COLUMN_DECIMAL)
        return gr_fail(err, GR_EUSAGE,
                       "column:%.*s holds amounts; wanted a column of texts or of times",
                       STR_ARG(store_column_name(store, dataset, column)));
    if (kind == COLUMN_MOMENT)
        set_moments(out, DIMENSION_DAY, column);
    else
        out->sources[out->source_count++] = (struct source){.column = column};
    return GR_OK;
}

/* What does not stand in `places`: times, places of rows. */
static bool resolve_special(enum dataset dataset, struct str name, struct dimension *out)
{
    int moments = dataset_moment_column(dataset);
    if (str_is(name, "day"))
        set_moments(out, DIMENSION_DAY, moments);
    else if (str_is(name, "week"))
        set_moments(out, DIMENSION_WEEK, moments);
    else if (str_is(name, "month"))
        set_moments(out, DIMENSION_MONTH, moments);
    else if (str_is(name, "billing_month"))
        set_moments(out, DIMENSION_MONTH, COST_BillingPeriodStart);
    else if (str_is(name, "line"))
        set_moments(out, DIMENSION_NUMBER, STORE_COLUMN_LINE);
    else if (str_is(name, "delivery"))
        out->sources[out->source_count++] = (struct source){.column = STORE_COLUMN_DELIVERY};
    else if (str_is(name, "file"))
        out->sources[out->source_count++] = (struct source){.column = STORE_COLUMN_FILE};
    else
        return false;
    return true;
}

enum gr_status dimension_resolve(const struct dimension_scope *scope, struct str name,
                                 struct dimension *out, struct gr_err *err)
{
    enum dataset dataset = scope->dataset;
    *out = (struct dimension){.kind = DIMENSION_TEXT};
    if (!known(dataset, name))
        return no_such_dimension(dataset, name, err);
    if (is_column(name))
        return resolve_column(scope->store, dataset, (struct str){name.ptr + 7, name.len - 7}, out,
                              err);
    if (resolve_special(dataset, name, out))
        return GR_OK;
    if (is_tag(name))
        add_tag_sources(out, scope, (struct str){name.ptr + 4, name.len - 4});
    else
        add_column_sources(out, scope, name);
    /* A dimension whose first place is a tag is a tag to its readers. */
    out->tag = out->source_count && out->sources[0].member_count &&
               out->sources[0].column == tags_column(dataset);
    return GR_OK;
}

bool rollup_filter_is_void(enum dataset dataset, const struct rollup_filter *filter)
{
    return dataset != DATASET_COST && filter->kind == ROLLUP_NOT_IN &&
           (str_is(filter->dimension, "charge_category") ||
            str_is(filter->dimension, "charge_class") || str_is(filter->dimension, "charge_type"));
}

enum gr_status rollup_check_dimension(enum dataset dataset, struct str name, struct gr_err *err)
{
    return rollup_check_dimension_of(NULL, dataset, name, err);
}

enum gr_status rollup_check_dimension_of(const struct store *store, enum dataset dataset,
                                         struct str name, struct gr_err *err)
{
    struct dimension ignored;
    struct dimension_scope scope = {.store = store, .dataset = dataset};
    return dimension_resolve(&scope, name, &ignored, err);
}
