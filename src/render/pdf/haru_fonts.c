/* The chain of fonts: Liberation Sans, then DejaVu Sans, then Droid Sans Fallback (Chinese,
 * Japanese, Korean); per character the first that has it. Only files of trusted folders are ever
 * loaded: the TrueType reader of libharu was not made for hostile fonts.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "render/pdf/haru_internal.h"
#include "render/utf8.h"

static const char *const system_folders[] = {
    "/usr/share/fonts/truetype/liberation2", /* Debian, Ubuntu */
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/truetype/droid",
    "/usr/share/fonts/liberation-sans", /* Fedora */
    "/usr/share/fonts/liberation-sans-fonts",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/google-droid-sans-fonts",
    "/usr/share/fonts/liberation", /* Arch */
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/droid",
    "/usr/local/share/fonts",
    NULL,
};

enum { FONT_SANS, FONT_SANS_BOLD, FONT_DEJAVU, FONT_DEJAVU_BOLD, FONT_DROID };

static const char *const file_names[FONT_FILES] = {
    [FONT_SANS] = "LiberationSans-Regular.ttf", [FONT_SANS_BOLD] = "LiberationSans-Bold.ttf",
    [FONT_DEJAVU] = "DejaVuSans.ttf",           [FONT_DEJAVU_BOLD] = "DejaVuSans-Bold.ttf",
    [FONT_DROID] = "DroidSansFallbackFull.ttf",
};

/* A face without its bold file is drawn in the regular one. */
enum { CHAIN_MAX = 5 };
static const uint8_t chains[FACE_COUNT][CHAIN_MAX] = {
    [FACE_REGULAR] = {FONT_SANS,      FONT_DEJAVU,      FONT_DROID, FONT_SANS_BOLD, FONT_DEJAVU_BOLD},
    [FACE_BOLD] = {FONT_SANS_BOLD, FONT_DEJAVU_BOLD, FONT_SANS,  FONT_DEJAVU,    FONT_DROID      },
};

enum gr_status fonts_find(struct canvas *canvas, const char *const *folders, struct gr_err *err)
{
    bool found = false;
    for (size_t i = 0; i < FONT_FILES; i++)
        for (const char *const *folder = folders ? folders : system_folders;
             *folder && !canvas->fonts[i].path; folder++) {
            struct str path = arena_printf(&canvas->texts, "%s/%s", *folder, file_names[i]);
            if (access(path.ptr, R_OK))
                continue;
            canvas->fonts[i].path = gr_alloc(path.len + 1);
            memcpy(canvas->fonts[i].path, path.ptr, path.len + 1);
            /* The CJK fallback alone can't set a page. */
            found = found || i != FONT_DROID;
        }
    if (!found)
        return gr_fail(err, GR_ERENDER,
                       "no font found for PDF: install Liberation Sans or DejaVu Sans "
                       "(Debian: fonts-liberation2 or fonts-dejavu-core)");
    for (size_t i = 0; i < FACE_COUNT; i++)
        canvas->glyphs[i] = gr_alloc_zeroed(BMP_SIZE, sizeof *canvas->glyphs[i]);
    return GR_OK;
}

/* ---- characters ---- */

/* libharu's own map from code to text is malformed (begincidrange where bfrange is due), so readers
 * warn on every page. Codes are UTF-16 here: 256 rows of the identity say it right. */
