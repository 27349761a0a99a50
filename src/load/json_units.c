/* A reader for the flat, already checked objects of the Units column. Called by pricing.c. */
#include "load/json_units.h"

static enum gr_status units_fail(struct str text, struct gr_err *err)
{
    return gr_fail(err, GR_EDATA, "units \"%.*s\" is not an object of numbers", STR_ARG(text));
}

/* Takes "NAME" off the front, without its quotes; a comma or colon inside is part of it, escapes
 * stay as they are. Absent when there is none. */
static struct str cut_name(struct str *rest)
{
    size_t end = 1;
    while (end < rest->len && rest->ptr[end] != '"')
        end += rest->ptr[end] == '\\' ? 2 : 1;
    if (rest->ptr[0] != '"' || end >= rest->len)
        return STR_NONE;
    struct str name = {rest->ptr + 1, end - 1};
    *rest = str_trim((struct str){rest->ptr + end + 1, rest->len - end - 1});
    return name;
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
        struct str name = cut_name(&rest);
        struct str value = str_trim(str_cut(&rest, ','));
        struct decimal quantity;
        rest = str_trim(rest);
        if (!name.ptr || !value.len || value.ptr[0] != ':')
            return units_fail(text, err);
        value = str_trim((struct str){value.ptr + 1, value.len - 1});
        if (value.len > 2 && value.ptr[0] == '"')
            value = (struct str){value.ptr + 1, value.len - 2};
        if (decimal_read(value, &quantity) != DECIMAL_READ_OK)
            return units_fail(text, err);
        GR_TRY(each(context, name, quantity, err));
    }
    return GR_OK;
}
