/* See paragraph.h. Called by the help, formats, reports and dimensions commands. */
#include "cli/paragraph.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_ELSE = 80, WIDTH_MIN = 20, NARROW_TEXT = 30, NARROW_INDENT = 6 };

size_t paragraph_width(void)
{
    struct winsize size = {0};
    size_t width = WIDTH_ELSE;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        width = size.ws_col;
    return width < WIDTH_MIN ? WIDTH_MIN : width;
}

static void new_line(size_t indent, size_t *at)
{
    printf("\n%*s", (int)indent, "");
    *at = indent;
}

/* A newline behind a full stop or a colon is meant; two are a blank line. */
static bool is_break(const char *text, const char *newline)
{
    return newline > text && strchr(".:", newline[-1]);
}

void paragraph_print(size_t width, size_t at, size_t indent, const char *text)
{
    bool first = true; /* of its line: no blank before it */
    for (const char *word = text; *word;) {
        if (*word == '\n' && is_break(text, word)) {
            new_line(indent, &at);
            first = true;
            word++;
            continue;
        }
        if (*word == ' ' || *word == '\n') {
            word++;
            continue;
        }
        size_t len = strcspn(word, " \n");
        if (!first && at + 1 + len > width) {
            new_line(indent, &at);
            first = true;
        }
        printf("%s%.*s", first ? "" : " ", (int)len, word);
        at += len + !first;
        first = false;
        word += len;
    }
    putchar('\n');
}

void paragraph_entry(size_t width, const char *head, size_t column, const char *text)
{
    size_t at = 2 + strlen(head);
    bool narrow = width < column + NARROW_TEXT;
    printf("  %s", head);
    if (narrow)
        column = NARROW_INDENT;
    if (narrow || at + 1 > column)
        new_line(column, &at);
    else
        printf("%*s", (int)(column - at), "");
    paragraph_print(width, column, column, text);
}
