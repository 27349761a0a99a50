/* All charts of a document: plan each, draw all in one gnuplot process, clean each SVG. */
#include "render/chart/chart.h"

#include <string.h>

#include "render/chart/chart_internal.h"

enum { CHART_OUTPUT_CEILING = 64 << 20 };

struct chart_batch {
    struct arena *arena;
    const struct render_options *options;
    struct theme theme;
    struct chart_plan *plans;
    size_t count;
};

static size_t charts_collect(const struct report_doc *doc, const struct report_chart **charts)
{
    size_t count = 0;
    for (size_t s = 0; s < doc->section_count; s++)
        for (size_t i = 0; i < doc->sections[s].item_count; i++)
            if (doc->sections[s].items[i].kind == ITEM_CHART) {
                if (charts)
                    charts[count] = doc->sections[s].items[i].chart;
                count++;
            }
    return count;
}

static struct str template_of(const struct report_chart *chart)
{
    static const char *const names[] = {
        [CHART_BARS] = "bars.gp",
        [CHART_STACKED_COLUMNS] = "stacked.gp",
        [CHART_LINES] = "lines.gp",
        [CHART_FAN] = "fan.gp",
    };
    return chart->template_name.len ? chart->template_name : str_from(names[chart->kind]);
}

static enum gr_status chart_keep(struct chart_batch *batch, size_t index, struct str raw,
                                 struct chart_svg *out, struct gr_err *err)
{
    const struct chart_plan *plan = &batch->plans[index];
    struct strbuf clean;
    strbuf_init(&clean, CHART_OUTPUT_CEILING);
    enum gr_status status = chart_svg_clean(plan, raw, &clean, err);
    if (status)
        gr_wrap(err, "chart \"%.*s\"", STR_ARG(plan->chart->id));
    else
        *out = (struct chart_svg){plan->chart, arena_str(batch->arena, strbuf_str(&clean)),
                                  plan->width, plan->height};
    strbuf_deinit(&clean);
    return status;
}

static enum gr_status draw_natively(struct chart_batch *batch, size_t index, struct chart_svg *out,
                                    struct gr_err *err)
{
    struct strbuf raw;
    strbuf_init(&raw, CHART_OUTPUT_CEILING);
    chart_native_svg(&batch->plans[index], &raw);
    enum gr_status status = chart_keep(batch, index, strbuf_str(&raw), out, err);
    strbuf_deinit(&raw);
    return status;
}

/* gnuplot writes one document behind the other; each ends with </svg>. */
static enum gr_status split_output(struct chart_batch *batch, struct str output,
                                   struct chart_svg *out, struct gr_err *err)
{
    static const char end_mark[] = "</svg>";
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->plans[i].empty) {
            GR_TRY(draw_natively(batch, i, &out[i], err));
            continue;
        }
        const char *end = output.len ? memmem(output.ptr, output.len, end_mark, 6) : NULL;
        if (!end)
            return gr_fail(err, GR_ERENDER, "gnuplot drew nothing for chart \"%.*s\"",
                           STR_ARG(batch->plans[i].chart->id));
        size_t len = (size_t)(end - output.ptr) + 6;
        /* A second document starts behind a blank line; a prolog must come first. */
        struct str raw = str_trim((struct str){output.ptr, len});
        GR_TRY(chart_keep(batch, i, raw, &out[i], err));
        output = (struct str){output.ptr + len, output.len - len};
    }
    return GR_OK;
}

static enum gr_status write_script(struct chart_batch *batch, struct strbuf *script,
                                   struct gr_err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->plans[i].empty)
            continue;
        struct str text;
        enum gr_status status = chart_template_text(batch->arena, batch->options->home,
                                                    template_of(batch->plans[i].chart), &text, err);
        if (status)
            return gr_wrap(err, "chart \"%.*s\"", STR_ARG(batch->plans[i].chart->id));
        chart_script_append(&batch->plans[i], text, script);
    }
    if (script->overflowed)
        return gr_fail(err, GR_ERENDER, "the charts hold too many points to draw");
    return GR_OK;
}

static enum gr_status draw_with_gnuplot(struct chart_batch *batch, const char *program,
                                        struct chart_svg *out, struct gr_err *err)
{
    struct strbuf script, output;
    strbuf_init(&script, CHART_OUTPUT_CEILING);
    strbuf_init(&output, CHART_OUTPUT_CEILING);
    enum gr_status status = write_script(batch, &script, err);
    if (!status && script.len)
        status = chart_gnuplot_run(program, strbuf_str(&script), &output, err);
    if (!status)
        status = split_output(batch, strbuf_str(&output), out, err);
    strbuf_deinit(&script);
    strbuf_deinit(&output);
    return status;
}

enum gr_status chart_svg_all(struct arena *arena, const struct report_doc *doc,
                             const struct render_options *options, struct chart_svg **out,
                             size_t *count, struct gr_err *err)
{
    struct chart_batch batch = {.arena = arena, .options = options};
    batch.count = charts_collect(doc, NULL);
    *count = batch.count;
    *out = arena_alloc_zeroed(arena, batch.count + 1, sizeof **out);
    if (!batch.count)
        return GR_OK;
    GR_TRY(theme_load(arena, options->home, &batch.theme, err));
    const struct report_chart **charts = arena_alloc(arena, batch.count * sizeof(void *));
    charts_collect(doc, charts);
    batch.plans = arena_alloc(arena, batch.count * sizeof *batch.plans);
    for (size_t i = 0; i < batch.count; i++)
        chart_plan_make(arena, charts[i], &batch.theme, &batch.plans[i]);
    struct str program = chart_gnuplot_find(arena, options->gnuplot);
    if (program.ptr)
        return draw_with_gnuplot(&batch, program.ptr, *out, err);
    if (options->warn)
        options->warn(options->warn_context,
                      "gnuplot was not found: charts are drawn in a plain built-in style");
    for (size_t i = 0; i < batch.count; i++)
        GR_TRY(draw_natively(&batch, i, &(*out)[i], err));
    return GR_OK;
}
