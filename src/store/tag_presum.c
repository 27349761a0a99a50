/* Pre-sums by tag: of the pre-sums by Tags text, which may have thousands of entries a segment,
 * those of the common keys folded to one entry a value and currency.
 *
 * An entry's code is that of a Tags text which has the value, so a reader treats such a pre-sum as
 * any other of Tags, only that it is right for one key alone. Which keys: the first KEYS_MAX that
 * come with few different values. A key is a row of column_name with the dataset's name behind '#';
 * its id is that of its pre-sums. Called by segment.c when a segment is written, by scan.c for
 * reading.
 */
#include <stdlib.h>
#include <string.h>

#include "base/tags.h"
#include "store/store_internal.h"

enum {
    KEYS_MAX = 8,
    CANDIDATES_MAX = 24,
    VALUES_MAX = 512, /* a key with more is none to report by */
    CURRENCIES_MAX = 8,
    CODES_MAX = 1 << 18
};

struct tag_key {
    struct str name;
    int64_t column; /* id in the file; 0: it has no pre-sums yet */
    bool given_up;
    struct dict values;
    uint16_t *value_of_code; /* 0 absent; by code of Tags, as long as tag_keys.seen */
};

struct tag_keys {
    struct tag_key keys[CANDIDATES_MAX];
    size_t count;
    size_t with_column;
    uint8_t *seen; /* by code of Tags */
    uint32_t seen_count;
    struct arena arena; /* names */
    struct arena scratch;
};

static int tags_column(enum dataset dataset)
{
    return dataset == DATASET_COST ? COST_Tags : dataset == DATASET_AI ? AI_Tags : -1;
}

static struct tag_keys *keys_of(struct store *store, enum dataset dataset)
{
    if (!store->tag_keys[dataset])
        store->tag_keys[dataset] = gr_alloc_zeroed(1, sizeof(struct tag_keys));
    return store->tag_keys[dataset];
}

void tag_keys_free(struct store *store)
{
    for (int d = 0; d < DATASET_COUNT; d++) {
        struct tag_keys *keys = store->tag_keys[d];
        store->tag_keys[d] = NULL;
        if (!keys)
            continue;
        for (size_t i = 0; i < keys->count; i++) {
            dict_deinit(&keys->keys[i].values);
            free(keys->keys[i].value_of_code);
        }
        free(keys->seen);
        arena_deinit(&keys->arena);
        arena_deinit(&keys->scratch);
        free(keys);
    }
}

static struct tag_key *find_key(struct tag_keys *keys, struct str name)
{
    for (size_t i = 0; keys && i < keys->count; i++)
        if (str_equal(keys->keys[i].name, name))
            return &keys->keys[i];
    return NULL;
}

static struct tag_key *add_key(struct tag_keys *keys, struct str name)
{
    if (keys->count == CANDIDATES_MAX)
        return NULL;
    struct tag_key *key = &keys->keys[keys->count++];
    *key = (struct tag_key){.name = arena_str(&keys->arena, name)};
    dict_init(&key->values);
    if (keys->seen_count)
        key->value_of_code = gr_alloc_zeroed(keys->seen_count, sizeof(*key->value_of_code));
    return key;
}

void tag_key_load(struct store *store, struct str dataset_mark, struct str name, int64_t id)
{
    enum dataset dataset;
    if (dataset_mark.len < 2 || dataset_mark.ptr[0] != '#' || !name.ptr || id < 1 ||
        id > COLUMN_ID_MAX ||
        !dataset_read((struct str){dataset_mark.ptr + 1, dataset_mark.len - 1}, &dataset))
        return;
    struct tag_keys *keys = keys_of(store, dataset);
    struct tag_key *key = find_key(keys, name) ? NULL : add_key(keys, name);
    if (key) {
        key->column = id;
        keys->with_column++;
    }
}

int64_t tag_key_column(const struct store *store, enum dataset dataset, struct str name)
{
    const struct tag_key *key = find_key(store->tag_keys[dataset], name);
    return key ? key->column : 0;
}

/* ---- values of Tags texts ---- */

