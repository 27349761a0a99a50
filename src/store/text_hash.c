/* Which codes may a text have? Hashes (24 bits) of the texts of a column with their codes, in
 * sorted runs.
 *
 * table text_run: (column, run) and how many entries it has; table text_hash: the parts of a run,
 * id = column << 52 | run << 32 | first hash, bytes: u32 first hash, u32 least code, u8 and u8
 * bytes of a hash and of a code; then for each entry, by hash, hash - first hash and code - least
 * code. Entries of one hash are never parted. A run is written once. A new one first takes in those
 * before it that are not at least twice its size, so that a column of n texts has some log n runs
 * and adding costs the same whatever is there; runs of RUN_MAX entries and more are left as they
 * are, so that memory stays bounded. Looking up sorted hashes reads each part once. What is found
 * are candidates: the caller compares the texts.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 4000, PART_HEADER_BYTES = 10, RUN_MAX = 1 << 18, RUNS_MAX = 1 << 12 };

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

static uint64_t read_number(const uint8_t *bytes, unsigned count)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < count; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

static uint8_t *write_number(uint8_t *bytes, uint64_t number, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        *bytes++ = (uint8_t)(number >> (8 * i));
    return bytes;
}

static unsigned bytes_for(uint32_t range)
{
    unsigned bytes = 1;
    while (bytes < 4 && range >> (8 * bytes))
        bytes++;
    return bytes;
}

static uint32_t code_range(const uint64_t *entries, size_t count)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        least = (uint32_t)entries[i] < least ? (uint32_t)entries[i] : least;
        most = (uint32_t)entries[i] > most ? (uint32_t)entries[i] : most;
    }
    return most - least;
}

static size_t put_part(const uint64_t *entries, size_t count, uint8_t *out)
{
    uint32_t first = (uint32_t)(entries[0] >> 32);
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        least = (uint32_t)entries[i] < least ? (uint32_t)entries[i] : least;
        most = (uint32_t)entries[i] > most ? (uint32_t)entries[i] : most;
    }
    unsigned hash_bytes = bytes_for((uint32_t)(entries[count - 1] >> 32) - first);
    unsigned code_bytes = bytes_for(most - least);
    uint8_t *at = write_number(write_number(out, first, 4), least, 4);
    *at++ = (uint8_t)hash_bytes;
    *at++ = (uint8_t)code_bytes;
    for (size_t i = 0; i < count; i++) {
        at = write_number(at, (entries[i] >> 32) - first, hash_bytes);
        at = write_number(at, (uint32_t)entries[i] - least, code_bytes);
    }
    return (size_t)(at - out);
}

bool text_part_read(const uint8_t *bytes, size_t length, struct text_part *part)
{
    part->count = part->at = 0;
    if (length < PART_HEADER_BYTES || bytes[8] < 1 || bytes[8] > 4 || bytes[9] < 1 || bytes[9] > 4)
        return false;
    unsigned hash_bytes = bytes[8];
    unsigned code_bytes = bytes[9];
    size_t count = (length - PART_HEADER_BYTES) / (hash_bytes + code_bytes);
    if (length != PART_HEADER_BYTES + count * (hash_bytes + code_bytes))
        return false;
    if (count > part->capacity) {
        part->capacity = count;
        part->entries = gr_realloc(part->entries, count * sizeof(*part->entries));
    }
    uint64_t first = read_number(bytes, 4);
    uint64_t least = read_number(bytes + 4, 4);
    const uint8_t *at = bytes + PART_HEADER_BYTES;
    bool sound = count > 0;
    for (size_t i = 0; i < count; i++, at += hash_bytes + code_bytes) {
        uint64_t hash = first + read_number(at, hash_bytes);
        uint64_t code = least + read_number(at + hash_bytes, code_bytes);
        part->entries[i] = hash << 32 | (uint32_t)code;
        sound &= hash <= UINT32_MAX && code <= UINT32_MAX &&
                 (i == 0 || part->entries[i - 1] >> 32 <= hash);
    }
    part->count = count;
    return sound;
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
    struct text_part part = {0};
    bool row = true;
    int64_t found = 0;
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_RANGE, &list, err));
    sqlite3_bind_int64(list, 1, part_id(column, run, 0));
    sqlite3_bind_int64(list, 2, part_id(column, run, UINT32_MAX));
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        if (!text_part_read(sqlite3_column_blob(list, 1), (size_t)sqlite3_column_bytes(list, 1),
                            &part) ||
            part.count > (size_t)(entries - found)) {
            status = damaged_run(store, column, err);
            break;
        }
        memcpy(out + found, part.entries, part.count * sizeof(*out));
        found += (int64_t)part.count;
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    free(part.entries);
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

/* How many entries from the front make a part of PART_BYTES, so that a page holds four; a hash is
 * never parted. */
