/* forecast_score: prints forecasts of the benchmark sets for the scorers; a tool for developers, no
 * test.
 *
 *   gzip -dc spend_daily.csv.gz | forecast_score month > PROJ.csv     (score_spend.py month DIR
 * PROJ.csv) gzip -dc daily7_365_train.csv.gz | forecast_score m4 30 > F.csv   (score_m4.py
 * daily7_365 F.csv)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/forecast.h"

enum { DAYS_MAX = 4000, LINE_MAX_BYTES = 1 << 18 };

/* as_of's month: actuals of complete days plus the forecast of what is left. */
static void print_month(struct arena *arena, const char *account, struct day first,
                        const double *values, struct day as_of)
{
    struct day month = month_first(as_of);
    struct day month_end = month_add(month, 1);
    size_t known = (size_t)day_count((struct date_range){first, day_add(as_of, 1)});
    struct series series = {first, known, values};
    struct forecast_options options = {
        (size_t)day_count((struct date_range){day_add(as_of, 1), month_end}),
        getenv("COMPLETE") ? FORECAST_LAST_DAY_COMPLETE : FORECAST_LAST_DAY_DETECT};
    struct forecast_result forecast;
    forecast_run(arena, &series, &options, &forecast);
    double spent = 0;
    for (struct day d = month; d.since_1970 <= as_of.since_1970; d = day_add(d, 1))
        if (d.since_1970 < forecast.first.since_1970)
            spent += values[day_count((struct date_range){first, d})];
    struct forecast_band rest =
        forecast_total(arena, &forecast, (struct date_range){forecast.first, month_end});
    char text[11];
    day_format(as_of, text);
    printf("%s,%s,%.10g,%.10g,%.10g,%.10g,%.10g\n", account, text, spent + rest.mean,
           spent + rest.lo80, spent + rest.hi80, spent + rest.lo95, spent + rest.hi95);
    if (getenv("METHOD"))
        fprintf(stderr, "%s %s %.*s\n", account, text, STR_ARG(forecast.method));
}

static void print_account(struct arena *arena, const char *account, struct day first,
                          const double *values)
{
    for (int month = 3; month <= 8; month++)
        for (int day = 5; day <= 25; day += 5) {
            print_month(arena, account, first, values, day_from_ymd(2025, month, day));
            arena_reset(arena);
        }
}

static int run_months(struct arena *arena, char *line)
{
    static double values[DAYS_MAX];
    char account[64] = "";
    struct day first = {0};
    size_t count = 0;
    printf("account,as_of,mean,lo80,hi80,lo95,hi95\n");
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        char *date = strchr(line, ',');
        if (!date || strncmp(line, "account", 7) == 0)
            continue;
        *date++ = '\0';
        if (strcmp(line, account) != 0) {
            if (count > 0)
                print_account(arena, account, first, values);
            snprintf(account, sizeof account, "%s", line);
            count = 0;
            day_read((struct str){date, 10}, &first);
        }
        if (count < DAYS_MAX)
            values[count++] = strtod(date + 11, NULL);
    }
    if (count > 0)
        print_account(arena, account, first, values);
    return 0;
}

static int run_m4(struct arena *arena, char *line, size_t horizon)
{
    static double values[DAYS_MAX];
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        char *rest = NULL;
        const char *id = strtok_r(line, ",\n", &rest);
        size_t count = 0;
        for (char *cell; (cell = strtok_r(NULL, ",\n", &rest)) && count < DAYS_MAX;)
            values[count++] = strtod(cell, NULL);
        struct series series = {day_from_ymd(2024, 1, 1), count, values};
        struct forecast_options options = {horizon, FORECAST_LAST_DAY_COMPLETE};
        struct forecast_result forecast;
        forecast_run(arena, &series, &options, &forecast);
        for (size_t h = 0; h < horizon; h++) {
            const struct forecast_band *day = &forecast.days[h];
            printf("%s,%zu,%.10g,%.10g,%.10g\n", id, h + 1, day->mean, day->lo95, day->hi95);
        }
        struct forecast_band total = forecast_total(
            arena, &forecast,
            (struct date_range){forecast.first, day_add(forecast.first, (int)horizon)});
        printf("%s,0,%.10g,%.10g,%.10g\n", id, total.mean, total.lo95, total.hi95);
        arena_reset(arena);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arena arena = ARENA_EMPTY;
    char *line = malloc(LINE_MAX_BYTES);
    int status = 2;
    if (line && argc == 2 && strcmp(argv[1], "month") == 0)
        status = run_months(&arena, line);
    else if (line && argc == 3 && strcmp(argv[1], "m4") == 0)
        status = run_m4(&arena, line, (size_t)atoi(argv[2]));
    else
        fprintf(stderr, "usage: forecast_score month | m4 HORIZON\n");
    free(line);
    arena_deinit(&arena);
    return status;
}
