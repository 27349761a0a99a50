/* Text of help pages and listings, wrapped at the terminal's width.
 */
#ifndef GR_CLI_PARAGRAPH_H
#define GR_CLI_PARAGRAPH_H

#include <stddef.h>

/* Columns of standard output: the terminal's, else 80. At least 20. */
size_t paragraph_width(void);

/* Prints `text` on standard output, broken at blanks so that no line is wider than `width` columns
 * (a longer word stands alone), and ends the line. `at`: columns that the caller has printed on the
 * line already; `indent`: blanks before further lines. A newline in `text` stays behind a
 * full stop or a colon and is a blank elsewhere. ASCII. */
void paragraph_print(size_t width, size_t at, size_t indent, const char *text);

/* `head` two columns in, `text` behind it in column `column`; below it on a narrow terminal. */
void paragraph_entry(size_t width, const char *head, size_t column, const char *text);

#endif
