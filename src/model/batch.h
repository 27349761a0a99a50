/* A batch: up to 65,536 rows of one dataset as column arrays. Readers fill it, the store packs it.
 *
 * Text cells are codes of a dictionary of the load (`batch_texts`), so a text that is seen again
 * costs a look-up and no copy. Decimals are an int64 mantissa and a scale byte;
 * the rare ones that need more go to a side list.
 */
#ifndef GR_MODEL_BATCH_H
#define GR_MODEL_BATCH_H

#include <assert.h>

#include "base/day.h"
#include "base/decimal.h"
#include "base/dict.h"
#include "model/columns.h"

enum { BATCH_ROWS = 65536 };

/* Marks in `scales`. */
enum { DECIMAL_CELL_WIDE = 0xFE, DECIMAL_CELL_NULL = 0xFF };

struct batch_column {
    struct str name; /* static or owned by the batch_texts */
    enum column_kind kind;
    struct dict *texts; /* TEXT: the dictionary of the codes */
    uint32_t *codes;    /* TEXT: code, 0 absent */
    int64_t *units;     /* DECIMAL: mantissa, or index into wide */
    uint8_t *scales;    /* DECIMAL: scale, or a mark above */
    int64_t *moments;   /* MOMENT: ms since 1970, MOMENT_NONE absent */
    struct decimal *wide;
    uint32_t wide_count;
    uint32_t wide_capacity;
    bool passing; /* the reader's own: what it says is in other columns, the store takes nothing */
};

/* Dictionaries of one load, one per (dataset, column name); shared by all batches of that load and
 * not locked: one thread fills. */
struct batch_texts;

struct batch_texts *batch_texts_open(void);
void batch_texts_close(struct batch_texts *texts);
/* The dictionary of a column; made when new. Owned by `texts`. */
struct dict *batch_texts_dict(struct batch_texts *texts, enum dataset dataset, struct str column);

/* What to do when dictionaries take too much memory: the large ones are emptied, their generation
 * grows. Between batches only, and when nobody needs the codes of earlier ones any more
 * (store_texts_settle): who remembers a code or a text of a dictionary looks at its generation.
 * Those of a dataset stay that some batch has rows of, for its codes are needed yet; `done` is the
 * one batch whose rows are not (NULL: none). Bytes: of what would be looked at. */
struct batch;
size_t batch_texts_bytes(const struct batch_texts *texts, const struct batch *done);
void batch_texts_renew(struct batch_texts *texts, const struct batch *done);

struct batch {
    enum dataset dataset;
    struct batch_texts *texts;
    struct batch *next; /* of those that are open with these texts */
    uint32_t rows;
    uint32_t capacity;   /* rows that it can hold, at most BATCH_ROWS */
    size_t column_count; /* the dataset's fixed columns first, then extra text columns */
    struct batch_column *columns;
    uint64_t *lines; /* line of the source file each row came from, from 1 */
};

/* All fixed columns are there; memory of a column is made when it is first written
 * (batch_column_ready), so absent columns cost nothing: codes/units/moments stay NULL. */
struct batch *batch_open(enum dataset dataset, struct batch_texts *texts); /* of BATCH_ROWS */
struct batch *batch_open_small(enum dataset dataset, struct batch_texts *texts, uint32_t capacity);
void batch_close(struct batch *batch);
void batch_clear(struct batch *batch); /* rows = 0; all cells absent again */

/* Number of the TEXT column of that name; appended when new, which moves `columns`. The name is
 * copied. A fixed column that is not TEXT must not be asked for. */
size_t batch_extra_column(struct batch *batch, struct str name);
void batch_column_ready(struct batch *batch, size_t column); /* allocates, all cells absent */

/* Setters for row `row` (0 <= row < capacity); they ready the column. */
void batch_set_text(struct batch *batch, size_t column, uint32_t row, struct str text);
void batch_set_decimal(struct batch *batch, size_t column, uint32_t row, struct decimal value);
void batch_set_moment(struct batch *batch, size_t column, uint32_t row, int64_t moment_ms);
/* The same where the caller has the code or the whole number at hand: `code` is one of
 * columns[column].texts, 0 absent. */
static inline void batch_set_code(struct batch *batch, size_t column, uint32_t row, uint32_t code)
{
    if (!batch->columns[column].codes)
        batch_column_ready(batch, column);
    assert(batch->columns[column].codes);
    batch->columns[column].codes[row] = code;
}

static inline void batch_set_whole(struct batch *batch, size_t column, uint32_t row, int64_t value)
{
    if (!batch->columns[column].units)
        batch_column_ready(batch, column);
    assert(batch->columns[column].units && batch->columns[column].scales);
    batch->columns[column].units[row] = value;
    batch->columns[column].scales[row] = 0;
}

/* Makes every cell of the row absent again (a row that was refused half-way). */
void batch_unset_row(struct batch *batch, uint32_t row);

/* Getters; absent gives STR_NONE / false / MOMENT_NONE, also for a column that was never written.
 */
struct str batch_text(const struct batch *batch, size_t column, uint32_t row);
bool batch_decimal(const struct batch *batch, size_t column, uint32_t row, struct decimal *out);
int64_t batch_moment(const struct batch *batch, size_t column, uint32_t row);

#endif
