/* Google Cloud billing export of BigQuery: JSON lines, a JSON array of the same, or flattened CSV.
 *
 * Registered in ../detect.c. CSV headers are the paths of the nested members, with dots
 * (service.id) or underscores (service_id); lists stand in cells as JSON or as Python prints them.
 * What a row means is gcp_row.c's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingest/bill_header.h"
#include "ingest/formats/formats.h"
#include "ingest/formats/gcp_row.h"
#include "ingest/json_lines.h"
#include "ingest/ndjson.h"
#include "ingest/record.h"

enum { GCP_SCRATCH_MAX = 16 << 20 };

/* ---- sniffing ---- */

/* The name of a flattened column: dots and underscores are the same. */
static struct str flat_name(struct arena *arena, struct str name)
{
    char *flat = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        flat[i] = (char)(name.ptr[i] == '.' ? '_' : name.ptr[i]);
    flat[name.len] = 0;
    return (struct str){flat, name.len};
}

static bool has_column(struct arena *arena, const struct str *cells, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(flat_name(arena, str_trim(cells[i])), str_from(name)))
            return true;
    return false;
}

static bool is_gcp_header(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    bool is = csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count) &&
              has_column(&arena, cells, count, "usage_start_time") &&
              has_column(&arena, cells, count, "cost") &&
              (has_column(&arena, cells, count, "service_id") ||
               has_column(&arena, cells, count, "service_description") ||
               has_column(&arena, cells, count, "sku_id"));
    arena_deinit(&arena);
    return is;
}

static bool is_gcp_record(const struct json_value *record)
{
    const struct json_value *service = json_member(record, "service");
    return json_member(record, "usage_start_time") && json_member(record, "cost") &&
           (json_member(service, "description") || json_member(service, "id"));
}

static enum gr_status sniff_record(void *context, const struct json_place *place,
                                   const struct json_value *value, struct gr_err *err)
{
    (void)err;
    bool *is = context;
    *is |= place->path[0] == 0 && is_gcp_record(value);
    return GR_OK;
}

static enum gr_status pass_scalar(void *context, const struct json_place *place,
                                  const struct json_value *value, struct gr_err *err)
{
    (void)context, (void)place, (void)value, (void)err;
    return GR_OK;
}

static enum gr_status pass_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)context, (void)place, (void)err;
    return GR_OK;
}

static char first_character(struct str bytes)
{
    struct str text = str_trim(bytes);
    return text.len > 0 ? text.ptr[0] : 0;
}

static int gcp_sniff(const struct ingest_head *head)
{
    bool is = false;
    switch (first_character(head->bytes)) {
    case '{':
        return ndjson_sniff(head, is_gcp_record) ? 92 : 0;
    case '[': {
        struct json_visitor visitor = {&is, sniff_record, pass_scalar, pass_array};
        json_peek(head->bytes, &visitor);
        return is ? 92 : 0;
    }
    default:
        return is_gcp_header(head) ? 92 : 0;
    }
}

/* ---- CSV ---- */

static const char *const needed_columns[] = {
    "cost",          "currency",           "usage_start_time", "credits", "invoice.month",
    "invoice_month", "billing_account_id", "cost_type",        NULL};
static const char *const required_columns[] = {"cost", "currency", "usage_start_time", NULL};
static const char *const resource_columns[] = {"resource_global_name", "resource_name", NULL};
static const char *const sku_columns[] = {"sku_id", "sku_description", NULL};

static enum gr_status plan_columns(struct bill_header *header, const struct gcp_row *row,
                                   struct gr_err *err)
{
    struct bill_name names[GCP_NAMES_MAX];
    for (size_t i = 0; i < gcp_name_count; i++)
        names[i] = (struct bill_name){flat_name(header->arena, str_from(gcp_names[i].path)).ptr,
                                      (int)row->columns[i]};
    GR_TRY(bill_header_read(header, err));
    GR_TRY(bill_header_require(header, required_columns, err));
    return bill_header_plan(header, names, gcp_name_count, err);
}

