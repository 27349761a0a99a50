/* Time zones as tables of offsets, read from the system's TZif files (RFC 8536).
 *
 * Called by rollups that bucket by local days. Must not know the process's own zone: no TZ, no
 * localtime(). Rules for the time after the table's end (the footer) are written out up to
 * ZONE_LAST_YEAR, so that a look-up is one binary search.
 *
 * TZif: header 44 bytes (magic, version, counts), a data block with 32-bit times, then for version
 * 2+ a second header and block with 64-bit times, then "\n<POSIX TZ>\n".
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/file.h"
#include "base/zone_internal.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum {
    ZONE_NAME_MAX = 128,
    ZONE_FILE_BYTES_MAX = 1 << 20,
    ZONE_FIRST_RULE_YEAR = 1900,
    ZONE_LAST_YEAR = 2200,
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    SECONDS_PER_DAY = 86400,
};

/* offsets_s[i] holds from times_s[i] on; offset_before_s before the first. */
struct zone {
    int64_t *times_s;
    int32_t *offsets_s;
    size_t count;
    size_t capacity;
    int32_t offset_before_s;
};

static void add_transition(struct zone *zone, int64_t time_s, int32_t offset_s)
{
    if (zone->count == zone->capacity) {
        zone->capacity = zone->capacity ? zone->capacity * 2 : 64;
        zone->times_s = gr_realloc(zone->times_s, zone->capacity * sizeof *zone->times_s);
        zone->offsets_s = gr_realloc(zone->offsets_s, zone->capacity * sizeof *zone->offsets_s);
    }
    zone->times_s[zone->count] = time_s;
    zone->offsets_s[zone->count] = offset_s;
    zone->count++;
}

static uint32_t big_endian_32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t big_endian_64(const char *at)
{
    return (int64_t)((uint64_t)big_endian_32(at) << 32 | big_endian_32(at + 4));
}

/* Counts of a data block, in the order of the header. */
struct zone_header {
    uint32_t utc_flags;
    uint32_t standard_flags;
    uint32_t leap_seconds;
    uint32_t times;
    uint32_t types;
    uint32_t name_bytes;
};

/* Reads a header and cuts it off; false when it is none. */
static bool take_header(struct str *data, struct zone_header *header, char *version)
{
    if (data->len < HEADER_BYTES || memcmp(data->ptr, "TZif", 4) != 0)
        return false;
    *version = data->ptr[4];
    const char *counts = data->ptr + 20;
    *header = (struct zone_header){
        .utc_flags = big_endian_32(counts),
        .standard_flags = big_endian_32(counts + 4),
        .leap_seconds = big_endian_32(counts + 8),
        .times = big_endian_32(counts + 12),
        .types = big_endian_32(counts + 16),
        .name_bytes = big_endian_32(counts + 20),
    };
    *data = (struct str){data->ptr + HEADER_BYTES, data->len - HEADER_BYTES};
    return header->types > 0;
}

static uint64_t block_bytes(const struct zone_header *header, unsigned time_bytes)
{
    return (uint64_t)header->times * (time_bytes + 1) + (uint64_t)header->types * TYPE_BYTES +
           header->name_bytes + (uint64_t)header->leap_seconds * (time_bytes + 4) +
           header->standard_flags + header->utc_flags;
}

/* The data block at the start of `data`, which is as long as block_bytes() says. */
static bool read_block(struct zone *zone, struct str data, const struct zone_header *header,
                       unsigned time_bytes)
{
    const char *times = data.ptr;
    const char *indexes = times + (size_t)header->times * time_bytes;
    const char *types = indexes + header->times;
    zone->offset_before_s = (int32_t)big_endian_32(types);
    for (uint32_t i = 0; i < header->times; i++) {
        unsigned type = (unsigned char)indexes[i];
        if (type >= header->types)
            return false;
        const char *at = times + (size_t)i * time_bytes;
        int64_t time = time_bytes == 8 ? big_endian_64(at) : (int32_t)big_endian_32(at);
        if (zone->count > 0 && time <= zone->times_s[zone->count - 1])
            return false;
        add_transition(zone, time, (int32_t)big_endian_32(types + (size_t)type * TYPE_BYTES));
    }
    return true;
}

/* --- the footer: a POSIX TZ text such as CET-1CEST,M3.5.0,M10.5.0/3 --- */

/* When a rule changes: Mm.w.d, Jn (1..365, no 29 February) or n (0..365), and the local time. */
struct zone_change {
    char form; /* 'M', 'J' or 'n' */
    int month, week, weekday;
    int day;
    int32_t time_s;
};

struct zone_rule {
    int32_t standard_offset_s;
    int32_t summer_offset_s;
    bool has_summer;
    struct zone_change summer_starts;
    struct zone_change summer_ends;
};

static bool take_char(struct str *text, char wanted)
{
    if (text->len == 0 || text->ptr[0] != wanted)
        return false;
    *text = (struct str){text->ptr + 1, text->len - 1};
    return true;
}

