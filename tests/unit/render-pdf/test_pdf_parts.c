/* Parts of the PDF renderer: wrapped and cut text, SVG drawing, errors of the library. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/pdf/bidi.h"
#include "render/pdf/haru_internal.h"
#include "render/pdf/svg.h"
#include "render/pdf/text.h"
#include "sample_doc.h"

static struct canvas *opened(void)
{
    struct gr_err err = {0};
    struct canvas *canvas;
    if (canvas_open(NULL, &canvas, &err) != GR_OK)
        fail_msg("%s", err.text);
    canvas_page_add(canvas);
    return canvas;
}

static enum gr_status saved(struct canvas *canvas, struct gr_err *err)
{
    char *bytes;
    size_t len;
    FILE *out = open_memstream(&bytes, &len);
    const struct canvas_info info = {STR("t"), STR("a"), STR("s"), {0}};
    canvas_set_info(canvas, &info);
    enum gr_status status = canvas_save(canvas, out, err);
    fclose(out);
    free(bytes);
    return status;
}

static const struct text_font font = {FACE_REGULAR, 9};

static void cut_text_is_never_wider_than_its_room(void **state)
{
    (void)state;
    struct canvas *canvas = opened();
    for (double width = 10; width < 300; width += 11)
        for (size_t i = 0; i < sample_hostile_name_count; i++) {
            struct arena arena = ARENA_EMPTY;
            struct str cut = text_fit(&arena, canvas, font, sample_hostile_names[i], width);
            assert_true(canvas_text_width(canvas, font.face, font.size, cut) <= width);
            arena_deinit(&arena);
        }
    canvas_close(canvas);
}

static void wrapped_lines_fit_and_lose_no_letter(void **state)
{
    (void)state;
    struct canvas *canvas = opened();
    struct str text =
        STR("A paragraph of  some words, averyveryveryverylongonethatfitsnowhere among "
            "them, Größe, 概要概要概要概要概要概要概要概要\nand a second line.");
    for (double width = 20; width < 400; width += 13) {
        struct arena arena = ARENA_EMPTY;
        size_t count, letters = 0, wanted = 0;
        struct str *lines = text_wrap(&arena, canvas, font, text, width, &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(canvas_text_width(canvas, font.face, font.size, lines[i]) <= width);
            for (size_t k = 0; k < lines[i].len; k++)
                letters += lines[i].ptr[k] != ' ';
        }
        for (size_t k = 0; k < text.len; k++)
            wanted += text.ptr[k] != ' ' && text.ptr[k] != '\n';
        assert_int_equal(letters, wanted);
        arena_deinit(&arena);
    }
    canvas_close(canvas);
}

static void no_text_is_one_empty_line(void **state)
{
    (void)state;
    struct canvas *canvas = opened();
    struct arena arena = ARENA_EMPTY;
    size_t count;
    text_wrap(&arena, canvas, font, STR_NONE, 100, &count);
    assert_int_equal(count, 1);
    arena_deinit(&arena);
    canvas_close(canvas);
}

static void figures_have_one_width(void **state)
{
    (void)state;
    struct canvas *canvas = opened();
    for (int face = 0; face < FACE_COUNT; face++)
        for (uint32_t digit = '1'; digit <= '9'; digit++)
            assert_true(canvas_char_width(canvas, (enum canvas_face)face, 8, digit) ==
                        canvas_char_width(canvas, (enum canvas_face)face, 8, '0'));
    canvas_close(canvas);
}

static void assert_visual(const char *logical, const char *wanted)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    bidi_append_visual(&out, str_from(logical));
    assert_string_equal(strbuf_cstr(&out), wanted);
    strbuf_deinit(&out);
}

/* א ב ג in logical order; on the page the last letter comes first. */
static void right_to_left_names_are_drawn_in_reading_order(void **state)
{
    (void)state;
    assert_false(bidi_is_needed(STR("ml-training, 研究团队")));
    assert_true(bidi_is_needed(STR("team \u05D0")));
    assert_visual("abc 12", "abc 12");
    assert_visual("\u05D0\u05D1\u05D2", "\u05D2\u05D1\u05D0");
    assert_visual("team \u05D0\u05D1 (\u05D2) x", "team (\u05D2) \u05D1\u05D0 x");
    assert_visual("\u05D0 2026 \u05D1 7", "7 \u05D1 2026 \u05D0");
    assert_visual("\u05D0\u05B8\u05D1", "\u05D1\u05D0\u05B8");
    assert_visual("\u05D0 \xFF", "\u05D0 \xFF");
}

