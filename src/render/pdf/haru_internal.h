/* Shared by haru_*.c, the files that know libharu: its public calls and, where those can't do it
 * (tags, PDF/A, glyph parts), its installed internal headers.
 *
 * Traps of libharu 2.3.0 that are closed here: errors are sticky and end in a crash when calls go
 * on (HARU() makes no call after the first error); NaN coordinates corrupt the page; the ToUnicode
 * map is malformed; parts of composite glyphs get lost; the file ID depends on the clock.
 */
#ifndef GR_RENDER_PDF_HARU_INTERNAL_H
#define GR_RENDER_PDF_HARU_INTERNAL_H

#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_fontdef.h>
#include <hpdf_info.h>
#include <hpdf_objects.h>
#include <hpdf_pages.h>

#include "render/pdf/canvas.h"

enum { FONT_CHAIN = 3, FONT_FILES = 5, BMP_SIZE = 0x10000 };

/* A font file; loaded when a character first needs it. */
struct canvas_font {
    char *path; /* own; NULL: not installed */
    bool tried;
    HPDF_Font font;
    HPDF_FontDef definition;
};

/* How a character is drawn in a face; looked up once. */
struct canvas_glyph {
    uint8_t state;  /* GLYPH_... */
    uint8_t font;   /* index into fonts */
    uint16_t width; /* thousandths of the size */
};
enum { GLYPH_UNKNOWN, GLYPH_DRAWN, GLYPH_SPACE, GLYPH_NOTHING, GLYPH_REPLACED };

struct canvas {
    HPDF_Doc doc;
    const char *call; /* the libharu call under way */
    const char *failed_call;
    HPDF_STATUS failed_code, failed_detail;

    struct canvas_font fonts[FONT_FILES];
    struct canvas_glyph *glyphs[FACE_COUNT]; /* BMP_SIZE each */
    size_t replaced_count;
    uint32_t replaced_first;

    HPDF_Page *pages;
    size_t page_count, page_capacity;
    HPDF_Page page; /* current */
    uint32_t fill_rgb,
        stroke_rgb; /* of the current page's graphics state; RGB_UNSET at its start */
    double line_width;
    bool dashed;

    HPDF_Dict struct_root, document_tag;
    HPDF_Array parent_numbers; /* page number, array of its marked contents' elements, ... */
    HPDF_Array *page_marks;    /* page_count: the elements by mark number */
    size_t *mark_counts;
    size_t page_index;
    bool marked;

    struct str title, author, subject; /* own */
    struct arena texts;
    struct day as_of;
};

#define RGB_UNSET 0xFF000000u

/* Makes a libharu call unless one failed before: 0 / NULL then. */
#define HARU(canvas, function, ...)                                                                \
    ((canvas)->failed_call ? 0 : ((canvas)->call = #function, function(__VA_ARGS__)))

void haru_check(struct canvas *canvas, bool good, const char *call); /* for calls without a code */

enum gr_status fonts_find(struct canvas *canvas, const char *const *folders, struct gr_err *err);
/* The glyph of a code point; for REPLACED the white square's. */
struct canvas_glyph fonts_glyph(struct canvas *canvas, enum canvas_face face, uint32_t code);
void fonts_close_composites(struct canvas *canvas);
void fonts_complete_descriptors(struct canvas *canvas);

void tags_open(struct canvas *canvas);
void tags_page_added(struct canvas *canvas);
HPDF_Dict haru_dict(struct canvas *canvas);   /* new indirect object */
HPDF_Array haru_array(struct canvas *canvas); /* new direct object */
/* A PDF text string in UTF-16; cut to what the format takes. */
HPDF_String haru_string(struct canvas *canvas, struct str text);

/* ICC profile of sRGB, made here. Returns its length. */
size_t icc_srgb(unsigned char *out, size_t capacity);

#endif
