/* Sends each row of a batch to the delivery that it belongs to: (dataset, source, period).
 *
 * Called by load.c for every batch. Rows of one file mostly share their delivery, so the codes of
 * the last row are remembered. What the rows add up to is tally.c's.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "load/load_internal.h"

static const struct {
    const char *name, *slug;
} provider_slugs[] = {
    {"amazon web services",                  "aws"  },
    {"amazon web services, inc.",            "aws"  },
    {"amazon",                               "aws"  },
    {"amazon web services emea sarl",        "aws"  },
    {"microsoft",                            "azure"},
    {"microsoft azure",                      "azure"},
    {"microsoft corporation",                "azure"},
    {"microsoft ireland operations limited", "azure"},
    {"google",                               "gcp"  },
    {"google cloud",                         "gcp"  },
    {"google cloud platform",                "gcp"  },
    {"google llc",                           "gcp"  },
    {"google cloud emea limited",            "gcp"  },
    {"oracle",                               "oci"  },
    {"oracle cloud infrastructure",          "oci"  },
    {"oracle corporation",                   "oci"  },
    {"oracle america, inc.",                 "oci"  },
};

struct str load_provider_slug(struct arena *arena, struct str provider)
{
    struct str name = str_trim(provider);
    for (size_t i = 0; i < sizeof provider_slugs / sizeof *provider_slugs; i++)
        if (str_equal_nocase(name, str_from(provider_slugs[i].name)))
            return str_from(provider_slugs[i].slug);
    if (name.len == 0)
        return STR("unknown");
    char *slug = arena_alloc(arena, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                    (unsigned char)c >= 0x80;
        if (c >= 'A' && c <= 'Z')
            slug[len++] = (char)(c - 'A' + 'a');
        else if (word)
            slug[len++] = c;
        else if (len && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    while (len && slug[len - 1] == '-')
        len--;
    slug[len] = '\0';
    return len ? (struct str){slug, len} : STR("unknown");
}

struct str load_bill_source(struct arena *arena, struct str provider, struct str account)
{
    const struct str azure = STR("providers/Microsoft.Billing/billingAccounts/");
    struct str slug = load_provider_slug(arena, provider);
    while (account.len && account.ptr[0] == '/')
        account = (struct str){account.ptr + 1, account.len - 1};
    /* Microsoft's FOCUS exports write an account as a path, its own ones as the bare number. */
    if (account.len > azure.len && str_equal_nocase((struct str){account.ptr, azure.len}, azure))
        account = (struct str){account.ptr + azure.len, account.len - azure.len};
    if (!account.len)
        return slug;
    return arena_join(arena, (const struct str[]){slug, account}, 2, STR("/"));
}

/* FOCUS 1.3 names neither provider nor issuer. */
static struct str commitment_source(const struct load *load, const struct batch *batch,
                                    uint32_t row)
{
    struct str name = batch_text(batch, COMMITMENT_ServiceProviderName, row);
    if (!name.len)
        name = batch_text(batch, COMMITMENT_InvoiceIssuerName, row);
    return name.len ? load_provider_slug(load->arena, name) : str_from(load->facts.format);
}

static struct str route_source(const struct load *load, const struct batch *batch, uint32_t row)
{
    struct arena *arena = load->arena;
    if (load->plan->source)
        return str_from(load->plan->source);
    if (batch->dataset == DATASET_COST)
        return load_bill_source(arena, batch_text(batch, COST_ProviderName, row),
                                batch_text(batch, COST_BillingAccountId, row));
    if (batch->dataset == DATASET_AI) { /* usage names its API, not its bill: google stays google */
        struct str provider = batch_text(batch, AI_Provider, row);
        return provider.len ? provider : STR("unknown");
    }
    if (batch->dataset == DATASET_INVOICE)
        return load_bill_source(arena, batch_text(batch, INVOICE_InvoiceIssuerName, row),
                                batch_text(batch, INVOICE_BillingAccountId, row));
    if (batch->dataset == DATASET_BILLING_PERIOD)
        return load_provider_slug(arena, batch_text(batch, BILLING_PERIOD_InvoiceIssuerName, row));
    if (batch->dataset == DATASET_COMMITMENT)
        return commitment_source(load, batch, row);
    if (batch->dataset == DATASET_METRIC && strcmp(load->facts.format, "sync") != 0)
        return arena_join(arena,
                          (const struct str[]){str_from(load->facts.format),
                                               batch_text(batch, METRIC_InstanceId, row)},
                          2, STR("/"));
    return str_from(load->facts.format);
}

