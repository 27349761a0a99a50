/* Loads damaged copies of valid files, thousands of them, and holds each outcome against the
 * identities of the accounting.
 *
 *   sweep_mutations [--rounds N] [--seed S] [--only ROUND] PATH...
 *
 * Of each round must hold: the load ends, in time, and is done or refuses the data with a message;
 * of each file and delivery rows = stored + rejected + skipped; the store is sound (sums of the
 * ledger are those of the segments); a rollup of everything has the rows and sums of the ledger.
 * A round depends on the seed, the paths and the rounds before it in the same store: --only
 * repeats these too.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/mapping/mapping.h"
#include "load/load.h"
#include "mutate.h"
#include "rollup/rollup.h"

enum {
    TEXT_MAX = 20000,     /* of a file of lines: more is cut at a line */
    DOCUMENT_MAX = 80000, /* a file that can't be cut is left out when it is larger */
    ROUNDS_A_STORE = 60,
    SECONDS_A_ROUND = 60,
};

struct original {
    struct str path;
    struct strbuf text;
};

struct sweep {
    struct arena arena; /* of the run */
    struct original *originals;
    size_t count;
    uint64_t seed, round;
    struct strbuf what; /* how the file of the round was damaged */
    const char *name;   /* of its original */
    char folder[256], store_path[300], bill_path[300];
    struct store *store;
    struct mapping_set *mappings;
    size_t done, refused, tried;
    struct strbuf formats; /* names of those that were stored, each behind a blank */
};

static struct sweep sweep;

static void fail(const char *what, const char *detail)
{
    printf("round %llu, seed %llu, %s with %s: %s%s%s\n", (unsigned long long)sweep.round,
           (unsigned long long)sweep.seed, sweep.name, strbuf_cstr(&sweep.what), what,
           detail ? ": " : "", detail ? detail : "");
    printf("again: sweep_mutations --seed %llu --only %llu, and the same paths\n",
           (unsigned long long)sweep.seed, (unsigned long long)sweep.round);
    exit(1);
}

static void must(enum gr_status status, const struct gr_err *err)
{
    if (status)
        fail("unexpected", err->text);
}

static void on_alarm(int number)
{
    (void)number;
    static const char text[] = "sweep_mutations: a round does not end\n";
    ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
    (void)ignored;
    abort(); /* the number of the round stands in the core, and is printed with --only */
}

/* ---- originals ---- */

static void cut_at_line(struct strbuf *text, struct str path)
{
    if (text->len <= TEXT_MAX || str_ends(path, STR(".json")))
        return;
    size_t len = TEXT_MAX;
    while (len && text->ptr[len - 1] != '\n')
        len--;
    if (!len) /* one line: not a file of lines */
        return;
    struct strbuf cut;
    strbuf_init(&cut, STRBUF_CEILING);
    strbuf_append(&cut, (struct str){text->ptr, len});
    strbuf_deinit(text);
    *text = cut;
}

static void add_original(struct str path)
{
    struct gr_err err = {0};
    struct original *at = &sweep.originals[sweep.count];
    at->path = path;
    strbuf_init(&at->text, STRBUF_CEILING);
    must(file_read(path.ptr, &at->text, &err), &err);
    cut_at_line(&at->text, path);
    bool packed = at->text.len > 1 && memcmp(at->text.ptr, "\x1F\x8B", 2) == 0;
    if (at->text.len && at->text.len <= DOCUMENT_MAX && !packed)
        sweep.count++;
    else
        strbuf_deinit(&at->text);
}

static void read_originals(const char *const *paths, size_t count)
{
    struct gr_err err = {0};
    struct ingest_listing listing;
    must(ingest_expand(&sweep.arena, paths, count, &listing, &err), &err);
    sweep.originals = arena_alloc(&sweep.arena, (listing.count + 1) * sizeof *sweep.originals);
    for (size_t i = 0; i < listing.count; i++)
        add_original(listing.parts[i].path);
}

/* ---- one round ---- */

static void write_bill(const struct strbuf *text)
{
    FILE *file = fopen(sweep.bill_path, "wb");
    if (!file || fwrite(text->ptr ? text->ptr : "", 1, text->len, file) != text->len ||
        fclose(file) != 0)
        fail("the disk is full", NULL);
}

