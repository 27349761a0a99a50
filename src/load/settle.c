/* Lets each delivery meet what the store holds: new, replaced, unchanged or refused.
 *
 * Two ways of delivering (field: FOCUS correction handling): a snapshot format brings a whole
 * billing period each time, so the later one replaces the earlier; a feed (sync, usage, metrics)
 * brings a stretch of time, so a stretch that the store does not have joins the ones that it has.
 * In both, what would lose days is refused. Called by load.c inside the transaction.
 */
#include <string.h>

#include "load/load_internal.h"

const char *load_status_name(enum load_status status)
{
    static const char *const names[] = {"new", "replaced", "unchanged", "refused"};
    return names[status];
}

/* Formats that bring stretches of time; all others bring whole billing periods. */
static bool format_is_feed(const char *format)
{
    static const char *const feeds[] = {"sync", "usage", "usage-log", "nvidia-smi"};
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++)
        if (strcmp(format, feeds[i]) == 0)
            return true;
    return false;
}

static void refuse(struct pending *p, struct str reason)
{
    p->out.status = LOAD_REFUSED;
    p->out.reason = reason;
}

static struct str days_key(struct arena *arena, int64_t delivery)
{
    return arena_printf(arena, "delivery-days:%lld", (long long)delivery);
}

static enum gr_status days_of(struct load *load, int64_t delivery, struct day_set *days,
                              struct gr_err *err)
{
    struct str text;
    GR_TRY(store_meta_get(load->store, load->arena, days_key(load->arena, delivery), &text, err));
    if (!day_set_read(text, days)) {
        day_set_deinit(days);
        return gr_fail(err, GR_ESTORE, "delivery %lld: its list of days can't be read: \"%.*s\"",
                       (long long)delivery, STR_ARG(text));
    }
    return GR_OK;
}

/* True when the old delivery came from exactly the same bytes. */
static enum gr_status same_files(struct load *load, const struct pending *p, int64_t old,
                                 bool *same, struct gr_err *err)
{
    struct store_file_list list;
    GR_TRY(store_file_list(load->store, load->arena, old, &list, err));
    *same = list.count == p->out.file_count;
    for (size_t i = 0; i < list.count && *same; i++) {
        bool found = false;
        for (size_t j = 0; j < p->out.file_count && !found; j++)
            found = str_equal(list.items[i].sha256, p->out.files[j].sha256);
        *same = found;
    }
    return GR_OK;
}

/* Does `p` lose a day that `old` has? Says which one. */
static enum gr_status loses_day(struct load *load, const struct pending *p, int64_t old,
                                bool *loses, struct day *missing, struct gr_err *err)
{
    struct day_set days;
    GR_TRY(days_of(load, old, &days, err));
    *loses = !day_set_covers(&p->days, &days, missing);
    day_set_deinit(&days);
    return GR_OK;
}

static void refuse_shrink(struct load *load, struct pending *p, const struct store_delivery *old,
                          struct day missing)
{
    char day[11];
    day_format(missing, day);
    refuse(p, arena_printf(load->arena,
                           "would lose days that delivery %lld has, %s first; --allow-shrink "
                           "replaces it all the same",
                           (long long)old->id, day));
}

static void refuse_part(struct load *load, struct pending *p, const struct store_delivery *old,
                        struct str lost)
{
    refuse(p,
           arena_printf(load->arena,
                        "would lose the charges of %.*s, which delivery %lld has; name all parts "
                        "of the month in one call; --allow-shrink replaces it all the same",
                        STR_ARG(lost), (long long)old->id));
}

static bool refuse_second_format(struct load *load, struct pending *p,
                                 const struct store_delivery_list *live)
{
    for (size_t i = 0; i < live->count; i++) {
        if (str_is(live->items[i].format, p->format))
            continue;
        refuse(p,
               arena_printf(load->arena,
                            "%.*s %.*s is already there as %.*s (delivery %lld) and now comes as "
                            "%s; --source NAME says that it is another source",
                            STR_ARG(p->source), STR_ARG(p->period), STR_ARG(live->items[i].format),
                            (long long)live->items[i].id, p->format));
        return true;
    }
    return false;
}

static bool is_of_call(const struct load *load, int64_t delivery)
{
    for (size_t i = 0; i < load->pending_count; i++)
        if (load->pendings[i].out.delivery.id == delivery)
            return true;
    return false;
}

