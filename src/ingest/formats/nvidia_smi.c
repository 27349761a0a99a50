/* nvidia-smi --query-gpu=... --format=csv[,nounits]: plain captures and whole capture sessions.
 *
 * Registered in ../detect.c. Cells are split by comma and blank, nothing is quoted; columns are
 * found by name, because drivers change them; the header says units ("memory.used [MiB]"). What a
 * GPU does not report is absent, never 0. A session is a text of many commands under "# $
 * nvidia-smi ..." lines; only its --query-gpu parts are samples. Times are local without a zone:
 * options say which.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/emit.h"
#include "ingest/formats/formats.h"
#include "ingest/lines.h"
#include "ingest/moments.h"
#include "ingest/secrets.h"

enum { CELLS_MAX = 1024, SNIFF_LINES_MAX = 4096 };

enum smi_kind { SMI_TEXT, SMI_NUMBER, SMI_TIME };

struct smi_column {
    const char *name; /* without unit */
    int column;
    enum smi_kind kind;
    const char *unit; /* of the cells, NULL: none */
};

static const struct smi_column known_columns[] = {
    {"timestamp",          METRIC_Timestamp,         SMI_TIME,   NULL },
    {"uuid",               METRIC_GpuUuid,           SMI_TEXT,   NULL },
    {"gpu_uuid",           METRIC_GpuUuid,           SMI_TEXT,   NULL },
    {"index",              METRIC_GpuIndex,          SMI_TEXT,   NULL },
    {"name",               METRIC_GpuName,           SMI_TEXT,   NULL },
    {"gpu_name",           METRIC_GpuName,           SMI_TEXT,   NULL },
    {"utilization.gpu",    METRIC_GpuUtilization,    SMI_NUMBER, "%"  },
    {"utilization.memory", METRIC_MemoryUtilization, SMI_NUMBER, "%"  },
    {"memory.used",        METRIC_MemoryUsed,        SMI_NUMBER, "MiB"},
    {"memory.total",       METRIC_MemoryTotal,       SMI_NUMBER, "MiB"},
    {"power.draw",         METRIC_PowerDraw,         SMI_NUMBER, "W"  },
    {"temperature.gpu",    METRIC_Temperature,       SMI_NUMBER, NULL },
};
enum { KNOWN_COUNT = sizeof known_columns / sizeof known_columns[0] };

/* A column of the capture; known NULL: kept as an extra text column. */
struct smi_plan {
    const struct smi_column *known;
    size_t column;
    bool dropped;
};

struct smi_reader {
    struct lines lines;
    struct emit emit;
    const struct zone *zone;
    struct str instance;
    struct str cells[CELLS_MAX];
    size_t cell_count;
    struct smi_plan plan[CELLS_MAX];
    size_t plan_count; /* 0: no header in force */
    bool in_session;   /* "# $ nvidia-smi" lines were seen */
    bool in_query;     /* the last of them was a --query-gpu */
    bool any_header;
};

/* ---- lines ---- */

/* Cuts at commas and trims; false when there are too many cells. */
static bool split(struct str line, struct str cells[CELLS_MAX], size_t *count)
{
    *count = 0;
    struct str rest = line;
    while (rest.ptr) {
        if (*count == CELLS_MAX)
            return false;
        cells[(*count)++] = str_trim(str_cut(&rest, ','));
    }
    return true;
}

/* "memory.used [MiB]" -> "memory.used" */
static struct str without_unit(struct str cell)
{
    if (!str_ends(cell, STR("]")))
        return cell;
    for (size_t i = cell.len; i > 1; i--)
        if (cell.ptr[i - 1] == '[')
            return str_trim((struct str){cell.ptr, i - 1});
    return cell;
}

static const struct smi_column *find_known(struct str name)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (str_is(name, known_columns[i].name))
            return &known_columns[i];
    return NULL;
}

/* A header of samples: a measure and something to know the GPU or the time by, and no process. */
static bool is_header(const struct str *cells, size_t count)
{
    bool measures = false, identifies = false;
    for (size_t i = 0; i < count; i++) {
        struct str name = without_unit(cells[i]);
        const struct smi_column *known = find_known(name);
        if (str_is(name, "pid") || str_is(name, "process_name"))
            return false;
        measures |= known && (known->kind == SMI_NUMBER);
        identifies |= known && (known->kind != SMI_NUMBER);
    }
    return measures && identifies;
}

