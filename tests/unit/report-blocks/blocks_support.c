#include "blocks_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fixture_make(void **state)
{
    const char *base = getenv("TMPDIR");
    struct fixture *f = gr_alloc_zeroed(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "%s/gpureport-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/store.db", f->folder);
    must(store_open(f->path, STORE_WRITE, &f->store, &err));
    f->texts = batch_texts_open();
    f->context = (struct report_context){
        .store = f->store,
        .arena = &f->arena,
        .as_of = day_from_ymd(2026, 10, 31),
        .days = {day_from_ymd(2026, 10, 1), day_from_ymd(2026, 11, 1)},
        .period_name = STR("October 2026"),
        .zone_name = STR("UTC"),
        .cost = STR("billed"),
        .filter = STR(""),
    };
    *state = f;
    return 0;
}

int fixture_remove(void **state)
{
    struct fixture *f = *state;
    sql_close(f->sql);
    store_close(f->store);
    batch_texts_close(f->texts);
    arena_deinit(&f->arena);
    DIR *list = opendir(f->folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", f->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (list)
        closedir(list);
    rmdir(f->folder);
    free(f);
    return 0;
}

void fixture_store(struct fixture *f, struct batch *batch, const char *source, const char *period)
{
    struct store_delivery delivery = {.dataset = batch->dataset,
                                      .source = str_from(source),
                                      .period = str_from(period),
                                      .format = STR("focus"),
                                      .ingested = MOMENT_NONE};
    struct store_file file = {.path = STR("/somewhere/secret/bill.csv"),
                              .sha256 = STR("0123456789abcdef0123456789abcdef"),
                              .rows = batch->rows,
                              .stored = batch->rows};
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    file.delivery = delivery.id;
    must(store_file_put(f->store, &file, &err));
    must(store_append(f->store, delivery.id, batch, NULL, batch->rows, file.id, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
    batch_close(batch);
}

void fixture_ready(struct fixture *f)
{
    struct sql_options options = {.simd = "auto"};
    must(sql_open(f->store, &options, &f->sql, &err));
    f->context.sql = f->sql;
}

void put_text(struct batch *batch, int column, const char *text)
{
    if (*text)
        batch_set_text(batch, (size_t)column, batch->rows, str_from(text));
}

void put_number(struct batch *batch, int column, const char *text)
{
    struct decimal value;
    if (!*text)
        return;
    must(decimal_parse(str_from(text), &value, &err));
    batch_set_decimal(batch, (size_t)column, batch->rows, value);
}

void put_moment(struct batch *batch, int column, const char *text)
{
    int64_t moment;
    if (!*text)
        return;
    assert_true(moment_read(str_from(text), &moment));
    batch_set_moment(batch, (size_t)column, batch->rows, moment);
}

struct report_table *table_named(const struct section_builder *section, const char *id)
{
    for (size_t i = 0; i < section->section.item_count; i++)
        if (section->section.items[i].kind == ITEM_TABLE &&
            str_is(section->section.items[i].table->id, id))
            return section->section.items[i].table;
    fail_msg("no table %s", id);
    return NULL;
}

static const char *decimal_shown(struct fixture *f, struct decimal value)
{
    struct strbuf text;
    strbuf_init(&text, 1000);
    decimal_format(value, 0, &text);
    struct str shown = arena_str(&f->arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return shown.ptr;
}

const char *cell_shown(struct fixture *f, const struct report_table *table, size_t row,
                       const char *column)
{
    size_t at = 0;
    while (at < table->column_count && !str_is(table->columns[at].id, column))
        at++;
    assert_true(at < table->column_count);
    assert_true(row < table->row_count);
    const struct report_cell *cell = &table->rows[row].cells[at];
    switch (cell->kind) {
    case CELL_NA:
        return "n/a";
    case CELL_MONEY:
    case CELL_DECIMAL:
        return decimal_shown(f, cell->amount);
    case CELL_COUNT:
        return decimal_shown(f, decimal_from_int(cell->count));
    case CELL_RATIO:
        return arena_printf(&f->arena, "%.6f", cell->real).ptr;
    case CELL_TEXT:
        return arena_str(&f->arena, cell->text).ptr;
    default:
        return "";
    }
}

bool section_says(const struct section_builder *section, const char *words)
{
    for (size_t i = 0; i < section->section.item_count; i++)
        if (section->section.items[i].text.ptr && strstr(section->section.items[i].text.ptr, words))
            return true;
    return false;
}
