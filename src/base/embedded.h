/* Files that were compiled in (scripts/cmake/GrEmbed.cmake makes the tables from queries/, reports/
 * and templates/), so that the program works without its share folder.
 */
#ifndef GR_BASE_EMBEDDED_H
#define GR_BASE_EMBEDDED_H

#include "base/str.h"

struct embedded_file {
    const char *name;           /* without folder: "bars.gp" */
    const unsigned char *bytes; /* a NUL stands behind them */
    size_t len;
};

#endif
