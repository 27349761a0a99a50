/* Rows on their way out of a reader (see emit.h). */
#include "ingest/emit.h"

void emit_init(struct emit *emit, const struct ingest_sink *sink, struct batch_texts *texts,
               struct ingest_file_facts *facts)
{
    *emit = (struct emit){.sink = sink, .texts = texts, .facts = facts};
}

void emit_deinit(struct emit *emit)
{
    for (int i = 0; i < DATASET_COUNT; i++) {
        if (emit->batches[i])
            batch_close(emit->batches[i]);
        emit->batches[i] = NULL;
    }
}

struct batch *emit_row(struct emit *emit, enum dataset dataset)
{
    if (!emit->batches[dataset])
        emit->batches[dataset] = batch_open_small(dataset, emit->texts, EMIT_BATCH_ROWS);
    return emit->batches[dataset];
}

static enum gr_status hand_on(struct emit *emit, struct batch *batch, struct gr_err *err)
{
    GR_TRY(emit->sink->batch(emit->sink->context, batch, err));
    batch_clear(batch);
    return GR_OK;
}

enum gr_status emit_done(struct emit *emit, enum dataset dataset, uint64_t line, struct gr_err *err)
{
    struct batch *batch = emit->batches[dataset];
    batch->lines[batch->rows++] = line;
    emit->facts->rows++;
    emit->facts->delivered++;
    return batch->rows == batch->capacity ? hand_on(emit, batch, err) : GR_OK;
}

/* Whose row it is that can't be. */
static struct ingest_reject row_owner(const struct batch *batch)
{
    uint32_t row = batch->rows;
    struct ingest_reject owner = {.dataset = batch->dataset, .billed = MOMENT_NONE};
    if (batch->dataset == DATASET_COST) {
        owner.provider = batch_text(batch, COST_ProviderName, row);
        owner.account = batch_text(batch, COST_BillingAccountId, row);
        owner.billed = batch_moment(batch, COST_BillingPeriodStart, row);
        if (owner.billed == MOMENT_NONE)
            owner.billed = batch_moment(batch, COST_ChargePeriodStart, row);
    } else if (batch->dataset == DATASET_AI) {
        owner.provider = batch_text(batch, AI_Provider, row);
        owner.billed = batch_moment(batch, AI_Timestamp, row);
    }
    return owner;
}

void emit_undo(struct emit *emit, enum dataset dataset)
{
    struct batch *batch = emit->batches[dataset];
    emit->undone = row_owner(batch);
    batch_unset_row(batch, batch->rows);
}

static struct str cut(struct str text, size_t max)
{
    if (text.len > max)
        text.len = max;
    return text;
}

enum gr_status emit_reject(struct emit *emit, struct ingest_reject reject, struct gr_err *err)
{
    emit->facts->rows++;
    emit->facts->rejected++;
    reject.value = cut(reject.value, EMIT_VALUE_MAX);
    reject.raw = cut(reject.raw, EMIT_RAW_MAX);
    reject.dataset = emit->undone.dataset;
    reject.provider = emit->undone.provider;
    reject.account = emit->undone.account;
    reject.billed = emit->undone.billed;
    emit->undone = (struct ingest_reject){0};
    return emit->sink->reject(emit->sink->context, &reject, err);
}

void emit_skip(struct emit *emit, uint64_t count)
{
    emit->facts->rows += count;
    emit->facts->skipped += count;
}

static bool find_or_add(struct batch *batch, struct str name, size_t *column)
{
    size_t fixed;
    dataset_columns(batch->dataset, &fixed);
    for (size_t i = 0; i < batch->column_count; i++) {
        if (str_equal(batch->columns[i].name, name)) {
            *column = i;
            return batch->columns[i].kind == COLUMN_TEXT;
        }
    }
    if (batch->column_count - fixed >= EMIT_EXTRA_COLUMNS_MAX)
        return false;
    *column = batch_extra_column(batch, name);
    return true;
}

bool emit_extra(struct batch *batch, struct str name, size_t *column)
{
    int fixed = dataset_find_column(batch->dataset, name);
    if (fixed < 0 || batch->columns[fixed].kind == COLUMN_TEXT)
        return find_or_add(batch, name, column);
    /* A stranger that is called like a column of ours with numbers or times in it. */
    struct strbuf longer;
    strbuf_init(&longer, name.len + 16);
    strbuf_append_cstr(&longer, "x_");
    strbuf_append(&longer, name);
    bool found = find_or_add(batch, strbuf_str(&longer), column);
    strbuf_deinit(&longer);
    return found;
}

enum gr_status emit_flush(struct emit *emit, struct gr_err *err)
{
    for (int i = 0; i < DATASET_COUNT; i++)
        if (emit->batches[i] && emit->batches[i]->rows > 0)
            GR_TRY(hand_on(emit, emit->batches[i], err));
    return GR_OK;
}
