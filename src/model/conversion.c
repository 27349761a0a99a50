/* See conversion.h. */
#include "model/conversion.h"

int conversion_compare(const struct conversion_rate *a, const struct conversion_rate *b)
{
    if (a->month.since_1970 != b->month.since_1970)
        return a->month.since_1970 < b->month.since_1970 ? -1 : 1;
    int order = str_compare(a->from, b->from);
    return order ? order : str_compare(a->to, b->to);
}

enum gr_status conversion_find(const struct conversion *conversion, struct day month,
                               struct str from, struct decimal *out, struct gr_err *err)
{
    const struct conversion_rate wanted = {
        .month = month_first(month), .from = from, .to = conversion->target};
    size_t low = 0, high = conversion->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = conversion_compare(&conversion->rates[middle], &wanted);
        if (order == 0) {
            conversion->rates[middle].used = true;
            *out = conversion->rates[middle].rate;
            return GR_OK;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    char text[8];
    month_format(wanted.month, text);
    return gr_fail(err, GR_EDATA,
                   "%s: no rate of %s from %.*s to %.*s; amounts of that month need one",
                   conversion->file, text, STR_ARG(from), STR_ARG(conversion->target));
}
