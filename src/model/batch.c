/* Batches: rows as column arrays, and the dictionaries that the batches of a load share.
 *
 * Called by readers (setters: a hot path) and by the store. Must not know file formats nor the
 * store. Not for several threads at once: the dictionaries of one load grow while a batch is
 * filled.
 */
#include "model/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Per dataset: column name -> code, and the dictionary of that code. */
struct named_dicts {
    struct dict names;
    struct dict **dicts; /* dicts[code - 1]; allocated one by one, so their addresses stay */
    uint32_t capacity;
};

struct batch_texts {
    struct named_dicts of[DATASET_COUNT];
    struct batch *open; /* batches with codes of these dictionaries */
};

struct batch_texts *batch_texts_open(void)
{
    struct batch_texts *texts = gr_alloc_zeroed(1, sizeof *texts);
    for (int i = 0; i < DATASET_COUNT; i++)
        dict_init(&texts->of[i].names);
    return texts;
}

void batch_texts_close(struct batch_texts *texts)
{
    if (!texts)
        return;
    for (int i = 0; i < DATASET_COUNT; i++) {
        struct named_dicts *named = &texts->of[i];
        for (uint32_t code = 1; code <= named->names.count; code++) {
            dict_deinit(named->dicts[code - 1]);
            free(named->dicts[code - 1]);
        }
        free(named->dicts);
        dict_deinit(&named->names);
    }
    free(texts);
}

/* The code of a column name in `named`; its dictionary is made when the name is new. */
static uint32_t intern_name(struct named_dicts *named, struct str column)
{
    uint32_t before = named->names.count;
    uint32_t code = dict_intern(&named->names, column);
    assert(code != DICT_CODE_NONE);
    if (code <= before)
        return code;
    if (code > named->capacity) {
        named->capacity = named->capacity ? named->capacity * 2 : 64;
        named->dicts = gr_realloc(named->dicts, named->capacity * sizeof(struct dict *));
    }
    struct dict *dict = gr_alloc(sizeof *dict);
    dict_init(dict);
    named->dicts[code - 1] = dict;
    return code;
}

struct dict *batch_texts_dict(struct batch_texts *texts, enum dataset dataset, struct str column)
{
    struct named_dicts *named = &texts->of[dataset];
    uint32_t code = intern_name(named, column); /* may move named->dicts: before it is read */
    return named->dicts[code - 1];
}

static bool codes_are_needed(const struct batch_texts *texts, int dataset, const struct batch *done)
{
    for (const struct batch *batch = texts->open; batch; batch = batch->next)
        if (batch != done && (int)batch->dataset == dataset && batch->rows > 0)
            return true;
    return false;
}

size_t batch_texts_bytes(const struct batch_texts *texts, const struct batch *done)
{
    size_t bytes = 0;
    for (int i = 0; i < DATASET_COUNT; i++) {
        uint32_t count = codes_are_needed(texts, i, done) ? 0 : texts->of[i].names.count;
        for (uint32_t code = 1; code <= count; code++)
            bytes += dict_bytes(texts->of[i].dicts[code - 1]);
    }
    return bytes;
}

/* Emptying a small one would free little and cost a look-up of each of its texts. */
void batch_texts_renew(struct batch_texts *texts, const struct batch *done)
{
    size_t large = batch_texts_bytes(texts, done) / 16;
    for (int i = 0; i < DATASET_COUNT; i++) {
        uint32_t count = codes_are_needed(texts, i, done) ? 0 : texts->of[i].names.count;
        for (uint32_t code = 1; code <= count; code++)
            if (dict_bytes(texts->of[i].dicts[code - 1]) > large)
                dict_clear(texts->of[i].dicts[code - 1]);
    }
}

struct batch *batch_open(enum dataset dataset, struct batch_texts *texts)
{
    return batch_open_small(dataset, texts, BATCH_ROWS);
}

struct batch *batch_open_small(enum dataset dataset, struct batch_texts *texts, uint32_t capacity)
{
    struct batch *batch = gr_alloc_zeroed(1, sizeof *batch);
    batch->dataset = dataset;
    batch->texts = texts;
    batch->capacity = capacity;
    const struct column_def *defs = dataset_columns(dataset, &batch->column_count);
    batch->columns = gr_alloc_zeroed(batch->column_count, sizeof *batch->columns);
    for (size_t i = 0; i < batch->column_count; i++) {
        struct batch_column *column = &batch->columns[i];
        column->name = str_from(defs[i].name);
        column->kind = defs[i].kind;
        if (column->kind == COLUMN_TEXT)
            column->texts = batch_texts_dict(texts, dataset, column->name);
    }
    batch->lines = gr_alloc_zeroed(batch->capacity, sizeof *batch->lines);
    batch->next = texts->open;
    texts->open = batch;
    return batch;
}

void batch_close(struct batch *batch)
{
    if (!batch)
        return;
    struct batch **link = &batch->texts->open;
    while (*link != batch)
        link = &(*link)->next;
    *link = batch->next;
    for (size_t i = 0; i < batch->column_count; i++) {
        struct batch_column *column = &batch->columns[i];
        free(column->codes);
        free(column->units);
        free(column->scales);
        free(column->moments);
        free(column->wide);
    }
    free(batch->columns);
    free(batch->lines);
    free(batch);
}