static bool is_command(struct str line)
{
    return str_starts(line, STR("# $ nvidia-smi")) || str_starts(line, STR("$ nvidia-smi"));
}

static int smi_sniff(const struct ingest_head *head)
{
    struct str *cells = gr_alloc(CELLS_MAX * sizeof *cells);
    struct str rest = head->bytes;
    int confidence = 0;
    for (int i = 0; i < SNIFF_LINES_MAX && rest.ptr && confidence == 0; i++) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        size_t count;
        if (is_command(line))
            confidence = 75;
        else if (split(line, cells, &count) && is_header(cells, count))
            confidence = 85;
    }
    free(cells);
    return confidence;
}

/* ---- the header ---- */

static enum gr_status take_header(struct smi_reader *reader, const struct line *line,
                                  struct gr_err *err)
{
    struct batch *batch = emit_row(&reader->emit, DATASET_METRIC);
    bool has_time = false;
    for (size_t i = 0; i < reader->cell_count; i++) {
        struct str name = without_unit(reader->cells[i]);
        struct smi_plan *plan = &reader->plan[i];
        *plan = (struct smi_plan){.known = find_known(name)};
        if (plan->known)
            plan->column = (size_t)plan->known->column;
        else if (name.len == 0 || secret_tag_name(name))
            plan->dropped = true;
        else if (!emit_extra(batch, name, &plan->column))
            return gr_fail(err, GR_EDATA, "line %llu: more than %d different columns",
                           (unsigned long long)line->number, EMIT_EXTRA_COLUMNS_MAX);
        has_time |= plan->known && plan->known->kind == SMI_TIME;
    }
    if (!has_time)
        return gr_fail(err, GR_EDATA, "line %llu: the samples have no timestamp column",
                       (unsigned long long)line->number);
    reader->plan_count = reader->cell_count;
    if (reader->any_header)
        emit_skip(&reader->emit, 1);
    reader->any_header = true;
    return GR_OK;
}

/* ---- samples ---- */

/* Spellings of "not available" (nvidia-smi prints them in brackets, older drivers without). */
static bool is_absent(struct str cell)
{
    static const char *const bare[] = {"N/A", "ERR!", "Not Supported", "Unknown Error"};
    if (cell.len == 0 || (cell.ptr[0] == '[' && cell.ptr[cell.len - 1] == ']'))
        return true;
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++)
        if (str_equal_nocase(cell, str_from(bare[i])))
            return true;
    return false;
}

/* "59 MiB", "59": NULL, or the reason. */
static const char *put_number(struct batch *batch, const struct smi_column *known, struct str cell)
{
    struct str unit = cell;
    struct decimal value;
    struct str number = str_cut(&unit, ' ');
    if (decimal_read(number, &value) != DECIMAL_READ_OK)
        return "is not a number";
    if (unit.ptr && (!known->unit || !str_is(str_trim(unit), known->unit)))
        return "has another unit than is known for this column";
    batch_set_decimal(batch, (size_t)known->column, batch->rows, value);
    return NULL;
}

static const char *put_cell(struct smi_reader *reader, struct batch *batch,
                            const struct smi_plan *plan, struct str cell)
{
    int64_t local;
    if (plan->dropped || is_absent(cell))
        return NULL;
    if (!plan->known || plan->known->kind == SMI_TEXT) {
        batch_set_text(batch, plan->column, batch->rows, cell);
        return NULL;
    }
    if (plan->known->kind == SMI_NUMBER)
        return put_number(batch, plan->known, cell);
    if (!moment_read_slashed(cell, &local) && !moment_read(cell, &local))
        return "is not a date and time";
    batch_set_moment(batch, METRIC_Timestamp, batch->rows,
                     zone_moment_of_local(reader->zone, local));
    return NULL;
}

