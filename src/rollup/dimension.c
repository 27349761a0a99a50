/* The dimensions: what `gpureport dimensions` lists, and where each dataset keeps their values. */
#include "rollup/rollup_internal.h"

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

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance (Levenshtein) with two rows; names longer than the row are far from everything. */
static size_t edit_distance(struct str a, struct str b)
{
    enum { LENGTH_MAX = 40 };
    size_t row[LENGTH_MAX + 1];
    if (a.len > LENGTH_MAX || b.len > LENGTH_MAX)
        return LENGTH_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = smaller(change, smaller(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b.len];
}

static enum gr_status no_such_dimension(enum dataset dataset, struct str name, struct gr_err *err)
{
    struct strbuf list;
    const char *closest = NULL;
    size_t distance = 4; /* farther is no suggestion */
    strbuf_init(&list, GR_ERR_TEXT_MAX);
    for (size_t i = 0; i < DEFS; i++) {
        if (!defs[i].for_dataset[dataset])
            continue;
        strbuf_printf(&list, "%s%s", list.len ? ", " : "",
                      strcmp(defs[i].name, "tag:") ? defs[i].name : "tag:KEY");
        size_t own = edit_distance(name, str_from(defs[i].name));
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

static bool known(enum dataset dataset, struct str name)
{
    for (size_t i = 0; i < DEFS; i++)
        if (defs[i].for_dataset[dataset] &&
            (str_is(name, defs[i].name) || (is_tag(name) && !strcmp(defs[i].name, "tag:"))))
            return !str_is(name, "tag:");
    return false;
}

static void add_tag_source(struct dimension *out, enum dataset dataset, struct str key)
{
    struct source *source = &out->sources[out->source_count++];
    *source = (struct source){.column = tags_column(dataset), .member_count = 1};
    source->members[0] = key;
}

static void add_column_sources(struct dimension *out, enum dataset dataset, struct str name)
{
    for (size_t i = 0; i < PLACES; i++) {
        const struct place *place = &places[i];
        if (place->dataset != dataset || !str_is(name, place->dimension))
            continue;
        if (place->column == OWN_TAG) {
            add_tag_source(out, dataset, name);
            continue;
        }
        struct source *source = &out->sources[out->source_count++];
        *source = (struct source){.column = place->column};
        if (place->member)
            source->members[source->member_count++] = str_from(place->member);
        if (place->other_member)
            source->members[source->member_count++] = str_from(place->other_member);
    }
}

/* On AI rows a tag may stand in the column of its name instead: tag:team finds Team. */
static void add_tag_sources(struct dimension *out, enum dataset dataset, struct str key)
{
    static const char *const columns[] = {"project", "team", "cost_center", "business_unit",
                                          "workload"};
    add_tag_source(out, dataset, key);
    for (size_t i = 0; dataset == DATASET_AI && i < sizeof(columns) / sizeof(columns[0]); i++)
        for (size_t p = 0; str_is(key, columns[i]) && p < PLACES; p++)
            if (places[p].dataset == dataset && places[p].column != OWN_TAG &&
                !strcmp(places[p].dimension, columns[i]))
                out->sources[out->source_count++] = (struct source){.column = places[p].column};
}

enum gr_status dimension_resolve(enum dataset dataset, struct str name, struct dimension *out,
                                 struct gr_err *err)
{
    *out = (struct dimension){.kind = DIMENSION_TEXT};
    if (!known(dataset, name))
        return no_such_dimension(dataset, name, err);
    if (str_is(name, "day"))
        out->kind = DIMENSION_DAY;
    else if (str_is(name, "week"))
        out->kind = DIMENSION_WEEK;
    else if (str_is(name, "month"))
        out->kind = DIMENSION_MONTH;
    else if (is_tag(name))
        add_tag_sources(out, dataset, (struct str){name.ptr + 4, name.len - 4});
    else
        add_column_sources(out, dataset, name);
    /* A dimension whose first place is a tag is a tag to its readers. */
    out->tag = out->source_count && out->sources[0].member_count &&
               out->sources[0].column == tags_column(dataset);
    return GR_OK;
}

enum gr_status rollup_check_dimension(enum dataset dataset, struct str name, struct gr_err *err)
{
    struct dimension ignored;
    return dimension_resolve(dataset, name, &ignored, err);
}