static enum gr_status read_csv_rows(struct bill_rows *rows, struct gcp_row *row,
                                    const struct ingest_options *options, struct arena *arena,
                                    struct gr_err *err)
{
    struct bill_header header = {
        .rows = rows, .arena = arena, .what = "Google Cloud", .compared = flat_name};
    if (!gcp_row_init(row, emit_row(rows->emit, DATASET_COST)))
        return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                       EMIT_EXTRA_COLUMNS_MAX);
    GR_TRY(plan_columns(&header, row, err));
    if (options->columns)
        GR_TRY(bill_columns_keep(rows, options->columns, needed_columns, err));
    rows->resource = bill_header_key(&header, resource_columns);
    rows->sku = bill_header_key(&header, sku_columns);
    return bill_rows_read(rows, err);
}

static enum gr_status read_csv(struct ingest_source *source, const struct ingest_options *options,
                               struct emit *emit, struct gcp_row *row, struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct bill_rows rows = {
        .emit = emit, .dataset = DATASET_COST, .complete = gcp_complete, .context = row};
    GR_TRY(bill_csv_open(source, options, ',', &rows.csv, err));
    enum gr_status status = read_csv_rows(&rows, row, options, &arena, err);
    csv_close(rows.csv);
    arena_deinit(&arena);
    return status;
}

/* ---- JSON ---- */

struct gcp_json {
    struct emit *emit;
    struct gcp_row *row;
    struct strbuf scratch, path;
};

/* Seconds as BigQuery's REST answers print them: 1.6593228E9. */
static bool read_seconds(struct str text, int64_t *moment_ms)
{
    struct decimal seconds;
    if (decimal_read(text, &seconds) != DECIMAL_READ_OK || seconds.scale > 9 ||
        decimal_sign(seconds) < 0)
        return false;
    seconds.units = seconds.units * 1000 / decimal_power10(seconds.scale);
    *moment_ms = (int64_t)seconds.units;
    return seconds.units < (i128)INT64_C(253402300800000); /* the year 10000 */
}

static const char *put_value(struct gcp_json *json, struct batch *batch, size_t column,
                             const struct json_value *value)
{
    int64_t moment;
    switch (batch->columns[column].kind) {
    case COLUMN_DECIMAL:
        if (value->kind == JSON_STRING && value->text.len == 0)
            return NULL;
        return record_put(batch, column, FIELD_DECIMAL, value, &json->scratch);
    case COLUMN_MOMENT:
        if (read_seconds(json_text(value), &moment)) {
            batch_set_moment(batch, column, batch->rows, moment);
            return NULL;
        }
        return record_put(batch, column, FIELD_MOMENT, value, &json->scratch);
    case COLUMN_TEXT:
        break;
    }
    if (value->kind != JSON_ARRAY && value->kind != JSON_OBJECT)
        return record_put(batch, column, FIELD_TEXT, value, &json->scratch);
    strbuf_clear(&json->scratch);
    json_write(value, &json->scratch);
    if (json->scratch.overflowed)
        return "is too long";
    if (value->count > 0)
        batch_set_text(batch, column, batch->rows, strbuf_str(&json->scratch));
    return NULL;
}

/* Column of the member at json->path; -1: too many unknown ones. */
static long column_at(struct gcp_json *json, struct batch *batch)
{
    struct str path = strbuf_str(&json->path);
    size_t column;
    for (size_t i = 0; i < gcp_name_count; i++)
        if (str_is(path, gcp_names[i].path))
            return (long)json->row->columns[i];
    return emit_extra(batch, path, &column) ? (long)column : -1;
}

/* Members and those of objects within them, by path; unknown ones become text columns. */
static const char *put_members(struct gcp_json *json, struct batch *batch,
                               const struct json_value *object, struct record_fault *fault)
{
    size_t before = json->path.len;
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        const char *reason;
        json->path.len = before;
        strbuf_printf(&json->path, "%s%.*s", before ? "." : "", STR_ARG(member->name));
        if (member->value.kind == JSON_NULL)
            continue;
        if (member->value.kind == JSON_OBJECT) {
            reason = put_members(json, batch, &member->value, fault);
            if (reason)
                return reason;
            continue;
        }
        long column = column_at(json, batch);
        reason = column < 0 ? "is one unknown member too many (over 1024)"
                            : put_value(json, batch, (size_t)column, &member->value);
        if (reason) {
            *fault = (struct record_fault){member->name, json_text(&member->value), reason};
            return reason;
        }
    }
    json->path.len = before;
    return NULL;
}

