/* See ingest_output.h. Called by commands/ingest.c and commands/imports.c. */
#include "cli/ingest_output.h"

#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "report/cells.h"

enum { REFUSALS_SAID = 10, REJECTS_SAID = 10 };

static void json_money(struct arena *arena, struct strbuf *out,
                       const struct store_delivery *delivery)
{
    static const char *const names_of[DATASET_COUNT][STORE_MONEY_MAX] = {
        [DATASET_COST] = {"billed",  "effective", "list", "contracted"},
        [DATASET_AI] = {"cost",   "billed", "computed"},
        [DATASET_INSTANCE] = {"hourly_cost"        },
        [DATASET_INVOICE] = {"billed"},
        [DATASET_COMMITMENT] = {"commitment"        },
    };
    const char *const *names = names_of[delivery->dataset];
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(delivery->dataset, columns);
    strbuf_append_cstr(out, ",\"money\":[");
    for (size_t i = 0; i < delivery->money_count; i++) {
        const struct store_money *money = &delivery->money[i];
        strbuf_printf(out, "%s{\"currency\":", i ? "," : "");
        strbuf_append(out, json_quoted(arena, money->currency));
        for (size_t j = 0; j < count && names[j]; j++) {
            strbuf_printf(out, ",\"%s\":\"", names[j]);
            decimal_format(money->sums[j], 2, out);
            strbuf_append_char(out, '"');
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void json_files(struct arena *arena, struct strbuf *out, const struct load_delivery *item)
{
    strbuf_append_cstr(out, ",\"files\":[");
    for (size_t i = 0; i < item->file_count; i++) {
        const struct store_file *file = &item->files[i];
        strbuf_printf(out, "%s{\"path\":", i ? "," : "");
        strbuf_append(out, json_quoted(arena, file->path));
        strbuf_printf(out,
                      ",\"sha256\":\"%.*s\",\"format\":\"%.*s\",\"version\":\"%.*s\",\"rows\":%llu,"
                      "\"stored\":%llu,\"rejected\":%llu,\"skipped\":%llu",
                      STR_ARG(file->sha256), STR_ARG(file->format), STR_ARG(file->version),
                      (unsigned long long)file->rows, (unsigned long long)file->stored,
                      (unsigned long long)file->rejected, (unsigned long long)file->skipped);
        if (item->without_cost[i])
            strbuf_printf(out, ",\"without_cost\":%llu", (unsigned long long)item->without_cost[i]);
        if (file->manifest.ptr) {
            strbuf_append_cstr(out, ",\"manifest\":");
            strbuf_append(out, json_quoted(arena, file->manifest));
            strbuf_append_cstr(out, ",\"set_id\":");
            strbuf_append(out, json_quoted(arena, file->set_id));
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_char(out, ']');
}

static void json_warnings(struct arena *arena, struct strbuf *out, const struct load_delivery *item)
{
    for (size_t i = 0; i < item->warning_count; i++) {
        strbuf_append_cstr(out, i ? "," : ",\"warnings\":[");
        strbuf_append(out, json_quoted(arena, item->warnings[i]));
    }
    if (item->warning_count)
        strbuf_append_char(out, ']');
}

static void json_delivery(struct arena *arena, struct strbuf *out, const struct load_delivery *item)
{
    const struct store_delivery *delivery = &item->delivery;
    strbuf_printf(out, "{\"id\":%lld,\"dataset\":\"%s\",\"source\":", (long long)delivery->id,
                  dataset_name(delivery->dataset));
    strbuf_append(out, json_quoted(arena, delivery->source));
    strbuf_printf(out, ",\"format\":\"%.*s\",\"period\":\"%.*s\",\"status\":\"%s\"",
                  STR_ARG(delivery->format), STR_ARG(delivery->period),
                  load_status_name(item->status));
    if (item->reason.len) {
        strbuf_append_cstr(out, ",\"reason\":");
        strbuf_append(out, json_quoted(arena, item->reason));
    }
    json_warnings(arena, out, item);
    json_files(arena, out, item);
    if (delivery->first_moment != MOMENT_NONE && item->status != LOAD_REFUSED) {
        char first[11], last[11];
        day_format(delivery->first_day, first);
        day_format(delivery->last_day, last);
        strbuf_printf(out, ",\"first_day\":\"%s\",\"last_day\":\"%s\"", first, last);
    }
    json_money(arena, out, delivery);
    for (size_t i = 0; i < item->replaced_count; i++) {
        strbuf_printf(out, "%s{\"id\":%lld", i ? "," : ",\"replaces\":[",
                      (long long)item->replaced[i].id);
        json_money(arena, out, &item->replaced[i]);
        strbuf_append_cstr(out, i + 1 == item->replaced_count ? "}]" : "}");
    }
    strbuf_append_char(out, '}');
}

enum gr_status ingest_print_json(struct arena *arena, const struct load_outcome *outcome,
                                 struct gr_err *err)
{
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    strbuf_append_cstr(&out, "{\"deliveries\":[");
    for (size_t i = 0; i < outcome->delivery_count; i++) {
        if (i)
            strbuf_append_char(&out, ',');
        json_delivery(arena, &out, &outcome->deliveries[i]);
    }
    strbuf_append_cstr(&out, "],\"skipped\":[");
    for (size_t i = 0; i < outcome->skipped_count; i++) {
        strbuf_append_cstr(&out, i ? ",{\"path\":" : "{\"path\":");
        strbuf_append(&out, json_quoted(arena, outcome->skipped[i].path));
        strbuf_append_cstr(&out, ",\"reason\":");
        strbuf_append(&out, json_quoted(arena, outcome->skipped[i].reason));
        strbuf_append_char(&out, '}');
    }
    strbuf_append_cstr(&out, "]}\n");
    enum gr_status status = GR_OK;
    if (out.overflowed)
        status = gr_fail(err, GR_ESTORE, "the answer is larger than %d MB", STRBUF_CEILING >> 20);
    else
        fputs(strbuf_cstr(&out), stdout);
    strbuf_deinit(&out);
    return status;
}

/* "  was 981.00 USD" for each currency whose sum a replacement changed. */
static void print_change(struct arena *arena, const struct load_delivery *item)
{
    const struct store_delivery *now = &item->delivery;
    if (item->status != LOAD_REPLACED || item->replaced_count != 1 ||
        now->dataset == DATASET_INSTANCE)
        return;
    const struct store_delivery *old = item->replaced;
    for (size_t i = 0; i < old->money_count; i++) {
        const struct store_money *was = &old->money[i];
        bool same = false;
        for (size_t j = 0; j < now->money_count; j++)
            same = same || (str_equal(now->money[j].currency, was->currency) &&
                            decimal_compare(now->money[j].sums[0], was->sums[0]) == 0);
        struct str text = money_text(arena, was->sums[0], was->currency);
        if (!same && was->currency.len)
            printf("  was %.*s", STR_ARG(text));
    }
}

void ingest_print_lines(struct arena *arena, const struct options *options,
                        const struct load_outcome *outcome)
{
    for (size_t i = 0; i < outcome->delivery_count; i++) {
        const struct load_delivery *item = &outcome->deliveries[i];
        const struct store_delivery *delivery = &item->delivery;
        if (item->status == LOAD_REFUSED || options->quiet)
            continue;
        struct gr_err line = {0}; /* as for rejects: names of sources come from the data */
        gr_fail(&line, GR_EDATA, "%-9s %-8s %.*s %.*s  %llu rows", load_status_name(item->status),
                dataset_name(delivery->dataset), STR_ARG(delivery->source),
                STR_ARG(delivery->period), (unsigned long long)delivery->stored);
        fputs(line.text, stdout);
        if (delivery->rejected)
            printf(", %llu rejected", (unsigned long long)delivery->rejected);
        for (size_t j = 0; j < delivery->money_count && delivery->dataset != DATASET_INSTANCE;
             j++) {
            const struct store_money *money = &delivery->money[j];
            struct str text = STR("unpriced"); /* usage without a price has no currency; never 0 */
            if (delivery->dataset != DATASET_AI || money->currency.len)
                text = money_text(arena, money->sums[0], money->currency);
            printf("  %.*s", STR_ARG(text));
        }
        print_change(arena, item);
        putchar('\n');
    }
    if (outcome->delivery_count == 0)
        say(options, "ingest: nothing to store");
}

void ingest_say_files(const struct options *options, const struct load_outcome *outcome)
{
    for (size_t i = 0; options->verbose && i < outcome->delivery_count; i++)
        for (size_t j = 0; j < outcome->deliveries[i].file_count; j++) {
            const struct store_file *file = &outcome->deliveries[i].files[j];
            say(options,
                "ingest %.*s: %.*s%s%.*s, %llu rows: %llu stored, %llu rejected, %llu skipped",
                STR_ARG(file->path), STR_ARG(file->format), file->version.len ? " " : "",
                STR_ARG(file->version), (unsigned long long)file->rows,
                (unsigned long long)file->stored, (unsigned long long)file->rejected,
                (unsigned long long)file->skipped);
        }
}

void ingest_say_refusals(const struct load_outcome *outcome)
{
    size_t said = 0;
    for (size_t i = 0; i < outcome->delivery_count; i++) {
        const struct load_delivery *item = &outcome->deliveries[i];
        struct gr_err line = {0}; /* as for rejects: names of sources come from the data */
        if (item->status != LOAD_REFUSED || said++ >= REFUSALS_SAID)
            continue;
        gr_fail(&line, GR_EDATA, "ingest: %.*s %.*s refused: %.*s", STR_ARG(item->delivery.source),
                STR_ARG(item->delivery.period), STR_ARG(item->reason));
        fprintf(stderr, "gpureport: %s\n", line.text);
    }
    if (said > REFUSALS_SAID)
        fprintf(stderr, "gpureport: ingest: and %zu more refused deliveries (--json lists all)\n",
                said - REFUSALS_SAID);
}

void ingest_say_rejects(const struct options *options, const struct load_outcome *outcome)
{
    for (size_t i = 0; i < outcome->reject_count && i < REJECTS_SAID; i++) {
        const struct store_reject *reject = &outcome->rejects[i];
        struct str value = {reject->value.ptr, reject->value.len > 60 ? 60 : reject->value.len};
        struct gr_err line = {0}; /* gr_fail keeps control characters of the data off the screen */
        if (reject->column.len)
            gr_fail(&line, GR_EDATA, "ingest %.*s: line %llu: column %.*s: \"%.*s\" %.*s",
                    STR_ARG(reject->path), (unsigned long long)reject->line,
                    STR_ARG(reject->column), STR_ARG(value), STR_ARG(reject->reason));
        else
            gr_fail(&line, GR_EDATA, "ingest %.*s: line %llu: %.*s", STR_ARG(reject->path),
                    (unsigned long long)reject->line, STR_ARG(reject->reason));
        say(options, "%s", line.text);
    }
    if (outcome->reject_count > REJECTS_SAID)
        say(options, "ingest: and %zu more refused rows%s", outcome->reject_count - REJECTS_SAID,
            outcome->refused ? "" : "; `gpureport rejects` lists them");
}
