/* Cells as text; see format.h. */
#include "render/format.h"

#include <math.h>

enum { RATIO_MACHINE_DECIMALS = 6, RATIO_EXACT_MORE_DECIMALS = 4 };

/* A ratio is analysis, not money: it may be NaN or beyond what a decimal holds. */
static bool decimal_of_real(double real, unsigned decimals, struct decimal *out)
{
    struct gr_err ignored = {0};
    return isfinite(real) && decimal_from_double(real, (uint8_t)decimals, out, &ignored) == GR_OK;
}

static bool is_finite_or_no_ratio(const struct report_cell *cell)
{
    struct decimal unused;
    return cell->kind != CELL_RATIO ||
           decimal_of_real(cell->real * 100, RATIO_MACHINE_DECIMALS, &unused);
}

bool format_is_number(const struct report_cell *cell)
{
    switch (cell->kind) {
    case CELL_MONEY:
    case CELL_DECIMAL:
    case CELL_COUNT:
        return true;
    case CELL_RATIO:
        return is_finite_or_no_ratio(cell);
    default:
        return false;
    }
}

static bool is_above_zero(const struct report_cell *cell)
{
    switch (cell->kind) {
    case CELL_MONEY:
    case CELL_DECIMAL:
        return decimal_sign(cell->amount) > 0;
    case CELL_COUNT:
        return cell->count > 0;
    case CELL_RATIO:
        return cell->real > 0;
    default:
        return false;
    }
}

/* Decimals shown: the column's or the currency's; every digit where that is more and `exact`. */
static unsigned decimals_shown(const struct report_cell *cell, const struct report_column *column,
                               bool exact)
{
    unsigned decimals = column ? column->decimals : 2;
    if (cell->kind == CELL_MONEY)
        decimals = currency_minor_digits(cell->currency);
    unsigned scale = decimal_normal(cell->amount).scale;
    return exact && scale > decimals ? scale : decimals;
}

static void append_ratio(const struct report_cell *cell, const struct report_column *column,
                         bool exact, struct strbuf *out)
{
    unsigned decimals = column ? column->decimals : 1;
    if (exact)
        decimals += RATIO_EXACT_MORE_DECIMALS;
    struct decimal percent;
    if (decimal_of_real(cell->real * 100, decimals, &percent)) {
        decimal_format_fixed(percent, decimals, ',', out);
        strbuf_append_char(out, '%');
    }
}

static void append_day(struct day day, struct strbuf *out)
{
    char text[11];
    day_format(day, text);
    strbuf_append_cstr(out, text);
}

static void append_named(const struct report_cell *cell, struct strbuf *out)
{
    strbuf_append(out, cell->name.len ? cell->name : cell->text);
    if (!cell->name.len)
        return;
    strbuf_append_cstr(out, " (");
    strbuf_append(out, cell->text);
    strbuf_append_char(out, ')');
}

static void append_for_people(const struct report_cell *cell, const struct report_column *column,
                              bool exact, struct strbuf *out)
{
    if (cell->kind == CELL_NONE)
        return;
    if (cell->kind == CELL_NA || !is_finite_or_no_ratio(cell)) {
        strbuf_append_cstr(out, "n/a");
        return;
    }
    if (cell->estimated)
        strbuf_append_char(out, '~');
    if (column && column->signed_change && is_above_zero(cell))
        strbuf_append_char(out, '+');
    switch (cell->kind) {
    case CELL_TEXT:
        append_named(cell, out);
        break;
    case CELL_MONEY:
    case CELL_DECIMAL:
        decimal_format_fixed(cell->amount, decimals_shown(cell, column, exact), ',', out);
        break;
    case CELL_COUNT:
        decimal_format_fixed(decimal_from_int(cell->count), 0, ',', out);
        break;
    case CELL_RATIO:
        append_ratio(cell, column, exact, out);
        break;
    case CELL_DAY:
        append_day(cell->day, out);
        break;
    case CELL_NONE:
    case CELL_NA:
        break;
    }
}

void format_for_people(const struct report_cell *cell, const struct report_column *column,
                       struct strbuf *out)
{
    append_for_people(cell, column, false, out);
}

void format_for_people_exact(const struct report_cell *cell, const struct report_column *column,
                             struct strbuf *out)
{
    append_for_people(cell, column, true, out);
}

void format_figure(const struct report_cell *cell, struct strbuf *out)
{
    append_for_people(cell, NULL, false, out);
    if (cell->kind == CELL_MONEY && cell->currency.len) {
        strbuf_append_char(out, ' ');
        strbuf_append(out, cell->currency);
    }
}

void format_for_machines(const struct report_cell *cell, struct strbuf *out)
{
    struct decimal ratio;
    switch (cell->kind) {
    case CELL_TEXT:
        strbuf_append(out, cell->text);
        break;
    case CELL_MONEY:
        decimal_format(cell->amount, 2, out);
        break;
    case CELL_DECIMAL:
        decimal_format(cell->amount, 0, out);
        break;
    case CELL_COUNT:
        decimal_format(decimal_from_int(cell->count), 0, out);
        break;
    case CELL_RATIO:
        if (decimal_of_real(cell->real, RATIO_MACHINE_DECIMALS, &ratio))
            decimal_format(ratio, RATIO_MACHINE_DECIMALS, out);
        break;
    case CELL_DAY:
        append_day(cell->day, out);
        break;
    case CELL_NONE:
    case CELL_NA:
        break;
    }
}

bool format_is_right_aligned(const struct report_column *column)
{
    if (column->align != ALIGN_AUTO)
        return column->align == ALIGN_RIGHT;
    return column->kind == CELL_MONEY || column->kind == CELL_DECIMAL ||
           column->kind == CELL_COUNT || column->kind == CELL_RATIO;
}

struct str format_column_title(const struct report_column *column)
{
    return column->title.len ? column->title : column->id;
}

void format_rows_not_shown(const struct report_table *table, struct strbuf *out)
{
    decimal_format_fixed(decimal_from_int((int64_t)table->rows_not_shown), 0, ',', out);
    strbuf_append_cstr(out, table->rows_not_shown == 1 ? " more row is not shown"
                                                       : " more rows are not shown");
}
