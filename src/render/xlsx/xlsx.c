/* XLSX: one sheet a table, a summary, native charts; the same bytes for the same document.
 *
 * The library writes to a file name, so the workbook is made in a temporary file and copied.
 * Creation date and every other date come from the document. The library prints numbers with
 * printf, which is right because the program never leaves the C locale for numbers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "render/walk.h"
#include "render/xlsx/workbook.h"

static const char *temp_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

static time_t created_moment(struct day day)
{
    time_t moment = (time_t)(moment_of_day(day) / 1000);
    return moment == 0 ? 1 : moment; /* 0 would ask the library to read the clock */
}

static enum gr_status set_properties(struct xlsx *xlsx)
{
    const struct report_doc *doc = xlsx->doc;
    struct arena *arena = &xlsx->arena;
    struct str author = doc->author.len ? doc->author : STR("gpureport");
    struct str title = doc->title.len ? doc->title : doc->id;
    lxw_doc_properties properties = {
        .title = (char *)(uintptr_t)xlsx_line(arena, title, 250),
        .subject = (char *)(uintptr_t)xlsx_line(arena, doc->subtitle, 250),
        .author = (char *)(uintptr_t)xlsx_line(arena, author, 250),
        .status = (char *)(uintptr_t)xlsx_line(arena, doc->status, 250),
        .created = created_moment(doc->as_of),
    };
    GR_TRY(xlsx_check(xlsx, workbook_set_properties(xlsx->book, &properties), "properties"));
    const struct {
        const char *name;
        struct str value;
    } customs[] = {
        {"Report",   doc->id      },
        {"Snapshot", doc->snapshot}
    };
    for (size_t i = 0; i < sizeof customs / sizeof customs[0]; i++)
        if (customs[i].value.len)
            GR_TRY(xlsx_check(
                xlsx,
                workbook_set_custom_property_string(xlsx->book, customs[i].name,
                                                    xlsx_line(arena, customs[i].value, 250)),
                "properties"));
    return GR_OK;
}

static enum gr_status make_formats(struct xlsx *xlsx)
{
    lxw_format **formats[] = {&xlsx->title, &xlsx->heading, &xlsx->heading_right, &xlsx->wrapped,
                              &xlsx->dim};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        *formats[i] = workbook_add_format(xlsx->book);
        if (!*formats[i])
            return gr_fail(xlsx->err, GR_ERENDER, "workbook: no memory for a format");
    }
    format_set_bold(xlsx->title);
    format_set_font_size(xlsx->title, 16);
    format_set_bold(xlsx->heading);
    format_set_bold(xlsx->heading_right);
    format_set_align(xlsx->heading_right, LXW_ALIGN_RIGHT);
    format_set_text_wrap(xlsx->wrapped);
    format_set_align(xlsx->wrapped, LXW_ALIGN_VERTICAL_TOP);
    format_set_font_color(xlsx->dim, 0x666666);
    return GR_OK;
}

/* A report of one table and nothing beside it but texts opens with that table. */
static bool is_one_table(const struct report_doc *doc)
{
    for (size_t s = 0; s < doc->section_count; s++)
        for (size_t i = 0; i < doc->sections[s].item_count; i++) {
            enum report_item_kind kind = doc->sections[s].items[i].kind;
            if (kind == ITEM_FIGURES || kind == ITEM_CHART)
                return false;
        }
    return walk_shown_table_count(doc) == 1;
}

static enum gr_status add_tables(struct xlsx *xlsx, const char **names)
{
    const struct report_table *table;
    for (size_t n = 0; (table = walk_shown_table(xlsx->doc, n)) != NULL; n++)
        GR_TRY(xlsx_add_table(xlsx, table, &names[n]));
    return GR_OK;
}

static enum gr_status fill_workbook(struct xlsx *xlsx)
{
    size_t table_count = walk_shown_table_count(xlsx->doc);
    const char **names = arena_alloc_zeroed(&xlsx->arena, table_count + 1, sizeof *names);
    bool one_table = is_one_table(xlsx->doc);
    lxw_worksheet *summary = NULL;
    const char *summary_name;
    lxw_row_t row = 0;
    GR_TRY(make_formats(xlsx));
    GR_TRY(set_properties(xlsx));
    if (!one_table)
        GR_TRY(xlsx_add_sheet(xlsx, STR("Summary"), &summary, &summary_name));
    GR_TRY(add_tables(xlsx, names));
    if (one_table)
        GR_TRY(xlsx_add_sheet(xlsx, STR("About"), &summary, &summary_name));
    GR_TRY(xlsx_fill_summary(xlsx, summary, one_table ? NULL : names, &row));
    return xlsx_add_charts(xlsx, summary, row);
}

/* Makes the workbook in the file `path`. */
static enum gr_status make_file(const struct report_doc *doc, const struct render_options *options,
                                const char *path, struct gr_err *err)
{
    struct arena names = ARENA_EMPTY;
    lxw_workbook_options book_options = {
        .tmpdir = (char *)(uintptr_t)arena_str(&names, str_from(temp_folder())).ptr};
    struct xlsx xlsx = {.arena = ARENA_EMPTY, .err = err, .doc = doc, .options = options};
    xlsx.book = workbook_new_opt(path, &book_options);
    enum gr_status status = xlsx.book
                                ? fill_workbook(&xlsx)
                                : gr_fail(err, GR_ERENDER, "workbook: no memory for a workbook");
    if (xlsx.book && status)
        lxw_workbook_free(xlsx.book);
    else if (xlsx.book)
        status = xlsx_check(&xlsx, workbook_close(xlsx.book), "writing it");
    arena_deinit(&xlsx.arena);
    arena_deinit(&names);
    return status;
}

static enum gr_status copy_file(const char *path, FILE *out, struct gr_err *err)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return gr_fail(err, GR_ESTORE, "%s: %s", path, strerror(errno));
    char block[16384];
    size_t len;
    while ((len = fread(block, 1, sizeof block, in)) > 0)
        (void)!fwrite(block, 1, len, out); /* walk_finish tells */
    bool failed = ferror(in) != 0;
    fclose(in);
    if (failed)
        return gr_fail(err, GR_ESTORE, "%s: read error", path);
    return walk_finish(out, err);
}

static enum gr_status render_through(const struct report_doc *doc,
                                     const struct render_options *options, char *path, FILE *out,
                                     struct gr_err *err)
{
    int handle = mkstemps(path, 5);
    if (handle < 0)
        return gr_fail(err, GR_ESTORE, "%s: %s", path, strerror(errno));
    close(handle);
    enum gr_status status = make_file(doc, options, path, err);
    if (!status)
        status = copy_file(path, out, err);
    (void)unlink(path);
    return status;
}

static enum gr_status render_xlsx(const struct report_doc *doc,
                                  const struct render_options *options, FILE *out,
                                  struct gr_err *err)
{
    struct strbuf path;
    strbuf_init(&path, STRBUF_CEILING);
    strbuf_printf(&path, "%s/gpureport-XXXXXX.xlsx", temp_folder());
    (void)strbuf_cstr(&path);
    enum gr_status status = render_through(doc, options, path.ptr, out, err);
    strbuf_deinit(&path);
    return status;
}

const struct renderer renderer_xlsx = {RENDERER_XLSX, .render = render_xlsx};
