/* Byte sources: plain, gz, marks, encodings, hashes. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"

static void hash_of(struct str bytes, char out[65])
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_update(&hash, bytes.ptr, bytes.len);
    sha256_hex(&hash, out);
}

/* Reads all, `step` bytes at a time, with or without a thread that reads ahead; the status of the
 * first failure. */
static enum gr_status read_all(struct str bytes, size_t step, bool ahead, struct strbuf *out,
                               struct gr_err *err, char sha256[65])
{
    struct ingest_source *source;
    enum gr_status status = source_open_memory("t", bytes, &source, err);
    if (status == GR_OK && ahead)
        source_read_ahead(source);
    char *chunk = malloc(step);
    assert_non_null(chunk);
    size_t got = 1;
    while (status == GR_OK && got > 0) {
        status = source_read(source, chunk, step, &got, err);
        if (status == GR_OK && got > 0)
            strbuf_append(out, (struct str){chunk, got});
    }
    if (status == GR_OK)
        status = source_finish(source, sha256, err);
    free(chunk);
    source_close(source);
    return status;
}

static void gives_back(struct str raw, struct str wanted)
{
    static const size_t steps[] = {1, 7, 4096, 300000};
    char expected[65], got[65];
    hash_of(raw, expected);
    for (size_t i = 0; i < 8; i++) {
        if (steps[i / 2] < 7 && wanted.len > 100000)
            continue;
        struct gr_err err = {0};
        struct strbuf out;
        strbuf_init(&out, 256 << 20);
        assert_int_equal(read_all(raw, steps[i / 2], i % 2, &out, &err, got), GR_OK);
        assert_true(str_equal(strbuf_str(&out), wanted));
        assert_string_equal(got, expected);
        strbuf_deinit(&out);
    }
}

/* The same error behind the same bytes, read ahead or not. */
static void refused(struct str raw, enum gr_status wanted, const char *message)
{
    size_t before = 0;
    for (int ahead = 0; ahead < 2; ahead++) {
        struct gr_err err = {0};
        struct strbuf out;
        char hash[65];
        strbuf_init(&out, 512 << 20);
        assert_int_equal(read_all(raw, 65536, ahead, &out, &err, hash), wanted);
        if (!strstr(err.text, message))
            fail_msg("\"%s\" does not say \"%s\"", err.text, message);
        if (ahead)
            assert_int_equal(out.len, before);
        before = out.len;
        strbuf_deinit(&out);
    }
}

/* Numbers that do not compress to nothing. */
static void noise(struct strbuf *out, size_t lines)
{
    uint64_t random = 3;
    strbuf_init(out, 256 << 20);
    for (size_t i = 0; i < lines; i++)
        strbuf_printf(out, "%zu,%llu\n", i, (unsigned long long)(random_next(&random) % 1000000));
}

static void gives_plain_bytes_and_their_hash(void **state)
{
    (void)state;
    struct strbuf text;
    noise(&text, 60000);
    gives_back(strbuf_str(&text), strbuf_str(&text));
    gives_back(STR(""), STR(""));
    gives_back(STR("a"), STR("a"));
    strbuf_deinit(&text);
}

static void strips_a_byte_order_mark_but_hashes_it(void **state)
{
    (void)state;
    gives_back(STR("\xEF\xBB\xBF"
                   "a,b\n"),
               STR("a,b\n"));
}

static void counts_a_byte_order_mark_in_positions(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct ingest_source *source;
    assert_int_equal(source_open_memory("t",
                                        STR("\xEF\xBB\xBF"
                                            "a\n"),
                                        &source, &err),
                     GR_OK);
    assert_int_equal(source_position(source), 3);
    assert_int_equal(source_head(source).bytes.len, 2);
    source_close(source);
}

static void inflates_gz_of_any_size(void **state)
{
    (void)state;
    for (size_t lines = 1; lines < 100000; lines = lines * 40) {
        struct strbuf text, gz;
        noise(&text, lines);
        strbuf_init(&gz, 256 << 20);
        gzip_bytes(&gz, strbuf_str(&text));
        gives_back(strbuf_str(&gz), strbuf_str(&text));
        strbuf_deinit(&gz);
        strbuf_deinit(&text);
    }
}

static void inflates_every_member_of_a_gz(void **state)
{
    (void)state;
    struct strbuf gz;
    strbuf_init(&gz, 1 << 20);
    gzip_bytes(&gz, STR("a,b\n"));
    gzip_bytes(&gz, STR(""));
    gzip_bytes(&gz, STR("1,2\n"));
    for (int i = 0; i < 1000; i++)
        strbuf_append_char(&gz, 0);
    gives_back(strbuf_str(&gz), STR("a,b\n1,2\n"));
    strbuf_deinit(&gz);
}

