/* Reads filter lines: DIM=VALUE, DIM!=A,B, DIM~GLOB. Called for --where and the filter of rollup().
 */
#include "sql/sql.h"

/* Cuts at the next comma that has no backslash before it, takes the backslashes out and the blanks
 * around the value: they are never meant. */
static struct str next_value(struct arena *arena, struct str *rest)
{
    char *value = arena_alloc(arena, rest->len + 1);
    size_t len = 0, at = 0;
    for (; at < rest->len && rest->ptr[at] != ','; at++) {
        if (rest->ptr[at] == '\\' && at + 1 < rest->len && rest->ptr[at + 1] == ',')
            at++;
        value[len++] = rest->ptr[at];
    }
    value[len] = '\0';
    *rest = at < rest->len ? (struct str){rest->ptr + at + 1, rest->len - at - 1} : STR_NONE;
    return str_trim((struct str){value, len});
}

/* ==, >=, <= and =~ would be read as = with a strange name or value, and match nothing for ever. */
static enum gr_status check_operator(struct str line, size_t at, size_t sign, struct gr_err *err)
{
    char before = at ? line.ptr[at - 1] : ' ';
    char behind = at + sign < line.len ? line.ptr[at + sign] : ' ';
    bool more_before = before == '<' || before == '>' || (before == '!' && line.ptr[at] == '~');
    bool more_behind = behind == '=' || (behind == '~' && line.ptr[at] == '=');
    if (!more_before && !more_behind)
        return GR_OK;
    size_t from = at - more_before, to = at + sign + more_behind;
    return gr_fail(err, GR_EUSAGE,
                   "filter \"%.*s\": there is no operator %.*s; wanted DIM=VALUE, DIM!=VALUE or "
                   "DIM~GLOB",
                   STR_ARG(line), (int)(to - from), line.ptr + from);
}

static enum gr_status filter_read(struct arena *arena, struct str line, struct rollup_filter *out,
                                  struct gr_err *err)
{
    size_t at = 0;
    while (at < line.len && line.ptr[at] != '=' && line.ptr[at] != '~' &&
           !(line.ptr[at] == '!' && at + 1 < line.len && line.ptr[at + 1] == '='))
        at++;
    struct str dimension = str_trim((struct str){line.ptr, at});
    if (at == line.len || dimension.len == 0)
        return gr_fail(err, GR_EUSAGE, "filter \"%.*s\": wanted DIM=VALUE, DIM!=VALUE or DIM~GLOB",
                       STR_ARG(line));
    size_t sign = line.ptr[at] == '!' ? 2 : 1;
    GR_TRY(check_operator(line, at, sign, err));
    *out = (struct rollup_filter){.dimension = arena_str(arena, dimension),
                                  .kind = line.ptr[at] == '=' ? ROLLUP_IN
                                          : sign == 2         ? ROLLUP_NOT_IN
                                                              : ROLLUP_GLOB};
    struct str rest = {line.ptr + at + sign, line.len - at - sign};
    struct str *values = arena_alloc(arena, (rest.len + 1) * sizeof *values);
    while (rest.ptr)
        values[out->value_count++] = next_value(arena, &rest);
    out->values = values;
    return GR_OK;
}

enum gr_status sql_filters_read(struct arena *arena, struct str text, struct rollup_filter *filters,
                                size_t *count, struct gr_err *err)
{
    struct str rest = text;
    *count = 0;
    while (rest.ptr) {
        struct str line = str_cut(&rest, '\n');
        if (str_trim(line).len == 0)
            continue;
        if (*count == ROLLUP_FILTERS_MAX)
            return gr_fail(err, GR_EUSAGE, "more than %d filters", ROLLUP_FILTERS_MAX);
        GR_TRY(filter_read(arena, line, &filters[(*count)++], err));
    }
    return GR_OK;
}
