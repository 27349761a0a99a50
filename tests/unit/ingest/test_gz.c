/* Members of gz files by every engine that is built in: the same bytes, the same refusals, however
 * the input is cut into steps; and the same as zlib's own reader of gz files says. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "ingest/gz.h"

enum { OUT_MAX = 1 << 20 };

struct inflated {
    char *bytes;
    size_t len;
    struct gr_err err;
};

static void inflated_init(struct inflated *out)
{
    *out = (struct inflated){.bytes = malloc(OUT_MAX)};
    assert_non_null(out->bytes);
}

/* All of `gz`, at most in_step and out_step bytes at a time. */
static void gunzip(const struct inflate_engine *engine, struct str gz, size_t in_step,
                   size_t out_step, struct inflated *out)
{
    struct gz *reader = gz_open(engine);
    size_t at = 0;
    bool ended = false;
    out->len = 0;
    out->err = (struct gr_err){0};
    while (!ended && out->err.status == GR_OK) {
        size_t left = gz.len - at, room = OUT_MAX - out->len;
        assert_true(room > 0);
        struct gz_step step = {.in = gz.ptr + at,
                               .in_len = left < in_step ? left : in_step,
                               .out = out->bytes + out->len,
                               .out_len = room < out_step ? room : out_step};
        if (gz_inflate(reader, &step, &out->err) == GR_OK) {
            assert_true(step.consumed <= step.in_len && step.produced <= step.out_len);
            ended = step.produced == 0 && at + step.consumed == gz.len;
        }
        at += step.consumed;
        out->len += step.produced;
    }
    if (ended && gz_check_end(reader, &out->err) != GR_OK)
        assert_int_equal(out->err.status, GR_EDATA);
    gz_close(reader);
}

/* What zlib makes of a whole gz file by itself; false: it refuses. */
static bool gunzip_by_zlib(struct str gz, struct inflated *out)
{
    char *copy = malloc(gz.len + 1);
    assert_non_null(copy);
    memcpy(copy, gz.ptr, gz.len);
    z_stream z = {.next_in = (Bytef *)copy, .avail_in = (uInt)gz.len};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    int code = Z_OK;
    z.next_out = (Bytef *)out->bytes;
    z.avail_out = OUT_MAX;
    while (code == Z_OK) {
        code = inflate(&z, Z_FINISH);
        while (code == Z_STREAM_END && z.avail_in > 0 && *z.next_in == 0) {
            z.next_in++;
            z.avail_in--;
        }
        if (code == Z_STREAM_END && z.avail_in > 0)
            code = inflateReset(&z);
    }
    out->len = OUT_MAX - z.avail_out;
    inflateEnd(&z);
    free(copy);
    return code == Z_STREAM_END;
}

static void make_text(struct strbuf *text, uint64_t *seed)
{
    size_t lines = random_next(seed) % 4 ? random_next(seed) % 60 : 0;
    uint64_t values = random_next(seed) % 2 ? 12 : 1000000;
    for (size_t i = 0; i < lines; i++)
        strbuf_printf(text, "2026-03-%02u,team-%u,%llu\n", (unsigned)(i % 28 + 1),
                      (unsigned)(random_next(seed) % 5),
                      (unsigned long long)(random_next(seed) % values));
}

static gz_headerp random_header(gz_header *header, uint64_t *seed)
{
    static Bytef extra[700], name[] = "bill.csv", comment[] = "as exported";
    *header = (gz_header){.os = 3, .hcrc = (int)(random_next(seed) % 2)};
    if (random_next(seed) % 2) {
        header->extra = extra;
        header->extra_len = random_next(seed) % 2 ? 0 : (uInt)(random_next(seed) % sizeof extra);
    }
    if (random_next(seed) % 2)
        header->name = name;
    if (random_next(seed) % 2)
        header->comment = comment;
    return header;
}