static void fix_to_unicode(struct canvas *canvas, HPDF_Font font)
{
    HPDF_Dict map = HARU(canvas, HPDF_DictStream_New, canvas->doc->mmgr, canvas->doc->xref);
    if (!map)
        return;
    map->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    strbuf_append_cstr(&text,
                       "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                       "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
                       "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                       "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    for (unsigned row = 0; row < 256; row++) {
        if (row % 64 == 0)
            strbuf_append_cstr(&text, "64 beginbfrange\n");
        strbuf_printf(&text, "<%02X00> <%02XFF> <%02X00>\n", row, row, row);
        if (row % 64 == 63)
            strbuf_append_cstr(&text, "endbfrange\n");
    }
    strbuf_append_cstr(&text, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    HARU(canvas, HPDF_Stream_WriteStr, map->stream, strbuf_cstr(&text));
    strbuf_deinit(&text);
    /* The entry need not be there: no error then. */
    if (!canvas->failed_call && HPDF_Dict_GetItem(font, "ToUnicode", HPDF_OCLASS_DICT))
        HARU(canvas, HPDF_Dict_RemoveElement, font, "ToUnicode");
    HARU(canvas, HPDF_Dict_Add, font, "ToUnicode", map);
}

static void font_load(struct canvas *canvas, struct canvas_font *font)
{
    font->tried = true;
    if (!font->path)
        return;
    const char *name = HARU(canvas, HPDF_LoadTTFontFromFile, canvas->doc, font->path, HPDF_TRUE);
    font->definition = name ? HARU(canvas, HPDF_GetFontDef, canvas->doc, name) : NULL;
}

/* A font is put into the file only when it is drawn with. */
static void font_use(struct canvas *canvas, struct canvas_font *font)
{
    if (font->font || !font->definition)
        return;
    font->font = HARU(canvas, HPDF_GetFont, canvas->doc, font->definition->base_font, "UTF-8");
    if (font->font)
        fix_to_unicode(canvas, font->font);
}

static bool chain_has(struct canvas *canvas, enum canvas_face face, uint16_t code,
                      struct canvas_glyph *glyph)
{
    for (size_t i = 0; i < CHAIN_MAX; i++) {
        struct canvas_font *font = &canvas->fonts[chains[face][i]];
        if (!font->tried)
            font_load(canvas, font);
        if (canvas->failed_call || !font->definition)
            continue;
        HPDF_UINT16 id = HPDF_TTFontDef_GetGlyphid(font->definition, code);
        if (!id)
            continue;
        font_use(canvas, font);
        HPDF_INT16 width = HPDF_TTFontDef_GetGidWidth(font->definition, id);
        glyph->font = chains[face][i];
        glyph->width = (uint16_t)(width > 0 ? width : 0);
        return true;
    }
    return false;
}

static struct canvas_glyph glyph_look_up(struct canvas *canvas, enum canvas_face face,
                                         uint32_t code)
{
    struct canvas_glyph glyph = {.state = GLYPH_DRAWN};
    bool blank = code == '\n' || code == '\t' || code == '\r' || code == 0xA0 || code == 0x2007 ||
                 code == 0x202F || code == 0x2028 || code == 0x2029;
    if (blank && chain_has(canvas, face, ' ', &glyph)) {
        glyph.state = GLYPH_SPACE;
        return glyph;
    }
    /* Joiners, direction marks and variation selectors draw nothing and could only mislead. */
    if ((code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
        (code >= 0x2060 && code <= 0x206F) || (code >= 0xFE00 && code <= 0xFE0F) ||
        code == 0xFEFF || code == 0xAD) {
        glyph.state = GLYPH_NOTHING;
        return glyph;
    }
    if (code < BMP_SIZE && !utf8_is_control(code) &&
        chain_has(canvas, face, (uint16_t)code, &glyph))
        return glyph;
    glyph.state = GLYPH_REPLACED;
    if (!chain_has(canvas, face, 0x25A1, &glyph))
        glyph.state = chain_has(canvas, face, '?', &glyph) ? GLYPH_SPACE : GLYPH_NOTHING;
    return glyph;
}

struct canvas_glyph fonts_glyph(struct canvas *canvas, enum canvas_face face, uint32_t code)
{
    if (code >= BMP_SIZE)
        return glyph_look_up(canvas, face, code);
    struct canvas_glyph *cached = &canvas->glyphs[face][code];
    if (cached->state == GLYPH_UNKNOWN)
        *cached = glyph_look_up(canvas, face, code);
    return *cached;
}

/* ---- before saving ---- */

static unsigned read_u16(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

/* Marks the parts of one composite glyph; true when that added any.
 * Layout of a composite: OpenType specification, 'glyf' table. */
static bool mark_parts(HPDF_TTFontDefAttr font, FILE *file, unsigned glyph)
{
    unsigned long from = font->glyph_tbl.offsets[glyph], to = font->glyph_tbl.offsets[glyph + 1];
    unsigned char bytes[10];
    if (from == to)
        return false;
    if (!font->header.index_to_loc_format)
        from *= 2;
    if (fseek(file, (long)(font->glyph_tbl.base_offset + from), SEEK_SET) ||
        fread(bytes, 1, 10, file) != 10 || read_u16(bytes) < 0x8000)
        return false; /* contours >= 0: a simple glyph */
    bool added = false;
    unsigned flags;
    do {
        if (fread(bytes, 1, 4, file) != 4)
            break;
        flags = read_u16(bytes);
        unsigned piece = read_u16(bytes + 2);
        long skip = (flags & 1 ? 4 : 2) + (flags & 8 ? 2 : flags & 64 ? 4 : flags & 128 ? 8 : 0);
        if (fseek(file, skip, SEEK_CUR))
            break;
        if (piece < font->num_glyphs && !font->glyph_tbl.flgs[piece]) {
            font->glyph_tbl.flgs[piece] = 1;
            added = true;
        }
    } while (flags & 32);
    return added;
}

/* libharu 2.3.0 keeps only one level of parts, and loses ids above 32,767: Chinese characters came
 * out as fragments. Marks all parts of parts before the font is written. */
void fonts_close_composites(struct canvas *canvas)
{
    for (size_t i = 0; i < FONT_FILES; i++) {
        if (!canvas->fonts[i].font)
            continue;
        HPDF_TTFontDefAttr font = canvas->fonts[i].definition->attr;
        FILE *file = fopen(canvas->fonts[i].path, "rb");
        if (!file) {
            haru_check(canvas, false, "reading the font file again");
            return;
        }
        unsigned char *done = gr_alloc_zeroed(font->num_glyphs + 1u, 1);
        for (bool again = true; again;) {
            again = false;
            for (unsigned glyph = 0; glyph < font->num_glyphs; glyph++)
                if (font->glyph_tbl.flgs[glyph] && !done[glyph]) {
                    done[glyph] = 1;
                    again |= mark_parts(font, file, glyph);
                }
        }
        free(done);
        fclose(file);
    }
}

/* PDF/A-1 asks for CapHeight and the set of used characters, which libharu leaves out. Descriptors
 * exist only once the document has been written a first time. */
void fonts_complete_descriptors(struct canvas *canvas)
{
    for (size_t i = 0; i < FONT_FILES; i++) {
        HPDF_FontDef font = canvas->fonts[i].font ? canvas->fonts[i].definition : NULL;
        if (!font || !font->descriptor || canvas->failed_call)
            continue;
        HARU(canvas, HPDF_Dict_AddNumber, font->descriptor, "CapHeight",
             font->cap_height ? font->cap_height : 700);
        HPDF_Dict set = HARU(canvas, HPDF_DictStream_New, canvas->doc->mmgr, canvas->doc->xref);
        if (!set)
            return;
        set->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
        HPDF_TTFontDefAttr attr = font->attr;
        unsigned char bits[BMP_SIZE / 8] = {0x80};
        for (unsigned code = 1; code < BMP_SIZE; code++) {
            HPDF_UINT16 id = HPDF_TTFontDef_GetGlyphid(font, (HPDF_UINT16)code);
            if (id && attr->glyph_tbl.flgs[id])
                bits[code >> 3] |= (unsigned char)(0x80 >> (code & 7));
        }
        HARU(canvas, HPDF_Stream_Write, set->stream, bits, sizeof bits);
        HARU(canvas, HPDF_Dict_Add, font->descriptor, "CIDSet", set);
    }
}
