/* Which codes may a text have? Hashes of the texts of a column with their codes, in sorted runs.
 *
 * table text_run: (column, run) and how many entries it has; table text_hash: the parts of a run,
 * id = column << 52 | run << 32 | first hash, bytes: u32 hash, u32 code each, ascending. Entries of
 * one hash are never parted. A run is written once. A new one first takes in those before it that
 * are not at least twice its size, so that a column of n texts has some log n runs and adding costs
 * the same whatever is there; runs of RUN_MAX entries and more are left as they are, so that memory
 * stays bounded. Looking up sorted hashes reads each part once. What is found are candidates: the
 * caller compares the texts.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PART_ENTRIES = 2000, RUN_MAX = 1 << 20, RUNS_MAX = 1 << 12 };

static int64_t part_id(const struct store_column *column, int64_t run, uint32_t hash)
{
    return (int64_t)((uint64_t)column->id << 52 | (uint64_t)run << 32 | hash);
}

struct runs {
    int64_t entries[RUNS_MAX]; /* by number */
    int64_t count;
};

static enum gr_status list_runs(struct store *store, const struct store_column *column,
                                struct runs *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    bool row = true;
    out->count = 0;
    GR_TRY(store_prepare(store, SQL_TEXT_RUN_LIST, &list, err));
    sqlite3_bind_int64(list, 1, column->id);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        int64_t entries = sqlite3_column_int64(list, 1);
        if (sqlite3_column_int64(list, 0) != out->count || out->count == RUNS_MAX || entries < 1) {
            status = gr_fail(err, GR_ESTORE, "store %s: column %s: damaged runs of hashes",
                             store->path, column->name);
            break;
        }
        out->entries[out->count++] = entries;
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

/* ---- sorting ---- */

/* By their upper halves, stable: four passes of a byte. `spare` is as long. */
void sort_by_hash(uint64_t *entries, uint64_t *spare, size_t count)
{
    for (unsigned shift = 32; shift < 64; shift += 8) {
        size_t starts[257] = {0};
        for (size_t i = 0; i < count; i++)
            starts[(entries[i] >> shift & 255) + 1]++;
        for (size_t i = 1; i < 257; i++)
            starts[i] += starts[i - 1];
        for (size_t i = 0; i < count; i++)
            spare[starts[entries[i] >> shift & 255]++] = entries[i];
        uint64_t *sorted = spare;
        spare = entries;
        entries = sorted;
    }
}

/* ---- adding ---- */

static uint64_t read_u64(const uint8_t *bytes)
{
    uint64_t hash = (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
                    (uint64_t)bytes[3] << 24;
    uint64_t code = (uint64_t)bytes[4] | (uint64_t)bytes[5] << 8 | (uint64_t)bytes[6] << 16 |
                    (uint64_t)bytes[7] << 24;
    return hash << 32 | code;
}

static void write_u64(uint8_t *bytes, uint64_t entry)
{
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(entry >> (32 + 8 * i));
        bytes[4 + i] = (uint8_t)(entry >> (8 * i));
    }
}

static enum gr_status damaged_run(struct store *store, const struct store_column *column,
                                  struct gr_err *err)
{
    return gr_fail(err, GR_ESTORE, "store %s: column %s: damaged hashes", store->path,
                   column->name);
}

static enum gr_status read_run(struct store *store, const struct store_column *column, int64_t run,
                               uint64_t *out, int64_t entries, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    bool row = true;
    int64_t found = 0;
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_RANGE, &list, err));
    sqlite3_bind_int64(list, 1, part_id(column, run, 0));
    sqlite3_bind_int64(list, 2, part_id(column, run, UINT32_MAX));
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        const uint8_t *bytes = sqlite3_column_blob(list, 1);
        int64_t count = sqlite3_column_bytes(list, 1) / 8;
        if (count > entries - found) {
            status = damaged_run(store, column, err);
            break;
        }
        for (int64_t i = 0; i < count; i++)
            out[found++] = read_u64(bytes + 8 * i);
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status || found == entries ? status : damaged_run(store, column, err);
}

static enum gr_status delete_run(struct store *store, const struct store_column *column,
                                 int64_t run, struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, part_id(column, run, 0));
    sqlite3_bind_int64(statement, 2, part_id(column, run, UINT32_MAX));
    GR_TRY(store_run(store, statement, err));
    GR_TRY(store_prepare(store, SQL_TEXT_RUN_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, column->id);
    sqlite3_bind_int64(statement, 2, run);
    return store_run(store, statement, err);
}

