/* CSV (RFC 4180, LF) and TSV: a document's tables for other programs, every digit, totals left out.
 *
 * One table: exactly that table. Several: each headed by "# id: title", a blank line between, or
 * one file each (render_csv_folder). Text that a spreadsheet would run as a formula gets a leading
 * ' unless csv_raw is set; quoting alone would not help (CWE-1236).
 */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "render/format.h"
#include "render/renderer.h"
#include "render/utf8.h"
#include "render/walk.h"

struct dialect {
    bool tabs;       /* TSV: \t, \n, \r and \\ escaped, never quoted */
    bool raw;        /* no ' before formulas */
    const char *eol; /* line end */
    struct strbuf field;
    struct strbuf clean;
    struct strbuf line;
};

static void dialect_init(struct dialect *dialect, const struct render_options *options, bool tabs)
{
    *dialect = (struct dialect){
        .tabs = tabs, .raw = options->csv_raw, .eol = options->csv_crlf ? "\r\n" : "\n"};
    strbuf_init(&dialect->field, STRBUF_CEILING);
    strbuf_init(&dialect->clean, STRBUF_CEILING);
    strbuf_init(&dialect->line, STRBUF_CEILING);
}

static void dialect_deinit(struct dialect *dialect)
{
    strbuf_deinit(&dialect->field);
    strbuf_deinit(&dialect->clean);
    strbuf_deinit(&dialect->line);
}

/* [+-]digits[.digits]: a spreadsheet reads it as a number, so it needs no guard. */
static bool is_plain_number(struct str text)
{
    size_t i = text.len && (text.ptr[0] == '+' || text.ptr[0] == '-');
    size_t digits = 0;
    size_t points = 0;
    for (; i < text.len; i++) {
        if (text.ptr[i] == '.' && digits && !points) {
            points++;
            digits = 0;
        } else if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
            digits++;
        } else {
            return false;
        }
    }
    return digits > 0;
}

static bool looks_like_formula(struct str text)
{
    return text.len && memchr("=+-@\t\r", text.ptr[0], 6) && !is_plain_number(text);
}

/* Line breaks inside a cell take the form of the file's own, so that it holds one kind only. */
static void append_quoted(struct dialect *dialect, struct str text)
{
    struct strbuf *line = &dialect->line;
    strbuf_append_char(line, '"');
    for (size_t i = 0; i < text.len; i++) {
        bool is_break = text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (is_break)
            i++;
        if (text.ptr[i] == '\n' && !dialect->raw) {
            strbuf_append_cstr(line, dialect->eol);
            continue;
        }
        if (is_break)
            strbuf_append_char(line, '\r');
        if (text.ptr[i] == '"')
            strbuf_append_char(line, '"');
        strbuf_append_char(line, text.ptr[i]);
    }
    strbuf_append_char(line, '"');
}

static void append_escaped(struct strbuf *line, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = text.ptr[i] == '\t'   ? "\\t"
                             : text.ptr[i] == '\n' ? "\\n"
                             : text.ptr[i] == '\r' ? "\\r"
                             : text.ptr[i] == '\\' ? "\\\\"
                                                   : NULL;
        if (escape)
            strbuf_append_cstr(line, escape);
        else
            strbuf_append_char(line, text.ptr[i]);
    }
}

/* Appends dialect->field to the line. `alone`: the only field of its line, which must not be blank.
 */
static void append_field(struct dialect *dialect, bool is_text, bool alone)
{
    strbuf_clear(&dialect->clean);
    if (is_text && !dialect->raw && looks_like_formula(strbuf_str(&dialect->field)))
        strbuf_append_char(&dialect->clean, '\'');
    utf8_append_repaired(&dialect->clean, strbuf_str(&dialect->field));
    struct str text = strbuf_str(&dialect->clean);
    bool quote = alone && text.len == 0;
    for (size_t i = 0; i < text.len && !quote; i++)
        quote = memchr("\",\r\n", text.ptr[i], 4) != NULL;
    if (dialect->tabs)
        append_escaped(&dialect->line, text);
    else if (quote)
        append_quoted(dialect, text);
    else
        strbuf_append(&dialect->line, text);
}

static size_t machine_column_count(const struct report_table *table)
{
    size_t count = 0;
    for (size_t c = 0; c < table->column_count; c++)
        count += walk_column_for_machines(&table->columns[c]);
    return count;
}