static bool take_number(struct str *text, int *out)
{
    int value = 0, digits = 0;
    while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9' && digits++ < 3) {
        value = value * 10 + (text->ptr[0] - '0');
        *text = (struct str){text->ptr + 1, text->len - 1};
    }
    *out = value;
    return digits > 0;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds */
static bool take_time(struct str *text, int32_t *seconds)
{
    bool negative = take_char(text, '-');
    if (!negative)
        take_char(text, '+');
    int hours = 0, minutes = 0, rest = 0;
    if (!take_number(text, &hours) || (take_char(text, ':') && !take_number(text, &minutes)) ||
        (take_char(text, ':') && !take_number(text, &rest)))
        return false;
    int32_t value = hours * 3600 + minutes * 60 + rest;
    *seconds = negative ? -value : value;
    return true;
}

/* An abbreviation: letters, or anything in angle brackets. */
static bool take_abbreviation(struct str *text)
{
    size_t len = 0;
    if (take_char(text, '<')) {
        while (len < text->len && text->ptr[len] != '>')
            len++;
        *text = (struct str){text->ptr + len, text->len - len};
        return take_char(text, '>');
    }
    while (len < text->len && ((text->ptr[len] >= 'A' && text->ptr[len] <= 'Z') ||
                               (text->ptr[len] >= 'a' && text->ptr[len] <= 'z')))
        len++;
    *text = (struct str){text->ptr + len, text->len - len};
    return len > 0;
}

static bool take_change(struct str *text, struct zone_change *change)
{
    *change = (struct zone_change){.form = 'n', .time_s = 2 * 3600};
    if (!take_char(text, ','))
        return false;
    if (take_char(text, 'M')) {
        change->form = 'M';
        if (!take_number(text, &change->month) || !take_char(text, '.') ||
            !take_number(text, &change->week) || !take_char(text, '.') ||
            !take_number(text, &change->weekday))
            return false;
        if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 ||
            change->weekday > 6)
            return false;
    } else {
        if (take_char(text, 'J'))
            change->form = 'J';
        if (!take_number(text, &change->day) || change->day > 365)
            return false;
    }
    return !take_char(text, '/') || take_time(text, &change->time_s);
}

/* POSIX writes the offset with the sign turned round: CET-1 is one hour ahead of UTC. */
static bool read_rule(struct str text, struct zone_rule *rule)
{
    *rule = (struct zone_rule){0};
    int32_t behind_utc_s;
    if (!take_abbreviation(&text) || !take_time(&text, &behind_utc_s))
        return false;
    rule->standard_offset_s = -behind_utc_s;
    if (text.len == 0)
        return true;
    rule->has_summer = true;
    rule->summer_offset_s = rule->standard_offset_s + 3600;
    if (!take_abbreviation(&text))
        return false;
    if (text.len > 0 && text.ptr[0] != ',') {
        if (!take_time(&text, &behind_utc_s))
            return false;
        rule->summer_offset_s = -behind_utc_s;
    }
    return take_change(&text, &rule->summer_starts) && take_change(&text, &rule->summer_ends) &&
           text.len == 0;
}

/* The change's local time of that year, in seconds since 1970 as if local time were UTC. */
static int64_t change_in_year(const struct zone_change *change, int year)
{
    struct day day;
    if (change->form == 'M') {
        struct day first = day_from_ymd(year, change->month, 1);
        int weekday = day_weekday(first) % 7; /* POSIX: 0 is Sunday */
        int ahead = (change->weekday - weekday + 7) % 7 + (change->week - 1) * 7;
        day = day_add(first, ahead >= month_days(first) ? ahead - 7 : ahead);
    } else {
        struct day first = day_from_ymd(year, 1, 1);
        bool after_february = change->form == 'J' && change->day >= 60;
        bool leap = month_days(day_from_ymd(year, 2, 1)) == 29;
        int ahead = change->form == 'J' ? change->day - 1 : change->day;
        day = day_add(first, ahead + (after_february && leap));
    }
    return (int64_t)day.since_1970 * SECONDS_PER_DAY + change->time_s;
}

static void write_out_rule(struct zone *zone, const struct zone_rule *rule)
{
    if (!rule->has_summer) {
        if (zone->count == 0)
            zone->offset_before_s = rule->standard_offset_s;
        return; /* the last transition of the table led there already */
    }
    int64_t last_s = zone->count ? zone->times_s[zone->count - 1] : INT64_MIN;
    int year = 1970, month, day;
    if (zone->count > 0)
        day_to_ymd((struct day){(int32_t)(last_s / SECONDS_PER_DAY)}, &year, &month, &day);
    if (year < ZONE_FIRST_RULE_YEAR) /* daylight saving time is younger; a broken file is not */
        year = ZONE_FIRST_RULE_YEAR;
    for (year--; year <= ZONE_LAST_YEAR; year++) {
        int64_t start_s = change_in_year(&rule->summer_starts, year) - rule->standard_offset_s;
        int64_t end_s = change_in_year(&rule->summer_ends, year) - rule->summer_offset_s;
        bool start_first = start_s < end_s;
        for (int i = 0; i < 2; i++) {
            bool is_start = (i == 0) == start_first;
            int64_t time_s = is_start ? start_s : end_s;
            if (time_s > last_s)
                add_transition(zone, last_s = time_s,
                               is_start ? rule->summer_offset_s : rule->standard_offset_s);
        }
    }
}

