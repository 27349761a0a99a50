/* Sync payload JSON: {instances[], metrics[], costs[], alerts[], ai_spend[], errors[]}, a
 * {success, data} envelope of one kind, or a bare array of one kind.
 *
 * Registered in ../detect.c. The document is streamed: one record is in memory at a time, except
 * for instances, which wait for the end of the file, because a snapshot without a time of its own
 * is as old as the newest thing in the payload.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/formats/formats.h"
#include "ingest/formats/sync_records.h"

enum { SCRATCH_MAX = 16 << 20, WAITING_BATCHES_MAX = 512 };

struct sync_reader {
    struct emit emit;
    struct strbuf scratch;
    const struct ingest_options *options;
    struct batch *waiting[WAITING_BATCHES_MAX]; /* instances */
    size_t waiting_count;
    int64_t said_at;     /* "timestamp" of the payload itself */
    int64_t newest;      /* newest moment of any record */
    int64_t newest_made; /* newest created_at of an instance: the last resort */
};

/* ---- sniffing ---- */

struct sync_sniff {
    int confidence;
};

static void raise_confidence(struct sync_sniff *sniff, int confidence)
{
    if (confidence > sniff->confidence)
        sniff->confidence = confidence;
}

static struct str last_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return str_from(dot ? dot + 1 : path);
}

static enum gr_status sniff_record(void *context, const struct json_place *place,
                                   const struct json_value *value, struct gr_err *err)
{
    (void)err;
    enum dataset dataset, by_members;
    bool named = sync_dataset_of_name(last_name(place->path), &dataset);
    bool known = sync_dataset_of_record(value, &by_members);
    bool envelope = place->path[0] == 0 || strcmp(place->path, "data") == 0;
    if (named && known)
        raise_confidence(context, 90);
    else if (known && envelope)
        raise_confidence(context, 80);
    return GR_OK;
}

static enum gr_status sniff_scalar(void *context, const struct json_place *place,
                                   const struct json_value *value, struct gr_err *err)
{
    (void)context;
    (void)place;
    (void)value;
    (void)err;
    return GR_OK;
}

static enum gr_status sniff_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)err;
    enum dataset dataset;
    bool inner = strncmp(place->path, "data.", 5) == 0;
    if (sync_dataset_of_name(inner ? str_from(place->path + 5) : str_from(place->path), &dataset))
        raise_confidence(context, 60);
    return GR_OK;
}

static int sync_sniff(const struct ingest_head *head)
{
    struct sync_sniff sniff = {0};
    struct str text = str_trim(head->bytes);
    if (text.len == 0 || (text.ptr[0] != '{' && text.ptr[0] != '['))
        return 0;
    struct json_visitor visitor = {&sniff, sniff_record, sniff_scalar, sniff_array};
    json_peek(head->bytes, &visitor);
    return sniff.confidence;
}

/* ---- records ---- */

static void note_moment(struct sync_reader *reader, const struct batch *batch)
{
    size_t column = (size_t)dataset_moment_column(batch->dataset);
    int64_t moment = batch_moment(batch, column, batch->rows);
    if (moment > reader->newest)
        reader->newest = moment;
    if (batch->dataset == DATASET_INSTANCE) {
        int64_t made = batch_moment(batch, INSTANCE_CreatedAt, batch->rows);
        if (made > reader->newest_made)
            reader->newest_made = made;
    }
}

static enum gr_status put_aside(struct sync_reader *reader, struct gr_err *err)
{
    struct emit *emit = &reader->emit;
    if (reader->waiting_count == WAITING_BATCHES_MAX)
        return gr_fail(err, GR_EDATA, "more than %d instances",
                       WAITING_BATCHES_MAX * EMIT_BATCH_ROWS);
    reader->waiting[reader->waiting_count++] = emit->batches[DATASET_INSTANCE];
    emit->batches[DATASET_INSTANCE] = NULL;
    return GR_OK;
}

static enum gr_status row_done(struct sync_reader *reader, struct batch *batch, uint64_t line,
                               struct gr_err *err)
{
    note_moment(reader, batch);
    if (batch->dataset != DATASET_INSTANCE)
        return emit_done(&reader->emit, batch->dataset, line, err);
    batch->lines[batch->rows++] = line; /* counted when it is handed on */
    return batch->rows == batch->capacity ? put_aside(reader, err) : GR_OK;
}