/* All cells absent. Mantissas are left: the scale says that they don't count. */
static void clear_column(struct batch_column *column, uint32_t capacity)
{
    if (column->codes)
        memset(column->codes, 0, capacity * sizeof *column->codes);
    if (column->scales)
        memset(column->scales, DECIMAL_CELL_NULL, capacity);
    if (column->moments)
        for (uint32_t row = 0; row < capacity; row++)
            column->moments[row] = MOMENT_NONE;
    column->wide_count = 0;
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++)
        clear_column(&batch->columns[i], batch->capacity);
    batch->rows = 0;
}

size_t batch_extra_column(struct batch *batch, struct str name)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (str_equal(batch->columns[i].name, name)) {
            assert(batch->columns[i].kind == COLUMN_TEXT);
            return i;
        }
    struct named_dicts *named = &batch->texts->of[batch->dataset];
    uint32_t code = intern_name(named, name);
    size_t number = batch->column_count++;
    batch->columns = gr_realloc(batch->columns, batch->column_count * sizeof *batch->columns);
    batch->columns[number] = (struct batch_column){
        .name = dict_text(&named->names, code),
        .kind = COLUMN_TEXT,
        .texts = named->dicts[code - 1],
    };
    return number;
}

void batch_column_ready(struct batch *batch, size_t number)
{
    assert(number < batch->column_count);
    struct batch_column *column = &batch->columns[number];
    if (column->codes || column->units || column->moments)
        return;
    switch (column->kind) {
    case COLUMN_TEXT:
        column->codes = gr_alloc(batch->capacity * sizeof *column->codes);
        break;
    case COLUMN_DECIMAL:
        column->units = gr_alloc_zeroed(batch->capacity, sizeof *column->units);
        column->scales = gr_alloc(batch->capacity);
        break;
    case COLUMN_MOMENT:
        column->moments = gr_alloc(batch->capacity * sizeof *column->moments);
        break;
    }
    clear_column(column, batch->capacity);
}

void batch_set_text(struct batch *batch, size_t number, uint32_t row, struct str text)
{
    assert(row < batch->capacity && batch->columns[number].kind == COLUMN_TEXT);
    struct batch_column *column = &batch->columns[number];
    if (!column->codes) {
        if (!text.ptr)
            return;
        batch_column_ready(batch, number);
        assert(column->codes);
    }
    column->codes[row] = dict_intern(column->texts, text);
}

/* Keeps a decimal that does not fit 64 bits; returns where. */
static uint32_t add_wide(struct batch_column *column, struct decimal value)
{
    if (column->wide_count == column->wide_capacity) {
        column->wide_capacity = column->wide_capacity ? column->wide_capacity * 2 : 64;
        column->wide =
            gr_realloc(column->wide, (size_t)column->wide_capacity * sizeof *column->wide);
    }
    column->wide[column->wide_count] = value;
    return column->wide_count++;
}

void batch_set_decimal(struct batch *batch, size_t number, uint32_t row, struct decimal value)
{
    assert(row < batch->capacity && batch->columns[number].kind == COLUMN_DECIMAL);
    struct batch_column *column = &batch->columns[number];
    if (!column->units) {
        batch_column_ready(batch, number);
        assert(column->units && column->scales);
    }
    if (value.units == (int64_t)value.units && value.scale < DECIMAL_CELL_WIDE) {
        column->units[row] = (int64_t)value.units;
        column->scales[row] = value.scale;
    } else {
        column->units[row] = add_wide(column, value);
        column->scales[row] = DECIMAL_CELL_WIDE;
    }
}

void batch_set_moment(struct batch *batch, size_t number, uint32_t row, int64_t moment_ms)
{
    assert(row < batch->capacity && batch->columns[number].kind == COLUMN_MOMENT);
    struct batch_column *column = &batch->columns[number];
    if (!column->moments) {
        if (moment_ms == MOMENT_NONE)
            return;
        batch_column_ready(batch, number);
        assert(column->moments);
    }
    column->moments[row] = moment_ms;
}

void batch_unset_row(struct batch *batch, uint32_t row)
{
    assert(row < batch->capacity);
    for (size_t i = 0; i < batch->column_count; i++) {
        struct batch_column *column = &batch->columns[i];
        if (column->codes)
            column->codes[row] = DICT_CODE_NONE;
        if (column->scales)
            column->scales[row] = DECIMAL_CELL_NULL;
        if (column->moments)
            column->moments[row] = MOMENT_NONE;
    }
}

struct str batch_text(const struct batch *batch, size_t number, uint32_t row)
{
    assert(number < batch->column_count && row < batch->capacity);
    const struct batch_column *column = &batch->columns[number];
    return column->codes ? dict_text(column->texts, column->codes[row]) : STR_NONE;
}

bool batch_decimal(const struct batch *batch, size_t number, uint32_t row, struct decimal *out)
{
    assert(number < batch->column_count && row < batch->capacity);
    const struct batch_column *column = &batch->columns[number];
    if (!column->scales || column->scales[row] == DECIMAL_CELL_NULL)
        return false;
    if (column->scales[row] == DECIMAL_CELL_WIDE)
        *out = column->wide[column->units[row]];
    else
        *out = (struct decimal){column->units[row], column->scales[row]};
    return true;
}

int64_t batch_moment(const struct batch *batch, size_t number, uint32_t row)
{
    assert(number < batch->column_count && row < batch->capacity);
    const struct batch_column *column = &batch->columns[number];
    return column->moments ? column->moments[row] : MOMENT_NONE;
}
