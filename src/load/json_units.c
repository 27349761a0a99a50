/* A reader for the flat, already checked objects of the Units column. Called by pricing.c. */
#include "load/json_units.h"

static enum gr_status units_fail(struct str text, struct gr_err *err)
{
    return gr_fail(err, GR_EDATA, "units \"%.*s\" is not an object of numbers", STR_ARG(text));
}

enum gr_status json_units_each(struct str text,
                               enum gr_status (*each)(void *context, struct str name,
                                                      struct decimal quantity, struct gr_err *err),
                               void *context, struct gr_err *err)
{
    struct str rest = str_trim(text);
    if (rest.len < 2 || rest.ptr[0] != '{' || rest.ptr[rest.len - 1] != '}')
        return units_fail(text, err);
    rest = str_trim((struct str){rest.ptr + 1, rest.len - 2});
    while (rest.ptr && rest.len) {
        struct str member = str_trim(str_cut(&rest, ','));
        struct str name = str_trim(str_cut(&member, ':'));
        struct decimal quantity;
        if (!member.ptr || name.len < 3 || name.ptr[0] != '"' || name.ptr[name.len - 1] != '"')
            return units_fail(text, err);
        member = str_trim(member);
        if (member.len > 2 && member.ptr[0] == '"')
            member = (struct str){member.ptr + 1, member.len - 2};
        if (decimal_read(member, &quantity) != DECIMAL_READ_OK)
            return units_fail(text, err);
        GR_TRY(each(context, (struct str){name.ptr + 1, name.len - 2}, quantity, err));
    }
    return GR_OK;
}