/* One line: the header when `row` is NULL. */
static enum gr_status write_line(struct dialect *dialect, const struct report_table *table,
                                 const struct report_row *row, FILE *out, struct gr_err *err)
{
    bool alone = machine_column_count(table) == 1;
    bool first = true;
    for (size_t c = 0; c < table->column_count; c++) {
        if (!walk_column_for_machines(&table->columns[c]))
            continue;
        if (!first)
            strbuf_append_char(&dialect->line, dialect->tabs ? '\t' : ',');
        first = false;
        strbuf_clear(&dialect->field);
        if (row)
            format_for_machines(&row->cells[c], &dialect->field);
        else
            strbuf_append(&dialect->field, table->columns[c].id);
        append_field(dialect, !row || row->cells[c].kind == CELL_TEXT, alone);
        if (dialect->field.overflowed || dialect->clean.overflowed)
            dialect->line.overflowed = true;
    }
    strbuf_append_cstr(&dialect->line, dialect->eol);
    return walk_flush(&dialect->line, out, err);
}

static enum gr_status write_table(struct dialect *dialect, const struct report_table *table,
                                  FILE *out, struct gr_err *err)
{
    GR_TRY(write_line(dialect, table, NULL, out, err));
    for (size_t r = 0; r < table->row_count; r++)
        if (walk_row_for_machines(&table->rows[r]))
            GR_TRY(write_line(dialect, table, &table->rows[r], out, err));
    return GR_OK;
}

/* "# id: title", on one line whatever the title holds. */
static enum gr_status write_table_head(struct dialect *dialect, const struct report_table *table,
                                       FILE *out, struct gr_err *err)
{
    strbuf_append_cstr(&dialect->line, "# ");
    utf8_append_repaired(&dialect->line, table->id);
    strbuf_append_cstr(&dialect->line, ": ");
    strbuf_clear(&dialect->clean);
    utf8_append_repaired(&dialect->clean, table->title);
    append_escaped(&dialect->line, strbuf_str(&dialect->clean));
    strbuf_append_cstr(&dialect->line, dialect->eol);
    return walk_flush(&dialect->line, out, err);
}

static void write_bom(const struct render_options *options, FILE *out)
{
    if (options->csv_bom)
        fputs("\xEF\xBB\xBF", out);
}

static enum gr_status write_tables(struct dialect *dialect, const struct report_doc *doc, FILE *out,
                                   struct gr_err *err)
{
    size_t count = walk_shown_table_count(doc);
    if (count == 0)
        return gr_fail(err, GR_ERENDER, "report %.*s has no table to write as text",
                       STR_ARG(doc->id));
    for (size_t n = 0; n < count; n++) {
        const struct report_table *table = walk_shown_table(doc, n);
        if (n > 0)
            fputs(dialect->eol, out);
        if (count > 1)
            GR_TRY(write_table_head(dialect, table, out, err));
        GR_TRY(write_table(dialect, table, out, err));
    }
    return walk_finish(out, err);
}

static enum gr_status render_text(const struct report_doc *doc,
                                  const struct render_options *options, FILE *out, bool tabs,
                                  struct gr_err *err)
{
    struct dialect dialect;
    dialect_init(&dialect, options, tabs);
    write_bom(options, out);
    enum gr_status status = write_tables(&dialect, doc, out, err);
    dialect_deinit(&dialect);
    return status;
}

static enum gr_status render_csv(const struct report_doc *doc, const struct render_options *options,
                                 FILE *out, struct gr_err *err)
{
    return render_text(doc, options, out, false, err);
}

static enum gr_status render_tsv(const struct report_doc *doc, const struct render_options *options,
                                 FILE *out, struct gr_err *err)
{
    return render_text(doc, options, out, true, err);
}

static enum gr_status write_table_file(const struct report_table *table,
                                       const struct render_options *options, const char *path,
                                       struct gr_err *err)
{
    struct file_replace file;
    GR_TRY(file_replace_open(&file, path, err));
    struct dialect dialect;
    dialect_init(&dialect, options, false);
    write_bom(options, file.stream);
    enum gr_status status = write_table(&dialect, table, file.stream, err);
    dialect_deinit(&dialect);
    if (status) {
        file_replace_abandon(&file);
        return status;
    }
    return file_replace_commit(&file, err);
}

/* A table's id is a file name here: snake_case by contract, and nothing else gets through. */
static enum gr_status check_file_name(const struct report_table *table, struct gr_err *err)
{
    bool good = table->id.len > 0 && table->id.len < 200;
    for (size_t i = 0; i < table->id.len && good; i++) {
        char c = table->id.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || (c == '-' && i > 0);
    }
    if (!good)
        return gr_fail(err, GR_ERENDER, "table id \"%.*s\" can't be a file name: use a-z, 0-9, _",
                       STR_ARG(table->id));
    return GR_OK;
}