static void check_outcome(const struct load_outcome *outcome)
{
    for (size_t i = 0; i < outcome->delivery_count; i++) {
        const struct load_delivery *out = &outcome->deliveries[i];
        const struct store_delivery *delivery = &out->delivery;
        uint64_t rows = 0;
        if (out->status == LOAD_REFUSED && !out->reason.len)
            fail("refused without a reason", NULL);
        if (delivery->rows != delivery->stored + delivery->rejected + delivery->skipped)
            fail("rows of a delivery are not accounted for", NULL);
        for (size_t j = 0; j < out->file_count; j++) {
            const struct store_file *file = &out->files[j];
            rows += file->rows;
            if (file->rows != file->stored + file->rejected + file->skipped)
                fail("rows of a file are not accounted for", NULL);
        }
        if (out->status != LOAD_UNCHANGED && rows != delivery->rows)
            fail("rows of a delivery are not those of its files", NULL);
    }
}

static void check_store(struct arena *arena)
{
    struct gr_err err = {0};
    struct store_findings findings;
    must(store_check(sweep.store, arena, &findings, &err), &err);
    if (findings.count)
        fail("the store is not sound", findings.items[0].ptr);
}

/* Takes what the ledger says of a currency from the cell of the rollup. */
static void subtract(struct rollup_result *result, const struct store_money *money, size_t columns)
{
    struct gr_err err = {0};
    for (size_t i = 0; i < result->cell_count; i++) {
        struct rollup_cell *cell = &result->cells[i];
        if (!str_equal(cell->currency, money->currency))
            continue;
        cell->row_count -= money->rows;
        for (size_t c = 0; c < columns; c++) {
            struct decimal negative = money->sums[c];
            negative.units = -negative.units;
            must(decimal_add(cell->sums[c], negative, &cell->sums[c], &err), &err);
        }
        return;
    }
    if (money->rows)
        fail("a currency of the ledger is in no rollup", NULL);
}

static void check_rollup(struct arena *arena, enum dataset dataset)
{
    struct gr_err err = {0};
    struct store_delivery_list live;
    struct rollup_result result;
    struct rollup_request request = {
        .dataset = dataset,
        .days = {day_from_ymd(1, 1, 1), day_from_ymd(9999, 12, 31)},
    };
    request.days.end = day_add(request.days.end, 1);
    request.measure_count = store_money_columns(dataset, request.measures);
    must(store_delivery_find(sweep.store, arena, dataset, STR_NONE, STR_NONE, &live, &err), &err);
    must(rollup_run(sweep.store, NULL, kernels_select("auto"), &request, arena, &result, &err),
         &err);
    for (size_t i = 0; i < live.count; i++)
        for (size_t j = 0; j < live.items[i].money_count; j++)
            subtract(&result, &live.items[i].money[j], request.measure_count);
    for (size_t i = 0; i < result.cell_count; i++) {
        const struct rollup_cell *cell = &result.cells[i];
        if (cell->row_count != 0)
            fail("a rollup has other rows than the ledger", NULL);
        for (size_t c = 0; c < request.measure_count; c++)
            if (cell->sums[c].units != 0)
                fail("a rollup has another sum than the ledger", NULL);
    }
}

static void note_formats(const struct load_outcome *outcome)
{
    for (size_t i = 0; i < outcome->delivery_count; i++) {
        struct str name = outcome->deliveries[i].delivery.format;
        const char *known = strbuf_cstr(&sweep.formats);
        char padded[64];
        snprintf(padded, sizeof padded, " %.*s ", STR_ARG(name));
        if (!strstr(known, padded))
            strbuf_append_cstr(&sweep.formats, padded);
    }
}

static void load_bill(struct arena *arena, uint64_t *state)
{
    struct gr_err err = {0};
    const char *path = sweep.bill_path;
    struct load_outcome outcome;
    struct load_plan plan = {.paths = &path,
                             .path_count = 1,
                             .allow_shrink = true,
                             .tolerance = {.parts_per_million = 1000},
                             .ingested = MOMENT_NONE};
    if (mutate_below(state, 4)) /* mostly keep what can be read of it */
        plan.tolerance.parts_per_million = 1000000;
    plan.ingest.seen_at = MOMENT_NONE;
    plan.ingest.mappings = sweep.mappings;
    plan.ingest.strict = mutate_below(state, 16) == 0;
    plan.ingest.jobs = 1 + (unsigned)mutate_below(state, 2);
    enum gr_status status = load_run(sweep.store, arena, &plan, &outcome, &err);
    if (status && (status != GR_EDATA || !err.text[0] || strchr(err.text, '\n')))
        fail("ended with another status than data refused", err.text);
    sweep.refused += status != GR_OK || outcome.refused;
    sweep.done += status == GR_OK && !outcome.refused;
    check_outcome(&outcome);
    if (!status)
        note_formats(&outcome);
}

