/* See money_options.h. */
#include "cli/money_options.h"

#include <string.h>

#include "report/allocation_file.h"
#include "report/fx.h"
#include "report/names.h"

enum { CURRENCY_MAX = 16 };

static enum gr_status read_conversion(const struct options *options, struct report_context *context,
                                      struct gr_err *err)
{
    struct arena *arena = context->arena;
    context->conversion = NULL;
    if (!options->fx && !options->to_currency)
        return GR_OK;
    if (!options->fx)
        return gr_fail(err, GR_EUSAGE, "--to-currency wants rates: name a table with --fx FILE");
    if (!options->to_currency)
        return gr_fail(err, GR_EUSAGE, "--fx wants a currency: name it with --to-currency CODE");
    struct str target = str_trim(str_from(options->to_currency));
    if (!target.len || target.len > CURRENCY_MAX || memchr(target.ptr, ' ', target.len))
        return gr_fail(err, GR_EUSAGE, "--to-currency: \"%s\" is not a currency such as EUR",
                       options->to_currency);
    struct conversion *conversion = arena_alloc_zeroed(arena, 1, sizeof *conversion);
    if (fx_read(arena, options->fx, target, conversion, err))
        return gr_wrap(err, "--fx");
    context->conversion = conversion;
    return GR_OK;
}

static enum gr_status read_names(const struct options *options, struct report_context *context,
                                 struct gr_err *err)
{
    context->names = NULL;
    if (!options->lookup)
        return GR_OK;
    struct names *names = arena_alloc_zeroed(context->arena, 1, sizeof *names);
    if (names_read(context->arena, options->lookup, names, err))
        return gr_wrap(err, "--lookup");
    context->names = names;
    return GR_OK;
}

static enum gr_status read_allocation(const struct options *options, struct report_context *context,
                                      struct gr_err *err)
{
    context->allocation = NULL;
    if (!options->allocation)
        return GR_OK;
    struct allocation *allocation = arena_alloc_zeroed(context->arena, 1, sizeof *allocation);
    if (allocation_read(context->arena, options->allocation, allocation, err))
        return gr_wrap(err, "--allocation");
    context->allocation = allocation;
    return GR_OK;
}

enum gr_status money_options_read(const struct options *options, struct report_context *context,
                                  struct gr_err *err)
{
    GR_TRY(read_conversion(options, context, err));
    GR_TRY(read_names(options, context, err));
    GR_TRY(read_allocation(options, context, err));
    report_context_apply(context);
    return GR_OK;
}
