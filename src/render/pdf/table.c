/* Tables: measured columns, a header that is repeated on each page, amounts to the right, shares
 * with bars, totals that never stand alone on a page.
 *
 * Figures are never cut: text columns give way, then the type gets smaller, then columns that may
 * be left out are, and a line below says so.
 */
#include <math.h>

#include "render/format.h"
#include "render/pdf/pdf_internal.h"
#include "render/walk.h"

static const double CELL_PAD = 4, BAR_WIDTH = 46, TEXT_WIDTH_MIN = 64;
static const double FONT_SIZES[] = {8, 7.5, 7, 6.5, 6};
enum { FONT_SIZE_COUNT = 5, HEADER_LINES_MAX = 3, BODY_ROWS_MAX = 1000, TAGGED_ROWS_MAX = 5000 };

struct grid_column {
    const struct report_column *column;
    size_t index; /* in the table */
    bool is_text; /* may be cut */
    bool right;
    double natural, width, x;
    double share_max; /* share bars are drawn against the largest share */
    struct str *header;
    size_t header_lines;
};

struct grid {
    struct flow *flow;
    const struct report_table *table;
    struct grid_column *columns;
    size_t column_count;
    struct strbuf left_out; /* titles of columns there was no room for */
    struct str *texts;      /* row_count x table->column_count */
    struct text_font font, bold;
    bool wrap_headers; /* headings may take several lines */
    double row_height, header_height;
    struct tag *tag, *body;
    /* A table beyond TAGGED_ROWS_MAX is one paragraph a page to a screen reader: a tag for each
     * cell would make ten times the file, and nobody listens to that many rows. */
    bool plain;
};

static void grid_mark(struct grid *grid, struct tag *tag, const char *kind)
{
    if (!grid->plain)
        canvas_mark(grid->flow->canvas, tag, kind);
}

static void grid_mark_end(struct grid *grid)
{
    if (!grid->plain)
        canvas_mark_end(grid->flow->canvas);
}

/* ---- cells ---- */

/* The minus of a figure as U+2212: as wide as a plus, and not broken at line ends. */
static struct str figure_text(struct arena *arena, struct str text)
{
    for (size_t i = 0; i < text.len && i < 2; i++)
        if (text.ptr[i] == '-')
            return arena_printf(arena, "%.*s\xE2\x88\x92%.*s", (int)i, text.ptr,
                                (int)(text.len - i - 1), text.ptr + i + 1);
    return text;
}

static void format_cells(struct grid *grid)
{
    const struct report_table *table = grid->table;
    struct arena *arena = grid->flow->arena;
    grid->texts =
        arena_alloc_zeroed(arena, table->row_count * table->column_count + 1, sizeof *grid->texts);
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    for (size_t r = 0; r < table->row_count; r++)
        for (size_t c = 0; c < table->column_count; c++) {
            const struct report_cell *cell = &table->rows[r].cells[c];
            strbuf_clear(&text);
            format_for_people(cell, &table->columns[c], &text);
            struct str copy = arena_str(arena, strbuf_str(&text));
            bool number = cell->kind != CELL_TEXT && cell->kind != CELL_DAY;
            grid->texts[r * table->column_count + c] =
                number && copy.len ? figure_text(arena, copy) : copy;
        }
    strbuf_deinit(&text);
}

static struct text_font row_font(const struct grid *grid, const struct report_row *row)
{
    return row->kind == ROW_TOTAL ? grid->bold : grid->font;
}

static struct str cell_text(const struct grid *grid, size_t row, const struct grid_column *column)
{
    return grid->texts[row * grid->table->column_count + column->index];
}

/* ---- widths ---- */

static double longest_word(struct grid *grid, struct str text)
{
    double widest = 0;
    for (struct str rest = text; rest.ptr;) {
        struct str word = str_cut(&rest, ' ');
        widest =
            fmax(widest, canvas_text_width(grid->flow->canvas, FACE_BOLD, grid->bold.size, word));
    }
    return widest;
}

static void measure_column(struct grid *grid, struct grid_column *column)
{
    struct canvas *canvas = grid->flow->canvas;
    double widest = 0;
    for (size_t r = 0; r < grid->table->row_count; r++) {
        struct text_font font = row_font(grid, &grid->table->rows[r]);
        widest = fmax(widest,
                      canvas_text_width(canvas, font.face, font.size, cell_text(grid, r, column)));
    }
    if (column->column->share_bar)
        widest += BAR_WIDTH + 4;
    struct str title = format_column_title(column->column);
    double header = grid->wrap_headers
                        ? longest_word(grid, title)
                        : canvas_text_width(canvas, FACE_BOLD, grid->bold.size, title);
    column->natural = fmax(widest, column->is_text ? fmin(header, 120) : header) + 2 * CELL_PAD;
}