static void assert_svg(const char *svg, enum gr_status wanted, const char *message)
{
    struct canvas *canvas = opened();
    struct gr_err err = {0};
    enum gr_status status = svg_draw(canvas, str_from(svg), 40, 40, 1, &err);
    assert_int_equal(status, wanted);
    if (message && !strstr(err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", err.text, message);
    if (!wanted)
        assert_int_equal(saved(canvas, &err), GR_OK);
    canvas_close(canvas);
}

static void unknown_svg_is_an_error_with_its_name(void **state)
{
    (void)state;
    assert_svg("<svg><image/></svg>", GR_ERENDER, "<image>");
    assert_svg("<svg><path d='M1,1 C2,2 3,3 4,4'/></svg>", GR_ERENDER, "<C2,2");
    assert_svg("<svg><path d='M1'/></svg>", GR_ERENDER, "a number is missing");
    assert_svg("<svg><g transform='skewX(3)'/></svg>", GR_ERENDER, "skewX(3)");
    assert_svg("<svg><g></svg>", GR_ERENDER, "broken at line 1");
    assert_svg("", GR_ERENDER, "broken");
}

static void numbers_that_are_none_draw_nothing(void **state)
{
    (void)state;
    assert_svg(
        "<svg><path stroke='black' d='M0,0 Lnan,5 L7,inf L8,8'/>"
        "<circle cx='nan' cy='1' r='2'/><rect x='1' width='inf' height='3'/>"
        "<polygon points='1,1 nan,nan 3,3'/><g transform='translate(nan,1)'><text>x</text></g>"
        "</svg>",
        GR_OK, NULL);
}

static void known_svg_is_drawn(void **state)
{
    (void)state;
    assert_svg("<svg viewBox='0 0 9 9'><title>t</title><g fill='none' stroke='rgb( 1, 2, 3)' "
               "stroke-dasharray='2.0,1.5' transform='translate(1,2) rotate(-45)'>"
               "<path d='M1,1 h2 v3 l1,1 m1,1 L9,9 H3 V2 Z'/></g>"
               "<circle cx='1' cy='1' r='2' fill='#fff000'/><text>a &lt; b</text></svg>",
               GR_OK, NULL);
}

static void the_first_error_of_the_library_is_the_one_told(void **state)
{
    (void)state;
    struct canvas *canvas = opened();
    struct gr_err err = {0};
    /* libharu refuses a page this wide; everything after it must be left alone */
    HARU(canvas, HPDF_Page_SetWidth, canvas->page, 1e6f);
    canvas_text(canvas, FACE_REGULAR, 9, 10, 10, 0, STR("text"));
    canvas_page_add(canvas);
    canvas_mark(canvas, canvas_tag(canvas, NULL, "P"), "P");
    canvas_fill_rect(canvas, 1, 1, 1, 1, 0);
    canvas_mark_end(canvas);
    assert_int_equal(saved(canvas, &err), GR_ERENDER);
    assert_non_null(strstr(err.text, "HPDF_Page_SetWidth"));
    canvas_close(canvas);
}

static void the_colour_profile_is_whole(void **state)
{
    (void)state;
    unsigned char bytes[4096];
    size_t len = icc_srgb(bytes, sizeof bytes);
    assert_true(len > 1500 && len < sizeof bytes);
    assert_int_equal((size_t)bytes[2] << 8 | bytes[3], len);
    assert_memory_equal(bytes + 36, "acsp", 4);
    assert_int_equal(icc_srgb(bytes, 100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_text_is_never_wider_than_its_room),
        cmocka_unit_test(wrapped_lines_fit_and_lose_no_letter),
        cmocka_unit_test(no_text_is_one_empty_line),
        cmocka_unit_test(figures_have_one_width),
        cmocka_unit_test(right_to_left_names_are_drawn_in_reading_order),
        cmocka_unit_test(unknown_svg_is_an_error_with_its_name),
        cmocka_unit_test(numbers_that_are_none_draw_nothing),
        cmocka_unit_test(known_svg_is_drawn),
        cmocka_unit_test(the_first_error_of_the_library_is_the_one_told),
        cmocka_unit_test(the_colour_profile_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
