/* Texts of the store: front-coded blocks by ascending code, one numbering for each column from 1.
 *
 * table text_block: id = column << 32 | code of the first text; count texts (1..TEXTS_MAX); bytes:
 * for each text, in the order of their codes, the bytes that it shares with the one before (0 for
 * the first) and the bytes that follow, both as LEB128, then those that follow. A load sorts its
 * new texts before they get codes (dictionary.c), so neighbours share much. A block is input like
 * the rest of the file: every length is checked.
 */
#include "store/store_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 128, BLOCK_BYTES = 4096 };

static int64_t block_id(const struct store_column *column, uint32_t code)
{
    return column->id << 32 | code;
}

/* Codes have no gaps and a text takes two bytes of a block or more, so that a file has less texts
 * than half its bytes: what readers keep by code is bounded by the file, whatever it says. */
static enum gr_status texts_that_fit(struct store *store, int64_t *count, struct gr_err *err)
{
    sqlite3_stmt *bytes = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_FILE_BYTES, &bytes, err));
    GR_TRY(store_step(store, bytes, &row, err));
    *count = row ? sqlite3_column_int64(bytes, 0) / 2 : 0;
    sqlite3_reset(bytes);
    return GR_OK;
}

enum gr_status text_block_last(struct store *store, const struct store_column *column,
                               uint32_t *code, struct gr_err *err)
{
    sqlite3_stmt *last = NULL;
    bool row = false;
    int64_t most = 0;
    GR_TRY(texts_that_fit(store, &most, err));
    GR_TRY(store_prepare(store, SQL_TEXT_BLOCK_AT, &last, err));
    sqlite3_bind_int64(last, 1, block_id(column, 0));
    sqlite3_bind_int64(last, 2, block_id(column, UINT32_MAX));
    GR_TRY(store_step(store, last, &row, err));
    int64_t first = row ? sqlite3_column_int64(last, 0) & UINT32_MAX : 0;
    int64_t count = row ? sqlite3_column_int64(last, 1) : 0;
    sqlite3_reset(last);
    most = most < UINT32_MAX ? most : UINT32_MAX;
    if (row && (first < 1 || count < 1 || count > TEXTS_MAX || first + count - 1 > most))
        return gr_fail(err, GR_ESTORE, "store %s: column %s: damaged texts", store->path,
                       column->name);
    *code = row ? (uint32_t)(first + count - 1) : 0;
    return GR_OK;
}

/* ---- writing ---- */

static size_t put_length(uint8_t *out, size_t length)
{
    size_t at = 0;
    for (; length >= 128; length >>= 7)
        out[at++] = (uint8_t)(length | 128);
    out[at++] = (uint8_t)length;
    return at;
}

static size_t shared_bytes(struct str a, struct str b)
{
    size_t most = a.len < b.len ? a.len : b.len;
    size_t at = 0;
    while (at < most && a.ptr[at] == b.ptr[at])
        at++;
    return at;
}

struct block_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t length;
    uint32_t count;
    struct str last;
};

static void add_text(struct block_writer *block, struct str text)
{
    enum { LENGTHS_MAX = 20 };
    size_t shared = block->count ? shared_bytes(block->last, text) : 0;
    size_t need = block->length + text.len - shared + LENGTHS_MAX;
    if (need > block->capacity) {
        block->capacity = need > 2 * BLOCK_BYTES ? need : 2 * BLOCK_BYTES;
        block->bytes = gr_realloc(block->bytes, block->capacity);
    }
    assert(block->bytes);
    block->length += put_length(block->bytes + block->length, shared);
    block->length += put_length(block->bytes + block->length, text.len - shared);
    memcpy(block->bytes + block->length, text.ptr + shared, text.len - shared);
    block->length += text.len - shared;
    block->last = text;
    block->count++;
}

static enum gr_status put_block(struct store *store, const struct store_column *column,
                                uint32_t first, struct block_writer *block, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_TEXT_BLOCK_ADD, &add, err));
    sqlite3_bind_int64(add, 1, block_id(column, first));
    sqlite3_bind_int64(add, 2, block->count);
    store_bind_bytes(add, 3, block->bytes, block->length);
    GR_TRY(store_run(store, add, err));
    block->count = 0;
    block->length = 0;
    return GR_OK;
}

