/* Reads one member of a zip file in memory: enough to look into a workbook. */
#ifndef GR_TESTS_RENDER_UNZIP_H
#define GR_TESTS_RENDER_UNZIP_H

#include "base/str.h"

/* The member's text with a NUL behind it, to be freed; NULL when the archive has no such member. */
char *unzip_member(struct str archive, const char *name);

#endif
