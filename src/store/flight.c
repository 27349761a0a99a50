/* The segment in flight: packed and not yet written.
 *
 * append.c hands over a full buffer. With more than one job another thread packs it while the next
 * buffer fills; with one it is packed at once. Either way its bytes are written when the next is
 * handed over, or when somebody needs the tables to be whole: so the file is the same for every
 * number of jobs. Packing cannot fail; writing is done, and fails, on the store's thread.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/background.h"

struct flight {
    struct packer *packer;
    struct background *background; /* NULL: one job */
    struct segment_rows rows;      /* of the worker while it packs */
    struct pack_column *columns;   /* of packed.arena */
    struct packed_segment packed;
    bool full; /* something is packed or being packed */
};

static void pack_thing(void *context, void *thing)
{
    struct flight *flight = thing;
    (void)context;
    pack_segment(flight->packer, &flight->rows, flight->columns, &flight->packed);
    segment_rows_free(&flight->rows); /* so early: the next buffer has only begun to fill */
}

static struct flight *ready(struct store *store)
{
    if (store->flight)
        return store->flight;
    struct flight *flight = gr_alloc_zeroed(1, sizeof(*flight));
    flight->packer = packer_open();
    if (store->jobs > 1)
        flight->background = background_open(pack_thing, NULL);
    store->flight = flight;
    return flight;
}

void flight_close(struct store *store)
{
    struct flight *flight = store->flight;
    if (!flight)
        return;
    background_close(flight->background);
    packer_close(flight->packer);
    segment_rows_free(&flight->rows);
    arena_deinit(&flight->packed.arena);
    free(flight);
    store->flight = NULL;
}

enum gr_status flight_land(struct store *store, struct gr_err *err)
{
    struct flight *flight = store->flight;
    if (!flight || !flight->full)
        return GR_OK;
    if (flight->background)
        background_finish(flight->background);
    enum gr_status status = segment_put(store, &flight->packed, 0, err);
    arena_reset(&flight->packed.arena);
    flight->full = false;
    return status;
}

/* The worker gets copies: the store's maps grow meanwhile. */
static void take_code_maps(const struct store *store, struct flight *flight,
                           const struct segment_rows *rows)
{
    const struct store_dataset *set = &store->datasets[rows->dataset];
    for (size_t i = 0; i < rows->column_count; i++) {
        const struct store_column *column = &set->columns[i];
        if (!column->learned || rows->columns[i].settled >= rows->columns[i].rows)
            continue;
        size_t count = (size_t)column->learned + 1;
        uint32_t *map = arena_alloc(&flight->packed.arena, count * sizeof(*map));
        memcpy(map, column->global_of_local, count * sizeof(*map));
        flight->columns[i].code_map = map;
    }
}

enum gr_status flight_start(struct store *store, struct segment_rows *rows, struct gr_err *err)
{
    GR_TRY(flight_land(store, err));
    struct flight *flight = ready(store);
    GR_TRY(segment_columns(store, rows->dataset, &flight->packed.arena, &flight->columns, err));
    take_code_maps(store, flight, rows);
    flight->full = true;
    flight->rows = *rows;
    *rows = (struct segment_rows){.dataset = rows->dataset};
    if (flight->background)
        background_give(flight->background, flight);
    else
        pack_thing(NULL, flight);
    return GR_OK;
}

enum gr_status segment_write(struct store *store, struct segment_rows *rows, int64_t id,
                             struct gr_err *err)
{
    GR_TRY(flight_land(store, err));
    struct flight *flight = ready(store);
    enum gr_status status =
        segment_columns(store, rows->dataset, &flight->packed.arena, &flight->columns, err);
    if (!status) {
        pack_segment(flight->packer, rows, flight->columns, &flight->packed);
        status = segment_put(store, &flight->packed, id, err);
    }
    arena_reset(&flight->packed.arena);
    return status;
}