/* Width without which the table can't be read: figures whole, texts a little. */
static double least_width(struct grid *grid)
{
    double width = 0;
    for (size_t i = 0; i < grid->column_count; i++) {
        const struct grid_column *column = &grid->columns[i];
        width += column->is_text ? fmin(column->natural, TEXT_WIDTH_MIN) : column->natural;
    }
    return width;
}

/* The first that lets all columns in: headings on one line, wrapped, then smaller and smaller type.
 */
static void choose_size(struct grid *grid)
{
    for (size_t i = 0; i <= FONT_SIZE_COUNT; i++) {
        double size = FONT_SIZES[i ? i - 1 : 0];
        grid->wrap_headers = i > 0;
        grid->font = (struct text_font){FACE_REGULAR, size};
        grid->bold = (struct text_font){FACE_BOLD, size};
        for (size_t c = 0; c < grid->column_count; c++)
            measure_column(grid, &grid->columns[c]);
        if (least_width(grid) <= BODY_WIDTH)
            break;
    }
    grid->row_height = grid->font.size + 5;
}

static void leave_out(struct grid *grid, size_t at)
{
    if (grid->left_out.len)
        strbuf_append_cstr(&grid->left_out, ", ");
    strbuf_append(&grid->left_out, format_column_title(grid->columns[at].column));
    for (size_t i = at; i + 1 < grid->column_count; i++)
        grid->columns[i] = grid->columns[i + 1];
    grid->column_count--;
}

/* Optional columns go first, from the right; then others, but never the first one. */
static void drop_columns(struct grid *grid)
{
    while (least_width(grid) > BODY_WIDTH && grid->column_count > 1) {
        size_t victim = grid->column_count - 1;
        for (size_t i = grid->column_count; i-- > 1;)
            if (grid->columns[i].column->optional) {
                victim = i;
                break;
            }
        leave_out(grid, victim);
    }
}

/* Text columns share what the figures leave: all are cut at the same width. */
static void share_width(struct grid *grid)
{
    double figures = 0, texts = 0;
    size_t text_count = 0;
    for (size_t i = 0; i < grid->column_count; i++) {
        *(grid->columns[i].is_text ? &texts : &figures) += grid->columns[i].natural;
        text_count += grid->columns[i].is_text;
    }
    double cut = INFINITY, room = BODY_WIDTH - figures;
    if (texts > room && text_count) {
        double low = 0, high = BODY_WIDTH;
        for (int step = 0; step < 40; step++) {
            cut = (low + high) / 2;
            double sum = 0;
            for (size_t i = 0; i < grid->column_count; i++)
                if (grid->columns[i].is_text)
                    sum += fmin(grid->columns[i].natural, cut);
            *(sum > room ? &high : &low) = cut;
        }
        cut = low;
    }
    double extra = fmax(BODY_WIDTH - figures - texts, 0) / (double)grid->column_count;
    double x = MARGIN_LEFT;
    for (size_t i = 0; i < grid->column_count; i++) {
        struct grid_column *column = &grid->columns[i];
        column->width = (column->is_text ? fmin(column->natural, cut) : column->natural) + extra;
        column->x = x;
        x += column->width;
    }
}

static void wrap_headers(struct grid *grid)
{
    size_t lines = 1;
    for (size_t i = 0; i < grid->column_count; i++) {
        struct grid_column *column = &grid->columns[i];
        column->header = text_wrap(grid->flow->arena, grid->flow->canvas, grid->bold,
                                   format_column_title(column->column),
                                   column->width - 2 * CELL_PAD + 0.01, &column->header_lines);
        if (column->header_lines > HEADER_LINES_MAX)
            column->header_lines = HEADER_LINES_MAX;
        if (column->header_lines > lines)
            lines = column->header_lines;
    }
    grid->header_height = (double)lines * (grid->bold.size + 2) + 5;
}

static void grid_lay_out(struct grid *grid)
{
    const struct report_table *table = grid->table;
    grid->columns =
        arena_alloc_zeroed(grid->flow->arena, table->column_count + 1, sizeof *grid->columns);
    format_cells(grid);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!walk_column_for_people(&table->columns[c]))
            continue;
        struct grid_column *column = &grid->columns[grid->column_count++];
        column->column = &table->columns[c];
        column->index = c;
        column->is_text = table->columns[c].kind == CELL_TEXT;
        column->right = format_is_right_aligned(&table->columns[c]);
        for (size_t r = 0; r < table->row_count; r++)
            if (table->rows[r].kind != ROW_TOTAL && table->rows[r].cells[c].kind == CELL_RATIO &&
                isfinite(table->rows[r].cells[c].real))
                column->share_max = fmax(column->share_max, table->rows[r].cells[c].real);
    }
    if (!grid->column_count)
        return;
    choose_size(grid);
    drop_columns(grid);
    share_width(grid);
    wrap_headers(grid);
}

