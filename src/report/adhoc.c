/* The ad-hoc report: groups of one cost as a document. Called by the ad-hoc command.
 */
#include <string.h>

#include "report/adhoc_internal.h"
#include "report/cells.h"
#include "report/fx.h"

static struct str json_head(const struct adhoc *a)
{
    const struct report_context *c = a->context;
    char first[11], last[11], as_of[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    day_format(c->as_of, as_of);
    struct str names[ROLLUP_DIMENSIONS_MAX];
    for (size_t i = 0; i < a->request->dimension_count; i++)
        names[i] = json_quoted(a->arena, a->request->dimensions[i]);
    struct str list = arena_join(a->arena, names, a->request->dimension_count, STR(","));
    struct str zone = json_quoted(a->arena, c->zone_name);
    struct str head = arena_printf(
        a->arena,
        "\"report\":\"%s\",\"dimensions\":[%s],\"dataset\":\"%s\",\"cost\":\"%.*s\","
        "\"period\":{\"first\":\"%s\",\"last\":\"%s\",\"tz\":%s,\"basis\":\"%s\"},"
        "\"as_of\":\"%s\"",
        a->only_tag ? "by-tag" : "by-dimension", list.ptr, dataset_name(a->request->dataset),
        STR_ARG(c->cost), first, last, zone.ptr, c->by_billing ? "billing" : "charge", as_of);
    if (!c->filter.len)
        return head;
    const struct str parts[] = {head, STR(",\"filter\":"),
                                json_quoted(a->arena, report_filter_text(c))};
    return arena_join(a->arena, parts, 3, STR(""));
}

static struct str join_titles(const struct adhoc *a)
{
    struct str ids[ROLLUP_DIMENSIONS_MAX];
    for (size_t i = 0; i < a->request->dimension_count; i++)
        ids[i] = adhoc_dimension_id(a->request->dimensions[i]);
    return arena_join(a->arena, ids, a->request->dimension_count, STR(", "));
}

static void fill_head(const struct adhoc *a, struct report_doc *doc)
{
    const struct report_context *c = a->context;
    bool ai = a->request->dataset == DATASET_AI;
    doc->id = a->only_tag ? STR("by-tag") : STR("by-dimension");
    doc->title = a->request->dimension_count
                     ? arena_printf(a->arena, "%s by %.*s", ai ? "LLM spend" : "Spend",
                                    STR_ARG(join_titles(a)))
                     : str_from(ai ? "LLM spend" : "Spend");
    char first[11], last[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    doc->subtitle =
        arena_printf(a->arena, "%s %s to %s %.*s, %.*s cost", c->by_billing ? "billed" : "charged",
                     first, last, STR_ARG(c->zone_name), STR_ARG(c->cost));
    struct str rest = c->filter;
    while (rest.ptr && rest.len) {
        struct str line = str_cut(&rest, '\n');
        const struct str parts[] = {doc->subtitle, line};
        doc->subtitle = arena_join(a->arena, parts, 2, STR(", "));
    }
    doc->json_head = json_head(a);
    if (c->allocation)
        doc->json_head = arena_join(
            a->arena, (const struct str[]){doc->json_head, allocation_json(c, &a->proof)}, 2,
            STR(","));
    if (c->conversion)
        doc->json_head =
            arena_join(a->arena, (const struct str[]){doc->json_head, fx_json(c)}, 2, STR(","));
}

/* May the rollup leave out what is not of the top? It knows one period without times. */
static bool rollup_keeps_top(const struct adhoc *a)
{
    const struct adhoc_request *request = a->request;
    return selection_is_plain(a->context, request->dimensions, request->dimension_count) &&
           request->dataset == DATASET_COST && request->dimension_count && !a->time_mask &&
           request->compare == COMPARE_NONE && !request->time_series.ptr;
}

static enum gr_status query_all(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    struct group_question question = {request->dataset, request->dimensions,
                                      request->dimension_count, a->context->days,
                                      rollup_keeps_top(a) ? request->top : 0};
    GR_TRY(selection_query(a->context, &question, &a->groups, &a->proof, err));
    if (request->compare != COMPARE_NONE) {
        struct group_list earlier;
        a->earlier = report_earlier_period(a->context->days, request->compare);
        question.days = a->earlier;
        GR_TRY(selection_query(a->context, &question, &earlier, NULL, err));
        groups_compare(a->arena, &a->groups, &earlier);
        question.days = a->context->days;
    }
    GR_TRY(groups_totals(a->arena, &a->groups, &a->totals, err));
    if (!request->time_series.ptr)
        return GR_OK;
    struct str dimensions[ROLLUP_DIMENSIONS_MAX];
    memcpy(dimensions, request->dimensions, sizeof dimensions);
    dimensions[request->dimension_count] = request->time_series;
    question.dimensions = dimensions;
    question.dimension_count = request->dimension_count + 1;
    return selection_query(a->context, &question, &a->series, NULL, err);
}

static enum gr_status check_request(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    for (size_t i = 0; i < request->dimension_count; i++)
        if (dimension_is_time(request->dimensions[i]))
            a->time_mask |= 1u << i;
        else if (str_is(request->dimensions[i], "currency") && !a->context->conversion)
            a->by_currency = true;
    if (request->compare != COMPARE_NONE && a->time_mask)
        return gr_fail(
            err, GR_EUSAGE,
            "--compare does not go with a time dimension: the days of two periods differ");
    if (request->time_series.ptr && a->time_mask)
        return gr_fail(err, GR_EUSAGE, "--time-series does not go with a time dimension in --by");
    if (request->time_series.ptr && request->dimension_count == ROLLUP_DIMENSIONS_MAX)
        return gr_fail(err, GR_EUSAGE, "--time-series goes with up to %d dimensions",
                       ROLLUP_DIMENSIONS_MAX - 1);
    a->only_tag = request->dimension_count == 1 && str_starts(request->dimensions[0], STR("tag:"));
    return GR_OK;
}

/* (other) rows of a time belong behind that time's rows. */
static void sort_by_time(struct group_list *list, unsigned time_mask)
{
    size_t key = 0;
    while (key < ROLLUP_DIMENSIONS_MAX && !(time_mask >> key & 1))
        key++;
    for (size_t i = 1; i < list->count; i++) {
        struct group moved = list->items[i];
        if (!moved.is_other)
            continue;
        size_t at = i;
        while (at > 0 && str_compare(list->items[at - 1].keys[key], moved.keys[key]) > 0) {
            list->items[at] = list->items[at - 1];
            at--;
        }
        list->items[at] = moved;
    }
}

/* The N largest and (other), in the groups and in their series alike. */
static enum gr_status keep_top(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    size_t count = request->dimension_count;
    if (!request->top || !count || rollup_keeps_top(a))
        return GR_OK;
    GR_TRY(groups_top(a->arena, &a->groups, request->top, count, a->time_mask, err));
    if (a->time_mask)
        sort_by_time(&a->groups, a->time_mask);
    if (!request->time_series.ptr)
        return GR_OK;
    GR_TRY(groups_top(a->arena, &a->series, request->top, count + 1, 1u << count, err));
    sort_by_time(&a->series, 1u << count);
    return GR_OK;
}

static enum gr_status add_proof(const struct adhoc *a, struct section_builder *section,
                                struct gr_err *err)
{
    struct report_table *proof;
    if (!a->context->allocation || a->request->one_table)
        return GR_OK;
    GR_TRY(allocation_proof_table(a->context, &a->proof, &proof, err));
    section_table(section, proof);
    section_text(section, ITEM_NOTE, allocation_note(a->context, &a->proof));
    return GR_OK;
}

/* A cost that rows do not carry is no cost of 0, though it adds nothing. */
static void note_unknown(const struct adhoc *a, struct section_builder *section)
{
    for (size_t i = 0; i < a->totals.count; i++) {
        const struct group *total = &a->totals.items[i];
        if (total->unknown)
            section_text(section, ITEM_NOTE,
                         arena_printf(a->arena,
                                      "The %.*s cost of %lld of %lld records in %.*s is not known; "
                                      "it counts as 0.",
                                      STR_ARG(a->context->cost), (long long)total->unknown,
                                      (long long)total->records, STR_ARG(total->currency)));
    }
}

enum gr_status report_adhoc(const struct report_context *context,
                            const struct adhoc_request *request, struct report_doc *doc,
                            struct gr_err *err)
{
    struct adhoc a = {.context = context, .request = request, .arena = context->arena};
    GR_TRY(check_request(&a, err));
    GR_TRY(query_all(&a, err));
    GR_TRY(keep_top(&a, err));
    fill_head(&a, doc);
    struct report_table *groups;
    GR_TRY(adhoc_groups_table(&a, &groups, err));
    struct section_builder section = section_begin(a.arena, "groups", STR(""));
    if (a.groups.count > 1 && !a.time_mask)
        section_chart(&section, adhoc_chart(&a));
    section_table(&section, groups);
    section_table(&section, adhoc_totals_table(&a));
    if (request->time_series.ptr)
        section_table(&section, adhoc_series_table(&a, false));
    if (request->time_series.ptr && !request->for_json)
        section_table(&section, adhoc_series_table(&a, true));
    note_unknown(&a, &section);
    GR_TRY(add_proof(&a, &section, err));
    doc->sections = arena_alloc(a.arena, sizeof *doc->sections);
    doc->sections[0] = section.section;
    doc->section_count = 1;
    report_add_inputs(context, doc);
    return GR_OK;
}
