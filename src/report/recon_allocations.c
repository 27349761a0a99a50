/* Allocated charges by the charge that they are parts of; see recon_rows.h. FOCUS 1.3: the ratios
 * of all parts of an origin sum to 1, and where the origin is in the export too, so do the costs.
 */
#include "report/recon_rows.h"

#include <stdlib.h>

#include "ingest/json.h"

struct allocation_reader {
    struct json_parser *parser;
    struct arena arena;
};

struct allocation_reader *allocation_reader_open(void)
{
    struct allocation_reader *reader = gr_alloc_zeroed(1, sizeof *reader);
    reader->parser = json_open();
    return reader;
}

void allocation_reader_close(struct allocation_reader *reader)
{
    if (!reader)
        return;
    json_close(reader->parser);
    arena_deinit(&reader->arena);
    free(reader);
}

/* The ratios of the elements of one cell; false when it is no such JSON. */
static bool read_ratios(struct allocation_reader *reader, struct str details, struct decimal *sum,
                        bool *any)
{
    struct json_value value;
    struct gr_err ignored = {0};
    *sum = DECIMAL_ZERO;
    *any = false;
    arena_reset(&reader->arena);
    if (json_read(reader->parser, &reader->arena, details, &value))
        return false;
    const struct json_value *elements =
        value.kind == JSON_OBJECT ? json_member(&value, "Elements") : &value;
    if (!elements || elements->kind != JSON_ARRAY)
        return false;
    for (size_t i = 0; i < elements->count; i++) {
        const struct json_value *ratio = json_member(&elements->items[i], "AllocatedRatio");
        struct decimal share;
        if (!ratio || decimal_read(json_text(ratio), &share) != DECIMAL_READ_OK ||
            decimal_add(*sum, share, sum, &ignored))
            return false;
        *any = true;
    }
    return true;
}

/* Parts of one origin share everything but the resource that they are for. */
static struct str key_of(const struct allocation_row *row, struct strbuf *buf)
{
    strbuf_clear(buf);
    for (size_t i = 0; i < sizeof row->parts / sizeof *row->parts; i++) {
        strbuf_printf(buf, "%zu:", row->parts[i].len);
        strbuf_append(buf, row->parts[i]);
    }
    strbuf_printf(buf, "|%lld|%lld|", (long long)row->start, (long long)row->end);
    strbuf_append(buf, row->currency);
    return strbuf_str(buf);
}

static enum gr_status add_part(struct origin *origin, struct allocation_reader *reader,
                               const struct allocation_row *row, struct gr_err *err)
{
    struct decimal ratio;
    bool any;
    origin->parts++;
    GR_TRY(decimal_add(origin->billed, row->billed, &origin->billed, err));
    GR_TRY(decimal_add(origin->effective, row->effective, &origin->effective, err));
    if (!row->details.len)
        return GR_OK;
    if (!read_ratios(reader, row->details, &ratio, &any)) {
        origin->unread = true;
        return GR_OK;
    }
    origin->rated = origin->rated || any;
    return decimal_add(origin->ratios, ratio, &origin->ratios, err);
}

enum gr_status allocation_add(struct allocations *list, struct allocation_reader *reader,
                              struct arena *arena, const struct allocation_row *row, bool origins,
                              struct gr_err *err)
{
    struct strbuf buf;
    strbuf_init(&buf, STRBUF_CEILING);
    struct str key = key_of(row, &buf);
    uint32_t code = origins ? dict_find(&list->keys, key) : dict_intern(&list->keys, key);
    strbuf_deinit(&buf);
    if (!code)
        return GR_OK;
    if (code > list->count) {
        list->items =
            recon_grow(arena, list->items, list->count, &list->capacity, sizeof *list->items);
        list->items[list->count++] = (struct origin){
            .resource = arena_str(arena, row->parts[0].ptr ? row->parts[0] : STR("")),
            .currency = arena_str(arena, row->currency.ptr ? row->currency : STR(""))};
    }
    struct origin *origin = &list->items[code - 1];
    if (!origins) {
        list->rows++;
        return add_part(origin, reader, row, err);
    }
    origin->origin_rows++;
    GR_TRY(decimal_add(origin->origin_billed, row->billed, &origin->origin_billed, err));
    return decimal_add(origin->origin_effective, row->effective, &origin->origin_effective, err);
}