static void seen_ready(struct tag_keys *keys, uint32_t code)
{
    uint32_t count = keys->seen_count ? keys->seen_count : 1024;
    if (code < keys->seen_count)
        return;
    while (count <= code)
        count *= 2;
    keys->seen = gr_realloc(keys->seen, count);
    memset(keys->seen + keys->seen_count, 0, count - keys->seen_count);
    for (size_t i = 0; i < keys->count; i++) {
        struct tag_key *key = &keys->keys[i];
        key->value_of_code = gr_realloc(key->value_of_code, count * sizeof(*key->value_of_code));
        memset(key->value_of_code + keys->seen_count, 0,
               (count - keys->seen_count) * sizeof(*key->value_of_code));
    }
    keys->seen_count = count;
}

static void learn_member(struct tag_keys *keys, uint32_t code, struct str name, struct str value)
{
    struct tag_key *key = find_key(keys, name);
    if (!key)
        key = add_key(keys, name);
    if (!key || key->given_up)
        return;
    uint32_t id = dict_intern(&key->values, value);
    key->given_up = id > VALUES_MAX;
    key->value_of_code[code] = (uint16_t)id; /* of a key that comes twice the last counts */
}

static void learn_text(struct tag_keys *keys, uint32_t code, struct str text)
{
    struct tags_walk walk = {.rest = text};
    struct str name;
    struct str value;
    while (tags_next(&keys->scratch, &walk, &name, &value))
        learn_member(keys, code, name, value);
    arena_reset(&keys->scratch);
    keys->seen[code] = 1;
}

/* False when there are too many texts to remember their values. */
static enum gr_status learn_codes(struct store *store, enum dataset dataset, struct tag_keys *keys,
                                  const struct presum_view *view, bool *known, struct gr_err *err)
{
    const struct store_column *column = &store->datasets[dataset].columns[tags_column(dataset)];
    *known = false;
    for (uint32_t g = 0; g < view->groups; g++) {
        uint32_t code = presum_u32(view->codes, g);
        struct str text;
        if (code >= CODES_MAX)
            return GR_OK;
        seen_ready(keys, code);
        if (keys->seen[code] || !code)
            continue;
        GR_TRY(text_cursor_seek(store, column, &store->text_cursor, code, &text, err));
        learn_text(keys, code, text);
    }
    *known = true;
    return GR_OK;
}

/* ---- folding ---- */

struct folded {
    uint32_t groups;
    uint32_t *codes;
    uint32_t *currencies;
    uint32_t *rows;
    uint32_t *missing; /* STORE_MONEY_MAX a group */
    i128 *sums;        /* the same */
};

static void folded_init(struct arena *arena, struct folded *out)
{
    size_t most = (VALUES_MAX + 1) * CURRENCIES_MAX;
    *out = (struct folded){
        .codes = arena_alloc(arena, most * sizeof(*out->codes)),
        .currencies = arena_alloc(arena, most * sizeof(*out->currencies)),
        .rows = arena_alloc_zeroed(arena, most, sizeof(*out->rows)),
        .missing = arena_alloc_zeroed(arena, most * STORE_MONEY_MAX, sizeof(*out->missing)),
        .sums = arena_alloc_zeroed(arena, most * STORE_MONEY_MAX, sizeof(*out->sums)),
    };
}

/* The place of a currency among those that were met; CURRENCIES_MAX: there are too many. */
static uint32_t currency_place(uint32_t *currencies, uint32_t *count, uint32_t code)
{
    for (uint32_t i = 0; i < *count; i++)
        if (currencies[i] == code)
            return i;
    if (*count == CURRENCIES_MAX)
        return CURRENCIES_MAX;
    currencies[*count] = code;
    return (*count)++;
}

/* False when it can't be folded, or not to less than half. */
static bool fold(const struct tag_key *key, const struct presum_view *view, struct arena *arena,
                 struct folded *out)
{
    uint32_t currencies[CURRENCIES_MAX];
    uint32_t currency_count = 0;
    uint32_t *place_of =
        arena_alloc_zeroed(arena, (VALUES_MAX + 1) * CURRENCIES_MAX, sizeof(*place_of));
    folded_init(arena, out);
    for (uint32_t g = 0; g < view->groups; g++) {
        uint32_t code = presum_u32(view->codes, g);
        uint32_t currency = presum_u32(view->currencies, g);
        uint32_t place = currency_place(currencies, &currency_count, currency);
        if (place == CURRENCIES_MAX)
            return false;
        uint32_t *group = &place_of[key->value_of_code[code] * CURRENCIES_MAX + place];
        if (!*group) {
            *group = ++out->groups;
            out->codes[*group - 1] = code;
            out->currencies[*group - 1] = currency;
        }
        size_t at = *group - 1;
        uint32_t rows = presum_u32(view->rows, g);
        out->rows[at] += rows;
        for (uint32_t m = 0; m < view->measures; m++) {
            out->missing[at * STORE_MONEY_MAX + m] += rows - presum_u32(view->counts[m], g);
            if (__builtin_add_overflow(out->sums[at * STORE_MONEY_MAX + m], presum_sum(view, m, g),
                                       &out->sums[at * STORE_MONEY_MAX + m]))
                return false;
        }
    }
    return out->groups * 2 <= view->groups;
}

