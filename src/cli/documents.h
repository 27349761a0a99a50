/* The program comes twice: `gpureport`, which starts fast, and `gpureport-documents`, the same with
 * the libraries for xlsx, pdf and html, which take longer to load than a small report to make. The
 * first becomes the second when such an output is asked for.
 */
#ifndef GR_CLI_DOCUMENTS_H
#define GR_CLI_DOCUMENTS_H

#include "cli/options.h"
#include "render/renderer.h"

/* When the renderer is elsewhere, does not return: the process becomes the program that has it,
 * with the same words, from the start. GR_ERENDER when it is not there. */
enum gr_status documents_become(const struct options *options, const struct renderer *renderer,
                                struct gr_err *err) GR_MUST_CHECK;

#endif
