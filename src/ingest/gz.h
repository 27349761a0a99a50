/* A gz file (RFC 1952) as a stream: members, their headers, checksums and lengths, zero padding
 * behind them, and the limits that tell a bill from a bomb.
 *
 * Called by source.c, which brings the bytes; an engine (inflate.h) inflates what lies between a
 * header and its trailer. The good bytes come before the error that ends them, however large the
 * steps are.
 */
#ifndef GR_INGEST_GZ_H
#define GR_INGEST_GZ_H

#include "base/status.h"
#include "ingest/inflate.h"

struct gz;

struct gz *gz_open(const struct inflate_engine *engine);
void gz_close(struct gz *gz); /* NULL is fine */

struct gz_step {
    const char *in; /* may be empty */
    size_t in_len;
    char *out;
    size_t out_len; /* > 0 */
    size_t consumed, produced;
};

/* Goes on until something is produced or all input is consumed. GR_EDATA: broken, a bomb, or other
 * bytes behind a member; then nothing was produced. */
enum gr_status gz_inflate(struct gz *gz, struct gz_step *step, struct gr_err *err) GR_MUST_CHECK;

/* To be asked when there is no more input. GR_EDATA: the stream is cut. */
enum gr_status gz_check_end(const struct gz *gz, struct gr_err *err) GR_MUST_CHECK;

#endif