static bool fill_zone(struct zone *zone, struct str data)
{
    struct zone_header header;
    char version;
    if (!take_header(&data, &header, &version))
        return false;
    unsigned time_bytes = 4;
    if (version >= '2') {
        uint64_t skip = block_bytes(&header, time_bytes);
        if (skip > data.len)
            return false;
        data = (struct str){data.ptr + skip, data.len - skip};
        if (!take_header(&data, &header, &version))
            return false;
        time_bytes = 8;
    }
    uint64_t block = block_bytes(&header, time_bytes);
    if (block > data.len || !read_block(zone, data, &header, time_bytes))
        return false;
    struct str footer = {data.ptr + block, data.len - block};
    if (time_bytes == 4 || !take_char(&footer, '\n'))
        return time_bytes == 4;
    footer = str_cut(&footer, '\n');
    struct zone_rule rule;
    if (footer.len == 0)
        return true;
    if (!read_rule(footer, &rule))
        return false;
    write_out_rule(zone, &rule);
    return true;
}

struct zone *zone_read(struct str data)
{
    struct zone *zone = gr_alloc_zeroed(1, sizeof *zone);
    if (fill_zone(zone, data))
        return zone;
    zone_close(zone);
    return NULL;
}

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.';
}

/* Names come from the command line: only what stays inside the folder of zone files. */
static bool is_zone_name(struct str name)
{
    if (name.len > ZONE_NAME_MAX)
        return false;
    struct str rest = name;
    do {
        struct str part = str_cut(&rest, '/');
        if (part.len == 0 || part.ptr[0] == '.')
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (!is_name_char(part.ptr[i]))
                return false;
    } while (rest.ptr);
    return true;
}

enum gr_status zone_open(struct str name, struct zone **out, struct gr_err *err)
{
    *out = NULL;
    if (str_is(name, "UTC")) {
        *out = gr_alloc_zeroed(1, sizeof **out);
        return GR_OK;
    }
    if (!is_zone_name(name))
        return gr_fail(err, GR_EUSAGE, "\"%.*s\" is not a time zone, wanted e.g. Europe/Berlin",
                       STR_ARG(name));
    char path[sizeof ZONE_FOLDER + ZONE_NAME_MAX] = ZONE_FOLDER;
    memcpy(path + sizeof ZONE_FOLDER - 1, name.ptr, name.len);
    struct strbuf data;
    struct gr_err cause = {0};
    strbuf_init(&data, ZONE_FILE_BYTES_MAX);
    enum gr_status status = file_read(path, &data, &cause);
    if (status != GR_OK)
        status = gr_fail(err, GR_EUSAGE, "no time zone \"%.*s\" on this system (%s)", STR_ARG(name),
                         cause.text);
    else if (!(*out = zone_read(strbuf_str(&data))))
        status = gr_fail(err, GR_EUSAGE, "%s does not hold a time zone", path);
    strbuf_deinit(&data);
    return status;
}

void zone_close(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->times_s);
    free(zone->offsets_s);
    free(zone);
}

static int64_t offset_ms_at(const struct zone *zone, int64_t moment_ms)
{
    int64_t time_s = moment_ms / 1000 - (moment_ms % 1000 < 0);
    size_t low = 0, high = zone->count; /* transitions at or before time_s */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->times_s[middle] <= time_s)
            low = middle + 1;
        else
            high = middle;
    }
    int32_t offset_s = low ? zone->offsets_s[low - 1] : zone->offset_before_s;
    return (int64_t)offset_s * 1000;
}

struct day zone_day_of_moment(const struct zone *zone, int64_t moment_ms)
{
    if (!zone)
        return day_of_moment(moment_ms);
    int64_t local_ms;
    if (__builtin_add_overflow(moment_ms, offset_ms_at(zone, moment_ms), &local_ms))
        local_ms = moment_ms;
    return day_of_moment(local_ms);
}

int64_t zone_moment_of_local(const struct zone *zone, int64_t local_ms)
{
    if (!zone || local_ms < INT64_MIN + 2 * MS_PER_DAY || local_ms > INT64_MAX - 2 * MS_PER_DAY)
        return local_ms;
    /* No zone is more than a day away from UTC, so these are the offsets before and after. */
    int64_t before = local_ms - offset_ms_at(zone, local_ms - MS_PER_DAY);
    int64_t after = local_ms - offset_ms_at(zone, local_ms + MS_PER_DAY);
    bool before_holds = before + offset_ms_at(zone, before) == local_ms;
    bool after_holds = after + offset_ms_at(zone, after) == local_ms;
    if (before_holds && after_holds)
        return before < after ? before : after;
    return after_holds ? after : before;
}