static enum gr_status on_record(void *context, const struct json_place *place,
                                const struct json_value *value, struct gr_err *err)
{
    struct sync_reader *reader = context;
    enum dataset dataset;
    if (!sync_dataset_of_name(last_name(place->path), &dataset) &&
        !sync_dataset_of_record(value, &dataset)) {
        emit_skip(&reader->emit, 1);
        return GR_OK;
    }
    struct batch *batch = emit_row(&reader->emit, dataset);
    struct record_fault fault;
    reader->emit.facts->repeated_members += value->repeated;
    if (sync_put_record(batch, value, &reader->scratch, &fault))
        return row_done(reader, batch, place->line, err);
    emit_undo(&reader->emit, dataset);
    strbuf_clear(&reader->scratch);
    json_write(value, &reader->scratch);
    struct ingest_reject reject = {
        .line = place->line,
        .byte_offset = place->byte_offset,
        .column = fault.column,
        .value = fault.value,
        .reason = str_from(fault.reason),
        .raw = strbuf_str(&reader->scratch),
    };
    return emit_reject(&reader->emit, reject, err);
}

static enum gr_status on_scalar(void *context, const struct json_place *place,
                                const struct json_value *value, struct gr_err *err)
{
    (void)err;
    struct sync_reader *reader = context;
    int64_t moment;
    struct str name = last_name(place->path);
    bool says_when = str_is(name, "timestamp") || str_is(name, "generated_at") ||
                     str_is(name, "synced_at") || str_is(name, "as_of");
    if (says_when && json_text(value).ptr && moment_read(json_text(value), &moment))
        reader->said_at = moment;
    return GR_OK;
}

static enum gr_status on_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)context;
    (void)place;
    (void)err;
    return GR_OK;
}

/* ---- instances, at the end ---- */

static int64_t snapshot_moment(const struct sync_reader *reader)
{
    if (reader->options->seen_at != MOMENT_NONE)
        return reader->options->seen_at;
    if (reader->said_at != MOMENT_NONE)
        return reader->said_at;
    return reader->newest != MOMENT_NONE ? reader->newest : reader->newest_made;
}

static enum gr_status refuse_instances(struct sync_reader *reader, const struct batch *batch,
                                       struct gr_err *err)
{
    for (uint32_t row = 0; row < batch->rows; row++) {
        struct ingest_reject reject = {
            .line = batch->lines[row],
            .column = STR("SeenAt"),
            .value = batch_text(batch, INSTANCE_InstanceId, row),
            .reason = STR("the payload says no time for its instances"),
        };
        GR_TRY(emit_reject(&reader->emit, reject, err));
    }
    return GR_OK;
}

/* When no record of the payload has a moment, none of these has either. */
static enum gr_status hand_on_instances(struct sync_reader *reader, struct batch *batch,
                                        struct gr_err *err)
{
    struct emit *emit = &reader->emit;
    int64_t moment = snapshot_moment(reader);
    if (moment == MOMENT_NONE)
        return refuse_instances(reader, batch, err);
    for (uint32_t row = 0; row < batch->rows; row++)
        if (batch_moment(batch, INSTANCE_SeenAt, row) == MOMENT_NONE)
            batch_set_moment(batch, INSTANCE_SeenAt, row, moment);
    emit->facts->rows += batch->rows;
    emit->facts->delivered += batch->rows;
    return emit->sink->batch(emit->sink->context, batch, err);
}

static enum gr_status finish(struct sync_reader *reader, struct gr_err *err)
{
    struct batch *last = reader->emit.batches[DATASET_INSTANCE];
    if (last && last->rows > 0)
        GR_TRY(put_aside(reader, err));
    for (size_t i = 0; i < reader->waiting_count; i++)
        GR_TRY(hand_on_instances(reader, reader->waiting[i], err));
    return emit_flush(&reader->emit, err);
}

static enum gr_status sync_read(struct ingest_source *source, const struct ingest_options *options,
                                struct batch_texts *texts, const struct ingest_sink *sink,
                                struct ingest_file_facts *facts, struct gr_err *err)
{
    struct sync_reader reader = {.options = options,
                                 .said_at = MOMENT_NONE,
                                 .newest = MOMENT_NONE,
                                 .newest_made = MOMENT_NONE};
    struct json_visitor visitor = {&reader, on_record, on_scalar, on_array};
    strbuf_init(&reader.scratch, SCRATCH_MAX);
    emit_init(&reader.emit, sink, texts, facts);
    enum gr_status status = json_stream(source, &visitor, err);
    if (status == GR_OK)
        status = finish(&reader, err);
    for (size_t i = 0; i < reader.waiting_count; i++)
        batch_close(reader.waiting[i]);
    emit_deinit(&reader.emit);
    strbuf_deinit(&reader.scratch);
    return status;
}

const struct bill_format format_sync = {
    .name = "sync",
    .what = "sync payload: instances, metrics, costs, alerts, AI spend, errors (JSON)",
    .oracle = "yajl",
    .sniff = sync_sniff,
    .read = sync_read,
};