static void refuses_a_gz_that_is_cut_anywhere(void **state)
{
    (void)state;
    struct strbuf text, gz;
    noise(&text, 40000);
    strbuf_init(&gz, 1 << 24);
    gzip_bytes(&gz, strbuf_str(&text));
    for (size_t len = 2; len < gz.len; len += len < 40 ? 1 : 7001)
        refused((struct str){gz.ptr, len}, GR_EDATA, "gz: is cut");
    refused((struct str){gz.ptr, gz.len - 1}, GR_EDATA, "gz: is cut");
    strbuf_deinit(&gz);
    strbuf_deinit(&text);
}

static void refuses_broken_gz_and_text_behind_it(void **state)
{
    (void)state;
    struct strbuf gz;
    strbuf_init(&gz, 1 << 20);
    gzip_bytes(&gz, STR("a,b\n1,2\n"));
    gz.ptr[gz.len - 6] = (char)(gz.ptr[gz.len - 6] ^ 1);
    refused(strbuf_str(&gz), GR_EDATA, "gz: broken");
    strbuf_clear(&gz);
    gzip_bytes(&gz, STR("a,b\n1,2\n"));
    strbuf_append_cstr(&gz, "3,4\n");
    refused(strbuf_str(&gz), GR_EDATA, "behind the last member");
    strbuf_deinit(&gz);
}

static void refuses_a_gz_bomb(void **state)
{
    (void)state;
    struct strbuf zeros, gz;
    strbuf_init(&zeros, 256 << 20);
    char block[4096] = {0};
    while (zeros.len < (80 << 20))
        strbuf_append(&zeros, (struct str){block, sizeof block});
    strbuf_init(&gz, 1 << 24);
    gzip_bytes(&gz, strbuf_str(&zeros));
    refused(strbuf_str(&gz), GR_EDATA, "300 times its size");
    strbuf_deinit(&gz);
    strbuf_deinit(&zeros);
}

static void refuses_utf16_with_and_without_a_mark(void **state)
{
    (void)state;
    refused(STR("\xFF\xFE"
                "a\0b\0"),
            GR_EDATA, "UTF-16");
    refused(STR("\xFE\xFF\0a\0b"), GR_EDATA, "UTF-16");
    refused(STR("B\0i\0l\0l\0e\0d\0C\0o\0s\0t\0,\0"), GR_EDATA, "UTF-16");
    refused(STR("\0B\0i\0l\0l\0e\0d\0C\0o\0s\0t"), GR_EDATA, "UTF-16");
    refused(STR("\0\0\xFE\xFF\0\0\0a"), GR_EDATA, "UTF-32");
}

static void says_why_a_file_can_not_be_opened(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct ingest_source *source;
    assert_int_equal(source_open(GR_SOURCE_DIR "/no-such-file", NULL, &source, &err), GR_ESTORE);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(source_open(GR_SOURCE_DIR, NULL, &source, &err), GR_ESTORE);
    assert_non_null(strstr(err.text, "is a folder"));
}

static void hashes_a_file_as_it_lies_on_disk(void **state)
{
    (void)state;
    struct gr_err err = {0};
    char whole[65], again[65];
    const char *path = GR_SOURCE_DIR "/src/ingest/ingest.h";
    assert_int_equal(ingest_file_hash(path, whole, &err), GR_OK);
    struct ingest_source *source;
    assert_int_equal(source_open(path, NULL, &source, &err), GR_OK);
    assert_int_equal(source_finish(source, again, &err), GR_OK);
    source_close(source);
    assert_string_equal(whole, again);
    assert_int_equal(ingest_file_hash("no-such-file", whole, &err), GR_ESTORE);
}

static void an_engine_must_be_built_in(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct ingest_source *source;
    assert_int_equal(source_open_memory_with("t", STR("a\n"), "zip", &source, &err), GR_EUSAGE);
    assert_null(source);
    assert_non_null(strstr(err.text, "no inflate engine named \"zip\" is built in; have:"));
    assert_non_null(strstr(err.text, " zlib"));
    assert_int_equal(source_open_memory_with("t", STR("a\n"), "zlib", &source, &err), GR_OK);
    source_close(source);
}