/* Appends a member: any level and strategy, blocks of all kinds, all header fields. */
static void add_member(struct strbuf *gz, struct str text, uint64_t *seed)
{
    static char packed[1 << 17];
    z_stream z = {.next_out = (Bytef *)packed, .avail_out = sizeof packed};
    gz_header header;
    assert_int_equal(deflateInit2(&z, (int)(random_next(seed) % 10), Z_DEFLATED, 15 + 16,
                                  1 + (int)(random_next(seed) % 9), (int)(random_next(seed) % 5)),
                     Z_OK);
    if (random_next(seed) % 3 == 0)
        assert_int_equal(deflateSetHeader(&z, random_header(&header, seed)), Z_OK);
    char *copy = malloc(text.len + 1);
    assert_non_null(copy);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    static const int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    for (size_t at = 0; at < text.len;) {
        size_t part = random_next(seed) % 2 ? text.len - at : 1 + random_next(seed) % 500;
        part = part < text.len - at ? part : text.len - at;
        z.next_in = (Bytef *)copy + at;
        z.avail_in = (uInt)part;
        deflate(&z, flushes[random_next(seed) % 5]);
        at += part;
    }
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    strbuf_append(gz, (struct str){packed, z.total_out});
    deflateEnd(&z);
    free(copy);
}

/* A gz file of one to three members, now and then with padding; `text` is what it holds. */
static void make_gz(struct strbuf *gz, struct strbuf *text, uint64_t *seed)
{
    strbuf_clear(gz);
    strbuf_clear(text);
    for (uint64_t members = 1 + random_next(seed) % 3; members > 0; members--) {
        size_t from = text->len;
        make_text(text, seed);
        add_member(gz, (struct str){text->ptr + from, text->len - from}, seed);
        for (uint64_t zeros = random_next(seed) % 4 ? 0 : random_next(seed) % 20; zeros; zeros--)
            strbuf_append_char(gz, 0);
    }
}

static void all_engines_give(struct str gz, struct str wanted, size_t in_step, size_t out_step,
                             struct inflated *out)
{
    for (const struct inflate_engine *const *at = inflate_engines(); *at; at++) {
        gunzip(*at, gz, in_step, out_step, out);
        if (out->err.status || out->len != wanted.len ||
            (wanted.len && memcmp(out->bytes, wanted.ptr, wanted.len) != 0))
            fail_msg("%s, steps %zu and %zu: %zu bytes of %zu, \"%s\"", (*at)->name, in_step,
                     out_step, out->len, wanted.len, out->err.text);
    }
}

static void all_engines_refuse(struct str gz, const char *message)
{
    struct inflated out;
    inflated_init(&out);
    for (const struct inflate_engine *const *at = inflate_engines(); *at; at++)
        for (size_t step = 1; step < 100000; step *= 300) {
            gunzip(*at, gz, step, step, &out);
            assert_int_equal(out.err.status, GR_EDATA);
            if (!strstr(out.err.text, message))
                fail_msg("%s: \"%s\" does not say \"%s\"", (*at)->name, out.err.text, message);
        }
    free(out.bytes);
}

static void zlib_is_an_engine_and_the_default_is_the_first(void **state)
{
    (void)state;
    assert_ptr_equal(inflate_engine_named(NULL), inflate_engines()[0]);
    assert_string_equal(inflate_engine_named("zlib")->name, "zlib");
    assert_null(inflate_engine_named("zlip"));
    if (inflate_engine_named("isal"))
        assert_string_equal(inflate_engines()[0]->name, "isal");
}

static void every_engine_gives_every_member_in_steps_of_any_size(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 3, 7, 64, 1000, OUT_MAX};
    struct inflated out;
    struct strbuf gz, text;
    uint64_t seed = 20;
    inflated_init(&out);
    strbuf_init(&gz, 1 << 20);
    strbuf_init(&text, 1 << 20);
    for (int round = 0; round < DAMAGE_ROUNDS / 2; round++) {
        make_gz(&gz, &text, &seed);
        assert_true(gunzip_by_zlib(strbuf_str(&gz), &out));
        assert_int_equal(out.len, text.len);
        all_engines_give(strbuf_str(&gz), strbuf_str(&text), 1, 1, &out);
        all_engines_give(strbuf_str(&gz), strbuf_str(&text), steps[random_next(&seed) % 7],
                         steps[random_next(&seed) % 7], &out);
    }
    strbuf_deinit(&gz);
    strbuf_deinit(&text);
    free(out.bytes);
}

