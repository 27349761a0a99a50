/* Charts: plans whose labels never touch, the process that draws them, the SVG that comes back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "render/chart/chart_internal.h"
#include "sample_doc.h"

/* ---- plans ---- */

static void box_of(const struct chart_text *text, double box[4])
{
    double width = chart_text_width(text->text, text->size);
    double back = text->anchor == ANCHOR_END      ? width
                  : text->anchor == ANCHOR_MIDDLE ? width / 2
                                                  : 0;
    box[0] = text->x - back;
    box[1] = text->y - 0.35 * text->size;
    box[2] = box[0] + width;
    box[3] = text->y + 0.35 * text->size;
}

static void assert_texts_apart(const struct chart_plan *plan)
{
    for (size_t i = 0; i < plan->text_count; i++) {
        double a[4], b[4];
        box_of(&plan->texts[i], a);
        assert_true(a[0] >= -0.5 && a[2] <= plan->width + 0.5);
        assert_true(a[1] >= -0.5 && a[3] <= plan->height + 0.5);
        for (size_t j = 0; j < i; j++) {
            box_of(&plan->texts[j], b);
            if (a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3])
                fail_msg("\"%.*s\" touches \"%.*s\"", STR_ARG(plan->texts[i].text),
                         STR_ARG(plan->texts[j].text));
        }
    }
}

static const struct report_chart *chart_of(const struct report_doc *doc)
{
    return doc->sections[0].items[0].chart;
}

static void no_two_labels_of_a_chart_touch(void **state)
{
    (void)state;
    for (int kind = CHART_BARS; kind <= CHART_FAN; kind++)
        for (size_t points = 0; points < 70; points += points < 8 ? 1 : 13)
            for (size_t series = 0; series < 20; series += series < 3 ? 1 : 4) {
                struct arena arena = ARENA_EMPTY;
                struct chart_plan plan;
                chart_plan_make(
                    &arena,
                    chart_of(sample_doc_chart(&arena, (enum chart_kind)kind, points, series)),
                    &theme_default, &plan);
                assert_texts_apart(&plan);
                arena_deinit(&arena);
            }
}

static void labels_of_days_fit_over_any_span(void **state)
{
    (void)state;
    for (size_t points = 1; points < 1200; points = points * 5 / 4 + 1) {
        struct arena arena = ARENA_EMPTY;
        struct report_doc *doc = sample_doc_chart(&arena, CHART_LINES, points, 1);
        struct report_chart *chart = doc->sections[0].items[0].chart;
        chart->x_is_day = true;
        for (size_t i = 0; i < points; i++) {
            char day[11];
            day_format(day_add(day_from_ymd(2024, 11, 17), (int)i), day);
            chart->x[i] = arena_str(&arena, str_from(day));
        }
        struct chart_plan plan;
        chart_plan_make(&arena, chart, &theme_default, &plan);
        assert_texts_apart(&plan);
        assert_true(plan.text_count >= 4); /* at least one date beside axis and name */
        arena_deinit(&arena);
    }
}

static void bars_beyond_the_page_are_counted_not_lost(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct chart_plan plan;
    chart_plan_make(&arena, chart_of(sample_doc_chart(&arena, CHART_BARS, 50, 1)), &theme_default,
                    &plan);
    struct str last = plan.texts[plan.text_count - 1].text;
    assert_true(str_is(last, "and 25 more, not drawn"));
    arena_deinit(&arena);
}