static enum gr_status write_run(struct store *store, const struct store_column *column, int64_t run,
                                const uint64_t *entries, size_t count, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_TEXT_RUN_ADD, &add, err));
    sqlite3_bind_int64(add, 1, column->id);
    sqlite3_bind_int64(add, 2, run);
    sqlite3_bind_int64(add, 3, (int64_t)count);
    GR_TRY(store_run(store, add, err));
    uint8_t *bytes = gr_alloc(count * 8);
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < count; i++)
        write_u64(bytes + 8 * i, entries[i]);
    for (size_t first = 0, end; first < count && !status; first = end) {
        end = count - first > PART_ENTRIES ? first + PART_ENTRIES : count;
        while (end < count && entries[end] >> 32 == entries[end - 1] >> 32)
            end++;
        status = store_prepare(store, SQL_TEXT_HASH_ADD, &add, err);
        if (status)
            break;
        sqlite3_bind_int64(add, 1, part_id(column, run, (uint32_t)(entries[first] >> 32)));
        sqlite3_bind_blob64(add, 2, bytes + 8 * first, (end - first) * 8, SQLITE_STATIC);
        status = store_run(store, add, err);
    }
    free(bytes);
    return status;
}

enum gr_status text_hashes_add(struct store *store, const struct store_column *column,
                               const uint64_t *entries, size_t count, struct gr_err *err)
{
    struct runs runs;
    GR_TRY(list_runs(store, column, &runs, err));
    int64_t run = runs.count;
    int64_t total = (int64_t)count;
    while (run > 0 && runs.entries[run - 1] < 2 * total && runs.entries[run - 1] < RUN_MAX)
        total += runs.entries[--run];
    if (run == RUNS_MAX)
        return gr_fail(err, GR_EDATA, "column %s: more different values than a store holds",
                       column->name);
    uint64_t *all = gr_alloc((size_t)total * 2 * sizeof(*all));
    memcpy(all, entries, count * sizeof(*all));
    int64_t filled = (int64_t)count;
    enum gr_status status = GR_OK;
    for (int64_t old = run; old < runs.count && !status; old++) {
        status = read_run(store, column, old, all + filled, runs.entries[old], err);
        filled += runs.entries[old];
        if (!status)
            status = delete_run(store, column, old, err);
    }
    if (!status) {
        sort_by_hash(all, all + total, (size_t)total);
        status = write_run(store, column, run, all, (size_t)total, err);
    }
    free(all);
    return status;
}

/* ---- looking up ---- */

struct part {
    const uint8_t *bytes; /* of the statement */
    size_t entries;
    size_t at;
};

/* The part of the run in which `hash` would be; entries 0: there is none. */
static enum gr_status find_part(struct store *store, const struct store_column *column, int64_t run,
                                uint32_t hash, sqlite3_stmt **find, struct part *part,
                                struct gr_err *err)
{
    bool row = false;
    *part = (struct part){0};
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_AT, find, err));
    sqlite3_bind_int64(*find, 1, part_id(column, run, 0));
    sqlite3_bind_int64(*find, 2, part_id(column, run, hash));
    GR_TRY(store_step(store, *find, &row, err));
    if (row) {
        part->bytes = sqlite3_column_blob(*find, 0);
        part->entries = (size_t)sqlite3_column_bytes(*find, 0) / 8;
    }
    return GR_OK;
}

static uint32_t hash_in(const struct part *part, size_t at)
{
    return (uint32_t)(read_u64(part->bytes + 8 * at) >> 32);
}

/* Moves to the first entry that is not below `hash`, which never comes down within a part. */
static void part_seek(struct part *part, uint32_t hash)
{
    size_t step = 1;
    size_t low = part->at;
    while (low + step < part->entries && hash_in(part, low + step) < hash) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < part->entries ? low + step : part->entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hash_in(part, middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    part->at = low;
}

static void add_candidate(struct text_candidates *out, uint32_t code, uint32_t query)
{
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? out->capacity * 2 : 1024;
        out->items = gr_realloc(out->items, out->capacity * sizeof(*out->items));
    }
    out->items[out->count++] = (uint64_t)code << 32 | query;
}

static enum gr_status look_in_run(struct store *store, const struct store_column *column,
                                  int64_t run, const uint64_t *queries, size_t count,
                                  struct text_candidates *out, struct gr_err *err)
{
    sqlite3_stmt *find = NULL;
    struct part part = {0};
    for (size_t i = 0; i < count; i++) {
        uint32_t hash = (uint32_t)(queries[i] >> 32);
        if (!part.entries || hash_in(&part, part.entries - 1) < hash)
            GR_TRY(find_part(store, column, run, hash, &find, &part, err));
        part_seek(&part, hash);
        for (size_t at = part.at; at < part.entries && hash_in(&part, at) == hash; at++)
            add_candidate(out, (uint32_t)read_u64(part.bytes + 8 * at), (uint32_t)queries[i]);
    }
    if (find)
        sqlite3_reset(find);
    return GR_OK;
}

enum gr_status text_hashes_find(struct store *store, const struct store_column *column,
                                const uint64_t *queries, size_t count, struct text_candidates *out,
                                struct gr_err *err)
{
    struct runs runs;
    GR_TRY(list_runs(store, column, &runs, err));
    for (int64_t run = 0; run < runs.count; run++)
        GR_TRY(look_in_run(store, column, run, queries, count, out, err));
    return GR_OK;
}