enum gr_status text_blocks_add(struct store *store, const struct store_column *column,
                               uint32_t first, const struct str *texts, uint32_t count,
                               struct gr_err *err)
{
    struct block_writer block = {0};
    enum gr_status status = GR_OK;
    for (uint32_t i = 0; i < count && !status; i++) {
        add_text(&block, texts[i]);
        bool full = block.count == TEXTS_MAX || block.length >= BLOCK_BYTES || i + 1 == count;
        if (full)
            status = put_block(store, column, first + i + 1 - block.count, &block, err);
    }
    free(block.bytes);
    return status;
}

/* ---- reading ---- */

void text_cursor_deinit(struct text_cursor *cursor)
{
    free(cursor->block);
    free(cursor->text);
    *cursor = (struct text_cursor){0};
}

static enum gr_status no_text(struct store *store, const struct store_column *column, uint32_t code,
                              struct gr_err *err)
{
    return gr_fail(err, GR_ESTORE, "store %s: column %s has no text with code %u", store->path,
                   column->name, code);
}

static void *room(void *buffer, size_t *capacity, size_t need)
{
    if (need <= *capacity)
        return buffer;
    *capacity = need < 2 * BLOCK_BYTES ? 2 * BLOCK_BYTES : need;
    return gr_realloc(buffer, *capacity);
}

/* Puts the cursor before the first text of the block that should have `code`. */
static enum gr_status load_block(struct store *store, const struct store_column *column,
                                 struct text_cursor *cursor, uint32_t code, struct gr_err *err)
{
    sqlite3_stmt *find = NULL;
    bool row = false;
    cursor->column = 0;
    GR_TRY(store_prepare(store, SQL_TEXT_BLOCK_AT, &find, err));
    sqlite3_bind_int64(find, 1, block_id(column, 0));
    sqlite3_bind_int64(find, 2, block_id(column, code));
    GR_TRY(store_step(store, find, &row, err));
    if (!row)
        return no_text(store, column, code, err);
    int64_t first = sqlite3_column_int64(find, 0) & UINT32_MAX;
    int64_t count = sqlite3_column_int64(find, 1);
    const void *bytes = sqlite3_column_blob(find, 2);
    cursor->block_length = (size_t)sqlite3_column_bytes(find, 2);
    cursor->block = room(cursor->block, &cursor->block_capacity, cursor->block_length + 1);
    if (bytes)
        memcpy(cursor->block, bytes, cursor->block_length);
    sqlite3_reset(find);
    if (first < 1 || count < 1 || count > TEXTS_MAX || code - first >= count)
        return no_text(store, column, code, err);
    cursor->column = column->id;
    cursor->next = (uint32_t)first;
    cursor->end = first + count;
    cursor->at = 0;
    cursor->length = 0;
    return GR_OK;
}

static bool read_length(struct text_cursor *cursor, size_t *length)
{
    *length = 0;
    for (unsigned shift = 0; shift < 35 && cursor->at < cursor->block_length; shift += 7) {
        uint8_t byte = cursor->block[cursor->at++];
        *length |= (size_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

bool text_cursor_next(struct text_cursor *cursor)
{
    size_t shared = 0;
    size_t rest = 0;
    if (!read_length(cursor, &shared) || !read_length(cursor, &rest) || shared > cursor->length ||
        rest > cursor->block_length - cursor->at)
        return false;
    cursor->text = room(cursor->text, &cursor->capacity, shared + rest + 1);
    memcpy(cursor->text + shared, cursor->block + cursor->at, rest);
    cursor->length = shared + rest;
    cursor->text[cursor->length] = '\0';
    cursor->at += rest;
    cursor->next++;
    return true;
}

enum gr_status text_cursor_seek(struct store *store, const struct store_column *column,
                                struct text_cursor *cursor, uint32_t code, struct str *text,
                                struct gr_err *err)
{
    bool ahead = cursor->column == column->id && cursor->next <= code && code < cursor->end;
    bool at_it = cursor->column == column->id && cursor->next == code + 1 && cursor->at;
    if (!ahead && !at_it)
        GR_TRY(load_block(store, column, cursor, code, err));
    while (cursor->next <= code)
        if (!text_cursor_next(cursor)) {
            cursor->column = 0;
            return gr_fail(err, GR_ESTORE, "store %s: column %s: damaged texts", store->path,
                           column->name);
        }
    *text = (struct str){cursor->text, cursor->length};
    return GR_OK;
}
