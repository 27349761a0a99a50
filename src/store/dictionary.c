/* Global dictionaries: text <-> code, one numbering for each column of a dataset, from 1.
 *
 * Rows are buffered with the codes of their load's dictionary. Before they are packed, or when the
 * load wants to forget its texts, all texts that are new since the last time get codes of the store
 * together: those that the store may have are looked up by hash in one sweep (text_hash.c), the
 * others are sorted, so that they lie close to their likes, and added (text_block.c). What this
 * costs depends on the load's own texts, whatever the store holds.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

static enum gr_status know_codes(struct store *store, struct store_column *column,
                                 struct gr_err *err)
{
    if (column->codes_known)
        return GR_OK;
    GR_TRY(text_block_last(store, column, &column->codes, err));
    column->codes_of_local = !column->codes;
    column->codes_known = store->mode == STORE_WRITE && store->in_transaction;
    return GR_OK;
}

/* ---- sorting ---- */

struct sort_item {
    uint64_t key; /* 8 bytes at the depth at hand, the first the highest */
    struct str text;
    uint32_t local;
};

static uint64_t key_at(struct str text, size_t depth)
{
    uint64_t key = 0;
    size_t left = text.len > depth ? text.len - depth : 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < left ? (uint8_t)text.ptr[depth + i] : 0);
    return key;
}

static void swap_items(struct sort_item *a, struct sort_item *b)
{
    struct sort_item item = *a;
    *a = *b;
    *b = item;
}

static void sort_few(struct sort_item *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t at = i; at > 0 && str_compare(items[at - 1].text, items[at].text) > 0; at--)
            swap_items(&items[at - 1], &items[at]);
}

