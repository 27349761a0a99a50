/* INI files of ours as a list of entries. The door to inih.
 *
 * Who reads one decides what sections and keys there may be and names file and line of a wrong one;
 * this file knows the grammar only: [section], key = value or key: value, comments behind ; or # at
 * the start of a line and behind " ;" in it. A key may come again, so long lists need no long
 * lines; blanks before a line mean nothing.
 */
#ifndef GR_BASE_INI_H
#define GR_BASE_INI_H

#include "base/arena.h"

enum { INI_FILE_BYTES_MAX = 8 << 20 };

struct ini_entry {
    struct str section; /* "budget ml", without the brackets, trimmed */
    struct str key;     /* absent: the section begins here; else with a NUL behind it */
    struct str value;   /* trimmed, may be empty; a NUL behind it */
    long line;          /* from 1 */
};

struct ini_file {
    const char *name; /* as given, for messages */
    struct ini_entry *entries;
    size_t count;
};

/* Entries in the order of the text; every section begins with an entry without a key. Errors
 * (GR_EUSAGE, "name:line: ..."): not UTF-8, a NUL, a line that is neither, a key before any
 * section, a section's name over 49 bytes or a line over 197 bytes (limits of inih). Memory:
 * arena. */
enum gr_status ini_read(struct arena *arena, struct str text, const char *name,
                        struct ini_file *out, struct gr_err *err) GR_MUST_CHECK;

/* The same from a file; GR_ESTORE when it can't be read or is over INI_FILE_BYTES_MAX. */
enum gr_status ini_read_file(struct arena *arena, const char *path, struct ini_file *out,
                             struct gr_err *err) GR_MUST_CHECK;

#endif
