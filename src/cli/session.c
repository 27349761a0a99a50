/* See session.h. Called by the commands. */
#include "cli/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/money_options.h"
#include "report/cells.h"
#include "rollup/tag_rules.h"

struct str session_store_path(struct arena *arena, const struct options *options)
{
    if (options->store)
        return str_from(options->store);
    const char *named = getenv("GPUREPORT_STORE");
    if (named && *named)
        return str_from(named);
    if (access("gpureport.db", F_OK) == 0)
        return STR("gpureport.db");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && *data)
        return arena_printf(arena, "%s/gpureport/gpureport.db", data);
    if (home && *home)
        return arena_printf(arena, "%s/.local/share/gpureport/gpureport.db", home);
    return STR("gpureport.db");
}

void say(const struct options *options, const char *format, ...)
{
    if (options->quiet)
        return;
    char text[GR_ERR_TEXT_MAX];
    struct gr_err line = {0}; /* gr_fail keeps control characters of the data off the screen */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    gr_fail(&line, GR_EDATA, "%s", text);
    fprintf(stderr, "gpureport: %s\n", line.text);
}

/* The newest charge day; of usage where there are no charges; of samples; of invoices last. */
static const enum dataset order[] = {DATASET_COST, DATASET_AI, DATASET_METRIC, DATASET_INVOICE};

/* The same of what was dropped, so that an emptied store still knows which days it was about. */
static enum gr_status newest_day_of_ledger(struct arena *arena, struct session *session,
                                           struct gr_err *err)
{
    struct store_delivery_list all;
    GR_TRY(store_delivery_list(session->store, arena, &all, err));
    session->as_of = (struct day){0};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        int64_t last = MOMENT_NONE;
        for (size_t d = 0; d < all.count; d++) {
            const struct store_delivery *delivery = &all.items[d];
            if (delivery->dataset == order[i] && delivery->last_moment != MOMENT_NONE &&
                (last == MOMENT_NONE || delivery->last_moment > last))
                last = delivery->last_moment;
        }
        if (last == MOMENT_NONE)
            continue;
        session->as_of = zone_day_of_moment(session->zone, last);
        return GR_OK;
    }
    return GR_OK;
}

static enum gr_status newest_day(struct arena *arena, struct session *session, struct gr_err *err)
{
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        int64_t first, last;
        GR_TRY(store_moments(session->store, order[i], &first, &last, err));
        if (last == MOMENT_NONE)
            continue;
        session->as_of = zone_day_of_moment(session->zone, last);
        session->has_data = true;
        return GR_OK;
    }
    return newest_day_of_ledger(arena, session, err);
}

enum gr_status session_jobs(const struct options *options, unsigned *out, struct gr_err *err)
{
    long jobs = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->jobs)
        GR_TRY(option_number("jobs", options->jobs, 1, &jobs, err));
    if (jobs > 256 && options->jobs)
        return gr_fail(err, GR_EUSAGE, "--jobs: \"%s\" is more than 256", options->jobs);
    *out = jobs > 1 ? (unsigned)jobs : 1;
    return GR_OK;
}

static enum gr_status open_pool(const struct options *options, struct session *out,
                                struct gr_err *err)
{
    unsigned jobs = 1;
    GR_TRY(session_jobs(options, &jobs, err));
    out->pool = pool_open(jobs);
    return GR_OK;
}

static enum gr_status read_tag_rules(struct arena *arena, const struct options *options,
                                     struct session *out, struct gr_err *err)
{
    if (!options->tag_rules)
        return GR_OK;
    struct tag_rules *rules = arena_alloc(arena, sizeof *rules);
    out->tag_rules = rules;
    return tag_rules_read_file(arena, options->tag_rules, rules, err);
}

static enum gr_status open_inside(struct arena *arena, const struct options *options,
                                  struct session *out, struct gr_err *err)
{
    struct str path = session_store_path(arena, options);
    if (access(path.ptr, F_OK) != 0)
        return gr_fail(err, GR_ESTORE, "no store at %s; `gpureport ingest PATH...` makes one",
                       path.ptr);
    GR_TRY(read_tag_rules(arena, options, out, err));
    GR_TRY(open_pool(options, out, err));
    if (options->zone)
        GR_TRY(zone_open(str_from(options->zone), &out->zone, err));
    GR_TRY(store_open(path.ptr, STORE_READ, &out->store, err));
    GR_TRY(store_begin(out->store, err));
    GR_TRY(newest_day(arena, out, err));
    if (options->as_of && !day_read(str_from(options->as_of), &out->as_of))
        return gr_fail(err, GR_EUSAGE, "--as-of: \"%s\" is not a date; wanted YYYY-MM-DD",
                       options->as_of);
    struct sql_options sql = {out->pool, out->zone, options->home, options->simd, out->tag_rules};
    return sql_open(out->store, &sql, &out->sql, err);
}

