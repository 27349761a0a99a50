/* What the tests of ingest share (see support.h). */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "ingest/detect.h"

void reading_init(struct reading *reading)
{
    *reading = (struct reading){0};
    strbuf_init(&reading->rows, 256 << 20);
    strbuf_init(&reading->rejects, 256 << 20);
    strbuf_init(&reading->raws, 256 << 20);
}

void reading_deinit(struct reading *reading)
{
    strbuf_deinit(&reading->rows);
    strbuf_deinit(&reading->rejects);
    strbuf_deinit(&reading->raws);
}

static void write_cell(struct strbuf *out, const struct batch *batch, size_t column, uint32_t row)
{
    struct decimal value;
    char moment[32];
    struct str name = batch->columns[column].name;
    struct str text = STR_NONE;
    switch (batch->columns[column].kind) {
    case COLUMN_TEXT:
        text = batch_text(batch, column, row);
        if (text.ptr)
            strbuf_printf(out, " %.*s=%.*s", STR_ARG(name), STR_ARG(text));
        break;
    case COLUMN_DECIMAL:
        if (batch_decimal(batch, column, row, &value)) {
            strbuf_printf(out, " %.*s=", STR_ARG(name));
            decimal_format(value, 0, out);
        }
        break;
    case COLUMN_MOMENT:
        if (batch_moment(batch, column, row) != MOMENT_NONE) {
            moment_format(batch_moment(batch, column, row), moment);
            strbuf_printf(out, " %.*s=%s", STR_ARG(name), moment);
        }
        break;
    }
}

static void renew_some(const struct batch *batch, uint64_t *state)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].texts && random_next(state) % 2)
            dict_clear(batch->columns[i].texts);
}

static enum gr_status on_batch(void *context, struct batch *batch, struct gr_err *err)
{
    (void)err;
    struct reading *reading = context;
    reading->batches++;
    assert_true(batch->rows > 0 && batch->rows <= batch->capacity);
    if (reading->look)
        reading->look(reading->look_context, batch);
    for (uint32_t row = 0; row < batch->rows && !reading->quiet; row++) {
        strbuf_append_cstr(&reading->rows, dataset_name(batch->dataset));
        for (size_t column = 0; column < batch->column_count; column++)
            if (!batch->columns[column].passing)
                write_cell(&reading->rows, batch, column, row);
        strbuf_append_char(&reading->rows, '\n');
    }
    if (reading->renewals)
        renew_some(batch, &reading->renewals);
    return GR_OK;
}

static enum gr_status on_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err)
{
    (void)err;
    struct reading *reading = context;
    assert_true(reject->reason.len > 0);
    assert_true(reject->value.len <= 200 && reject->raw.len <= 4096);
    strbuf_printf(&reading->rejects, "%llu:%.*s:%.*s:%.*s\n", (unsigned long long)reject->line,
                  STR_ARG(reject->column), STR_ARG(reject->value), STR_ARG(reject->reason));
    strbuf_append(&reading->raws, reject->raw);
    strbuf_append_char(&reading->raws, '\n');
    return GR_OK;
}

void read_bytes(struct reading *reading, const char *name, struct str bytes,
                const struct ingest_options *options)
{
    struct ingest_options defaults = {.seen_at = MOMENT_NONE};
    struct batch_texts *texts = batch_texts_open();
    struct ingest_sink sink = {reading, on_batch, on_reject};
    struct ingest_source *source;
    reading->status = source_open_memory(name, bytes, &source, &reading->err);
    if (reading->status == GR_OK)
        reading->status = ingest_source_read(source, options ? options : &defaults, texts, &sink,
                                             &reading->facts, &reading->err);
    source_close(source);
    batch_texts_close(texts);
}

void read_text(struct reading *reading, const char *text)
{
    read_bytes(reading, "test.txt", str_from(text), NULL);
}

void read_path(struct reading *reading, const char *path)
{
    struct ingest_options options = {.seen_at = MOMENT_NONE};
    struct batch_texts *texts = batch_texts_open();
    struct ingest_sink sink = {reading, on_batch, on_reject};
    struct ingest_source *source = NULL;
    reading->status = ingest_open(path, &options, &source, &reading->err);
    if (!reading->status)
        reading->status =
            ingest_read(source, &options, texts, &sink, &reading->facts, &reading->err);
    ingest_close(source);
    batch_texts_close(texts);
}

const char *shared_path(char out[512], const char *relative)
{
    snprintf(out, 512, GR_SOURCE_DIR "/../shared/data/%s", relative);
    if (access(out, R_OK) != 0) {
        printf("skipped: no shared data here: %s\n", relative);
        skip();
    }
    return out;
}

void shared_bytes(struct strbuf *out, const char *relative)
{
    char path[512];
    struct gr_err err = {0};
    strbuf_init(out, 64 << 20);
    assert_int_equal(file_read(shared_path(path, relative), out, &err), GR_OK);
}

uint64_t random_next(uint64_t *state)
{
    uint64_t x = (*state += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static void insert_bytes(struct strbuf *text, size_t at, const char *bytes, size_t len)
{
    struct strbuf copy;
    strbuf_init(&copy, 64 << 20);
    strbuf_append(&copy, (struct str){text->ptr, at});
    strbuf_append(&copy, (struct str){bytes, len});
    strbuf_append(&copy, (struct str){text->ptr + at, text->len - at});
    strbuf_deinit(text);
    *text = copy;
}

void damage(struct strbuf *text, uint64_t *state)
{
    static const char *const spliced[] = {"\"", "\"\"", "\r", "\n",  "\r\n", ",",    "\xFF",
                                          "{",  "]",    "\\", "NaN", "-",    "\"\n", "}\n"};
    uint64_t what = random_next(state) % 8;
    size_t at = text->len ? random_next(state) % text->len : 0;
    if (text->len == 0)
        return;
    const char *line_end = memchr(text->ptr + at, '\n', text->len - at);
    switch (what) {
    case 0:
        text->ptr[at] = (char)(text->ptr[at] ^ (1 << (random_next(state) % 8)));
        break;
    case 1:
        text->len = at;
        break;
    case 2:
        if (line_end && at > 0) {
            size_t len = (size_t)(line_end - text->ptr) + 1 - at;
            char *line = malloc(len);
            assert_non_null(line);
            memcpy(line, text->ptr + at, len);
            insert_bytes(text, at, line, len);
            free(line);
        }
        break;
    case 3:
        text->ptr[at] = '"';
        break;
    case 4:
        text->ptr[at] = 0;
        break;
    case 5:
        text->ptr[at] = '\r';
        break;
    default: {
        const char *bytes = spliced[random_next(state) % (sizeof spliced / sizeof spliced[0])];
        insert_bytes(text, at, bytes, strlen(bytes));
    }
    }
}

void gzip_bytes(struct strbuf *out, struct str bytes)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&z, bytes.len) + 64;
    char *packed = malloc(bound);
    assert_non_null(packed);
    union {
        const char *in;
        Bytef *out;
    } input = {.in = bytes.ptr};
    z.next_in = input.out;
    z.avail_in = (uInt)bytes.len;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    strbuf_append(out, (struct str){packed, z.total_out});
    deflateEnd(&z);
    free(packed);
}
