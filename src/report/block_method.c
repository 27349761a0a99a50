/* See blocks.h. */
#include "report/blocks.h"

enum gr_status block_method(const struct report_context *context, struct section_builder *section,
                        struct gr_err *err)
{
    (void)context, (void)err;
    section_text(section, ITEM_PARAGRAPH, STR(""));
    return GR_OK;
}
