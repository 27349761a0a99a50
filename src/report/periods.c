/* Names of periods and the earlier period of a comparison. Called by the reports and the commands.
 */
#include "report/report.h"

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

/* Whole months from first to end, else 0. */
static int whole_months(struct date_range days)
{
    if (month_first(days.first).since_1970 != days.first.since_1970 ||
        month_first(days.end).since_1970 != days.end.since_1970)
        return 0;
    int years[2], months[2], ignored;
    day_to_ymd(days.first, &years[0], &months[0], &ignored);
    day_to_ymd(days.end, &years[1], &months[1], &ignored);
    return (years[1] - years[0]) * 12 + months[1] - months[0];
}

struct date_range report_earlier_period(struct date_range days, enum report_compare compare)
{
    int months = whole_months(days);
    if (compare == COMPARE_YEAR_AGO)
        months = 12;
    if (months && month_first(days.first).since_1970 == days.first.since_1970 &&
        month_first(days.end).since_1970 == days.end.since_1970)
        return (struct date_range){month_add(days.first, -months), month_add(days.end, -months)};
    if (compare == COMPARE_YEAR_AGO) {
        int year, month, day;
        day_to_ymd(days.first, &year, &month, &day);
        if (month == 2 && day == 29)
            day = 28;
        struct day first = day_from_ymd(year - 1, month, day);
        return (struct date_range){first, day_add(first, day_count(days))};
    }
    return (struct date_range){day_add(days.first, -day_count(days)), days.first};
}

struct str report_period_name(struct arena *arena, struct date_range days)
{
    int months = whole_months(days), year, month, ignored;
    day_to_ymd(days.first, &year, &month, &ignored);
    if (months == 1)
        return arena_printf(arena, "%s %d", month_names[month - 1], year);
    if (months == 3 && month % 3 == 1)
        return arena_printf(arena, "Q%d %d", (month + 2) / 3, year);
    if (months == 12 && month == 1)
        return arena_printf(arena, "%d", year);
    char first[11], last[11];
    day_format(days.first, first);
    day_format(day_add(days.end, -1), last);
    return arena_printf(arena, "%s to %s", first, last);
}

struct str report_filter_text(const struct report_context *context)
{
    struct str lines[ROLLUP_FILTERS_MAX], rest = context->filter;
    size_t count = 0;
    while (rest.ptr && count < ROLLUP_FILTERS_MAX) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.len)
            lines[count++] = line;
    }
    return arena_join(context->arena, lines, count, STR(" and "));
}
