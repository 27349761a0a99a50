/* Files that appear whole or not at all: write to a temporary name beside the target, fsync,
 * rename. */
#ifndef GR_BASE_FILE_H
#define GR_BASE_FILE_H

#include <stdio.h>

#include "base/str.h"

struct file_replace {
    FILE *stream;    /* write here; errors are seen at commit */
    char *temp_path; /* own */
    char *path;      /* own */
};

/* Opens a temporary file (mode 0600) in the folder of `path`. GR_ESTORE with path and errno text.
 */
enum gr_status file_replace_open(struct file_replace *file, const char *path,
                                 struct gr_err *err) GR_MUST_CHECK;
/* Flush, fsync, rename, fsync of the folder. On failure the temporary file is gone and the old
 * target untouched. `file` is done with either way. */
enum gr_status file_replace_commit(struct file_replace *file, struct gr_err *err) GR_MUST_CHECK;
void file_replace_abandon(struct file_replace *file); /* removes the temporary file; idempotent */

/* Removes every open temporary file; for a signal's clean-up path (called from main, not a
 * handler). */
void file_replace_abandon_all(void);

/* Whole file into buf (its ceiling is the cap). GR_ESTORE when it can't be read. */
enum gr_status file_read(const char *path, struct strbuf *buf, struct gr_err *err) GR_MUST_CHECK;

#endif
