/* UTF-8 for renderers; see utf8.h. */
#include "render/utf8.h"

/* Length of the character that `lead` starts and the payload bits of `lead`; 0 when it starts none.
 */
static size_t lead_len(unsigned char lead, uint32_t *bits)
{
    if (lead < 0x80) {
        *bits = lead;
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        *bits = lead & 0x1Fu;
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *bits = lead & 0x0Fu;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *bits = lead & 0x07u;
        return 4;
    }
    return 0;
}

/* Code point of the first character of `text`, its length in *len; UTF8_BAD when it is none. */
static uint32_t decode(struct str text, size_t *len)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = 0;
    *len = lead_len((unsigned char)text.ptr[0], &code);
    if (*len == 0 || *len > text.len)
        return UTF8_BAD;
    for (size_t i = 1; i < *len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if ((byte & 0xC0) != 0x80)
            return UTF8_BAD;
        code = code << 6 | (byte & 0x3Fu);
    }
    bool surrogate = code >= 0xD800 && code < 0xE000;
    return code < smallest[*len] || code > 0x10FFFF || surrogate ? UTF8_BAD : code;
}

uint32_t utf8_next(struct str *rest, struct str *bytes)
{
    size_t len = 1;
    uint32_t code = decode(*rest, &len);
    if (code == UTF8_BAD)
        len = 1;
    if (bytes)
        *bytes = (struct str){rest->ptr, len};
    rest->ptr += len;
    rest->len -= len;
    return code;
}

void utf8_append(struct strbuf *out, uint32_t code)
{
    char bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (char)code;
    } else if (code < 0x800) {
        bytes[len++] = (char)(0xC0 | code >> 6);
        bytes[len++] = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        bytes[len++] = (char)(0xE0 | code >> 12);
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[len++] = (char)(0x80 | (code & 0x3F));
    } else {
        bytes[len++] = (char)(0xF0 | code >> 18);
        bytes[len++] = (char)(0x80 | (code >> 12 & 0x3F));
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[len++] = (char)(0x80 | (code & 0x3F));
    }
    strbuf_append(out, (struct str){bytes, len});
}

void utf8_append_repaired(struct strbuf *out, struct str text)
{
    while (text.len) {
        struct str bytes;
        uint32_t code = utf8_next(&text, &bytes);
        if (code == UTF8_BAD || code == 0 || code == 0xFFFE || code == 0xFFFF)
            utf8_append(out, UTF8_REPLACEMENT);
        else
            strbuf_append(out, bytes);
    }
}

bool utf8_is_control(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x00,    0x1F   },
        {0x7F,    0x9F   },
        {0xAD,    0xAD   },
        {0x61C,   0x61C  },
        {0x180E,  0x180E },
        {0x200B,  0x200B },
        {0x200E,  0x200F },
        {0x2028,  0x202E },
        {0x2060,  0x206F },
        {0xFEFF,  0xFEFF },
        {0xFFF9,  0xFFFB },
        {0xFFFE,  0xFFFF },
        {0xE0000, 0xE007F},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}