/* One call brings a bill in two formats, and the store has neither: which of them holds, nobody
 * says, so none is taken. */
static bool refuse_two_formats(struct load *load, struct pending *p,
                               const struct store_delivery_list *live)
{
    for (size_t i = 0; load->mixed_formats && i < live->count; i++)
        if (!is_of_call(load, live->items[i].id))
            return false;
    for (size_t i = 0; load->mixed_formats && i < load->pending_count; i++) {
        const struct pending *q = &load->pendings[i];
        if (q->out.delivery.dataset != p->out.delivery.dataset ||
            strcmp(q->format, p->format) == 0 || !str_equal(q->source, p->source) ||
            !str_equal(q->period, p->period))
            continue;
        refuse(p, arena_printf(load->arena,
                               "%.*s %.*s comes as %s and as %s in this call, which would count "
                               "twice; name the files of one format; --source NAME says that it "
                               "is another source",
                               STR_ARG(p->source), STR_ARG(p->period), p->format, q->format));
        return true;
    }
    return false;
}

static struct str provider_of(struct str source)
{
    struct str rest = source;
    return str_cut(&rest, '/');
}

/* Costs of "aws" without an account beside a bill of "aws/123", in either order: the same charges
 * told twice, by two formats, unless --source parts them. */
static enum gr_status refuse_other_detail(struct load *load, struct pending *p, struct gr_err *err)
{
    struct str provider = provider_of(p->source);
    bool has_account = provider.len < p->source.len;
    struct store_delivery_list others, conflicting = {0};
    if (p->out.delivery.dataset != DATASET_COST || load->plan->source)
        return GR_OK;
    GR_TRY(store_delivery_find(load->store, load->arena, DATASET_COST,
                               has_account ? provider : STR_NONE, p->period, &others, err));
    conflicting.items = arena_alloc(load->arena, (others.count + 1) * sizeof *conflicting.items);
    for (size_t i = 0; i < others.count; i++) {
        struct str other = others.items[i].source;
        bool related = str_equal(provider_of(other), provider) && !str_equal(other, p->source);
        if (related && (has_account || other.len > provider.len))
            conflicting.items[conflicting.count++] = others.items[i];
    }
    refuse_second_format(load, p, &conflicting);
    return GR_OK;
}

static bool overlaps(const struct pending *p, const struct store_delivery *old)
{
    if (p->first_moment == MOMENT_NONE || old->first_moment == MOMENT_NONE)
        return true;
    return p->first_moment <= old->last_moment && p->last_moment >= old->first_moment;
}

static bool spans(const struct pending *p, const struct store_delivery *old)
{
    return old->first_moment == MOMENT_NONE ||
           (p->first_moment <= old->first_moment && p->last_moment >= old->last_moment);
}

/* Decides p's status against one live delivery; `replaces` says whether that one has to go. */
static enum gr_status settle_against(struct load *load, struct pending *p,
                                     const struct store_delivery *old, bool *replaces,
                                     struct gr_err *err)
{
    *replaces = false;
    bool feed = format_is_feed(p->format);
    bool same, loses;
    struct day missing = old->first_day;
    GR_TRY(same_files(load, p, old->id, &same, err));
    if (same) {
        p->out.status = LOAD_UNCHANGED;
        p->out.delivery = *old;
        return GR_OK;
    }
    if (feed && !overlaps(p, old))
        return GR_OK;
    GR_TRY(loses_day(load, p, old->id, &loses, &missing, err));
    if (feed && !loses && !spans(p, old)) {
        loses = true;
        missing = p->first_moment > old->first_moment ? old->first_day : old->last_day;
    }
    if (loses && !load->plan->allow_shrink) {
        refuse_shrink(load, p, old, missing);
        return GR_OK;
    }
    struct str lost = STR_NONE;
    if (!feed && !load->plan->allow_shrink)
        GR_TRY(load_find_lost_file(load, p, old, &lost, err));
    if (lost.ptr) {
        refuse_part(load, p, old, lost);
        return GR_OK;
    }
    p->out.status = LOAD_REPLACED;
    *replaces = true;
    return GR_OK;
}

