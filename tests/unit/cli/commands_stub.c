/* Two commands for the option parser's messages; the real ones would bring the whole program. */
#include "cli/command.h"

static const struct command reporter = {.name = NULL, .groups = ~(unsigned)OPTIONS_INGEST};
static const struct command reader = {.name = "ingest", .groups = OPTIONS_COMMON | OPTIONS_INGEST};

const struct command *const *commands(size_t *count)
{
    static const struct command *const all[] = {&reporter, &reader};
    *count = 2;
    return all;
}