static size_t pending_add(struct load *load, enum dataset dataset, struct str source,
                          struct str period)
{
    if (load->pending_count == load->pending_capacity) {
        load->pending_capacity = load->pending_capacity ? load->pending_capacity * 2 : 16;
        load->pendings =
            gr_realloc(load->pendings, load->pending_capacity * sizeof *load->pendings);
    }
    struct pending *p = &load->pendings[load->pending_count];
    *p = (struct pending){.source = arena_str(load->arena, source),
                          .period = arena_str(load->arena, period),
                          .format = load->facts.format,
                          .first_moment = MOMENT_NONE,
                          .last_moment = MOMENT_NONE,
                          .recent_moment = MOMENT_NONE};
    p->out.delivery.dataset = dataset;
    load->mixed_formats = load->mixed_formats || strcmp(p->format, load->pendings[0].format) != 0;
    return load->pending_count++;
}

static enum gr_status route_find(struct load *load, enum dataset dataset, struct str source,
                                 struct str period, uint32_t *found, struct gr_err *err)
{
    struct strbuf name;
    strbuf_init(&name, STRBUF_CEILING);
    strbuf_printf(&name, "%s %s %.*s ", dataset_name(dataset), load->facts.format, STR_ARG(period));
    strbuf_append(&name, source);
    uint32_t code = dict_intern(&load->pending_names, strbuf_str(&name));
    strbuf_deinit(&name);
    *found = code - 1;
    if (*found < load->pending_count)
        return GR_OK;
    pending_add(load, dataset, source, period);
    struct pending *p = &load->pendings[*found];
    struct store_delivery *delivery = &p->out.delivery;
    delivery->source = p->source;
    delivery->period = p->period;
    delivery->format = str_from(p->format);
    delivery->ingested = load->plan->ingested;
    return store_delivery_new(load->store, delivery, &delivery->id, err);
}

/* The ledger's file row of (delivery, file at hand), made at its first row. */
static enum gr_status pending_file(struct load *load, struct pending *p, struct gr_err *err)
{
    if (p->file_index == load->file_index + 1)
        return GR_OK;
    size_t count = p->out.file_count;
    struct store_file *files = arena_alloc(load->arena, (count + 1) * sizeof *files);
    if (count)
        memcpy(files, p->out.files, count * sizeof *files);
    files[count] = (struct store_file){.delivery = p->out.delivery.id,
                                       .path = load->path,
                                       .sha256 = STR(""),
                                       .format = str_from(load->facts.format),
                                       .version = STR(""),
                                       .manifest = load->set->manifest,
                                       .set_id = load->set->id};
    GR_TRY(store_file_put(load->store, &files[count], err));
    uint64_t *without_cost = arena_alloc_zeroed(load->arena, count + 1, sizeof *without_cost);
    if (count)
        memcpy(without_cost, p->out.without_cost, count * sizeof *without_cost);
    p->out.without_cost = without_cost;
    p->out.files = files;
    p->out.file_count = count + 1;
    p->file_index = load->file_index + 1;
    if (!load->first_pending)
        load->first_pending = (size_t)(p - load->pendings) + 1;
    return GR_OK;
}

/* What is looked up once for all rows of a batch, and what the last row had. */
struct route_cursor {
    const uint32_t *providers, *accounts;
    const int64_t *billing, *moments; /* NULL: absent everywhere */
    struct day day, month;            /* of the last row */
    bool known;                       /* there was one */
};

static const uint32_t *codes_of(const struct batch *batch, int column)
{
    return column < 0 ? NULL : batch->columns[column].codes;
}

static struct route_cursor begin_routes(const struct batch *batch)
{
    static const int providers[DATASET_COUNT] = {
        [DATASET_COST] = COST_ProviderName,
        [DATASET_AI] = AI_Provider,
        [DATASET_METRIC] = METRIC_InstanceId,
        [DATASET_INSTANCE] = -1,
        [DATASET_ALERT] = -1,
        [DATASET_ERROR] = -1,
        [DATASET_INVOICE] = INVOICE_InvoiceIssuerName,
        [DATASET_BILLING_PERIOD] = BILLING_PERIOD_InvoiceIssuerName,
        [DATASET_COMMITMENT] = COMMITMENT_ServiceProviderName,
    };
    static const int accounts[DATASET_COUNT] = {
        [DATASET_COST] = COST_BillingAccountId,
        [DATASET_AI] = -1,
        [DATASET_METRIC] = -1,
        [DATASET_INSTANCE] = -1,
        [DATASET_ALERT] = -1,
        [DATASET_ERROR] = -1,
        [DATASET_INVOICE] = INVOICE_BillingAccountId,
        [DATASET_BILLING_PERIOD] = -1,
        [DATASET_COMMITMENT] = COMMITMENT_InvoiceIssuerName,
    };
    bool cost = batch->dataset == DATASET_COST;
    return (struct route_cursor){
        .providers = codes_of(batch, providers[batch->dataset]),
        .accounts = codes_of(batch, accounts[batch->dataset]),
        .billing = cost ? batch->columns[COST_BillingPeriodStart].moments : NULL,
        .moments = batch->columns[dataset_moment_column(batch->dataset)].moments,
    };
}