/* What was read ahead and not taken is hashed all the same. */
static void a_reader_may_stop_early_and_still_has_the_hash(void **state)
{
    (void)state;
    struct strbuf text, gz;
    char wanted[65], got[65], bytes[1000];
    noise(&text, 400000);
    strbuf_init(&gz, 1 << 24);
    gzip_bytes(&gz, strbuf_str(&text));
    assert_true(gz.len > 4 * SOURCE_BLOCK_BYTES);
    hash_of(strbuf_str(&gz), wanted);
    for (size_t reads = 0; reads < 200; reads += 40) {
        struct gr_err err = {0};
        struct ingest_source *source;
        assert_int_equal(source_open_memory("t", strbuf_str(&gz), &source, &err), GR_OK);
        source_read_ahead(source);
        source_read_ahead(source); /* a second time changes nothing */
        for (size_t i = 0, len; i < reads; i++) {
            assert_int_equal(source_read(source, bytes, sizeof bytes, &len, &err), GR_OK);
            assert_memory_equal(bytes, text.ptr + source_position(source) - len, len);
        }
        if (reads != 80)
            assert_int_equal(source_finish(source, got, &err), GR_OK);
        source_close(source);
        assert_string_equal(reads != 80 ? got : wanted, wanted);
    }
    strbuf_deinit(&gz);
    strbuf_deinit(&text);
}

/* Opens the reading end of a pipe that holds `bytes` and whose writing end stays open. */
static struct ingest_source *open_pipe(struct str bytes, int ends[2])
{
    struct gr_err err = {0};
    struct ingest_source *source;
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
    assert_int_equal(write(ends[1], bytes.ptr, bytes.len), bytes.len);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(source_open(path, NULL, &source, &err), GR_OK);
    source_read_ahead(source);
    return source;
}

static void closing_does_not_wait_for_a_pipe_that_gives_nothing(void **state)
{
    (void)state;
    struct strbuf text;
    char bytes[5000];
    int ends[2];
    noise(&text, 20000);
    assert_true(text.len > 2 * SOURCE_HEAD_BYTES && text.len < 1 << 20);
    for (int reads = 0; reads < 3; reads++) {
        struct gr_err err = {0};
        struct ingest_source *source = open_pipe(strbuf_str(&text), ends);
        size_t got;
        for (int i = 0; i < reads; i++)
            assert_int_equal(source_read(source, bytes, sizeof bytes, &got, &err), GR_OK);
        usleep(2000 * (unsigned)reads);
        source_close(source); /* must return: nobody writes any more */
        close(ends[0]);
        close(ends[1]);
    }
    strbuf_deinit(&text);
}

static void a_pipe_is_read_ahead_to_its_end(void **state)
{
    (void)state;
    struct strbuf text, all;
    char bytes[5000], wanted[65], hash[65];
    int ends[2];
    noise(&text, 20000);
    strbuf_init(&all, 1 << 24);
    struct ingest_source *source = open_pipe(strbuf_str(&text), ends);
    close(ends[1]);
    struct gr_err err = {0};
    for (size_t got = 1; got > 0;) {
        assert_int_equal(source_read(source, bytes, sizeof bytes, &got, &err), GR_OK);
        strbuf_append(&all, (struct str){bytes, got});
    }
    assert_true(str_equal(strbuf_str(&all), strbuf_str(&text)));
    assert_int_equal(source_finish(source, hash, &err), GR_OK);
    hash_of(strbuf_str(&text), wanted);
    assert_string_equal(hash, wanted);
    source_close(source);
    close(ends[0]);
    strbuf_deinit(&all);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_plain_bytes_and_their_hash),
        cmocka_unit_test(strips_a_byte_order_mark_but_hashes_it),
        cmocka_unit_test(counts_a_byte_order_mark_in_positions),
        cmocka_unit_test(inflates_gz_of_any_size),
        cmocka_unit_test(inflates_every_member_of_a_gz),
        cmocka_unit_test(refuses_a_gz_that_is_cut_anywhere),
        cmocka_unit_test(refuses_broken_gz_and_text_behind_it),
        cmocka_unit_test(refuses_a_gz_bomb),
        cmocka_unit_test(refuses_utf16_with_and_without_a_mark),
        cmocka_unit_test(says_why_a_file_can_not_be_opened),
        cmocka_unit_test(hashes_a_file_as_it_lies_on_disk),
        cmocka_unit_test(an_engine_must_be_built_in),
        cmocka_unit_test(a_reader_may_stop_early_and_still_has_the_hash),
        cmocka_unit_test(closing_does_not_wait_for_a_pipe_that_gives_nothing),
        cmocka_unit_test(a_pipe_is_read_ahead_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