/* Text of some 800 KB in blocks of all kinds: beyond every window and every buffer of an engine. */
static void every_engine_reaches_back_over_whole_windows(void **state)
{
    (void)state;
    static const size_t steps[] = {100, 4096, 40000, 300000, OUT_MAX};
    struct inflated out;
    struct strbuf gz, text;
    uint64_t seed = 4;
    inflated_init(&out);
    strbuf_init(&gz, 4 << 20);
    strbuf_init(&text, 4 << 20);
    for (int part = 0; part < 8; part++) {
        size_t from = text.len;
        while (text.len - from < 100000)
            make_text(&text, &seed);
        add_member(&gz, (struct str){text.ptr + from, text.len - from}, &seed);
    }
    for (int in = 0; in < 5; in++)
        for (int room = 0; room < 5; room++)
            all_engines_give(strbuf_str(&gz), strbuf_str(&text), steps[in], steps[room], &out);
    strbuf_deinit(&gz);
    strbuf_deinit(&text);
    free(out.bytes);
}

/* Flipped bits, cuts, joins with another file, bytes put in or written over. */
static void damage_gz(struct strbuf *gz, const struct strbuf *other, uint64_t *seed)
{
    size_t at = gz->len ? random_next(seed) % gz->len : 0;
    switch (random_next(seed) % 6) {
    case 0:
        gz->len = at;
        break;
    case 1:
        gz->len = at;
        strbuf_append(gz, strbuf_str(other));
        break;
    case 2:
        strbuf_append_char(gz, (char)(random_next(seed) % 3 ? 0 : random_next(seed)));
        break;
    case 3:
        for (size_t i = at; i < gz->len && i < at + 4; i++)
            gz->ptr[i] = (char)random_next(seed);
        break;
    default:
        at = random_next(seed) % 2 && gz->len > 24 ? at % 24 : at; /* headers more often */
        if (gz->len)
            gz->ptr[at] = (char)(gz->ptr[at] ^ 1 << random_next(seed) % 8);
    }
}

static bool says(const struct inflated *side, const char *what)
{
    return strstr(side->err.text, what) != NULL;
}

/* zlib refuses some codes on sight that igzip only refuses when they are used, and igzip some
 * headers before they are whole; both are damage. All other refusals are told in the same words. */
static void refused_alike(const struct inflated *zlib, const struct inflated *other)
{
    size_t common = zlib->len < other->len ? zlib->len : other->len;
    assert_int_equal(zlib->err.status, other->err.status);
    assert_memory_equal(zlib->bytes, other->bytes, common);
    if (zlib->err.status == GR_OK)
        assert_int_equal(zlib->len, other->len);
    else if (!says(zlib, "data is damaged") && !says(other, "data is damaged"))
        assert_string_equal(zlib->err.text, other->err.text);
}

