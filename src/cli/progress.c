/* See progress.h. The one place that looks at a clock: how long the work takes is for the person
 * who waits, it enters no output. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

static double seconds_between(struct timespec from, struct timespec to)
{
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

void progress_show(struct progress *progress, uint64_t rows, size_t file, size_t files)
{
    if (progress->options->quiet || !isatty(STDERR_FILENO))
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!progress->start.tv_sec)
        progress->start = progress->shown = now;
    double waited = seconds_between(progress->start, now);
    if (waited < 1 || (progress->visible && seconds_between(progress->shown, now) < 0.2))
        return;
    double share = files ? (double)file / (double)files : 0;
    fprintf(stderr, "\r\033[K%zu of %zu files, %llu rows, %.0f rows/s", file + 1, files,
            (unsigned long long)rows, (double)rows / waited);
    if (share > 0)
        fprintf(stderr, ", about %.0f s left", waited / share - waited);
    fflush(stderr);
    progress->visible = true;
    progress->shown = now;
}

void progress_clear(const struct progress *progress)
{
    if (progress->visible)
        fputs("\r\033[K", stderr);
}
