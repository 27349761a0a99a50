/* block_gpu_idle: hours and money of hand-made samples, worked out by hand beside each test. */
#include "blocks_support.h"

#include <stdio.h>
#include <string.h>

struct machine_row {
    const char *seen, *instance, *gpus, *hourly, *currency, *created;
};

static void add_machines(struct fixture *f, const struct machine_row *rows, size_t count)
{
    struct batch *batch = batch_open(DATASET_INSTANCE, f->texts);
    for (size_t i = 0; i < count; i++) {
        put_moment(batch, INSTANCE_SeenAt, rows[i].seen);
        put_text(batch, INSTANCE_InstanceId, rows[i].instance);
        put_text(batch, INSTANCE_GpuType, "H100");
        put_text(batch, INSTANCE_Tags, "{\"team\":\"ml\"}");
        put_number(batch, INSTANCE_GpuCount, rows[i].gpus);
        put_number(batch, INSTANCE_HourlyCost, rows[i].hourly);
        put_text(batch, INSTANCE_Currency, rows[i].currency);
        put_moment(batch, INSTANCE_CreatedAt, rows[i].created);
        batch->rows++;
    }
    fixture_store(f, batch, "sync", "2026-10");
}

/* Samples every half hour: `count` of them from `hour` of a day of October on. */
static void add_samples(struct batch *batch, const char *instance, const char *index, int day,
                        int hour, int count, const char *utilisation, const char *memory)
{
    for (int i = 0; i < count; i++) {
        char moment[32];
        snprintf(moment, sizeof moment, "2026-10-%02dT%02d:%02d:00Z", day, hour + i / 2,
                 i % 2 * 30);
        put_moment(batch, METRIC_Timestamp, moment);
        put_text(batch, METRIC_InstanceId, instance);
        put_text(batch, METRIC_GpuIndex, index);
        put_number(batch, METRIC_GpuUtilization, utilisation);
        put_number(batch, METRIC_MemoryUsed, memory);
        batch->rows++;
    }
}

static struct section_builder build(struct fixture *f)
{
    struct section_builder section = section_begin(&f->arena, "idle", STR("Idle"));
    if (!f->sql)
        fixture_ready(f);
    must(block_gpu_idle(&f->context, &section, &err));
    return section;
}

static void says_that_there_are_no_samples(void **state)
{
    struct fixture *f = *state;
    struct section_builder section = build(f);
    assert_int_equal(section.section.item_count, 1);
    assert_true(section_says(&section, "No GPU samples in October 2026."));
}

/* GPU 0: 2 h busy, then 4 h idle with memory held; GPU 1: 6 h idle and free. 16 an hour for 8 GPUs
 * is 2 a GPU: 4 x 2 + 6 x 2 = 20. */
static void prices_idle_hours_and_tells_held_from_free(void **state)
{
    struct fixture *f = *state;
    const struct machine_row machine = {"2026-10-31T00:00:00Z", "a", "8", "16", "USD", ""};
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "a", "0", 5, 0, 4, "90", "70000");
    add_samples(batch, "a", "0", 5, 2, 8, "4", "1025");
    add_samples(batch, "a", "1", 5, 0, 12, "0", "1024");
    fixture_store(f, batch, "nvidia-smi/a", "2026-10");
    add_machines(f, &machine, 1);
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_int_equal(gpus->row_count, 3);
    assert_string_equal(cell_shown(f, gpus, 0, "gpu"), "1");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_free_hours"), "6");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_cost"), "12");
    assert_string_equal(cell_shown(f, gpus, 0, "team"), "ml");
    assert_string_equal(cell_shown(f, gpus, 1, "idle_held_hours"), "4");
    assert_string_equal(cell_shown(f, gpus, 1, "idle_free_hours"), "0");
    assert_string_equal(cell_shown(f, gpus, 1, "idle_cost"), "8");
    assert_string_equal(cell_shown(f, gpus, 2, "idle_cost"), "20");
    assert_true(section_says(&section, "83.3 % of the 12 GPU-hours sampled were idle: 20.00 USD"));
    struct report_table *runs = table_named(&section, "longest_idle_runs");
    assert_int_equal(runs->row_count, 2);
    assert_string_equal(cell_shown(f, runs, 1, "idle_from"), "2026-10-05 02:00");
    assert_string_equal(cell_shown(f, runs, 1, "idle_to"), "2026-10-05 06:00");
}