/* Which CSV files of a folder are this program's: a name a line. A report that has fewer tables
 * than the one before it takes away only what stands here. */
static const char list_name[] = ".gpureport-tables";

static bool has_table(const struct report_doc *doc, struct str id)
{
    const struct report_table *table;
    for (size_t n = 0; (table = walk_shown_table(doc, n)) != NULL; n++)
        if (str_equal(table->id, id))
            return true;
    return false;
}

/* Ids of the list that the document does not have; an odd line is none of ours. */
static struct str next_stale(struct str *rest, const struct report_doc *doc)
{
    while (rest->ptr && rest->len) {
        struct str id = str_trim(str_cut(rest, '\n'));
        struct gr_err ignored = {0};
        struct report_table table = {.id = id};
        if (check_file_name(&table, &ignored) == GR_OK && !has_table(doc, id))
            return id;
    }
    return STR_NONE;
}

static enum gr_status write_list(const struct report_doc *doc, struct str stale, const char *path,
                                 struct gr_err *err)
{
    struct file_replace file;
    GR_TRY(file_replace_open(&file, path, err));
    const struct report_table *table;
    for (size_t n = 0; (table = walk_shown_table(doc, n)) != NULL; n++)
        fprintf(file.stream, "%.*s\n", (int)table->id.len, table->id.ptr);
    for (struct str id; (id = next_stale(&stale, doc)).ptr;)
        fprintf(file.stream, "%.*s\n", (int)id.len, id.ptr);
    return file_replace_commit(&file, err);
}

static enum gr_status remove_stale(const struct report_doc *doc, struct str listed,
                                   const char *folder, struct gr_err *err)
{
    enum gr_status status = GR_OK;
    for (struct str id; !status && (id = next_stale(&listed, doc)).ptr;) {
        struct strbuf path;
        strbuf_init(&path, STRBUF_CEILING);
        strbuf_printf(&path, "%s/%.*s.csv", folder, (int)id.len, id.ptr);
        if (remove(strbuf_cstr(&path)) != 0 && errno != ENOENT)
            status =
                gr_fail(err, GR_ESTORE, "%s: a table of an earlier report can't be removed: %s",
                        strbuf_cstr(&path), strerror(errno));
        strbuf_deinit(&path);
    }
    return status;
}

static enum gr_status write_folder(const struct report_doc *doc,
                                   const struct render_options *options, const char *folder,
                                   const char *list, struct gr_err *err)
{
    struct strbuf before;
    struct gr_err ignored = {0};
    strbuf_init(&before, 1 << 20);
    struct str listed = STR("");
    if (file_read(list, &before, &ignored) == GR_OK && before.len)
        listed = strbuf_str(&before);
    /* Told first, so that a run that is killed leaves nothing that the next one does not know. */
    enum gr_status status = write_list(doc, listed, list, err);
    const struct report_table *table;
    for (size_t n = 0; !status && (table = walk_shown_table(doc, n)) != NULL; n++) {
        struct strbuf path;
        strbuf_init(&path, STRBUF_CEILING);
        strbuf_printf(&path, "%s/%.*s.csv", folder, STR_ARG(table->id));
        status = write_table_file(table, options, strbuf_cstr(&path), err);
        strbuf_deinit(&path);
    }
    if (!status)
        status = remove_stale(doc, listed, folder, err);
    if (!status)
        status = write_list(doc, STR(""), list, err);
    strbuf_deinit(&before);
    return status;
}

enum gr_status render_csv_folder(const struct report_doc *doc, const struct render_options *options,
                                 const char *folder, struct gr_err *err)
{
    const struct report_table *table;
    for (size_t n = 0; (table = walk_shown_table(doc, n)) != NULL; n++)
        GR_TRY(check_file_name(table, err));
    struct strbuf list;
    strbuf_init(&list, STRBUF_CEILING);
    strbuf_printf(&list, "%s/%s", folder, list_name);
    enum gr_status status = write_folder(doc, options, folder, strbuf_cstr(&list), err);
    strbuf_deinit(&list);
    return status;
}

const struct renderer renderer_csv = {.name = "csv",
                                      .suffix = ".csv",
                                      .what = "comma-separated values, every digit",
                                      .render = render_csv};

const struct renderer renderer_tsv = {.name = "tsv",
                                      .suffix = ".tsv",
                                      .what = "tab-separated values, every digit",
                                      .render = render_tsv};
