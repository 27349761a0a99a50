#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folder_make(struct test_folder *folder)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder->path, sizeof(folder->path), "%s/gpureport-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder->path))
        fail_msg("no folder for tests");
    snprintf(folder->store, sizeof(folder->store), "%s/store.db", folder->path);
}

void folder_remove(struct test_folder *folder)
{
    DIR *list = opendir(folder->path);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        char path[600];
        snprintf(path, sizeof(path), "%s/%s", folder->path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (list)
        closedir(list);
    rmdir(folder->path);
}

uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

uint32_t random_below(uint64_t *seed, uint32_t end)
{
    return (uint32_t)((random_next(seed) >> 20) % end);
}

static void set_text(struct batch *batch, int column, uint32_t row, const char *text)
{
    batch_set_text(batch, (size_t)column, row, str_from(text));
}

static void set_tags(struct batch *batch, uint32_t row, const struct made_rows *made,
                     uint64_t *seed)
{
    static const char *const teams[] = {"ml", "web", "data", "", "\\u00e9quipe", "ops"};
    static const char *const environments[] = {"prod", "dev"};
    char text[200];
    uint32_t kind = made->absent ? random_below(seed, 12) : 5;
    const char *team = teams[random_below(seed, 6)];
    if (kind == 0)
        return;
    if (kind == 1)
        snprintf(text, sizeof(text), "{}");
    else if (kind == 2)
        snprintf(text, sizeof(text), "\"team\": \"%s\",\"nr\": %u", team, random_below(seed, 9));
    else if (kind == 3)
        snprintf(text, sizeof(text), "{\"team\":null,\"instance_type\":\"tagged\"}");
    else
        snprintf(text, sizeof(text), "{\"team\":\"%s\",\"env\":\"%s\",\"nr\":%u}", team,
                 environments[random_below(seed, 2)], random_below(seed, 30));
    set_text(batch, COST_Tags, row, text);
}

static void set_amounts(struct batch *batch, uint32_t row, const struct made_rows *made,
                        uint64_t *seed)
{
    static const int columns[] = {COST_BilledCost, COST_EffectiveCost, COST_ListCost,
                                  COST_ContractedCost, COST_ConsumedQuantity};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct decimal value = {(i128)(int64_t)random_next(seed) >> (30 + random_below(seed, 24)),
                                (uint8_t)random_below(seed, 13)};
        if (made->wide && random_below(seed, 50) == 0)
            value = (struct decimal){(i128)(random_next(seed) >> 1) * 1000003, 24};
        if (made->absent && random_below(seed, 10) == 0)
            continue;
        batch_set_decimal(batch, (size_t)columns[i], row, decimal_normal(value));
    }
}

static void set_texts(struct batch *batch, uint32_t row, const struct made_rows *made,
                      uint64_t *seed)
{
    static const char *const services[] = {"Compute", "Storage", "Network", "(none)", ""};
    static const char *const machines[] = {"p5.48xlarge", "g6.xlarge"};
    char text[64];
    if (!made->absent || random_below(seed, 8))
        set_text(batch, COST_ServiceName, row, services[random_below(seed, made->absent ? 5 : 3)]);
    set_text(batch, COST_BillingCurrency, row, random_below(seed, 10) ? "USD" : "EUR");
    if (!made->absent || random_below(seed, 3))
        set_text(batch, COST_ProviderName, row, random_below(seed, 2) ? "AWS" : "Microsoft");
    else if (random_below(seed, 2))
        set_text(batch, COST_ServiceProviderName, row, "Host");
    if (made->absent && random_below(seed, 4) == 0)
        set_text(batch, COST_x_InstanceType, row, machines[random_below(seed, 2)]);
    else if (made->absent && random_below(seed, 4) == 0)
        set_text(batch, COST_SkuPriceDetails, row, "{\"InstanceType\":\"from-sku\",\"x\":[1,2]}");
    snprintf(text, sizeof(text), "i-%06x", random_below(seed, made->resources));
    set_text(batch, COST_ResourceId, row, text);
}

void make_cost_rows(struct batch *batch, const struct made_rows *given)
{
    struct made_rows made = *given;
    uint64_t seed = made.seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    made.resources = made.resources ? made.resources : 50;
    for (uint32_t row = 0; row < made.rows; row++) {
        int64_t hour = random_below(&seed, (uint32_t)made.days * 24);
        int64_t moment = moment_of_day(made.first) + hour * 3600000;
        if (!made.absent || random_below(&seed, 30))
            batch_set_moment(batch, COST_ChargePeriodStart, row, moment);
        batch_set_moment(batch, COST_BillingPeriodStart, row,
                         moment_of_day(month_first(day_of_moment(moment))));
        set_amounts(batch, row, &made, &seed);
        set_texts(batch, row, &made, &seed);
        set_tags(batch, row, &made, &seed);
        batch_set_text(batch, batch_extra_column(batch, STR("x_extra")), row, STR("e"));
        batch->lines[row] = row + 2;
    }
    batch->rows = made.rows;
}

int64_t add_delivery(struct store *store, struct batch_texts *texts, const char *source,
                     const struct made_rows *made)
{
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct batch *batch = batch_open(DATASET_COST, texts);
    struct store_delivery delivery = {.dataset = DATASET_COST,
                                      .source = str_from(source),
                                      .period = STR("2026-10"),
                                      .format = STR("focus"),
                                      .ingested = MOMENT_NONE};
    struct store_file file = {.path = STR("bill.csv"), .sha256 = STR("ab12")};
    make_cost_rows(batch, made);
    must(store_begin(store, &err));
    must(store_delivery_new(store, &delivery, &delivery.id, &err));
    file.delivery = delivery.id;
    file.rows = file.stored = made->rows;
    must(store_file_put(store, &file, &err));
    must(store_append(store, delivery.id, batch, NULL, batch->rows, file.id, &err));
    must(store_delivery_finish(store, &arena, &delivery, &err));
    must(store_commit(store, &err));
    batch_close(batch);
    arena_deinit(&arena);
    return delivery.id;
}
