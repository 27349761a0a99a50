/* `gpureport rejects [--file F]`: quarantined rows. */
#include "cli/command.h"
#include "cli/session.h"
#include "report/cells.h"

static const struct report_column columns[] = {
    REPORT_COLUMN("delivery", "Delivery", CELL_COUNT),
    REPORT_COLUMN("file", "File", CELL_TEXT),
    REPORT_COLUMN("line", "Line", CELL_COUNT),
    REPORT_COLUMN("column", "Column", CELL_TEXT),
    REPORT_COLUMN("value", "Value", CELL_TEXT),
    REPORT_COLUMN("reason", "Reason", CELL_TEXT),
    REPORT_COLUMN("raw", "Row", CELL_TEXT, .csv_only = true),
};

static enum gr_status rejects_report(const struct options *options, struct arena *arena,
                                     struct session *session, struct gr_err *err)
{
    struct store_reject_list list;
    GR_TRY(store_reject_list(session->store, arena, 0, str_from(options->file), 0, &list, err));
    struct table_builder table =
        table_begin(arena, "rejects", STR(""), columns, sizeof columns / sizeof *columns);
    table.table->empty_text = STR("No quarantined rows.");
    for (size_t i = 0; i < list.count; i++) {
        const struct store_reject *reject = &list.items[i];
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_count(reject->delivery);
        cells[1] = cell_text(reject->path);
        cells[2] = cell_count((int64_t)reject->line);
        cells[3] = cell_text(reject->column);
        cells[4] = cell_text(reject->value);
        cells[5] = cell_text(reject->reason);
        cells[6] = cell_text(reject->raw);
    }
    const struct renderer *renderer;
    GR_TRY(output_renderer(options, &renderer, err));
    struct section_builder section = section_begin(arena, "rejects", STR(""));
    section_table(&section, table.table);
    struct report_doc doc = {.id = STR("rejects"), .title = STR("Quarantined rows")};
    doc.sections = &section.section;
    doc.section_count = 1;
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static enum gr_status rejects_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    struct session session;
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = rejects_report(options, arena, &session, err);
    session_close(&session);
    return status;
}

const struct command command_rejects = {
    .name = "rejects",
    .usage = "[--file F] [OPTIONS]",
    .what = "quarantined rows, with file, line and reason",
    .groups = OPTIONS_COMMON | OPTIONS_OUTPUT | OPTIONS_REJECTS,
    .run = rejects_run,
};
