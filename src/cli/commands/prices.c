/* `gpureport prices import|list`: price books. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/session.h"
#include "load/pricing.h"
#include "report/cells.h"

/* "prices/2026.csv" -> "2026": the name of the book. */
static struct str book_name(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str name = str_from(slash ? slash + 1 : path);
    if (str_ends(name, STR(".csv")))
        name.len -= strlen(".csv");
    return arena_str(arena, name);
}

static enum gr_status prices_import_run(const struct options *options, struct arena *arena,
                                        struct gr_err *err)
{
    if (options->format && strcmp(options->format, "csv") != 0)
        return gr_fail(err, GR_EUSAGE, "prices import: no price format named %s; there is: csv",
                       options->format);
    if (options->argument_count != 2)
        return gr_fail(err, GR_EUSAGE, "prices import: wanted one file");
    const char *path = options->arguments[1];
    struct day ignored;
    if (options->valid_from && !day_read(str_from(options->valid_from), &ignored))
        return gr_fail(err, GR_EUSAGE, "--valid-from: \"%s\" is not a date; wanted YYYY-MM-DD",
                       options->valid_from);
    struct store *store;
    struct price_import result;
    struct str store_path = session_store_path(arena, options);
    if (access(store_path.ptr, F_OK) != 0) /* ingest makes stores, nothing else does */
        return gr_fail(err, GR_ESTORE, "no store at %s; `gpureport ingest PATH...` makes one",
                       store_path.ptr);
    GR_TRY(store_open(store_path.ptr, STORE_WRITE, &store, err));
    enum gr_status status = prices_import(store, arena, path, book_name(arena, path).ptr,
                                          options->valid_from, MOMENT_NONE, &result, err);
    store_close(store);
    if (status)
        return gr_wrap(err, "prices import");
    if (!options->quiet)
        printf("%zu prices; %llu usage rows priced, %llu of them have no price\n", result.prices,
               (unsigned long long)result.rows_priced, (unsigned long long)result.rows_unpriced);
    return GR_OK;
}

/* clang-format off */
static const struct report_column columns[] = {
    REPORT_COLUMN("provider", "Provider", CELL_TEXT),
    REPORT_COLUMN("model", "Model", CELL_TEXT),
    REPORT_COLUMN("class", "Class", CELL_TEXT),
    REPORT_COLUMN("service_tier", "Tier", CELL_TEXT),
    REPORT_COLUMN("region", "Region", CELL_TEXT, .optional = true),
    REPORT_COLUMN("above_tokens", "Above tokens", CELL_TEXT, .optional = true),
    REPORT_COLUMN("unit_price", "Price", CELL_TEXT, .align = ALIGN_RIGHT),
    REPORT_COLUMN("per", "Per", CELL_TEXT, .align = ALIGN_RIGHT),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("valid_from", "From", CELL_TEXT),
    REPORT_COLUMN("valid_to", "To", CELL_TEXT, .optional = true),
    REPORT_COLUMN("book", "Book", CELL_TEXT, .optional = true),
};
/* clang-format on */

static enum gr_status prices_list_report(const struct options *options, struct arena *arena,
                                         struct session *session, struct gr_err *err)
{
    const struct renderer *renderer;
    struct store_price_list list;
    GR_TRY(output_renderer(options, &renderer, err));
    GR_TRY(store_prices_list(session->store, arena, STR_NONE, &list, err));
    struct table_builder table =
        table_begin(arena, "prices", STR(""), columns, sizeof columns / sizeof *columns);
    table.table->empty_text = STR("No prices; `gpureport prices import FILE` brings them.");
    for (size_t i = 0; i < list.count; i++) {
        const struct store_price *price = &list.items[i];
        const struct str texts[] = {price->provider,     price->model,    price->price_class,
                                    price->service_tier, price->region,   price->above_tokens,
                                    price->unit_price,   price->per,      price->currency,
                                    price->valid_from,   price->valid_to, price->book};
        struct report_cell *cells = table_row(&table, ROW_DATA);
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            cells[j] = cell_text(texts[j]);
    }
    struct section_builder section = section_begin(arena, "prices", STR(""));
    section_table(&section, table.table);
    struct report_doc doc = {.id = STR("prices"), .title = STR("Prices")};
    doc.sections = &section.section;
    doc.section_count = 1;
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static enum gr_status prices_run(const struct options *options, struct arena *arena,
                                 struct gr_err *err)
{
    const char *verb = options->argument_count ? options->arguments[0] : "list";
    if (strcmp(verb, "import") == 0)
        return prices_import_run(options, arena, err);
    if (strcmp(verb, "list") != 0)
        return gr_fail(err, GR_EUSAGE, "prices: \"%s\" is neither import nor list", verb);
    struct session session;
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = prices_list_report(options, arena, &session, err);
    session_close(&session);
    return status;
}

const struct command command_prices = {
    .name = "prices",
    .usage = "import FILE | list [OPTIONS]",
    .what = "price books of LLM tokens",
    .more = "import: a CSV "
            "provider,model,class,service_tier,region,above_tokens,unit_price,per,currency,\n"
            "valid_from,valid_to (both days inclusive; the latest valid_from wins). An empty "
            "provider, tier\n"
            "or region holds for any. All usage in the store is priced anew.",
    .groups = OPTIONS_COMMON | OPTIONS_OUTPUT | OPTIONS_PRICES,
    .run = prices_run,
};
