/* Counted units of a usage row: {"web_search":2,"images":1}, as the usage reader wrote them. */
#ifndef GR_LOAD_JSON_UNITS_H
#define GR_LOAD_JSON_UNITS_H

#include "base/decimal.h"

/* Calls each(context, name, quantity) for every member. GR_EDATA when the text is not a flat object
 * of numbers (the reader has checked it, so that is a damaged store). */
enum gr_status json_units_each(struct str text,
                               enum gr_status (*each)(void *context, struct str name,
                                                      struct decimal quantity, struct gr_err *err),
                               void *context, struct gr_err *err) GR_MUST_CHECK;

#endif
