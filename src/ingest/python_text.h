/* Python literals as JSON text: what a notebook leaves in a cell when it prints a list of dicts.
 *
 * [{'name': 'x', 'amount': -5e-06, 'full_name': None}] becomes the JSON of the same meaning; JSON
 * stays as it is. Private to ingest. Must not know what the members mean.
 */
#ifndef GR_INGEST_PYTHON_TEXT_H
#define GR_INGEST_PYTHON_TEXT_H

#include "base/str.h"

/* Appends the JSON. Only tokens are changed: quotes, escapes, None, True, False, nan (as null), a
 * comma before a closing bracket, ( ) of tuples; whether the whole is well formed is for the JSON
 * reader to say. False: a string without end, or a word that is no literal. */
bool python_to_json(struct str text, struct strbuf *out);

#endif