static enum gr_status settle_live(struct load *load, struct pending *p, struct gr_err *err)
{
    struct store_delivery_list all, live = {0};
    GR_TRY(store_delivery_find(load->store, load->arena, p->out.delivery.dataset, p->source,
                               p->period, &all, err));
    live.items = arena_alloc(load->arena, (all.count + 1) * sizeof *live.items);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].id != p->out.delivery.id)
            live.items[live.count++] = all.items[i];
    if (refuse_two_formats(load, p, &live) || refuse_second_format(load, p, &live))
        return GR_OK;
    GR_TRY(refuse_other_detail(load, p, err));
    if (p->out.status == LOAD_REFUSED)
        return GR_OK;
    struct str conflict;
    GR_TRY(load_view_conflict(load, p, &live, &conflict, err));
    if (conflict.ptr) {
        refuse(p, conflict);
        return GR_OK;
    }
    bool *replaces = arena_alloc_zeroed(load->arena, live.count + 1, sizeof *replaces);
    for (size_t i = 0; i < live.count; i++) {
        GR_TRY(settle_against(load, p, &live.items[i], &replaces[i], err));
        if (p->out.status == LOAD_UNCHANGED || p->out.status == LOAD_REFUSED)
            return GR_OK;
    }
    struct store_delivery *replaced = arena_alloc(load->arena, (live.count + 1) * sizeof *replaced);
    p->out.replaced = replaced;
    for (size_t i = 0; i < live.count; i++) {
        if (!replaces[i])
            continue;
        replaced[p->out.replaced_count++] = live.items[i];
        GR_TRY(store_delivery_remove(load->store, live.items[i].id, DELIVERY_SUPERSEDED, err));
    }
    return GR_OK;
}

static bool too_many_rejects(const struct load *load, uint64_t rejected, uint64_t rows)
{
    const struct load_tolerance *limit = &load->plan->tolerance;
    if (limit->is_count)
        return rejected > limit->rows;
    return (unsigned __int128)rejected * 1000000 >
           (unsigned __int128)rows * limit->parts_per_million;
}

/* Rows that are known to be its own are held against its rows, all of them against those of whole
 * files: one that can't be read at all counts to the first delivery of its file, however few rows
 * that one has of it. */
static bool refuse_rejects(const struct load *load, struct pending *p)
{
    const struct store_delivery *delivery = &p->out.delivery;
    uint64_t rejected = delivery->rejected, rows = p->file_rows;
    if (!too_many_rejects(load, rejected, rows)) {
        rejected = p->own_rejects;
        rows = delivery->rows;
    }
    if (!too_many_rejects(load, rejected, rows))
        return false;
    refuse(p, arena_printf(load->arena,
                           "%llu of %llu rows could not be read, more than --max-rejects allows",
                           (unsigned long long)rejected, (unsigned long long)rows));
    return true;
}

static void pending_totals(struct pending *p)
{
    struct store_delivery *delivery = &p->out.delivery;
    delivery->rows = delivery->stored = delivery->rejected = delivery->skipped = 0;
    for (size_t i = 0; i < p->out.file_count; i++) {
        delivery->rows += p->out.files[i].rows;
        delivery->stored += p->out.files[i].stored;
        delivery->rejected += p->out.files[i].rejected;
        delivery->skipped += p->out.files[i].skipped;
    }
}

/* The sums of the batches must be the sums that were read back from the segments. */
static enum gr_status check_accounting(const struct pending *p, uint64_t stored, struct gr_err *err)
{
    const struct store_delivery *delivery = &p->out.delivery;
    if (delivery->stored != stored)
        return gr_fail(err, GR_ESTORE,
                       "accounting of delivery %lld: %llu rows were read, %llu are in the segments",
                       (long long)delivery->id, (unsigned long long)stored,
                       (unsigned long long)delivery->stored);
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(delivery->dataset, columns);
    for (size_t i = 0; i < p->sum_count; i++) {
        const struct store_money *found = NULL;
        for (size_t j = 0; j < delivery->money_count && !found; j++)
            if (str_equal(delivery->money[j].currency, p->sums[i].currency))
                found = &delivery->money[j];
        for (size_t k = 0; k < count; k++)
            if (!found || decimal_compare(found->sums[k], p->sums[i].sums[k]) != 0)
                return gr_fail(err, GR_ESTORE,
                               "accounting of delivery %lld: the sum of a money column in %.*s "
                               "differs between the file and the segments",
                               (long long)delivery->id, STR_ARG(p->sums[i].currency));
    }
    return GR_OK;
}

