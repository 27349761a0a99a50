/* Reads the colours of templates/page.theme. Called by chart_svg_all() and the PDF renderer. */
#include "render/chart/theme.h"

#include <stdio.h>
#include <string.h>

#include "render/chart/chart_internal.h"

const struct theme theme_default = {
    .ink = 0x1c2733,
    .ink_soft = 0x5b6875,
    .accent = 0x1f4e79,
    .accent_pale = 0xb7cadd,
    .alert = 0xb5432e,
    .grid = 0xdfe4e9,
    .axis = 0x8a96a3,
    .band_outer = 0xdfe9f3,
    .band_inner = 0xbdd2e6,
    .header = 0xe9eef3,
    .zebra = 0xf7f9fb,
    .tile = 0xf3f6f9,
    .rule = 0xcfd7df,
    .other = 0xc6ccd2,
    .untagged = 0x8d98a3,
    .series = {0x1f4e79, 0x6fa8d6, 0xe0952f, 0x2a8f83, 0x8b6bb1, 0xb5523b, 0xa6ad45, 0x56616d,
               0xb9d3ea, 0xd9a5b3},
};

struct theme_field {
    const char *name;
    size_t offset;
};

#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct theme, name)                                                        \
    }
static const struct theme_field fields[] = {
    FIELD(ink),   FIELD(ink_soft), FIELD(accent),     FIELD(accent_pale), FIELD(alert),
    FIELD(grid),  FIELD(axis),     FIELD(band_outer), FIELD(band_inner),  FIELD(header),
    FIELD(zebra), FIELD(tile),     FIELD(rule),       FIELD(other),       FIELD(untagged),
};

/* The colour of that name; series1 .. series10 are the series. NULL when unknown. */
static uint32_t *theme_slot(struct theme *theme, struct str name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (str_is(name, fields[i].name))
            return (uint32_t *)(void *)((char *)theme + fields[i].offset);
    for (unsigned i = 0; i < THEME_SERIES_MAX; i++) {
        char series[16];
        snprintf(series, sizeof series, "series%u", i + 1);
        if (str_is(name, series))
            return &theme->series[i];
    }
    return NULL;
}

static bool read_rgb(struct str text, uint32_t *rgb)
{
    if (text.len != 7 || text.ptr[0] != '#')
        return false;
    uint32_t value = 0;
    for (size_t i = 1; i < 7; i++) {
        const char *digits = "0123456789abcdefABCDEF";
        const char *at = text.ptr[i] ? strchr(digits, text.ptr[i]) : NULL;
        if (!at)
            return false;
        uint32_t digit = (uint32_t)(at - digits);
        value = value << 4 | (digit > 15 ? digit - 6 : digit);
    }
    *rgb = value;
    return true;
}

enum gr_status theme_read(struct str text, struct theme *theme, struct gr_err *err)
{
    unsigned number = 0;
    for (struct str rest = text; rest.ptr;) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        number++;
        if (!line.len || line.ptr[0] == '#')
            continue;
        struct str value = line;
        struct str name = str_trim(str_cut(&value, '='));
        uint32_t *slot = theme_slot(theme, name);
        if (!slot)
            return gr_fail(err, GR_EUSAGE, "page.theme line %u: no colour is named \"%.*s\"",
                           number, STR_ARG(name));
        if (!read_rgb(str_trim(value), slot))
            return gr_fail(err, GR_EUSAGE, "page.theme line %u: \"%.*s\" is not a colour #rrggbb",
                           number, STR_ARG(value));
    }
    return GR_OK;
}

enum gr_status theme_load(struct arena *arena, const char *home, struct theme *theme,
                          struct gr_err *err)
{
    *theme = theme_default;
    struct str text;
    GR_TRY(chart_template_text(arena, home, STR("page.theme"), &text, err));
    return theme_read(text, theme, err);
}