static void renew_store(void)
{
    struct gr_err err = {0};
    store_close(sweep.store);
    unlink(sweep.store_path);
    must(store_open(sweep.store_path, STORE_WRITE, &sweep.store, &err), &err);
}

static void run_round(uint64_t round)
{
    struct arena arena = ARENA_EMPTY;
    uint64_t state = sweep.seed * UINT64_C(1000003) + round;
    const struct original *original = &sweep.originals[round % sweep.count];
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    strbuf_append(&text, strbuf_str(&original->text));
    sweep.round = round;
    sweep.name = original->path.ptr;
    strbuf_clear(&sweep.what);
    mutate(&text, &state, &sweep.what);
    write_bill(&text);
    alarm(SECONDS_A_ROUND);
    load_bill(&arena, &state);
    check_store(&arena);
    check_rollup(&arena, DATASET_COST);
    check_rollup(&arena, DATASET_AI);
    alarm(0);
    strbuf_deinit(&text);
    arena_deinit(&arena);
    sweep.tried++;
}

/* ---- the run ---- */

static void make_folder(void)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(sweep.folder, sizeof sweep.folder, "%s/gpureport-sweep-XXXXXX", base);
    if (!mkdtemp(sweep.folder))
        fail("no folder for the store", NULL);
    snprintf(sweep.store_path, sizeof sweep.store_path, "%s/store.db", sweep.folder);
    snprintf(sweep.bill_path, sizeof sweep.bill_path, "%s/bill", sweep.folder);
}

static void remove_folder(void)
{
    static const char *const names[] = {"store.db",     "store.db-lock", "store.db-journal",
                                        "store.db-wal", "store.db-shm",  "bill"};
    char path[300];
    for (size_t i = 0; i < sizeof names / sizeof *names && sweep.folder[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", sweep.folder, names[i]);
        unlink(path);
    }
    rmdir(sweep.folder);
}

static void run_all(uint64_t rounds, uint64_t only)
{
    make_folder();
    atexit(remove_folder);
    signal(SIGALRM, on_alarm);
    for (uint64_t round = 0; round < rounds; round++) {
        if (only != UINT64_MAX && round / ROUNDS_A_STORE != only / ROUNDS_A_STORE)
            continue;
        if (round % ROUNDS_A_STORE == 0 || !sweep.store)
            renew_store();
        run_round(round);
    }
    store_close(sweep.store);
}

int main(int count, char **words)
{
    uint64_t rounds = 10000, only = UINT64_MAX;
    const char **paths = gr_alloc((size_t)(count + 1) * sizeof *paths);
    size_t path_count = 0;
    sweep.seed = 20261127;
    strbuf_init(&sweep.what, 4096);
    strbuf_init(&sweep.formats, 4096);
    for (int i = 1; i < count; i++) {
        bool has_value = i + 1 < count;
        if (has_value && strcmp(words[i], "--rounds") == 0)
            rounds = strtoull(words[++i], NULL, 10);
        else if (has_value && strcmp(words[i], "--seed") == 0)
            sweep.seed = strtoull(words[++i], NULL, 10);
        else if (has_value && strcmp(words[i], "--only") == 0)
            only = strtoull(words[++i], NULL, 10);
        else if (access(words[i], R_OK) == 0)
            paths[path_count++] = words[i];
        else
            printf("%s is not here: left out\n", words[i]);
    }
    struct gr_err err = {0};
    must(mapping_set_open(&sweep.arena, NULL, &sweep.mappings, &err), &err);
    read_originals(paths, path_count);
    free(paths);
    if (!sweep.count) {
        printf("wanted files to damage\n");
        return 2;
    }
    if (only != UINT64_MAX)
        rounds = only + 1;
    run_all(rounds, only);
    printf("seed %llu: %zu rounds over %zu files, %zu stored, %zu refused; formats:%s\n",
           (unsigned long long)sweep.seed, sweep.tried, sweep.count, sweep.done, sweep.refused,
           strbuf_cstr(&sweep.formats));
    if (only == UINT64_MAX && (!sweep.done || !sweep.refused)) {
        printf("a sweep in which nothing is stored, or nothing refused, proves nothing\n");
        return 1;
    }
    for (size_t i = 0; i < sweep.count; i++)
        strbuf_deinit(&sweep.originals[i].text);
    strbuf_deinit(&sweep.what);
    strbuf_deinit(&sweep.formats);
    arena_deinit(&sweep.arena);
    return 0;
}
