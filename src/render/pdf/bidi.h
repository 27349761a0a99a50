/* Text in the order in which it is drawn from left to right, when parts of it run right to left. */
#ifndef GR_RENDER_PDF_BIDI_H
#define GR_RENDER_PDF_BIDI_H

#include "base/str.h"

/* True when the text holds a Hebrew, Arabic or similar letter. */
bool bidi_is_needed(struct str text);

/* Appends `text` in drawing order, in a line that runs left to right as a whole: stretches of
 * right-to-left letters are turned round, figures in them are not, brackets in them are mirrored.
 * A short form of the Unicode Bidirectional Algorithm (UAX #9) that is enough for names; no
 * shaping: Arabic letters keep their isolated forms. */
void bidi_append_visual(struct strbuf *out, struct str text);

#endif