static void axes_start_at_zero_and_have_round_steps(void **state)
{
    (void)state;
    static const struct {
        double low, high, low_out, high_out;
        size_t count;
    } cases[] = {
        {0,    661204, 0,     800000, 5},
        {0,    0,      0,     1,      6},
        {-500, 9000,   -2000, 10000,  7},
        {0,    0.0412, 0,     0.05,   6},
        {-3,   0,      -3,    0,      4},
        {0,    1e12,   0,     1e12,   6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double tics[CHART_TICS_MAX], low = cases[i].low, high = cases[i].high;
        size_t count = scale_tics(&low, &high, 5, tics);
        assert_int_equal(count, cases[i].count);
        assert_true(fabs(low - cases[i].low_out) < 1e-9 * (1 + fabs(low)));
        assert_true(fabs(high - cases[i].high_out) < 1e-9 * (1 + fabs(high)));
    }
}

static void assert_axis_text(double value, double step, double largest, const char *wanted)
{
    struct arena arena = ARENA_EMPTY;
    struct str text = scale_axis_text(&arena, value, step, largest);
    if (!str_is(text, wanted))
        fail_msg("\"%.*s\", wanted \"%s\"", STR_ARG(text), wanted);
    arena_deinit(&arena);
}

static void axis_figures_are_short(void **state)
{
    (void)state;
    assert_axis_text(0, 5, 10, "0");
    assert_axis_text(15000, 5000, 15000, "15,000");
    assert_axis_text(200000, 200000, 800000, "200k");
    assert_axis_text(-2500, 2500, 20000,
                     "\xE2\x88\x92"
                     "2.5k");
    assert_axis_text(2500000, 500000, 2500000, "2.5m");
    assert_axis_text(0.05, 0.01, 0.05, "0.05");
}

static void pushed_labels_keep_order_and_distance(void **state)
{
    (void)state;
    double positions[] = {50, 50, 51, 90, 99};
    plan_spread(positions, 5, 10, 0, 100);
    for (size_t i = 1; i < 5; i++)
        assert_true(positions[i] - positions[i - 1] >= 10 - 1e-9);
    assert_true(positions[0] >= 0 && positions[4] <= 100);
}

static void texts_are_cut_to_their_room(void **state)
{
    (void)state;
    for (double width = 10; width < 200; width += 7)
        for (size_t i = 0; i < sample_hostile_name_count; i++) {
            struct arena arena = ARENA_EMPTY;
            struct str cut = chart_text_fit(&arena, sample_hostile_names[i], 7.5, width);
            assert_true(chart_text_width(cut, 7.5) <= width);
            arena_deinit(&arena);
        }
}

/* ---- the process ---- */

struct drawn {
    enum gr_status status;
    struct gr_err err;
    struct str svg;
};

static struct drawn draw(struct arena *arena, const char *program, const char *home)
{
    struct drawn drawn = {.status = GR_OK};
    struct render_options options = {.gnuplot = program, .home = home};
    struct chart_svg *charts;
    size_t count;
    drawn.status = chart_svg_all(arena, sample_doc_chart(arena, CHART_LINES, 5, 2), &options,
                                 &charts, &count, &drawn.err);
    if (!drawn.status)
        drawn.svg = charts[0].text;
    return drawn;
}

/* A program that stands in for gnuplot: a shell script in a folder of its own. */
static void stand_in(char folder[64], char path[96], const char *script)
{
    snprintf(folder, 64, "/tmp/chart-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, 96, "%s/gnuplot", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
}

static void stand_in_remove(const char *folder, const char *path)
{
    unlink(path);
    rmdir(folder);
}

static void assert_refused(const char *script, const char *wanted)
{
    struct arena arena = ARENA_EMPTY;
    char folder[64], path[96];
    stand_in(folder, path, script);
    struct drawn drawn = draw(&arena, path, NULL);
    stand_in_remove(folder, path);
    assert_int_equal(drawn.status, GR_ERENDER);
    if (!strstr(drawn.err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", drawn.err.text, wanted);
    arena_deinit(&arena);
}

static void refuses_what_is_not_a_chart(void **state)
{
    (void)state;
    assert_refused("echo 'line 7: no such thing' >&2; exit 3", "(exit 3): line 7: no such thing");
    assert_refused("exit 0", "drew nothing for chart \"one\"");
    assert_refused("kill -SEGV $$; exit 1", "exit"); /* may not even signal itself */
    assert_refused("echo '<svg><blink/></svg>'", "<blink>");
    assert_refused("echo '<svg><g></svg>'", "broken at line 1");
    assert_refused("echo 'text </svg>'", "broken");
}

/* Leaves a file behind when it is run freely, and none when it is run as gnuplot. */
static void assert_shut_in(const char *script)
{
    struct arena arena = ARENA_EMPTY;
    char folder[64], path[96], proof[96];
    stand_in(folder, path, script);
    snprintf(proof, sizeof proof, "%s/proof", folder);
    assert_int_equal(system(path), 0);
    assert_int_equal(unlink(proof), 0);
    struct drawn drawn = draw(&arena, path, NULL);
    assert_int_equal(drawn.status, GR_ERENDER);
    assert_int_not_equal(access(proof, F_OK), 0);
    stand_in_remove(folder, path);
    arena_deinit(&arena);
}

static void the_drawing_program_can_neither_write_nor_start_a_program(void **state)
{
    (void)state;
#if !defined(__x86_64__) && !defined(__aarch64__)
    skip();
#endif
    assert_shut_in("printf x >\"${0%/*}/proof\"; exit 0");
    assert_shut_in("/bin/touch \"${0%/*}/proof\"; exit 0");
    assert_shut_in("exec /bin/touch \"${0%/*}/proof\"");
    assert_shut_in("(printf x >\"${0%/*}/proof\") & wait; exit 0");
}

static void gnuplot_output_is_cleaned(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    if (!chart_gnuplot_find(&arena, NULL).ptr) {
        print_message("gnuplot is not installed\n");
        skip();
    }
    struct drawn drawn = draw(&arena, NULL, NULL);
    assert_int_equal(drawn.status, GR_OK);
    assert_true(str_starts(drawn.svg, STR("<svg ")));
    assert_true(str_ends(drawn.svg, STR("</svg>\n")));
    const char *text = drawn.svg.ptr;
    assert_non_null(strstr(text, ">series 2</text>"));
    assert_null(strstr(text, "<defs"));
    assert_null(strstr(text, " id="));
    assert_null(strstr(text, "@L"));
    arena_deinit(&arena);
}

static void a_home_folder_gives_its_own_templates(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    if (!chart_gnuplot_find(&arena, NULL).ptr)
        skip();
    struct drawn drawn = draw(&arena, NULL, GR_SOURCE_DIR);
    assert_int_equal(drawn.status, GR_OK);
    drawn = draw(&arena, NULL, "/nowhere"); /* what a home lacks is compiled in */
    assert_int_equal(drawn.status, GR_OK);
    arena_deinit(&arena);
}

static void a_template_name_can_not_leave_its_folder(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct str text;
    assert_int_equal(chart_template_text(&arena, "/etc", STR("../passwd"), &text, &err), GR_EUSAGE);
    assert_int_equal(chart_template_text(&arena, NULL, STR("nothing.gp"), &text, &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, "nothing.gp"));
    arena_deinit(&arena);
}

/* ---- texts in the SVG, theme ---- */

static void names_can_not_break_out_of_the_markup(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 4096);
    svg_append_escaped(&out, STR("</svg>&\"x\"\n\x1B\xFF"));
    assert_string_equal(strbuf_cstr(&out),
                        "&lt;/svg&gt;&amp;&quot;x&quot; \xE2\x96\xA1\xE2\x96\xA1");
    strbuf_deinit(&out);
}

static void the_compiled_in_theme_is_the_default_one(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct theme theme;
    assert_int_equal(theme_load(&arena, NULL, &theme, &err), GR_OK);
    assert_memory_equal(&theme, &theme_default, sizeof theme);
    arena_deinit(&arena);
}

static void a_wrong_theme_line_is_named(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct theme theme = theme_default;
    assert_int_equal(theme_read(STR("# x\nink = #000000\nink = black\n"), &theme, &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, "line 3"));
    assert_non_null(strstr(err.text, "black"));
    assert_int_equal(theme_read(STR("inc = #000000\n"), &theme, &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, "\"inc\""));
    assert_int_equal(theme_read(STR("series10 = #0aF001"), &theme, &err), GR_OK);
    assert_int_equal(theme.series[9], 0x0af001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_labels_of_a_chart_touch),
        cmocka_unit_test(labels_of_days_fit_over_any_span),
        cmocka_unit_test(bars_beyond_the_page_are_counted_not_lost),
        cmocka_unit_test(axes_start_at_zero_and_have_round_steps),
        cmocka_unit_test(axis_figures_are_short),
        cmocka_unit_test(pushed_labels_keep_order_and_distance),
        cmocka_unit_test(texts_are_cut_to_their_room),
        cmocka_unit_test(refuses_what_is_not_a_chart),
        cmocka_unit_test(the_drawing_program_can_neither_write_nor_start_a_program),
        cmocka_unit_test(gnuplot_output_is_cleaned),
        cmocka_unit_test(a_home_folder_gives_its_own_templates),
        cmocka_unit_test(a_template_name_can_not_leave_its_folder),
        cmocka_unit_test(names_can_not_break_out_of_the_markup),
        cmocka_unit_test(the_compiled_in_theme_is_the_default_one),
        cmocka_unit_test(a_wrong_theme_line_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
