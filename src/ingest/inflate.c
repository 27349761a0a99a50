/* The table of inflate engines (see inflate.h). */
#include "ingest/inflate.h"

#include <string.h>

static const struct inflate_engine *const engines[] = {
#ifdef GR_HAVE_ISAL
    &inflate_isal,
#endif
    &inflate_zlib,
    NULL,
};

const struct inflate_engine *const *inflate_engines(void)
{
    return engines;
}

const struct inflate_engine *inflate_engine_named(const char *name)
{
    const struct inflate_engine *const *at = engines;
    while (*at && name && strcmp((*at)->name, name) != 0)
        at++;
    return *at;
}
