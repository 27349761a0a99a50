/* Differential: both CSV engines must say the same of every input, the fast one at every level of
 * instructions. First byte: expected cells. */
#include <stdlib.h>
#include <string.h>

#include "ingest/csv.h"
#include "ingest/csv_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
    struct ingest_source *source;
    struct csv_reader *csv;
    struct csv_row row;
    bool more;
};

static bool side_open(struct side *side, struct str bytes, const char *engine, const char *level,
                      size_t expected)
{
    struct gr_err err = {0};
    if (source_open_memory("fuzz", bytes, &side->source, &err) != GR_OK)
        return false;
    if (csv_open(side->source, engine, ',', &side->csv, &err) != GR_OK)
        abort();
    if (level && !csv_use_level(side->csv, level))
        abort();
    csv_expect_cells(side->csv, expected);
    return true;
}

static void side_close(struct side *side)
{
    csv_close(side->csv);
    source_close(side->source);
}

static bool same_rows(const struct csv_row *a, const struct csv_row *b)
{
    if (a->line != b->line || a->byte_offset != b->byte_offset || !str_equal(a->raw, b->raw))
        return false;
    if (a->fault || b->fault)
        return a->fault && b->fault && strcmp(a->fault, b->fault) == 0;
    if (a->cell_count != b->cell_count)
        return false;
    for (size_t i = 0; i < a->cell_count; i++)
        if (!str_equal(a->cells[i], b->cells[i]))
            return false;
    return true;
}

static void compare(struct str bytes, size_t expected, const char *level)
{
    struct gr_err err = {0};
    struct side fast = {0}, oracle = {0};
    if (!side_open(&fast, bytes, "fast", level, expected))
        return;
    if (!side_open(&oracle, bytes, "libcsv", NULL, expected))
        abort();
    do {
        enum gr_status status = csv_next(fast.csv, &fast.row, &fast.more, &err);
        if (status != csv_next(oracle.csv, &oracle.row, &oracle.more, &err))
            abort();
        if (status != GR_OK)
            break; /* the source's fault, e.g. a cut gz */
        if (fast.more != oracle.more || (fast.more && !same_rows(&fast.row, &oracle.row)))
            abort();
    } while (fast.more);
    if (csv_blank_lines(fast.csv) != csv_blank_lines(oracle.csv))
        abort();
    side_close(&fast);
    side_close(&oracle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const levels[] = {"scalar", "sse2", "avx2"};
    if (size == 0)
        return 0;
    struct str bytes = {(const char *)data + 1, size - 1};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (csv_index_select(levels[i]))
            compare(bytes, data[0] % 5, levels[i]);
    return 0;
}
