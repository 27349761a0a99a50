/* A progress line on standard error: only on a terminal and only when the work takes over a second.
 */
#ifndef GR_CLI_PROGRESS_H
#define GR_CLI_PROGRESS_H

#include <stdint.h>
#include <time.h>

#include "cli/options.h"

struct progress {
    const struct options *options;
    struct timespec start, shown;
    bool visible;
};

void progress_show(struct progress *progress, uint64_t rows, size_t file, size_t files);
void progress_clear(const struct progress *progress);

#endif