static enum gr_status take_sample(struct smi_reader *reader, const struct line *line,
                                  struct gr_err *err)
{
    struct ingest_reject reject = {
        .line = line->number, .byte_offset = line->byte_offset, .raw = line->text};
    if (reader->cell_count != reader->plan_count) {
        reject.reason = STR("has another number of cells than the header");
        return emit_reject(&reader->emit, reject, err);
    }
    struct batch *batch = emit_row(&reader->emit, DATASET_METRIC);
    const char *reason = NULL;
    for (size_t i = 0; i < reader->cell_count && !reason; i++) {
        reason = put_cell(reader, batch, &reader->plan[i], reader->cells[i]);
        if (reason) {
            reject.column = str_from(reader->plan[i].known->name);
            reject.value = reader->cells[i];
        }
    }
    if (!reason && batch_moment(batch, METRIC_Timestamp, batch->rows) == MOMENT_NONE) {
        reason = "timestamp is absent";
        reject.column = STR("timestamp");
    }
    if (reason) {
        emit_undo(&reader->emit, DATASET_METRIC);
        reject.reason = str_from(reason);
        return emit_reject(&reader->emit, reject, err);
    }
    if (reader->instance.len > 0)
        batch_set_text(batch, METRIC_InstanceId, batch->rows, reader->instance);
    return emit_done(&reader->emit, DATASET_METRIC, line->number, err);
}

static enum gr_status take_line(struct smi_reader *reader, const struct line *line,
                                struct gr_err *err)
{
    struct str text = str_trim(line->text);
    if (!line->fault && is_command(text)) {
        reader->in_session = true;
        reader->in_query = memmem(text.ptr, text.len, "--query-gpu=", 12) != NULL;
        reader->plan_count = 0;
    }
    bool samples = reader->in_session ? reader->in_query : true;
    if (line->fault && samples && reader->plan_count > 0) {
        struct ingest_reject reject = {.line = line->number,
                                       .byte_offset = line->byte_offset,
                                       .reason = str_from(line->fault),
                                       .raw = line->text};
        return emit_reject(&reader->emit, reject, err);
    }
    if (line->fault || !samples || text.len == 0 || text.ptr[0] == '#' ||
        !split(text, reader->cells, &reader->cell_count)) {
        emit_skip(&reader->emit, 1);
        return GR_OK;
    }
    if (is_header(reader->cells, reader->cell_count))
        return take_header(reader, line, err);
    if (reader->plan_count > 0)
        return take_sample(reader, line, err);
    emit_skip(&reader->emit, 1);
    return GR_OK;
}

static enum gr_status take_lines(struct smi_reader *reader, struct gr_err *err)
{
    for (;;) {
        struct line line;
        bool more;
        GR_TRY(lines_next(&reader->lines, &line, &more, err));
        if (!more)
            break;
        GR_TRY(take_line(reader, &line, err));
    }
    if (!reader->any_header)
        return gr_fail(err, GR_EDATA,
                       "has no samples: no header of nvidia-smi --query-gpu --format=csv");
    return emit_flush(&reader->emit, err);
}

/* "captures/gpu-host-7.csv.gz" -> "gpu-host-7" */
static struct str base_name(const char *path)
{
    static const char *const endings[] = {".gz", ".csv", ".txt", ".log"};
    const char *slash = strrchr(path, '/');
    struct str name = str_from(slash ? slash + 1 : path);
    if (str_is(name, "-"))
        return STR_NONE;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (str_ends(name, str_from(endings[i])) && name.len > strlen(endings[i]))
            name.len -= strlen(endings[i]);
    return name;
}

static enum gr_status smi_read(struct ingest_source *source, const struct ingest_options *options,
                               struct batch_texts *texts, const struct ingest_sink *sink,
                               struct ingest_file_facts *facts, struct gr_err *err)
{
    struct smi_reader *reader = gr_alloc_zeroed(1, sizeof *reader);
    reader->zone = options->zone;
    reader->instance =
        options->instance ? str_from(options->instance) : base_name(source_name(source));
    lines_init(&reader->lines, source);
    emit_init(&reader->emit, sink, texts, facts);
    enum gr_status status = take_lines(reader, err);
    emit_deinit(&reader->emit);
    lines_deinit(&reader->lines);
    free(reader);
    return status;
}

const struct bill_format format_nvidia_smi = {
    .name = "nvidia-smi",
    .what = "nvidia-smi --query-gpu --format=csv: captures and capture sessions",
    .sniff = smi_sniff,
    .read = smi_read,
};