static enum gr_status finish(struct load *load, struct pending *p, struct gr_err *err)
{
    uint64_t stored = p->out.delivery.stored;
    GR_TRY(store_delivery_finish(load->store, load->arena, &p->out.delivery, err));
    GR_TRY(check_accounting(p, stored, err));
    for (size_t i = 0; i < p->out.file_count; i++)
        GR_TRY(store_file_put(load->store, &p->out.files[i], err));
    return store_meta_set(load->store, days_key(load->arena, p->out.delivery.id),
                          day_set_text(load->arena, &p->days), err);
}

/* A file beside its own packed form, bill.csv and bill.csv.gz of the same length and rows, would
 * count twice. Files with equal bytes on disk were read once (load.c). */
static bool refuse_packed_twin(const struct load *load, struct pending *p)
{
    const struct store_file *files = p->out.files;
    for (size_t i = 0; i < p->out.file_count; i++)
        for (size_t j = 0; j < p->out.file_count; j++) {
            const struct store_file *plain = &files[i], *packed = &files[j];
            bool named = packed->path.len == plain->path.len + 3 &&
                         str_starts(packed->path, plain->path) &&
                         str_ends(packed->path, STR(".gz"));
            if (!named || plain->bytes != packed->bytes || plain->rows != packed->rows)
                continue;
            const struct str parts[] = {
                plain->path, STR("and"), packed->path,
                STR("hold the same, which would count twice; name one of them")};
            refuse(p, arena_join(load->arena, parts, 4, STR(" ")));
            return true;
        }
    return false;
}

/* AWS reports are of a whole account: two of them bring the same charges in two grains or schemas.
 * (Exports of Azure may be of scopes within one account, so that theirs add up.) */
static bool refuse_two_manifests(const struct load *load, struct pending *p)
{
    const struct store_file *files = p->out.files;
    for (size_t i = 0; strcmp(p->format, "aws-cur") == 0 && i < p->out.file_count; i++) {
        if (!files[0].manifest.ptr || !files[i].manifest.ptr ||
            str_equal(files[i].manifest, files[0].manifest))
            continue;
        const struct str parts[] = {files[0].manifest, STR("and"), files[i].manifest,
                                    STR("are two reports of this account and month, which would "
                                        "count twice; name one of them")};
        refuse(p, arena_join(load->arena, parts, 4, STR(" ")));
        return true;
    }
    return false;
}

static enum gr_status settle_pending(struct load *load, struct pending *p, struct gr_err *err)
{
    int64_t id = p->out.delivery.id;
    p->out.status = LOAD_NEW;
    pending_totals(p);
    if (!refuse_packed_twin(load, p) && !refuse_two_manifests(load, p) && !refuse_rejects(load, p))
        GR_TRY(settle_live(load, p, err));
    if (p->out.status == LOAD_NEW || p->out.status == LOAD_REPLACED)
        return finish(load, p, err);
    return store_delivery_discard(load->store, id, err);
}

/* The sum of one money column and currency over all live deliveries so far. */
struct store_sum {
    enum dataset dataset;
    struct str currency;
    struct decimal sums[STORE_MONEY_MAX];
};

static enum gr_status add_to_total(struct store_sum *total, const struct store_money *money,
                                   struct gr_err *err)
{
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(total->dataset, columns), ignored;
    for (size_t i = 0; i < count; i++)
        if (decimal_add(total->sums[i], money->sums[i], &total->sums[i], err))
            return gr_wrap(err, "the sum of column %s in %.*s over the whole store",
                           dataset_columns(total->dataset, &ignored)[columns[i]].name,
                           STR_ARG(total->currency));
    return GR_OK;
}

/* ---- the bound of all sums ---- */

/* The store keeps a number of whole units that no total can pass: the net amounts of all
 * deliveries, each up to the next unit, without their signs. While it is below the limit, the total
 * of a money column in a currency fits 128 bits at any scale, over all deliveries or some of them,
 * and a load need not look at those of others. It bounds totals of whole deliveries only: within
 * one, charges and credits that cancel out may each be more, so a sum over some of its rows may
 * still not fit, and a rollup says so. */
static const char bound_key[] = "totals-bound";
static const uint64_t BOUND_LIMIT = 10000000000; /* times 10^28 it fits */

