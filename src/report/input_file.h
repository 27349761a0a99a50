/* A file that decides figures (rates, names, allocation rules): its bytes and the hash by which a
 * report names it. Called by fx.c, names.c and allocation_file.c.
 */
#ifndef GR_REPORT_INPUT_FILE_H
#define GR_REPORT_INPUT_FILE_H

#include "base/arena.h"

enum { INPUT_FILE_BYTES_MAX = 64 << 20, INPUT_FILE_SHA256_SHOWN = 12 };

struct input_file {
    const char *path;  /* as it was named */
    struct str text;   /* all of it */
    struct str sha256; /* the first digits */
};

/* GR_ESTORE when it can't be read. Memory: arena. */
enum gr_status input_file_read(struct arena *arena, const char *path, struct input_file *out,
                               struct gr_err *err) GR_MUST_CHECK;

/* The same of bytes in memory. */
void input_file_of_text(struct arena *arena, const char *name, struct str text,
                        struct input_file *out);

#endif
