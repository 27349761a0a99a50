/* Any bytes as the SVG of a chart: cleaned, then drawn and saved. Nothing may crash, and what the
 * cleaner lets through must be well-formed for the drawer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/chart/chart_internal.h"
#include "render/pdf/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void draw(struct str svg)
{
    struct gr_err err = {0};
    struct canvas *canvas = NULL;
    if (canvas_open(NULL, &canvas, &err) != GR_OK)
        return;
    canvas_page_add(canvas);
    char *out_bytes;
    size_t out_len;
    FILE *out = open_memstream(&out_bytes, &out_len);
    /* an SVG that is refused half-way must still leave a page that can be saved */
    if (svg_draw(canvas, svg, 40, 40, 1, &err) != GR_OK)
        err.text[0] = 0;
    if (canvas_save(canvas, out, &err) != GR_OK)
        abort();
    fclose(out);
    free(out_bytes);
    canvas_close(canvas);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str raw = {(const char *)bytes, len};
    static const struct report_chart chart;
    struct chart_text texts[2] = {{.text = STR("one")}, {.text = STR("</svg>")}};
    const struct chart_plan plan = {
        .chart = &chart, .width = 515, .height = 100, .texts = texts, .text_count = 2};
    struct strbuf clean;
    strbuf_init(&clean, 1 << 20);
    struct gr_err err = {0};
    if (chart_svg_clean(&plan, raw, &clean, &err) == GR_OK && !clean.overflowed)
        draw(strbuf_str(&clean));
    else
        draw(raw);
    strbuf_deinit(&clean);
    return 0;
}