static uint64_t bound_add(uint64_t bound, enum dataset dataset, const struct store_money *money)
{
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(dataset, columns);
    for (size_t i = 0; i < count; i++) {
        i128 units = money->sums[i].units / decimal_power10(money->sums[i].scale);
        units = units < 0 ? -units : units;
        bool below = units < (i128)BOUND_LIMIT && bound < BOUND_LIMIT;
        bound = below ? bound + (uint64_t)units + 1 : BOUND_LIMIT;
    }
    return bound;
}

/* BOUND_LIMIT when the store has none. */
static enum gr_status bound_read(struct load *load, uint64_t *bound, struct gr_err *err)
{
    struct str text;
    struct decimal value;
    GR_TRY(store_meta_get(load->store, load->arena, str_from(bound_key), &text, err));
    bool sound = text.len && decimal_read(text, &value) == DECIMAL_READ_OK && value.scale == 0 &&
                 value.units >= 0 && value.units < (i128)BOUND_LIMIT;
    *bound = sound ? (uint64_t)value.units : BOUND_LIMIT;
    return GR_OK;
}

static enum gr_status bound_write(struct load *load, uint64_t bound, struct gr_err *err)
{
    struct str text = arena_printf(load->arena, "%llu", (unsigned long long)bound);
    return store_meta_set(load->store, str_from(bound_key), bound < BOUND_LIMIT ? text : STR(""),
                          err);
}

static uint64_t bound_of_load(const struct load *load, uint64_t bound)
{
    for (size_t i = 0; i < load->pending_count; i++) {
        const struct load_delivery *out = &load->pendings[i].out;
        bool written = out->status == LOAD_NEW || out->status == LOAD_REPLACED;
        for (size_t j = 0; written && j < out->delivery.money_count; j++)
            bound = bound_add(bound, out->delivery.dataset, &out->delivery.money[j]);
    }
    return bound;
}

/* All deliveries, one by one. */
static enum gr_status add_up_totals(struct load *load, uint64_t *bound, struct gr_err *err)
{
    struct store_delivery_list live;
    struct store_sum *totals;
    size_t count = 0, capacity = 16;
    GR_TRY(store_delivery_find(load->store, load->arena, DATASET_COUNT, STR_NONE, STR_NONE, &live,
                               err));
    totals = arena_alloc_zeroed(load->arena, capacity, sizeof *totals);
    for (size_t i = 0; i < live.count; i++)
        for (size_t j = 0; j < live.items[i].money_count; j++) {
            const struct store_money *money = &live.items[i].money[j];
            size_t at = 0;
            while (at < count && (totals[at].dataset != live.items[i].dataset ||
                                  !str_equal(totals[at].currency, money->currency)))
                at++;
            if (at == count && count == capacity) {
                struct store_sum *grown =
                    arena_alloc_zeroed(load->arena, 2 * capacity, sizeof *grown);
                memcpy(grown, totals, capacity * sizeof *grown);
                totals = grown;
                capacity *= 2;
            }
            if (at == count)
                totals[count++] = (struct store_sum){.dataset = live.items[i].dataset,
                                                     .currency = money->currency};
            GR_TRY(add_to_total(&totals[at], money, err));
            *bound = bound_add(*bound, live.items[i].dataset, money);
        }
    return GR_OK;
}

/* What is loaded must be summable: a store whose total passes 128 bits could report nothing. */
static enum gr_status check_totals(struct load *load, struct gr_err *err)
{
    uint64_t bound;
    GR_TRY(bound_read(load, &bound, err));
    bound = bound_of_load(load, bound);
    if (bound >= BOUND_LIMIT) {
        bound = 0;
        GR_TRY(add_up_totals(load, &bound, err));
    }
    return bound_write(load, bound, err);
}

enum gr_status load_forget_bound(struct store *store, struct gr_err *err)
{
    return store_meta_set(store, str_from(bound_key), STR(""), err);
}

enum gr_status load_settle(struct load *load, struct gr_err *err)
{
    for (size_t i = 0; i < load->pending_count; i++) {
        struct pending *p = &load->pendings[i];
        enum gr_status status = settle_pending(load, p, err);
        if (status)
            return gr_wrap(err, "delivery %.*s %.*s", STR_ARG(p->source), STR_ARG(p->period));
    }
    return check_totals(load, err);
}
