/* The look shared by charts and pages: colours as 0xRRGGBB. templates/page.theme overrides it.
 *
 * Series colours keep apart for the common kinds of colour blindness and in grey print; red and
 * orange are kept for what needs attention (budget, forecast limits).
 */
#ifndef GR_RENDER_CHART_THEME_H
#define GR_RENDER_CHART_THEME_H

#include "base/arena.h"

enum { THEME_SERIES_MAX = 10 };

struct theme {
    uint32_t ink;         /* text */
    uint32_t ink_soft;    /* labels, notes, footers */
    uint32_t accent;      /* headings, bars, the actual line */
    uint32_t accent_pale; /* the earlier period */
    uint32_t alert;       /* budget line */
    uint32_t grid;
    uint32_t axis;
    uint32_t band_outer; /* 95 % */
    uint32_t band_inner; /* 80 % */
    uint32_t header;     /* table header band */
    uint32_t zebra;      /* every other row */
    uint32_t tile;       /* key figure */
    uint32_t rule;       /* lines of a table */
    uint32_t other;      /* "(other)" in a stack */
    uint32_t untagged;   /* "(untagged)", "(none)" */
    uint32_t series[THEME_SERIES_MAX];
};

extern const struct theme theme_default;

/* Lines `name = #rrggbb`; # starts a comment at the start of a line. GR_EUSAGE names line and word.
 */
enum gr_status theme_read(struct str text, struct theme *theme, struct gr_err *err) GR_MUST_CHECK;

/* templates/page.theme of `home`, or the compiled-in one. */
enum gr_status theme_load(struct arena *arena, const char *home, struct theme *theme,
                          struct gr_err *err) GR_MUST_CHECK;

#endif