static enum gr_status need_column(struct store *store, enum dataset dataset, struct tag_keys *keys,
                                  struct tag_key *key, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    if (key->column)
        return GR_OK;
    GR_TRY(store_prepare(store, SQL_COLUMN_ADD, &add, err));
    struct str mark = arena_printf(&keys->scratch, "#%s", dataset_name(dataset));
    store_bind_text(add, 1, mark);
    store_bind_text(add, 2, key->name);
    sqlite3_bind_int(add, 3, COLUMN_TEXT);
    GR_TRY(store_run(store, add, err));
    key->column = sqlite3_last_insert_rowid(store->db);
    keys->with_column++;
    if (key->column > COLUMN_ID_MAX)
        return gr_fail(err, GR_EDATA, "tag %.*s: a store holds at most %d columns",
                       STR_ARG(key->name), COLUMN_ID_MAX);
    return GR_OK;
}

static enum gr_status write_key(struct store *store, enum dataset dataset, int64_t segment,
                                struct tag_keys *keys, struct tag_key *key,
                                const struct presum_view *view, struct gr_err *err)
{
    struct folded folded;
    sqlite3_stmt *add = NULL;
    if (key->given_up || !key->values.count || (!key->column && keys->with_column == KEYS_MAX) ||
        !fold(key, view, &keys->scratch, &folded))
        return GR_OK;
    struct presum_entries entries = {.groups = folded.groups,
                                     .measures = view->measures,
                                     .codes = folded.codes,
                                     .currencies = folded.currencies,
                                     .rows = folded.rows,
                                     .missing = folded.missing,
                                     .sums = folded.sums};
    memcpy(entries.scales, view->scales, sizeof(entries.scales));
    struct store_bytes bytes = presum_write(&keys->scratch, &entries);
    GR_TRY(need_column(store, dataset, keys, key, err));
    GR_TRY(store_prepare(store, SQL_PRESUM_ADD, &add, err));
    sqlite3_bind_int64(add, 1, chunk_id(segment, key->column));
    store_bind_bytes(add, 2, bytes.ptr, bytes.length);
    return store_run(store, add, err);
}

static enum gr_status write_keys(struct store *store, enum dataset dataset, int64_t segment,
                                 struct tag_keys *keys, struct store_bytes bytes,
                                 struct gr_err *err)
{
    struct presum_view view;
    struct arena arena = ARENA_EMPTY; /* of the expanded pre-sums; scratch is emptied by learning */
    bool known = false;
    enum gr_status status = presum_expand(&arena, &bytes, err);
    if (!status)
        status = presum_read(bytes.ptr, bytes.length, &view, err);
    if (!status)
        status = learn_codes(store, dataset, keys, &view, &known, err);
    for (size_t i = 0; i < keys->count && known && !status; i++) {
        status = write_key(store, dataset, segment, keys, &keys->keys[i], &view, err);
        arena_reset(&keys->scratch);
    }
    arena_deinit(&arena);
    return status;
}

enum gr_status tag_presums_put(struct store *store, const struct packed_segment *packed,
                               int64_t segment, struct gr_err *err)
{
    int column = tags_column(packed->dataset);
    int64_t id = column_id(store, packed->dataset, column);
    for (size_t i = 0; column >= 0 && i < packed->presum_count; i++)
        if (packed->presums[i].column == id)
            return write_keys(
                store, packed->dataset, segment, keys_of(store, packed->dataset),
                (struct store_bytes){packed->presums[i].bytes, packed->presums[i].length}, err);
    return GR_OK;
}
