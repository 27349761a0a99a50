/* The words that FOCUS allows in some columns, and how files spell them. Private to the FOCUS
 * reader and its tests.
 */
#ifndef GR_INGEST_FORMATS_FOCUS_WORDS_H
#define GR_INGEST_FORMATS_FOCUS_WORDS_H

#include "base/str.h"
#include "model/columns.h"

/* Columns whose words are looked at; -1 ends the list. */
extern const int focus_word_columns[];
enum { FOCUS_WORD_COLUMNS = 7 };

/* The allowed word that `text` means in that column: case, blanks, hyphens and underscores do not
 * matter ("Usage-based", "ONE TIME"), and words of drafts before 1.0 are known ("On-Demand"). What
 * is not known stays as it is. */
struct str focus_word(int column, struct str text);

#endif