static uint64_t middle_key(const struct sort_item *items, size_t count)
{
    uint64_t a = items[0].key;
    uint64_t b = items[count / 2].key;
    uint64_t c = items[count - 1].key;
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

/* Multikey quicksort, 8 bytes a step; the largest part goes on in the loop, so that the depth of
 * the calls stays logarithmic. Texts of which one is another with NULs behind it may come in any
 * order: it only decides how well they pack. */
static void sort_texts(struct sort_item *items, size_t count, size_t depth)
{
    enum { FEW = 12 };
    bool keyed = false;
    while (count > FEW) {
        for (size_t i = 0; i < count && !keyed; i++)
            items[i].key = key_at(items[i].text, depth);
        keyed = true;
        uint64_t pivot = middle_key(items, count);
        size_t low = 0;
        size_t high = count;
        bool longer = false;
        for (size_t i = 0; i < high;) {
            longer |= items[i].key == pivot && items[i].text.len > depth + 8;
            if (items[i].key < pivot)
                swap_items(&items[i++], &items[low++]);
            else if (items[i].key > pivot)
                swap_items(&items[i], &items[--high]);
            else
                i++;
        }
        size_t equal = longer ? high - low : 0; /* else they are sorted */
        size_t above = count - high;
        if (equal >= low && equal >= above) {
            sort_texts(items, low, depth);
            sort_texts(items + high, above, depth);
            items += low;
            count = equal;
            depth += 8;
            keyed = false;
            continue;
        }
        sort_texts(items + low, equal, depth + 8);
        sort_texts(low > above ? items + high : items, low > above ? above : low, depth);
        items = low > above ? items : items + high;
        count = low > above ? low : above;
    }
    sort_few(items, count);
}

/* ---- learning ---- */

void dictionary_forget_local(struct store_column *column)
{
    free(column->global_of_local);
    column->global_of_local = NULL;
    column->global_capacity = 0;
    column->codes_of_local = false;
    column->local = NULL;
    column->learned = 0;
}

void dictionary_caches_drop(struct store *store)
{
    text_cursor_deinit(&store->text_cursor);
    for (int d = 0; d < DATASET_COUNT; d++)
        for (size_t i = 0; i < store->datasets[d].count; i++) {
            dictionary_forget_local(&store->datasets[d].columns[i]);
            store->datasets[d].columns[i].codes_known = false;
        }
}

static void grow_cache(struct store_column *column, uint32_t need)
{
    if (need <= column->global_capacity)
        return;
    uint32_t capacity = column->global_capacity ? column->global_capacity : 64;
    while (capacity < need)
        capacity = capacity > UINT32_MAX / 2 ? need : capacity * 2;
    column->global_of_local =
        gr_realloc(column->global_of_local, capacity * sizeof(*column->global_of_local));
    memset(column->global_of_local + column->global_capacity, 0,
           (capacity - column->global_capacity) * sizeof(*column->global_of_local));
    column->global_capacity = capacity;
}

/* 24 bits: enough to find few wrong texts, and short. */
static uint64_t short_hash(struct str text)
{
    return dict_hash(text) >> 8;
}

/* Hashes of the local codes first..last, each with its local code. */
static uint64_t *sorted_hashes(const struct dict *dict, uint32_t first, uint32_t last)
{
    size_t count = (size_t)last - first + 1;
    uint64_t *hashes = gr_alloc(2 * count * sizeof(*hashes));
    for (size_t i = 0; i < count; i++)
        hashes[i] = short_hash(dict_text(dict, first + (uint32_t)i)) << 32 | (first + (uint32_t)i);
    sort_by_hash(hashes, hashes + count, count);
    return hashes;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Those candidates that are the texts; by code, so that each block is read once. */
static enum gr_status take_candidates(struct store *store, struct store_column *column,
                                      struct text_candidates *found, struct gr_err *err)
{
    if (found->count)
        qsort(found->items, found->count, sizeof(*found->items), compare_u64);
    for (size_t i = 0; i < found->count; i++) {
        uint32_t code = (uint32_t)(found->items[i] >> 32);
        uint32_t local = (uint32_t)found->items[i];
        struct str text;
        GR_TRY(text_cursor_seek(store, column, &store->text_cursor, code, &text, err));
        if (str_equal(text, dict_text(column->local, local)))
            column->global_of_local[local] = code;
    }
    return GR_OK;
}

static enum gr_status find_known(struct store *store, struct store_column *column, uint32_t first,
                                 uint32_t last, struct gr_err *err)
{
    struct text_candidates found = {0};
    uint64_t *hashes = sorted_hashes(column->local, first, last);
    enum gr_status status =
        text_hashes_find(store, column, hashes, (size_t)last - first + 1, &found, err);
    if (!status)
        status = take_candidates(store, column, &found, err);
    free(hashes);
    free(found.items);
    return status;
}

/* Gives the sorted texts the next codes and writes them. */
static enum gr_status add_sorted(struct store *store, struct store_column *column,
                                 const struct sort_item *items, uint32_t count, struct gr_err *err)
{
    struct str *texts = gr_alloc(count * sizeof(*texts));
    uint64_t *entries = gr_alloc(2 * count * sizeof(*entries));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t code = column->codes + 1 + i;
        texts[i] = items[i].text;
        column->global_of_local[items[i].local] = code;
        entries[i] = short_hash(items[i].text) << 32 | code;
    }
    sort_by_hash(entries, entries + count, count);
    enum gr_status status = text_blocks_add(store, column, column->codes + 1, texts, count, err);
    if (!status)
        status = text_hashes_add(store, column, entries, count, err);
    if (!status)
        column->codes += count;
    free(texts);
    free(entries);
    return status;
}

static enum gr_status add_unknown(struct store *store, struct store_column *column, uint32_t first,
                                  uint32_t last, struct gr_err *err)
{
    uint32_t count = 0;
    struct sort_item *items = gr_alloc(((size_t)last - first + 1) * sizeof(*items));
    for (uint32_t local = first; local <= last; local++)
        if (!column->global_of_local[local])
            items[count++] = (struct sort_item){0, dict_text(column->local, local), local};
    enum gr_status status = GR_OK;
    if (count > UINT32_MAX - column->codes)
        status =
            gr_fail(err, GR_EDATA, "column %s: more than 4 billion different values", column->name);
    else if (count) {
        sort_texts(items, count, 0);
        status = add_sorted(store, column, items, count, err);
    }
    free(items);
    return status;
}

enum gr_status dictionary_learn(struct store *store, struct store_column *column,
                                struct gr_err *err)
{
    if (!column->local || column->learned == column->local->count)
        return GR_OK;
    uint32_t first = column->learned + 1;
    uint32_t last = column->local->count;
    GR_TRY(know_codes(store, column, err));
    grow_cache(column, last + 1);
    if (!column->codes_of_local) /* else the load's dictionary would know them */
        GR_TRY(find_known(store, column, first, last, err));
    GR_TRY(add_unknown(store, column, first, last, err));
    column->learned = last;
    return GR_OK;
}

/* ---- reading ---- */

static struct text_entry *text_slot(struct store_column *column, uint32_t code)
{
    uint32_t at = code * UINT32_C(2654435769) & column->text_mask;
    while (column->texts[at].code && column->texts[at].code != code)
        at = (at + 1) & column->text_mask;
    return &column->texts[at];
}

static void grow_texts(struct store_column *column)
{
    if (column->texts && column->text_count < column->text_mask / 2)
        return;
    struct text_entry *old = column->texts;
    uint32_t old_slots = old ? column->text_mask + 1 : 0;
    uint32_t slots = old ? old_slots * 2 : 64;
    column->texts = gr_alloc_zeroed(slots, sizeof(*column->texts));
    column->text_mask = slots - 1;
    for (uint32_t i = 0; i < old_slots; i++)
        if (old[i].code)
            *text_slot(column, old[i].code) = old[i];
    free(old);
}

/* ---- #file and #delivery: the text of a code is its number ---- */

static struct str place_text(struct store *store, uint32_t code)
{
    return arena_printf(&store->texts, "%u", code);
}

static enum gr_status place_count(struct store *store, int column, uint32_t *count,
                                  struct gr_err *err)
{
    sqlite3_stmt *highest = NULL;
    const char *sql =
        column == STORE_COLUMN_FILE ? "SELECT max(id) FROM file" : "SELECT max(id) FROM delivery";
    if (sqlite3_prepare_v2(store->db, sql, -1, &highest, NULL) != SQLITE_OK)
        return store_fail(store, err, "reading the ledger");
    enum gr_status status = GR_OK;
    if (sqlite3_step(highest) == SQLITE_ROW)
        *count = (uint32_t)sqlite3_column_int64(highest, 0);
    else
        status = store_fail(store, err, "reading the ledger");
    sqlite3_finalize(highest);
    return status;
}

/* Absent (0) when the text is no number as place_text() writes it. */
static uint32_t place_code(struct str text)
{
    uint64_t code = 0;
    bool plain = text.len && text.len <= 10 && text.ptr[0] != '0';
    for (size_t i = 0; i < text.len && plain; i++) {
        plain = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        code = code * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return plain && code <= UINT32_MAX ? (uint32_t)code : 0;
}

enum gr_status store_text(struct store *store, enum dataset dataset, int column, uint32_t code,
                          struct str *out, struct gr_err *err)
{
    *out = STR_NONE;
    if (column < 0 && code)
        *out = place_text(store, code);
    if (column < 0)
        return GR_OK;
    struct store_column *entry = &store->datasets[dataset].columns[column];
    if (code == 0)
        return GR_OK;
    grow_texts(entry);
    struct text_entry *slot = text_slot(entry, code);
    if (!slot->code) {
        struct str text;
        GR_TRY(text_cursor_seek(store, entry, &store->text_cursor, code, &text, err));
        slot->text = arena_str(&store->texts, text);
        slot->code = code;
        entry->text_count++;
    }
    *out = slot->text;
    return GR_OK;
}

enum gr_status store_text_find(struct store *store, enum dataset dataset, int column,
                               struct str text, uint32_t *code, struct gr_err *err)
{
    *code = column < 0 ? place_code(text) : 0;
    if (column < 0)
        return GR_OK;
    struct store_column *entry = &store->datasets[dataset].columns[column];
    struct text_candidates found = {0};
    uint64_t query = short_hash(text) << 32;
    if (!entry->id || !text.ptr)
        return GR_OK;
    enum gr_status status = text_hashes_find(store, entry, &query, 1, &found, err);
    for (size_t i = 0; i < found.count && !status && !*code; i++) {
        uint32_t candidate = (uint32_t)(found.items[i] >> 32);
        struct str known;
        status = text_cursor_seek(store, entry, &store->text_cursor, candidate, &known, err);
        if (!status && str_equal(known, text))
            *code = candidate;
    }
    free(found.items);
    return status;
}

enum gr_status store_text_count(struct store *store, enum dataset dataset, int column,
                                uint32_t *count, struct gr_err *err)
{
    *count = 0;
    if (column < 0)
        return place_count(store, column, count, err);
    struct store_column *entry = &store->datasets[dataset].columns[column];
    if (!entry->id)
        return GR_OK;
    GR_TRY(know_codes(store, entry, err));
    *count = entry->codes;
    return GR_OK;
}

enum gr_status store_text_each(struct store *store, enum dataset dataset, int column,
                               uint32_t first, uint32_t last,
                               enum gr_status (*each)(void *context, uint32_t code, struct str text,
                                                      struct gr_err *err),
                               void *context, struct gr_err *err)
{
    const struct store_column *entry =
        column < 0 ? NULL : &store->datasets[dataset].columns[column];
    struct text_cursor cursor = {0}; /* of its own: `each` may ask for texts */
    enum gr_status status = GR_OK;
    for (uint64_t code = first; code <= last && !status; code++) {
        struct str text;
        if (!entry)
            text = place_text(store, (uint32_t)code);
        else
            status = text_cursor_seek(store, entry, &cursor, (uint32_t)code, &text, err);
        if (!status)
            status = each(context, (uint32_t)code, text, err);
    }
    text_cursor_deinit(&cursor);
    return status;
}