static void all_engines_refuse_the_same_damage_as_zlib_alone(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 5, 333, 5000, OUT_MAX};
    struct inflated zlib, other;
    struct strbuf gz, text, join, unused;
    struct strbuf *all[] = {&gz, &text, &join, &unused};
    uint64_t seed = 6;
    size_t accepted = 0, refused = 0;
    inflated_init(&zlib);
    inflated_init(&other);
    for (int i = 0; i < 4; i++)
        strbuf_init(all[i], 4 << 20);
    make_gz(&join, &unused, &seed);
    for (int round = 0; round < DAMAGE_ROUNDS * 5; round++) {
        make_gz(&gz, &text, &seed);
        for (uint64_t times = 1 + random_next(&seed) % 3; times > 0; times--)
            damage_gz(&gz, &join, &seed);
        if (gz.len == 0)
            continue;
        bool good = gunzip_by_zlib(strbuf_str(&gz), &other);
        size_t good_len = other.len;
        gunzip(&inflate_zlib, strbuf_str(&gz), steps[random_next(&seed) % 5],
               steps[random_next(&seed) % 5], &zlib);
        assert_int_equal(zlib.err.status, good ? GR_OK : GR_EDATA);
        assert_true(!good || zlib.len == good_len);
        for (const struct inflate_engine *const *at = inflate_engines(); *at; at++) {
            gunzip(*at, strbuf_str(&gz), steps[random_next(&seed) % 5],
                   steps[random_next(&seed) % 5], &other);
            refused_alike(&zlib, &other);
        }
        accepted += good;
        refused += !good;
    }
    assert_true(accepted > (size_t)DAMAGE_ROUNDS / 20 && refused > (size_t)DAMAGE_ROUNDS);
    for (int i = 0; i < 4; i++)
        strbuf_deinit(all[i]);
    free(zlib.bytes);
    free(other.bytes);
}

/* "ab\n" with every field of a header; the offsets of the fields are fixed. */
static struct str full_header(char gz[64])
{
    static const char head[] = "\x1F\x8B\x08\x1E\0\0\0\0\0\3\4\0abcdname\0comment";
    memcpy(gz, head, sizeof head);
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)gz, sizeof head);
    size_t len = sizeof head;
    gz[len++] = (char)(crc & 0xFF);
    gz[len++] = (char)(crc >> 8 & 0xFF);
    static const char stored[] = "\1\3\0\xFC\xFF"
                                 "ab\n";
    memcpy(gz + len, stored, 8);
    len += 8;
    crc = (uint32_t)crc32(0, (const Bytef *)"ab\n", 3);
    for (unsigned i = 0; i < 4; i++)
        gz[len++] = (char)(crc >> 8 * i);
    memcpy(gz + len, "\3\0\0\0", 4);
    return (struct str){gz, len + 4};
}

static void checks_every_field_of_header_and_trailer(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char value;
        const char *message;
    } cases[] = {
        {1,  'x',  "broken in member 1: not a gz header"               },
        {2,  7,    "broken in member 1: unknown compression method"    },
        {3,  0x3E, "broken in member 1: unknown flags in the header"   },
        {4,  1,    "broken in member 1: the header's checksum is wrong"},
        {13, 'B',  "the header's checksum is wrong"                    },
        {17, 'A',  "the header's checksum is wrong"                    },
    };
    char gz[64];
    struct str good = full_header(gz);
    struct inflated out;
    inflated_init(&out);
    for (size_t step = 1; step <= good.len; step++)
        all_engines_give(good, STR("ab\n"), step, 1 + step % 3, &out);
    free(out.bytes);
    for (size_t len = 1; len < good.len; len++)
        all_engines_refuse((struct str){gz, len}, "gz: is cut");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char kept = gz[cases[i].at];
        gz[cases[i].at] = cases[i].value;
        all_engines_refuse(good, cases[i].message);
        gz[cases[i].at] = kept;
    }
    gz[good.len - 8]++;
    all_engines_refuse(good, "broken in member 1: the checksum is wrong");
    gz[good.len - 8]--;
    gz[good.len - 1]++;
    all_engines_refuse(good, "broken in member 1: the length is wrong");
}

