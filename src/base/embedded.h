/* Files that were compiled in (scripts/cmake/GrEmbed.cmake makes the tables from queries/, reports/
 * and templates/), so that the program works without its share folder.
 */
#ifndef GR_BASE_EMBEDDED_H
#define GR_BASE_EMBEDDED_H

#include "base/arena.h"

struct embedded_file {
    const char *name;           /* without folder: "bars.gp" */
    const unsigned char *bytes; /* a NUL stands behind them */
    size_t len;
};

/* The text of <home>/<folder>/<name> where it can be read (up to 1 MB), else of the compiled-in
 * file of that name, else absent. home may be NULL. Memory: arena or static. */
struct str embedded_text(struct arena *arena, const char *home, const char *folder,
                         const char *name, const struct embedded_file *files, size_t count);

#endif