/* 2 an hour before noon, 4 from noon on: 2 h x 2 + 2 h x 4 = 12. */
static void follows_a_rate_that_changes(void **state)
{
    struct fixture *f = *state;
    const struct machine_row machines[] = {
        {"2026-10-06T12:00:00Z", "a", "1", "4", "USD", ""                    },
        {"2026-10-06T06:00:00Z", "a", "1", "2", "USD", "2026-10-06T00:00:00Z"}
    };
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "a", "0", 6, 10, 8, "0", "0");
    fixture_store(f, batch, "nvidia-smi/a", "2026-10");
    add_machines(f, machines, 2);
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_cost"), "12");
}

static void sorts_samples_that_come_out_of_order(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "a", "0", 6, 4, 4, "50", "0");
    add_samples(batch, "a", "0", 6, 0, 8, "0", "0");
    fixture_store(f, batch, "nvidia-smi/a", "2026-10");
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_string_equal(cell_shown(f, gpus, 0, "gpu_hours"), "6");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_free_hours"), "4");
}

static void shows_no_cost_without_a_rate(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "unlisted", "0", 6, 0, 8, "0", "0");
    fixture_store(f, batch, "nvidia-smi/unlisted", "2026-10");
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_cost"), "n/a");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_hours_without_rate"), "4");
    assert_true(section_says(&section, "at no known rate"));
}

/* A machine sampled as a whole stands for its 4 GPUs, unless they have samples of their own. */
static void counts_a_machine_as_all_its_gpus_once(void **state)
{
    struct fixture *f = *state;
    const struct machine_row machines[] = {
        {"2026-10-01T00:00:00Z", "whole", "4", "8", "EUR", ""},
        {"2026-10-01T00:00:00Z", "both",  "1", "3", "USD", ""}
    };
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "whole", "", 6, 0, 4, "0", "");
    add_samples(batch, "both", "", 6, 0, 4, "0", "");
    add_samples(batch, "both", "0", 6, 0, 4, "0", "");
    add_samples(batch, "cpu-only", "", 6, 0, 4, "", "");
    fixture_store(f, batch, "sync", "2026-10");
    add_machines(f, machines, 2);
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_int_equal(gpus->row_count, 4); /* two machines, a total a currency */
    assert_string_equal(cell_shown(f, gpus, 0, "host"), "whole");
    assert_string_equal(cell_shown(f, gpus, 0, "gpu_hours"), "8");
    assert_string_equal(cell_shown(f, gpus, 0, "idle_cost"), "16");
    assert_string_equal(cell_shown(f, gpus, 1, "idle_cost"), "6");
    assert_true(section_says(&section, "16.00 EUR and 6.00 USD"));
}

static void never_adds_two_currencies_of_one_machine(void **state)
{
    struct fixture *f = *state;
    const struct machine_row machines[] = {
        {"2026-10-01T00:00:00Z", "a", "1", "4", "USD", ""},
        {"2026-10-06T01:00:00Z", "a", "1", "4", "EUR", ""}
    };
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "a", "0", 6, 0, 8, "0", "0");
    fixture_store(f, batch, "nvidia-smi/a", "2026-10");
    add_machines(f, machines, 2);
    struct section_builder section = build(f);
    assert_string_equal(cell_shown(f, table_named(&section, "gpus_by_host"), 0, "idle_cost"),
                        "n/a");
}

static void filters_by_the_team_of_the_inventory_and_names_what_it_cant(void **state)
{
    struct fixture *f = *state;
    const struct machine_row machine = {"2026-10-01T00:00:00Z", "a", "1", "4", "USD", ""};
    struct batch *batch = batch_open(DATASET_METRIC, f->texts);
    add_samples(batch, "a", "0", 6, 0, 8, "0", "0");
    add_samples(batch, "b", "0", 6, 0, 8, "0", "0");
    fixture_store(f, batch, "nvidia-smi/a", "2026-10");
    add_machines(f, &machine, 1);
    f->context.filter = STR("tag:team=ml\nservice=Compute");
    struct section_builder section = build(f);
    struct report_table *gpus = table_named(&section, "gpus_by_host");
    assert_int_equal(gpus->row_count, 2);
    assert_string_equal(cell_shown(f, gpus, 0, "host"), "a");
    assert_true(section_says(&section, "don't know the filtered service"));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        CASE(says_that_there_are_no_samples),
        CASE(prices_idle_hours_and_tells_held_from_free),
        CASE(follows_a_rate_that_changes),
        CASE(sorts_samples_that_come_out_of_order),
        CASE(shows_no_cost_without_a_rate),
        CASE(counts_a_machine_as_all_its_gpus_once),
        CASE(never_adds_two_currencies_of_one_machine),
        CASE(filters_by_the_team_of_the_inventory_and_names_what_it_cant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
