/* Rate tables: `month,from,to,rate` as CSV, one rate a month and pair. Called by the command line
 * and, for the words about a conversion, by the reports.
 */
#ifndef GR_REPORT_FX_H
#define GR_REPORT_FX_H

#include "model/conversion.h"
#include "report/report.h"

/* Reads the file; `target` is what amounts become. GR_EDATA with file, line and column: not a
 * month, no currency, a rate of 0 or less, two rates for one month and pair. Memory: arena. */
enum gr_status fx_read(struct arena *arena, const char *path, struct str target,
                       struct conversion *out, struct gr_err *err) GR_MUST_CHECK;

/* The same from a text. */
enum gr_status fx_read_text(struct arena *arena, const char *name, struct str text,
                            struct str target, struct conversion *out,
                            struct gr_err *err) GR_MUST_CHECK;

/* "Converted to EUR month by month, by charge month, with rates.csv (sha256 ...): 2026-10 1 USD =
 * 0.92 EUR." The rates that were used so far, or their number when they are many. */
struct str fx_note(const struct report_context *context);

/* The same as a member of the ad-hoc JSON: "conversion":{...} */
struct str fx_json(const struct report_context *context);

#endif
