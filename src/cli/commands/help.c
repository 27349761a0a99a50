/* `gpureport help [COMMAND]`, --help, and the man page (`gpureport help man`, at build time). */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/paragraph.h"

enum { OPTION_COLUMN = 34, COMMAND_COLUMN = 24 };

static const struct command *const table[] = {
    &command_adhoc,   &command_ingest,  &command_report,     &command_budgets, &command_prices,
    &command_imports, &command_rejects, &command_query,      &command_check,   &command_explain,
    &command_formats, &command_reports, &command_dimensions, &command_help,
};

const struct command *const *commands(size_t *count)
{
    *count = sizeof table / sizeof *table;
    return table;
}

const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i]->name && strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

static const struct {
    unsigned group;
    const char *title;
} group_titles[] = {
    {OPTIONS_SHAPE,    "Groups"                },
    {OPTIONS_PERIOD,   "Period"                },
    {OPTIONS_FILTER,   "Filters and cost"      },
    {OPTIONS_EXCLUDE,  "Kinds of charges"      },
    {OPTIONS_TAGS,     "Tags"                  },
    {OPTIONS_EXPLAIN,  "Lineage"               },
    {OPTIONS_VARIANTS, "Variants"              },
    {OPTIONS_INGEST,   "Reading"               },
    {OPTIONS_LEDGER,   "Ledger"                },
    {OPTIONS_REJECTS,  "Quarantined rows"      },
    {OPTIONS_PRICES,   "Prices"                },
    {OPTIONS_BUDGET,   "Budgets"               },
    {OPTIONS_MONEY,    "Currency"              },
    {OPTIONS_GROUPS,   "Names and shared costs"},
    {OPTIONS_QUERY,    "Query"                 },
    {OPTIONS_OUTPUT,   "Output"                },
    {OPTIONS_HOME,     "Definitions and charts"},
    {OPTIONS_COMMON,   "Always"                },
};

static void option_head(const struct option_def *def, char *out, size_t size)
{
    char letter[8] = "";
    if (def->letter)
        snprintf(letter, sizeof letter, "-%c, ", def->letter);
    snprintf(out, size, "%s--%s%s%s", letter, def->name, def->metavar ? " " : "",
             def->metavar ? def->metavar : "");
}

static void print_options(size_t width, unsigned groups)
{
    size_t count;
    const struct option_def *defs = option_defs(&count);
    for (size_t g = 0; g < sizeof group_titles / sizeof *group_titles; g++) {
        if (!(groups & group_titles[g].group))
            continue;
        printf("\n%s\n", group_titles[g].title);
        for (size_t i = 0; i < count; i++) {
            if ((unsigned)defs[i].group != group_titles[g].group)
                continue;
            char head[80], filter[120];
            option_head(&defs[i], head, sizeof head);
            if (defs[i].filter_name)
                snprintf(filter, sizeof filter, "--where '%s=%s'", defs[i].filter_name,
                         defs[i].metavar);
            paragraph_entry(width, head, OPTION_COLUMN,
                            defs[i].filter_name ? filter : defs[i].what);
        }
    }
}

static void print_overview(size_t width)
{
    paragraph_print(
        width, 0, 0,
        "gpureport - cloud bills, LLM usage and GPU metrics as figures that finance trusts");
    putchar('\n');
    paragraph_entry(width, "gpureport [OPTIONS]", COMMAND_COLUMN,
                    "report on the terminal, e.g. gpureport --by-tag team");
    for (size_t i = 1; i < sizeof table / sizeof *table; i++) {
        char head[80];
        snprintf(head, sizeof head, "gpureport %s", table[i]->name);
        paragraph_entry(width, head, COMMAND_COLUMN, table[i]->what);
    }
    putchar('\n');
    paragraph_print(width, 0, 0,
                    "`gpureport help COMMAND` tells more. Options of the report on the terminal:");
    print_options(width, command_adhoc.groups);
    putchar('\n');
    paragraph_print(
        width, 0, 0,
        "Exit codes: 0 done, 1 done and a budget is breached, 2 usage, 3 data refused, 4 "
        "store or file, 5 rendering, 75 another run holds the store, 130/143 interrupted.");
}

