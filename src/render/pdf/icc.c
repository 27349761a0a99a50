/* An ICC profile for sRGB, made from its published numbers, so that a PDF can say what its colours
 * mean (PDF/A) without a file of the system. Called by haru_save.c.
 *
 * Sources: IEC 61966-2-1 (transfer curve, primaries), ICC.1:2001-04 (file layout; version 2.1
 * because PDF/A-1 allows no later one). The colorants are adapted to D50 as the ICC asks.
 */
#include <math.h>
#include <string.h>

#include "render/pdf/haru_internal.h"

enum { HEADER_BYTES = 128, TAGS = 9, CURVE_POINTS = 256, TABLE_BYTES = 4 + TAGS * 12 };

struct profile {
    unsigned char *bytes;
    size_t len;
};

static void put_u16(struct profile *profile, unsigned value)
{
    profile->bytes[profile->len++] = (unsigned char)(value >> 8);
    profile->bytes[profile->len++] = (unsigned char)value;
}

static void put_u32(struct profile *profile, uint32_t value)
{
    put_u16(profile, value >> 16);
    put_u16(profile, value & 0xFFFF);
}

static void put_text(struct profile *profile, const char *text, size_t len)
{
    memcpy(profile->bytes + profile->len, text, len);
    profile->len += len;
}

static void put_zeros(struct profile *profile, size_t count)
{
    memset(profile->bytes + profile->len, 0, count);
    profile->len += count;
}

/* s15Fixed16: how ICC writes fractions */
static void put_fixed(struct profile *profile, double value)
{
    put_u32(profile, (uint32_t)lround(value * 65536));
}

static void put_header(struct profile *profile)
{
    put_u32(profile, 0); /* size, set at the end */
    put_zeros(profile, 4);
    put_u32(profile, 0x02100000);
    put_text(profile, "mntrRGB XYZ ", 12);
    const unsigned date[6] = {1999, 1, 1, 0, 0, 0};
    for (size_t i = 0; i < 6; i++)
        put_u16(profile, date[i]);
    put_text(profile, "acsp", 4);
    put_zeros(profile, 28);
    put_fixed(profile, 0.9642); /* D50 */
    put_fixed(profile, 1.0);
    put_fixed(profile, 0.8249);
    put_zeros(profile, HEADER_BYTES - 80);
}

/* Starts the nth tag here and enters it in the table. */
static void tag_begin(struct profile *profile, size_t n, const char *name)
{
    put_zeros(profile, (4 - profile->len % 4) % 4);
    struct profile table = {profile->bytes, HEADER_BYTES + 4 + n * 12};
    put_text(&table, name, 4);
    put_u32(&table, (uint32_t)profile->len);
}

static void tag_end(struct profile *profile, size_t n)
{
    struct profile entry = {profile->bytes, HEADER_BYTES + 4 + n * 12 + 4};
    const unsigned char *at = profile->bytes + entry.len;
    uint32_t start = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    entry.len += 4;
    put_u32(&entry, (uint32_t)profile->len - start);
}

static void put_xyz(struct profile *profile, size_t n, const char *name, const double xyz[3])
{
    tag_begin(profile, n, name);
    put_text(profile, "XYZ \0\0\0\0", 8);
    for (size_t i = 0; i < 3; i++)
        put_fixed(profile, xyz[i]);
    tag_end(profile, n);
}

static void put_curve(struct profile *profile, size_t n, const char *name)
{
    tag_begin(profile, n, name);
    put_text(profile, "curv\0\0\0\0", 8);
    put_u32(profile, CURVE_POINTS);
    for (size_t i = 0; i < CURVE_POINTS; i++) {
        double x = (double)i / (CURVE_POINTS - 1);
        double y = x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
        put_u16(profile, (unsigned)lround(y * 65535));
    }
    tag_end(profile, n);
}

static void put_description(struct profile *profile)
{
    static const char name[] = "sRGB IEC61966-2.1 (gpureport)";
    tag_begin(profile, 0, "desc");
    put_text(profile, "desc\0\0\0\0", 8);
    put_u32(profile, sizeof name);
    put_text(profile, name, sizeof name);
    put_zeros(profile, 4 + 4 + 2 + 1 + 67); /* no Unicode, no ScriptCode description */
    tag_end(profile, 0);
    static const char copyright[] = "No copyright, use freely";
    tag_begin(profile, 1, "cprt");
    put_text(profile, "text\0\0\0\0", 8);
    put_text(profile, copyright, sizeof copyright);
    tag_end(profile, 1);
}

size_t icc_srgb(unsigned char *out, size_t capacity)
{
    /* header, table, texts, 4 colours of 20 bytes, 3 curves */
    if (capacity < HEADER_BYTES + TABLE_BYTES + 300 + 80 + 3 * (12 + 2 * CURVE_POINTS + 4))
        return 0;
    static const double white[3] = {0.9505, 1.0, 1.0891};
    static const double red[3] = {0.4360747, 0.2225045, 0.0139322};
    static const double green[3] = {0.3850649, 0.7168786, 0.0971045};
    static const double blue[3] = {0.1430804, 0.0606169, 0.7141733};
    struct profile profile = {out, 0};
    put_header(&profile);
    put_u32(&profile, TAGS);
    put_zeros(&profile, TABLE_BYTES - 4);
    put_description(&profile);
    put_xyz(&profile, 2, "wtpt", white);
    put_xyz(&profile, 3, "rXYZ", red);
    put_xyz(&profile, 4, "gXYZ", green);
    put_xyz(&profile, 5, "bXYZ", blue);
    put_curve(&profile, 6, "rTRC");
    put_curve(&profile, 7, "gTRC");
    put_curve(&profile, 8, "bTRC");
    put_zeros(&profile, (4 - profile.len % 4) % 4);
    struct profile size = {out, 0};
    put_u32(&size, (uint32_t)profile.len);
    return profile.len;
}
