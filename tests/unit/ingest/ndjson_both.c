/* One text read by both engines of NDJSON (see ndjson_both.h). */
#include "ndjson_both.h"

#include "ingest/detect.h"
#include "ingest/source.h"

static void write_named(struct strbuf *out, struct str name, struct str text)
{
    strbuf_append_char(out, ' ');
    strbuf_append(out, name);
    strbuf_append_char(out, '=');
    strbuf_append(out, text);
}

static void write_cell(struct strbuf *out, const struct batch *batch, size_t column, uint32_t row)
{
    struct str name = batch->columns[column].name;
    struct decimal value;
    char moment[32];
    switch (batch->columns[column].kind) {
    case COLUMN_TEXT:
        if (batch_text(batch, column, row).ptr)
            write_named(out, name, batch_text(batch, column, row));
        break;
    case COLUMN_DECIMAL:
        if (!batch_decimal(batch, column, row, &value))
            break;
        write_named(out, name, STR(""));
        decimal_format(value, value.scale, out);
        break;
    case COLUMN_MOMENT:
        moment_format(batch_moment(batch, column, row), moment);
        write_named(out, name, str_from(moment));
        break;
    }
}

static enum gr_status on_batch(void *context, struct batch *batch, struct gr_err *err)
{
    (void)err;
    for (uint32_t row = 0; row < batch->rows; row++) {
        strbuf_printf(context, "%llu", (unsigned long long)batch->lines[row]);
        for (size_t column = 0; column < batch->column_count; column++)
            write_cell(context, batch, column, row);
        strbuf_append_char(context, '\n');
    }
    /* As a load does when its dictionaries grow large: who keeps codes must see that. */
    for (size_t column = 0; column < batch->column_count; column++)
        if (batch->columns[column].texts)
            dict_clear(batch->columns[column].texts);
    return GR_OK;
}

static enum gr_status on_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err)
{
    (void)err;
    strbuf_printf(context, "%llu@%llu", (unsigned long long)reject->line,
                  (unsigned long long)reject->byte_offset);
    write_named(context, reject->column, reject->value);
    write_named(context, reject->reason, reject->raw);
    strbuf_append_char(context, '\n');
    return GR_OK;
}

void ndjson_describe(struct strbuf *out, struct str bytes, const char *format, const char *reader)
{
    struct ingest_options options = {.format = format, .reader = reader, .seen_at = MOMENT_NONE};
    struct batch_texts *texts = batch_texts_open();
    struct ingest_sink sink = {out, on_batch, on_reject};
    struct ingest_file_facts facts = {0};
    struct gr_err err = {0};
    struct ingest_source *source;
    enum gr_status status = source_open_memory("test", bytes, &source, &err);
    if (status == GR_OK)
        status = ingest_source_read(source, &options, texts, &sink, &facts, &err);
    source_close(source);
    batch_texts_close(texts);
    strbuf_printf(out,
                  "status %d %s rows %llu delivered %llu rejected %llu skipped %llu "
                  "repeated %llu bytes %llu\n",
                  (int)status, err.text, (unsigned long long)facts.rows,
                  (unsigned long long)facts.delivered, (unsigned long long)facts.rejected,
                  (unsigned long long)facts.skipped, (unsigned long long)facts.repeated_members,
                  (unsigned long long)facts.bytes);
}

bool ndjson_both(struct str bytes, const char *format, struct strbuf *fast, struct strbuf *yajl)
{
    strbuf_init(fast, 256 << 20);
    strbuf_init(yajl, 256 << 20);
    ndjson_describe(fast, bytes, format, "fast");
    ndjson_describe(yajl, bytes, format, "yajl");
    return str_equal(strbuf_str(fast), strbuf_str(yajl));
}