enum gr_status session_open(struct arena *arena, const struct options *options, struct session *out,
                            struct gr_err *err)
{
    *out = (struct session){0};
    enum gr_status status = open_inside(arena, options, out, err);
    if (status)
        session_close(out);
    return status;
}

void session_close(struct session *session)
{
    if (session->store)
        store_rollback(session->store);
    store_close(session->store); /* closes the connection, then nothing calls into sql any more */
    sql_close(session->sql);
    zone_close(session->zone);
    if (session->pool)
        pool_close(session->pool);
    *session = (struct session){0};
}

static enum gr_status read_cost(const struct options *options, struct str *out, struct gr_err *err)
{
    static const char *const kinds[] = {"billed", "effective", "list", "contracted"};
    const char *wanted = options->cost ? options->cost : "billed";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], wanted) == 0) {
            *out = str_from(kinds[i]);
            return GR_OK;
        }
    return gr_fail(err, GR_EUSAGE,
                   "--cost: \"%s\" is not one of billed, effective, list, contracted", wanted);
}

static struct str join_lines(struct arena *arena, const struct str *lines, size_t count)
{
    struct str kept[3];
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].len)
            kept[kept_count++] = lines[i];
    return arena_join(arena, kept, kept_count, STR("\n"));
}

enum gr_status session_report_context(struct arena *arena, const struct options *options,
                                      const struct session *session, struct report_context *out,
                                      struct gr_err *err)
{
    struct period period;
    struct str excluded;
    GR_TRY(options_period(arena, options, session->as_of, &period, err));
    GR_TRY(options_exclusions(arena, options, &excluded, err));
    const struct str filters[] = {options_filters(arena, options), period.filter, excluded};
    *out = (struct report_context){
        .store = session->store,
        .sql = session->sql,
        .arena = arena,
        .home = options->home,
        .as_of = session->as_of,
        .days = period.days,
        .by_billing = period.by_billing,
        .period_name = period.name,
        .zone_name = str_from(options->zone ? options->zone : "UTC"),
        .zone = session->zone,
        .tag_rules = session->tag_rules,
        .filter = join_lines(arena, filters, 3),
        .excluded = excluded,
    };
    GR_TRY(read_cost(options, &out->cost, err));
    return money_options_read(options, out, err);
}

/* The same in the head of ad-hoc JSON, which has no other place for it. */
static void stamp_json(struct arena *arena, struct report_doc *doc, const char *member,
                       struct str value)
{
    if (doc->json_head.ptr)
        doc->json_head = arena_join(arena,
                                    (struct str[]){doc->json_head, STR(",\""), str_from(member),
                                                   STR("\":"), json_quoted(arena, value)},
                                    5, STR(""));
}

/* Which view on tags a document shows. */
static void stamp_tag_rules(struct arena *arena, const struct tag_rules *rules,
                            struct report_doc *doc)
{
    if (!rules)
        return;
    struct str label = tag_rules_label(arena, rules);
    struct str before = str_from(doc->subtitle.len ? ", tag rules " : "tag rules ");
    doc->subtitle = arena_join(arena, (struct str[]){doc->subtitle, before, label}, 3, STR(""));
    stamp_json(arena, doc, "tag_rules", label);
}

enum gr_status session_stamp(struct arena *arena, const struct session *session,
                             struct report_doc *doc, struct gr_err *err)
{
    int64_t snapshot;
    GR_TRY(store_snapshot(session->store, &snapshot, err));
    doc->snapshot = arena_printf(arena, "%lld", (long long)snapshot);
    doc->as_of = session->as_of;
    doc->author = STR("gpureport " GR_VERSION);
    stamp_json(arena, doc, "snapshot", doc->snapshot);
    stamp_tag_rules(arena, session->tag_rules, doc);
    return GR_OK;
}
