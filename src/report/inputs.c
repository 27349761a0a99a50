/* The files that decided figures of a report, named in its last section. See report.h. */
#include <string.h>

#include "report/cells.h"
#include "report/fx.h"
#include "report/names.h"
#include "report/report.h"

void report_context_apply(const struct report_context *context)
{
    sql_convert(context->sql, context->conversion);
}

static bool has_other_budgets(const struct report_context *context)
{
    for (size_t i = 0; i < context->budget_count; i++)
        if (!str_equal(context->budgets[i].currency, context->conversion->target))
            return true;
    return false;
}

void report_add_inputs(const struct report_context *context, struct report_doc *doc)
{
    struct section_builder section = section_begin(context->arena, "inputs", STR(""));
    if (context->conversion)
        section_text(&section, ITEM_NOTE, fx_note(context));
    if (context->conversion && has_other_budgets(context))
        section_text(&section, ITEM_NOTE,
                     STR("Budgets in another currency count what was charged in theirs."));
    if (context->names)
        section_text(&section, ITEM_NOTE,
                     arena_printf(context->arena, "Names and parents from %s (sha256 %.*s).",
                                  context->names->file, STR_ARG(context->names->sha256)));
    if (!section.section.item_count)
        return;
    struct report_section *sections =
        arena_alloc(context->arena, (doc->section_count + 1) * sizeof *sections);
    if (doc->section_count)
        memcpy(sections, doc->sections, doc->section_count * sizeof *sections);
    sections[doc->section_count++] = section.section;
    doc->sections = sections;
}