/* ---- drawing ---- */

static void draw_cell_text(struct grid *grid, const struct grid_column *column,
                           struct text_font font, double y, uint32_t rgb, struct str text)
{
    struct canvas *canvas = grid->flow->canvas;
    struct str shown =
        text_fit(grid->flow->arena, canvas, font, text, column->width - 2 * CELL_PAD + 0.01);
    if (column->right)
        text_right(canvas, font, column->x + column->width - CELL_PAD, y, rgb, shown);
    else
        canvas_text(canvas, font.face, font.size, column->x + CELL_PAD, y, rgb, shown);
}

static void header_texts(struct grid *grid, struct tag *row)
{
    struct flow *flow = grid->flow;
    struct canvas *canvas = flow->canvas;
    for (size_t i = 0; i < grid->column_count; i++) {
        struct grid_column *column = &grid->columns[i];
        if (row) {
            struct tag *tag = canvas_tag(canvas, row, "TH");
            canvas_tag_column_header(canvas, tag);
            canvas_mark(canvas, tag, "TH");
        }
        /* short headings stand at the bottom of the band, next to their figures */
        double y = flow->y + grid->header_height - 4.5 -
                   (double)(column->header_lines - 1) * (grid->bold.size + 2);
        for (size_t line = 0; line < column->header_lines; line++)
            draw_cell_text(grid, column, grid->bold, y + (double)line * (grid->bold.size + 2),
                           flow->theme->ink, column->header[line]);
        if (row)
            canvas_mark_end(canvas);
    }
}

/* The first header is content, its repetitions on later pages are decoration. */
static void draw_header(struct grid *grid, bool first)
{
    struct flow *flow = grid->flow;
    struct canvas *canvas = flow->canvas;
    canvas_mark(canvas, NULL, NULL);
    canvas_fill_rect(canvas, MARGIN_LEFT, flow->y, BODY_WIDTH, grid->header_height,
                     flow->theme->header);
    canvas_line(canvas, MARGIN_LEFT, flow->y + grid->header_height, MARGIN_LEFT + BODY_WIDTH,
                flow->y + grid->header_height, 0.8, flow->theme->accent);
    if (!first)
        header_texts(grid, NULL);
    canvas_mark_end(canvas);
    if (first) {
        struct tag *head = canvas_tag(canvas, grid->tag, "THead");
        header_texts(grid, canvas_tag(canvas, head, "TR"));
    }
    flow->y += grid->header_height;
}

static void draw_share_bar(struct grid *grid, const struct grid_column *column,
                           const struct report_cell *cell, double y)
{
    if (!column->column->share_bar || cell->kind != CELL_RATIO || !(cell->real > 0) ||
        !(column->share_max > 0))
        return;
    double share = fmin(cell->real / column->share_max, 1);
    canvas_fill_rect(grid->flow->canvas, column->x + CELL_PAD, y + 3.2, BAR_WIDTH * share,
                     grid->row_height - 6.4, grid->flow->theme->series[1]);
}

static void draw_row_ground(struct grid *grid, const struct report_row *row)
{
    struct flow *flow = grid->flow;
    double bottom = flow->y + grid->row_height;
    grid_mark(grid, NULL, NULL);
    if (row->kind == ROW_TOTAL) {
        canvas_fill_rect(flow->canvas, MARGIN_LEFT, flow->y, BODY_WIDTH, grid->row_height,
                         flow->theme->zebra);
        canvas_line(flow->canvas, MARGIN_LEFT, flow->y, MARGIN_LEFT + BODY_WIDTH, flow->y, 0.8,
                    flow->theme->ink_soft);
    } else {
        canvas_line(flow->canvas, MARGIN_LEFT, bottom, MARGIN_LEFT + BODY_WIDTH, bottom, 0.3,
                    flow->theme->rule);
        for (size_t i = 0; i < grid->column_count; i++)
            draw_share_bar(grid, &grid->columns[i], &row->cells[grid->columns[i].index], flow->y);
    }
    grid_mark_end(grid);
}

