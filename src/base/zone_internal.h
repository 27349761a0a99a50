/* Reading a zone file's bytes, apart from finding it, so that tests can hand in files of their own.
 */
#ifndef GR_BASE_ZONE_INTERNAL_H
#define GR_BASE_ZONE_INTERNAL_H

#include "base/day.h"

/* A zone from the bytes of a TZif file, or NULL when they are none. The caller closes it. */
struct zone *zone_read(struct str data);

#endif
