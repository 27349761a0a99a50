/* The structural index (see csv_index.h): memory and the choice of a version. */
#include "ingest/csv_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sha256.h"

void csv_index_init(struct csv_index *index)
{
    /* A block of nothing but newlines has as many ends and rows as bytes; put_ends() writes eight
     * at a time. */
    size_t places = CSV_INDEX_BYTES + CSV_INDEX_PADDING;
    *index = (struct csv_index){.ends = gr_alloc(places * sizeof *index->ends),
                                .rows = gr_alloc(places * sizeof *index->rows),
                                .special = gr_alloc(places * sizeof *index->special)};
}

void csv_index_deinit(struct csv_index *index)
{
    free(index->ends);
    free(index->rows);
    free(index->special);
    *index = (struct csv_index){0};
}

static bool has_avx2(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

static bool always(void)
{
    return true;
}

bool csv_index_hashes(void)
{
#if defined(__x86_64__)
    return has_avx2() && sha256_has_instructions();
#else
    return false;
#endif
}

/* From best to plain. */
static const struct {
    const char *name;
    csv_index_function *index;
    bool (*available)(void);
} levels[] = {
#if defined(__x86_64__)
    {"avx2",   csv_index_avx2,   has_avx2},
#endif
#if defined(__SSE2__)
    {"sse2",   csv_index_sse2,   always  },
#endif
    {"scalar", csv_index_scalar, always  },
};

csv_index_function *csv_index_select(const char *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if ((!level || strcmp(level, levels[i].name) == 0) && levels[i].available())
            return levels[i].index;
    return NULL;
}