/* The month that a row is billed in; of its day where no billing period is there. */
static struct day route_month(struct route_cursor *cursor, uint32_t row)
{
    int64_t moment = cursor->billing ? cursor->billing[row] : MOMENT_NONE;
    if (moment == MOMENT_NONE && cursor->moments)
        moment = cursor->moments[row];
    struct day day = moment == MOMENT_NONE ? (struct day){0} : day_of_moment(moment);
    if (!cursor->known || day.since_1970 != cursor->day.since_1970) {
        cursor->known = true;
        cursor->day = day;
        cursor->month = month_first(day);
    }
    return cursor->month;
}

static bool route_equal(const struct route *a, const struct route *b)
{
    return a->dataset == b->dataset && a->provider == b->provider && a->account == b->account &&
           a->month.since_1970 == b->month.since_1970;
}

/* The place of the route, or the free one where it belongs. */
static struct route *route_place(const struct route_table *table, const struct route *wanted)
{
    uint64_t hash = ((uint64_t)wanted->account << 32 | wanted->provider) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (uint64_t)(uint32_t)wanted->month.since_1970) * 0xff51afd7ed558ccdu;
    size_t at = (size_t)(hash >> 32) + (size_t)wanted->dataset;
    for (;; at++) {
        struct route *place = &table->places[at & (table->capacity - 1)];
        if (!place->pending || route_equal(place, wanted))
            return place;
    }
}

static void route_table_grow(struct route_table *table)
{
    struct route_table grown = {NULL, table->count, table->capacity ? table->capacity * 2 : 256};
    grown.places = gr_alloc_zeroed(grown.capacity, sizeof *grown.places);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->places[i].pending)
            *route_place(&grown, &table->places[i]) = table->places[i];
    free(table->places);
    *table = grown;
}

void load_routes_clear(struct load *load)
{
    free(load->routes.places);
    load->routes = (struct route_table){0};
    load->last = NULL;
}

static enum gr_status route_learn(struct load *load, const struct batch *batch, uint32_t row,
                                  struct route *route, struct gr_err *err)
{
    char period[8];
    uint32_t pending;
    month_format(route->month, period);
    GR_TRY(route_find(load, batch->dataset, route_source(load, batch, row), str_from(period),
                      &pending, err));
    if (load->routes.count * 2 >= load->routes.capacity)
        route_table_grow(&load->routes);
    route->pending = pending + 1;
    struct route *place = route_place(&load->routes, route);
    *place = *route;
    load->routes.count++;
    load->last = place;
    return GR_OK;
}

static enum gr_status route_row(struct load *load, const struct batch *batch,
                                struct route_cursor *cursor, uint32_t row, uint32_t *pending,
                                struct gr_err *err)
{
    struct route route = {
        .dataset = batch->dataset,
        .provider = cursor->providers ? cursor->providers[row] : 0,
        .account = cursor->accounts ? cursor->accounts[row] : 0,
        .month = route_month(cursor, row),
    };
    if (!load->last || !route_equal(load->last, &route)) {
        const struct route *place =
            load->routes.capacity ? route_place(&load->routes, &route) : NULL;
        if (place && place->pending)
            load->last = place;
        else
            GR_TRY(route_learn(load, batch, row, &route, err));
    }
    *pending = load->last->pending - 1;
    return GR_OK;
}

/* The rows of each delivery, and the ledger's file row that they are of. */
static enum gr_status place_rows(struct load *load, const struct batch *batch, struct gr_err *err)
{
    struct store_file *file = NULL;
    uint32_t last = UINT32_MAX;
    for (uint32_t row = 0; row < batch->rows; row++) {
        uint32_t number = load->pending_of_row[row];
        struct pending *p = &load->pendings[number];
        if (number != last) {
            GR_TRY(pending_file(load, p, err));
            file = &p->out.files[p->out.file_count - 1];
            last = number;
        }
        assert(file);
        file->stored++;
        load->places[row] = (struct store_place){p->out.delivery.id, file->id};
    }
    return GR_OK;
}

enum gr_status load_route_batch(struct load *load, struct batch *batch, struct gr_err *err)
{
    struct route_cursor cursor = begin_routes(batch);
    for (uint32_t row = 0; row < batch->rows; row++)
        GR_TRY(route_row(load, batch, &cursor, row, &load->pending_of_row[row], err));
    GR_TRY(load_tally_batch(load, batch, err));
    GR_TRY(place_rows(load, batch, err));
    if (batch->dataset == DATASET_COST)
        charge_sample_take(&load->sample, batch, load->places);
    return store_append_places(load->store, batch, load->places, err);
}