/* A bomb ends at the same byte for every engine and every size of steps. */
static void a_bomb_is_refused_at_the_same_byte(void **state)
{
    (void)state;
    static const size_t steps[] = {997, 100000, 1 << 20};
    struct strbuf zeros, gz;
    strbuf_init(&zeros, 256 << 20);
    strbuf_init(&gz, 1 << 20);
    char *block = calloc(1, 1 << 20);
    assert_non_null(block);
    for (int i = 0; i < 120; i++)
        strbuf_append(&zeros, (struct str){block, 1 << 20});
    gzip_bytes(&gz, strbuf_str(&zeros));
    for (const struct inflate_engine *const *at = inflate_engines(); *at; at++)
        for (int i = 0; i < 3; i++) {
            struct gz *reader = gz_open(*at);
            struct gr_err err = {0};
            uint64_t total = 0;
            struct gz_step step;
            for (size_t taken = 0;; taken += step.consumed) {
                size_t left = gz.len - taken;
                step = (struct gz_step){.in = gz.ptr + taken,
                                        .in_len = left < steps[i] ? left : steps[i],
                                        .out = block,
                                        .out_len = 1 << 20};
                if (gz_inflate(reader, &step, &err) != GR_OK)
                    break;
                total += step.produced;
            }
            assert_int_equal(err.status, GR_EDATA);
            assert_non_null(strstr(err.text, "300 times its size"));
            assert_int_equal(total, SOURCE_RATIO_MAX * SOURCE_BLOCK_BYTES);
            gz_close(reader);
        }
    free(block);
    strbuf_deinit(&zeros);
    strbuf_deinit(&gz);
}

/* Bits from the lowest on; Huffman codes are written with their first bit first. */
struct bits {
    unsigned char bytes[64];
    size_t count;
};

static void put(struct bits *bits, unsigned value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, bits->count++)
        bits->bytes[bits->count / 8] |= (unsigned char)((value >> i & 1) << bits->count % 8);
}

/* The one known difference, kept small by this test: a block of "aaa" whose codes 10 and 11 have no
 * meaning. No compressor writes it; zlib refuses it at the header, igzip reads it. */
static void only_zlib_refuses_codes_that_leave_gaps(void **state)
{
    (void)state;
    struct bits bits = {
        .bytes = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3},
          .count = 80
    };
    put(&bits, 1, 1);  /* last block */
    put(&bits, 2, 2);  /* codes of its own */
    put(&bits, 0, 10); /* 257 lengths, 1 distance */
    put(&bits, 12, 4); /* 16 code lengths: of 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 */
    for (int i = 0; i < 16; i++)
        put(&bits, i == 2 ? 1 : i == 3 || i == 15 ? 2 : 0, 3);
    put(&bits, 0, 1); /* 97 zeros */
    put(&bits, 86, 7);
    put(&bits, 3, 2); /* 'a': 2 bits */
    put(&bits, 0, 1); /* 138 zeros */
    put(&bits, 127, 7);
    put(&bits, 0, 1); /* 20 zeros */
    put(&bits, 9, 7);
    put(&bits, 3, 2); /* end of block: 2 bits */
    put(&bits, 1, 2); /* no distance */
    put(&bits, 0, 6); /* aaa */
    put(&bits, 2, 2); /* end */
    bits.count = (bits.count + 7) / 8 * 8;
    put(&bits, (unsigned)crc32(0, (const Bytef *)"aaa", 3), 32);
    put(&bits, 3, 32);
    struct str gz = {(const char *)bits.bytes, bits.count / 8};
    struct inflated out;
    inflated_init(&out);
    gunzip(&inflate_zlib, gz, 64, 64, &out);
    assert_int_equal(out.err.status, GR_EDATA);
    assert_string_equal(out.err.text, "gz: broken in member 1: the compressed data is damaged");
    assert_int_equal(out.len, 0);
    if (inflate_engine_named("isal")) {
        gunzip(inflate_engine_named("isal"), gz, 64, 64, &out);
        assert_int_equal(out.err.status, GR_OK);
        assert_int_equal(out.len, 3);
    }
    free(out.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zlib_is_an_engine_and_the_default_is_the_first),
        cmocka_unit_test(every_engine_gives_every_member_in_steps_of_any_size),
        cmocka_unit_test(every_engine_reaches_back_over_whole_windows),
        cmocka_unit_test(all_engines_refuse_the_same_damage_as_zlib_alone),
        cmocka_unit_test(checks_every_field_of_header_and_trailer),
        cmocka_unit_test(a_bomb_is_refused_at_the_same_byte),
        cmocka_unit_test(only_zlib_refuses_codes_that_leave_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
