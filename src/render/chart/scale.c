/* Steps and number texts of an axis. Heights are doubles: they are drawn, never printed as amounts
 * that must add up (those stand in the tables). */
#include "render/chart/chart_internal.h"

#include <math.h>

static double nice_step(double rough)
{
    double power = pow(10, floor(log10(rough)));
    double fraction = rough / power;
    double nice = fraction <= 1     ? 1
                  : fraction <= 2   ? 2
                  : fraction <= 2.5 ? 2.5
                  : fraction <= 5   ? 5
                                    : 10;
    return nice * power;
}

size_t scale_tics(double *low, double *high, size_t wanted, double tics[CHART_TICS_MAX])
{
    /* Nothing but zeros still gets an axis. */
    if (!(*high > *low))
        *high = *low + 1;
    double step = nice_step((*high - *low) / (double)wanted);
    long first = (long)floor(*low / step + 1e-9);
    long last = (long)ceil(*high / step - 1e-9);
    *low = (double)first * step;
    *high = (double)last * step;
    size_t count = 0;
    for (long i = first; i <= last && count < CHART_TICS_MAX; i++)
        tics[count++] = (double)i * step;
    return count;
}

/* "1234567.5" with `decimals`, grouped: 1,234,567.5; minus as U+2212. */
static struct str grouped(struct arena *arena, double value, int decimals, const char *suffix)
{
    struct str plain = arena_printf(arena, "%.*f", decimals, fabs(value));
    size_t whole = 0;
    while (whole < plain.len && plain.ptr[whole] != '.')
        whole++;
    struct strbuf text;
    strbuf_init(&text, 512);
    bool zero = true;
    for (size_t i = 0; i < plain.len; i++)
        zero = zero && (plain.ptr[i] == '0' || plain.ptr[i] == '.');
    if (value < 0 && !zero)
        strbuf_append_cstr(&text, "\xE2\x88\x92");
    for (size_t i = 0; i < plain.len; i++) {
        if (i && i < whole && (whole - i) % 3 == 0)
            strbuf_append_char(&text, ',');
        strbuf_append_char(&text, plain.ptr[i]);
    }
    strbuf_append_cstr(&text, suffix);
    struct str out = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return out;
}

/* Decimals that show a step exactly, at most 6. */
static int step_decimals(double step)
{
    int decimals = 0;
    while (decimals < 6 && fabs(step - round(step)) > 1e-6 * step) {
        step *= 10;
        decimals++;
    }
    return decimals;
}

struct str scale_axis_text(struct arena *arena, double value, double step, double largest)
{
    double unit = largest >= 2e9 ? 1e9 : largest >= 2e6 ? 1e6 : largest >= 2e4 ? 1e3 : 1;
    const char *suffix = unit >= 1e9 ? "bn" : unit >= 1e6 ? "m" : unit >= 1e3 ? "k" : "";
    if (value == 0)
        return STR("0");
    return grouped(arena, value / unit, step_decimals(step / unit), suffix);
}

struct str scale_value_text(struct arena *arena, double value, double largest)
{
    return grouped(arena, value, largest >= 1000 ? 0 : largest >= 1 ? 2 : 4, "");
}