static void draw_row(struct grid *grid, size_t index)
{
    struct flow *flow = grid->flow;
    const struct report_row *row = &grid->table->rows[index];
    struct text_font font = row_font(grid, row);
    uint32_t rgb = row->kind == ROW_OTHER || row->kind == ROW_ROUNDING ? flow->theme->ink_soft
                                                                       : flow->theme->ink;
    draw_row_ground(grid, row);
    if (index % BODY_ROWS_MAX == 0 && !grid->plain) /* libharu's lists end at 32,767 entries */
        grid->body = canvas_tag(flow->canvas, grid->tag, "TBody");
    struct tag *tag = grid->plain ? NULL : canvas_tag(flow->canvas, grid->body, "TR");
    double y = flow->y + grid->row_height - 4;
    for (size_t i = 0; i < grid->column_count; i++) {
        struct tag *cell = grid->plain ? NULL : canvas_tag(flow->canvas, tag, "TD");
        struct str text = cell_text(grid, index, &grid->columns[i]);
        if (!text.len)
            continue;
        grid_mark(grid, cell, "TD");
        draw_cell_text(grid, &grid->columns[i], font, y, rgb, text);
        grid_mark_end(grid);
    }
    flow->y += grid->row_height;
}

/* The last row of data takes the totals along. */
static size_t rows_kept_together(const struct report_table *table, size_t index)
{
    size_t together = 1;
    while (index + together < table->row_count && table->rows[index + together].kind == ROW_TOTAL)
        together++;
    return together;
}

/* In a plain table the rows of a page are the content of one paragraph. */
static void plain_begin(struct grid *grid)
{
    struct canvas *canvas = grid->flow->canvas;
    if (grid->plain)
        canvas_mark(canvas, canvas_tag(canvas, grid->flow->section_tag, "P"), "P");
}

static void plain_end(struct grid *grid)
{
    if (grid->plain)
        canvas_mark_end(grid->flow->canvas);
}

static void draw_rows(struct grid *grid)
{
    struct flow *flow = grid->flow;
    draw_header(grid, !grid->plain);
    plain_begin(grid);
    for (size_t r = 0; r < grid->table->row_count; r++) {
        double needed = grid->row_height * (double)rows_kept_together(grid->table, r);
        if (flow->y + needed > BODY_BOTTOM && flow->y > BODY_TOP + grid->header_height + 1) {
            plain_end(grid);
            page_new(flow);
            draw_header(grid, false);
            plain_begin(grid);
        }
        draw_row(grid, r);
    }
    plain_end(grid);
}

static void small_print(struct flow *flow, struct str text)
{
    static const struct text_font font = {FACE_REGULAR, 7.5};
    page_room(flow, 11);
    flow->y += 11;
    struct tag *tag = canvas_tag(flow->canvas, flow->section_tag, "P");
    canvas_mark(flow->canvas, tag, "P");
    canvas_text(flow->canvas, font.face, font.size, MARGIN_LEFT + CELL_PAD, flow->y - 1,
                flow->theme->ink_soft,
                text_fit(flow->arena, flow->canvas, font, text, BODY_WIDTH - 2 * CELL_PAD));
    canvas_mark_end(flow->canvas);
}

static void draw_remarks(struct grid *grid)
{
    struct flow *flow = grid->flow;
    const struct report_table *table = grid->table;
    if (!table->row_count)
        small_print(flow, table->empty_text.len ? table->empty_text : STR("Nothing to show."));
    if (table->rows_not_shown)
        small_print(
            flow, arena_printf(flow->arena, "%zu more rows are not shown.", table->rows_not_shown));
    if (grid->left_out.len)
        small_print(flow, arena_printf(flow->arena, "No room on the page for: %.*s.",
                                       STR_ARG(strbuf_str(&grid->left_out))));
}

double table_first_height(const struct report_table *table)
{
    /* a header of two lines and three rows, or the text that there are none */
    return table->row_count ? 25 + 3 * 13 : 14;
}

void table_draw(struct flow *flow, const struct report_table *table)
{
    struct grid grid = {.flow = flow, .table = table};
    strbuf_init(&grid.left_out, 1 << 16);
    grid_lay_out(&grid);
    page_room(flow, layout_caption_height(flow, table->title) + table_first_height(table));
    layout_caption(flow, flow->section_tag, table->title);
    if (table->row_count && grid.column_count) {
        grid.plain = table->row_count > TAGGED_ROWS_MAX;
        if (!grid.plain)
            grid.tag = canvas_tag(flow->canvas, flow->section_tag, "Table");
        draw_rows(&grid);
    }
    draw_remarks(&grid);
    flow->y += 14;
    strbuf_deinit(&grid.left_out);
}
