/* Sets of days: which days a delivery covers, so that a shorter replacement is seen. */
#include <stdlib.h>
#include <string.h>

#include "load/load_internal.h"

void day_set_add(struct day_set *set, struct day day)
{
    size_t at = set->count;
    while (at > 0 && set->days[at - 1].since_1970 > day.since_1970)
        at--;
    if (at > 0 && set->days[at - 1].since_1970 == day.since_1970)
        return;
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 64;
        set->days = gr_realloc(set->days, set->capacity * sizeof *set->days);
    }
    memmove(set->days + at + 1, set->days + at, (set->count - at) * sizeof *set->days);
    set->days[at] = day;
    set->count++;
}

bool day_set_covers(const struct day_set *set, const struct day_set *part, struct day *missing)
{
    size_t at = 0;
    for (size_t i = 0; i < part->count; i++) {
        while (at < set->count && set->days[at].since_1970 < part->days[i].since_1970)
            at++;
        if (at == set->count || set->days[at].since_1970 != part->days[i].since_1970) {
            *missing = part->days[i];
            return false;
        }
    }
    return true;
}

/* "2026-10-01/2026-10-30,2026-11-02/2026-11-02": ranges, both ends included. */
struct str day_set_text(struct arena *arena, const struct day_set *set)
{
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    for (size_t i = 0, end; i < set->count; i = end) {
        for (end = i + 1; end < set->count; end++)
            if (set->days[end].since_1970 != set->days[end - 1].since_1970 + 1)
                break;
        char first[11], last[11];
        day_format(set->days[i], first);
        day_format(set->days[end - 1], last);
        strbuf_printf(&text, "%s%s/%s", i ? "," : "", first, last);
    }
    struct str result = arena_str(arena, text.len ? strbuf_str(&text) : STR(""));
    strbuf_deinit(&text);
    return result;
}

bool day_set_read(struct str text, struct day_set *out)
{
    *out = (struct day_set){0};
    struct str rest = text;
    while (rest.ptr && rest.len) {
        struct str last_text = str_cut(&rest, ',');
        struct str first_text = str_cut(&last_text, '/');
        struct day first, last;
        if (!day_read(first_text, &first) || !day_read(last_text, &last))
            return false;
        for (struct day day = first; day.since_1970 <= last.since_1970; day = day_add(day, 1))
            day_set_add(out, day);
    }
    return true;
}

void day_set_deinit(struct day_set *set)
{
    free(set->days);
    *set = (struct day_set){0};
}
