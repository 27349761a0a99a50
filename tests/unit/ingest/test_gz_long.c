/* A gz member of more than 4 GiB: counters of 32 bits wrap in it, the engines' and the trailer's.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "ingest/gz.h"

enum { PART_BYTES = 8 << 20, PARTS = 520, OUT_BYTES = 1 << 20 };

static const char head[10] = {0x1F, (char)0x8B, 8, 0, 0, 0, 0, 0, 0, 3};

struct reading_of_parts {
    struct gz *gz;
    char *out;
    uint64_t total;
    uint32_t crc;
    const struct inflate_engine *engine;
};

static void feed(struct reading_of_parts *reading, const char *bytes, size_t len)
{
    struct gr_err err = {0};
    struct gz_step step = {0};
    for (size_t at = 0; at < len || step.produced > 0; at += step.consumed) {
        step = (struct gz_step){
            .in = bytes + at, .in_len = len - at, .out = reading->out, .out_len = OUT_BYTES};
        if (gz_inflate(reading->gz, &step, &err) != GR_OK)
            fail_msg("%s after %llu bytes: %s", reading->engine->name,
                     (unsigned long long)reading->total, err.text);
        reading->total += step.produced;
        reading->crc = reading->engine->crc32(reading->crc, reading->out, step.produced);
    }
}

/* Lines that reach back over the whole window, in blocks that end at a byte boundary. */
static size_t pack_part(char *packed, size_t capacity)
{
    char *text = malloc(PART_BYTES);
    assert_non_null(text);
    uint64_t seed = 1;
    for (size_t i = 0; i < PART_BYTES; i++)
        text[i] = i < 30000 ? (char)('a' + random_next(&seed) % 16)
                            : text[i - 29000 - random_next(&seed) % 2 * 997];
    z_stream z = {.next_in = (Bytef *)text,
                  .avail_in = PART_BYTES,
                  .next_out = (Bytef *)packed,
                  .avail_out = (uInt)capacity};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
    assert_true(z.avail_out > 0);
    size_t len = z.total_out;
    deflateEnd(&z);
    free(text);
    return len;
}

static void read_with(const struct inflate_engine *engine, const char *part, size_t len)
{
    struct reading_of_parts reading = {.gz = gz_open(engine), .engine = engine};
    reading.out = malloc(OUT_BYTES);
    assert_non_null(reading.out);
    feed(&reading, head, sizeof head);
    for (int i = 0; i < PARTS; i++)
        feed(&reading, part, len);
    feed(&reading, "\3", 2); /* an empty last block */
    assert_int_equal(reading.total, (uint64_t)PARTS * PART_BYTES);
    uint32_t size = (uint32_t)reading.total;
    char trailer[8];
    for (unsigned i = 0; i < 4; i++) {
        trailer[i] = (char)(reading.crc >> 8 * i);
        trailer[4 + i] = (char)(size >> 8 * i);
    }
    feed(&reading, trailer, sizeof trailer);
    struct gr_err err = {0};
    assert_int_equal(gz_check_end(reading.gz, &err), GR_OK);
    gz_close(reading.gz);
    free(reading.out);
}

static void a_member_may_have_more_than_four_gib(void **state)
{
    (void)state;
    assert_true((uint64_t)PARTS * PART_BYTES > UINT32_MAX);
    char *part = malloc(PART_BYTES);
    assert_non_null(part);
    size_t len = pack_part(part, PART_BYTES);
    read_with(inflate_engine_named(NULL), part, len);
    free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_member_may_have_more_than_four_gib)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