static size_t part_length(const uint64_t *entries, size_t count, unsigned code_bytes)
{
    enum { HASH_BYTES = 3 };
    size_t length = PART_BYTES / (HASH_BYTES + code_bytes);
    if (length < count) {
        uint32_t range = (uint32_t)((entries[length - 1] >> 32) - (entries[0] >> 32));
        length = PART_BYTES / (bytes_for(range) + code_bytes);
    }
    length = length < count ? length : count;
    while (length < count && entries[length] >> 32 == entries[length - 1] >> 32)
        length++;
    return length;
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
    uint8_t *bytes = gr_alloc(PART_HEADER_BYTES + count * 8);
    unsigned code_bytes = bytes_for(code_range(entries, count));
    enum gr_status status = GR_OK;
    for (size_t first = 0, end; first < count && !status; first = end) {
        end = first + part_length(entries + first, count - first, code_bytes);
        status = store_prepare(store, SQL_TEXT_HASH_ADD, &add, err);
        if (status)
            break;
        sqlite3_bind_int64(add, 1, part_id(column, run, (uint32_t)(entries[first] >> 32)));
        store_bind_bytes(add, 2, bytes, put_part(entries + first, end - first, bytes));
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

/* Where the part behind the one with `hash` begins. */
static enum gr_status find_end(struct store *store, const struct store_column *column, int64_t run,
                               uint32_t hash, struct text_part *part, struct gr_err *err)
{
    sqlite3_stmt *next = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_NEXT, &next, err));
    sqlite3_bind_int64(next, 1, part_id(column, run, hash));
    sqlite3_bind_int64(next, 2, part_id(column, run, UINT32_MAX));
    GR_TRY(store_step(store, next, &row, err));
    part->end = row ? (uint64_t)sqlite3_column_int64(next, 0) & UINT32_MAX : UINT64_MAX;
    sqlite3_reset(next);
    return GR_OK;
}

/* The part of the run in which `hash` would be; count 0: there is none. */
static enum gr_status find_part(struct store *store, const struct store_column *column, int64_t run,
                                uint32_t hash, struct text_part *part, struct gr_err *err)
{
    sqlite3_stmt *find = NULL;
    bool row = false;
    bool sound = true;
    part->count = part->at = 0;
    GR_TRY(store_prepare(store, SQL_TEXT_HASH_AT, &find, err));
    sqlite3_bind_int64(find, 1, part_id(column, run, 0));
    sqlite3_bind_int64(find, 2, part_id(column, run, hash));
    GR_TRY(store_step(store, find, &row, err));
    if (row)
        sound = text_part_read(sqlite3_column_blob(find, 0), (size_t)sqlite3_column_bytes(find, 0),
                               part);
    sqlite3_reset(find);
    return sound ? find_end(store, column, run, hash, part, err) : damaged_run(store, column, err);
}

static uint32_t hash_in(const struct text_part *part, size_t at)
{
    return (uint32_t)(part->entries[at] >> 32);
}

/* Moves to the first entry that is not below `hash`, which never comes down within a part. */
static void part_seek(struct text_part *part, uint32_t hash)
{
    while (part->at < part->count && hash_in(part, part->at) < hash)
        part->at++;
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
                                  struct text_part *part, struct text_candidates *out,
                                  struct gr_err *err)
{
    part->count = part->at = 0;
    part->end = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t hash = (uint32_t)(queries[i] >> 32);
        if (hash >= part->end)
            GR_TRY(find_part(store, column, run, hash, part, err));
        part_seek(part, hash);
        for (size_t at = part->at; at < part->count && hash_in(part, at) == hash; at++)
            add_candidate(out, (uint32_t)part->entries[at], (uint32_t)queries[i]);
    }
    return GR_OK;
}

enum gr_status text_hashes_find(struct store *store, const struct store_column *column,
                                const uint64_t *queries, size_t count, struct text_candidates *out,
                                struct gr_err *err)
{
    struct runs runs;
    struct text_part part = {0};
    GR_TRY(list_runs(store, column, &runs, err));
    enum gr_status status = GR_OK;
    for (int64_t run = 0; run < runs.count && !status; run++)
        status = look_in_run(store, column, run, queries, count, &part, out, err);
    free(part.entries);
    return status;
}