static void print_command(size_t width, const struct command *command)
{
    char head[160];
    snprintf(head, sizeof head, "gpureport %s %s", command->name, command->usage);
    paragraph_print(width, 0, 4, head);
    fputs("    ", stdout);
    paragraph_print(width, 4, 4, command->what);
    if (command->more) {
        putchar('\n');
        paragraph_print(width, 0, 0, command->more);
    }
    print_options(width, command->groups);
}

/* roff wants a backslash before dashes and none at a line's first dot. */
static void roff(const char *text)
{
    for (; *text; text++) {
        if (*text == '-' || *text == '\\')
            putchar('\\');
        putchar(*text);
        if (*text == '\n' && (text[1] == '.' || text[1] == '\''))
            fputs("\\&", stdout);
    }
}

static void man_options(void)
{
    size_t count;
    const struct option_def *defs = option_defs(&count);
    for (size_t g = 0; g < sizeof group_titles / sizeof *group_titles; g++) {
        printf(".SS %s\n", group_titles[g].title);
        for (size_t i = 0; i < count; i++) {
            if ((unsigned)defs[i].group != group_titles[g].group)
                continue;
            char head[80];
            option_head(&defs[i], head, sizeof head);
            fputs(".TP\n.B ", stdout);
            roff(head);
            putchar('\n');
            if (defs[i].filter_name)
                printf("Short for \\-\\-where \\(aq%s=VALUE\\(aq.\n", defs[i].filter_name);
            else
                roff(defs[i].what), putchar('\n');
        }
    }
}

static void print_man(void)
{
    puts(".TH GPUREPORT 1 \"\" \"gpureport " GR_VERSION "\" \"User Commands\"");
    puts(".SH NAME\ngpureport \\- cloud bills, LLM usage and GPU metrics as figures that finance "
         "trusts");
    puts(".SH SYNOPSIS\n.B gpureport\n[\\fIOPTIONS\\fR]");
    for (size_t i = 1; i < sizeof table / sizeof *table; i++) {
        printf(".br\n.B gpureport %s\n", table[i]->name);
        roff(table[i]->usage);
        putchar('\n');
    }
    puts(".SH COMMANDS");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        printf(".TP\n.B %s\n", table[i]->name ? table[i]->name : "(none)");
        roff(table[i]->what);
        puts(".");
        if (table[i]->more)
            roff(table[i]->more), putchar('\n');
    }
    puts(".SH OPTIONS");
    man_options();
    puts(".SH EXIT STATUS\n0 done; 1 done and a budget or \\-\\-fail\\-over is breached; 2 usage; "
         "3 data "
         "refused; 4 store or file; 5 rendering; 75 another run holds the store; 130 or 143 "
         "interrupted, nothing half\\-written.");
    puts(".SH ENVIRONMENT\n.TP\n.B GPUREPORT_STORE\nThe store when \\-\\-store is not "
         "given.\n.TP\n.B "
         "NO_COLOR\nNo colour when it is not empty.");
}

static enum gr_status help_run(const struct options *options, struct arena *arena,
                               struct gr_err *err)
{
    (void)arena;
    if (options->argument_count == 0) {
        print_overview(paragraph_width());
        return GR_OK;
    }
    if (strcmp(options->arguments[0], "man") == 0) {
        print_man();
        return GR_OK;
    }
    const struct command *command = command_named(options->arguments[0]);
    if (!command)
        return gr_fail(err, GR_EUSAGE, "no command named %s; `gpureport help` lists them",
                       options->arguments[0]);
    print_command(paragraph_width(), command);
    return GR_OK;
}

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND|man]",
    .what = "this overview, one command's page, or the man page",
    .groups = OPTIONS_COMMON,
    .run = help_run,
};
