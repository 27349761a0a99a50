/* See fold.h. All letters with case up to U+04FF take two bytes in both cases, so folding is done
 * in place of the copy. */
#include "base/fold.h"

#include <string.h>

static uint32_t fold_latin(uint32_t code)
{
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7)
        return code + 0x20;
    if (code == 0x130 || code == 0x131 || code == 0x138 || code == 0x149)
        return code; /* dotted and dotless i differ in Turkish only; the others have no case */
    if (code == 0x178)
        return 0xFF;
    bool odd_is_capital = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
    bool even_is_capital = code >= 0x100 && code <= 0x177 && !odd_is_capital;
    if ((odd_is_capital && code % 2) || (even_is_capital && code % 2 == 0))
        return code + 1;
    return code;
}

static uint32_t fold_greek(uint32_t code)
{
    if ((code >= 0x391 && code <= 0x3A1) || (code >= 0x3A3 && code <= 0x3AB))
        return code + 0x20;
    if (code >= 0x388 && code <= 0x38A)
        return code + 37;
    if (code == 0x386)
        return 0x3AC;
    if (code == 0x38C)
        return 0x3CC;
    if (code == 0x38E || code == 0x38F)
        return code + 63;
    return code == 0x3C2 ? 0x3C3 : code; /* a sigma at the end is a sigma */
}

static uint32_t fold_character(uint32_t code)
{
    if (code < 0x180)
        return fold_latin(code);
    if (code >= 0x386 && code <= 0x3C2)
        return fold_greek(code);
    if (code >= 0x410 && code <= 0x42F)
        return code + 0x20;
    return code >= 0x400 && code <= 0x40F ? code + 0x50 : code;
}

static bool is_pair(struct str text, size_t at)
{
    unsigned char first = (unsigned char)text.ptr[at];
    return first >= 0xC3 && first <= 0xD1 && at + 1 < text.len &&
           ((unsigned char)text.ptr[at + 1] & 0xC0) == 0x80;
}

/* The text with each letter folded; says whether one was. */
static bool fold_into(char *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (!is_pair(text, i))
            continue;
        uint32_t code = ((uint32_t)(unsigned char)c & 0x1F) << 6 |
                        ((uint32_t)(unsigned char)text.ptr[i + 1] & 0x3F);
        code = fold_character(code);
        out[i] = (char)(0xC0 | code >> 6);
        out[i + 1] = (char)(0x80 | (code & 0x3F));
        i++;
    }
    return text.len && memcmp(out, text.ptr, text.len) != 0;
}

struct str str_fold(struct arena *arena, struct str text)
{
    if (!text.len)
        return text;
    char *out = arena_alloc(arena, text.len + 1);
    if (!fold_into(out, text))
        return text;
    out[text.len] = '\0';
    return (struct str){out, text.len};
}
