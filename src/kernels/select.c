/* Which table: by name or the best that this CPU runs. */
#include "kernels/kernels_internal.h"

#include <string.h>

struct level {
    const struct kernels *table;
    int (*available)(void);
};

static int always(void)
{
    return 1;
}

#if defined(__x86_64__)
static int has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}
#endif

/* From plain to best. */
static const struct level levels[] = {
    {&kernels_scalar, always  },
#if defined(__x86_64__)
    {&kernels_sse2,   always  },
    {&kernels_avx2,   has_avx2},
#endif
};
enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

const struct kernels *kernels_select(const char *level)
{
    const struct kernels *found = NULL;
    for (size_t i = 0; i < LEVELS; i++)
        if ((!strcmp(level, "auto") || !strcmp(level, levels[i].table->name)) &&
            levels[i].available())
            found = levels[i].table;
    return found;
}

const char *const *kernels_levels(size_t *count)
{
    static const char *const all[] = {"scalar", "sse2", "avx2"};
    *count = 0;
    while (*count < LEVELS && levels[*count].available())
        (*count)++;
    return all;
}