static enum gr_status take_record(struct gcp_json *json, const struct json_place *place,
                                  const struct json_value *record, struct gr_err *err)
{
    struct emit *emit = json->emit;
    struct batch *batch = emit_row(emit, DATASET_COST);
    struct record_fault fault = {.column = STR_NONE};
    const char *reason = "is not a JSON object";
    if (record->kind == JSON_OBJECT) {
        strbuf_clear(&json->path);
        emit->facts->repeated_members += record->repeated;
        reason = put_members(json, batch, record, &fault);
        if (!reason)
            reason = gcp_complete(json->row, batch, &fault.column);
    }
    if (!reason)
        return emit_done(emit, DATASET_COST, place->line, err);
    emit_undo(emit, DATASET_COST);
    strbuf_clear(&json->scratch);
    json_write(record, &json->scratch);
    return emit_reject(emit,
                       (struct ingest_reject){.line = place->line,
                                              .byte_offset = place->byte_offset,
                                              .column = fault.column,
                                              .value = fault.value,
                                              .reason = str_from(reason),
                                              .raw = strbuf_str(&json->scratch)},
                       err);
}

static enum gr_status on_record(void *context, const struct json_place *place,
                                const struct json_value *value, struct gr_err *err)
{
    struct gcp_json *json = context;
    if (place->path[0] == 0)
        return take_record(json, place, value, err);
    emit_skip(json->emit, 1);
    return GR_OK;
}

static enum gr_status read_json(struct ingest_source *source, struct emit *emit,
                                struct gcp_row *row, bool array, struct gr_err *err)
{
    struct gcp_json json = {.emit = emit, .row = row};
    struct json_visitor visitor = {&json, on_record, pass_scalar, pass_array};
    if (!gcp_row_init(row, emit_row(emit, DATASET_COST)))
        return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                       EMIT_EXTRA_COLUMNS_MAX);
    strbuf_init(&json.scratch, GCP_SCRATCH_MAX);
    strbuf_init(&json.path, GCP_SCRATCH_MAX);
    enum gr_status status = array ? json_stream(source, &visitor, err)
                                  : json_lines_read(source, emit, on_record, &json, err);
    if (status == GR_OK && array)
        status = emit_flush(emit, err);
    strbuf_deinit(&json.scratch);
    strbuf_deinit(&json.path);
    return status;
}

static enum gr_status gcp_read(struct ingest_source *source, const struct ingest_options *options,
                               struct batch_texts *texts, const struct ingest_sink *sink,
                               struct ingest_file_facts *facts, struct gr_err *err)
{
    struct gcp_row *row = gr_alloc_zeroed(1, sizeof *row);
    struct emit emit;
    char first = first_character(source_head(source).bytes);
    emit_init(&emit, sink, texts, facts);
    snprintf(facts->version, sizeof facts->version, "%s",
             first == '{'   ? "json lines"
             : first == '[' ? "json"
                            : "csv");
    enum gr_status status = first == '{' || first == '['
                                ? read_json(source, &emit, row, first == '[', err)
                                : read_csv(source, options, &emit, row, err);
    emit_deinit(&emit);
    if (row->json)
        gcp_row_deinit(row);
    free(row);
    return status;
}

static void gcp_describe(struct strbuf *out)
{
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    for (size_t i = 0; i < gcp_name_count; i++)
        bill_name_describe(out, gcp_names[i].path,
                           gcp_names[i].extra ? gcp_names[i].extra
                                              : defs[gcp_names[i].column].name);
    strbuf_append_cstr(out, "BilledCost and EffectiveCost are cost plus credits (x_CreditAmount is "
                            "their sum);\nContractedCost is the cost before credits. The billing "
                            "period is invoice.month.\n");
}

const struct bill_format format_gcp = {
    .name = "gcp",
    .what = "Google Cloud billing export: JSON lines, JSON array or flattened CSV",
    .oracle = "libcsv",
    .sniff = gcp_sniff,
    .describe = gcp_describe,
    .read = gcp_read,
};
