/* Renders a document into memory and compares it with a file under expected/. */
#ifndef GR_TESTS_RENDER_RENDERED_H
#define GR_TESTS_RENDER_RENDERED_H

#include "render/renderer.h"

/* The bytes of `doc`; fails the test when the renderer does. Freed with free(). */
char *rendered(const struct renderer *renderer, const struct report_doc *doc,
               const struct render_options *options, size_t *len);

/* Fails the test, showing the first difference, unless the bytes are those of expected/<name>.
 * With GR_ACCEPT in the environment the file is written instead. */
void assert_expected(const char *name, const char *bytes, size_t len);

#endif
