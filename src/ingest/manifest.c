/* Takes a manifest apart (see manifest.h). Called by sets.c. */
#include "ingest/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/decimal.h"
#include "ingest/json.h"

const char *manifest_edition(enum manifest_kind kind)
{
    static const char *const names[] = {"edition", "assembly", "execution", "run"};
    return names[kind];
}

/* ---- keys ---- */

static enum gr_status refuse_key(struct str key, const char *why, struct gr_err *err)
{
    struct str shown = {key.ptr, key.len > 120 ? 120 : key.len};
    return gr_fail(err, GR_EDATA, "names \"%.*s\", which %s", STR_ARG(shown), why);
}

/* A key without what stands before its path: "s3://bucket/", leading slashes. */
static struct str key_path(struct str key)
{
    const char *scheme = key.len > 3 ? memmem(key.ptr, key.len, "://", 3) : NULL;
    if (scheme && !memchr(key.ptr, '/', (size_t)(scheme - key.ptr))) {
        struct str rest = {scheme + 3, key.len - (size_t)(scheme + 3 - key.ptr)};
        str_cut(&rest, '/');
        key = rest;
    }
    while (key.len && key.ptr[0] == '/')
        key = (struct str){key.ptr + 1, key.len - 1};
    return key;
}

static enum gr_status check_key(struct str whole, struct str path, struct gr_err *err)
{
    if (!path.len)
        return refuse_key(whole, "is no path of a file", err);
    if (path.len > MANIFEST_KEY_MAX)
        return refuse_key(whole, "is longer than a key may be", err);
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f || path.ptr[i] == '\\')
            return refuse_key(whole, "has a character that no key has", err);
    struct str rest = path;
    while (rest.ptr) {
        struct str name = str_cut(&rest, '/');
        if (str_is(name, "..") || str_is(name, "."))
            return refuse_key(whole, "would lead out of its folder", err);
        if (!name.len)
            return refuse_key(whole, "has an empty name in its path", err);
    }
    return GR_OK;
}

static int compare_parts(const void *a, const void *b)
{
    const struct manifest_part *one = a, *other = b;
    return str_compare(one->key, other->key);
}

static enum gr_status refuse_repeated(struct manifest *manifest, struct gr_err *err)
{
    if (manifest->part_count)
        qsort(manifest->parts, manifest->part_count, sizeof *manifest->parts, compare_parts);
    for (size_t i = 1; i < manifest->part_count; i++)
        if (str_equal(manifest->parts[i].key, manifest->parts[i - 1].key))
            return refuse_key(manifest->parts[i].key, "it has named before", err);
    return GR_OK;
}

/* ---- the list ---- */

/* A whole number that is not negative; false when it is absent. */
static enum gr_status read_count(const struct json_value *object, const char *name, bool *there,
                                 uint64_t *out, struct gr_err *err)
{
    const struct json_value *value = json_member(object, name);
    struct decimal number;
    struct str text = json_text(value);
    *there = false;
    *out = 0;
    if (!value || value->kind == JSON_NULL)
        return GR_OK;
    if (!text.ptr || decimal_read(text, &number) != DECIMAL_READ_OK || number.scale != 0 ||
        number.units < 0 || number.units > (i128)INT64_MAX)
        return gr_fail(err, GR_EDATA, "%s \"%.*s\" is not a number of rows or files", name,
                       STR_ARG(text));
    *there = true;
    *out = (uint64_t)number.units;
    return GR_OK;
}

/* `name`: the member of an element that is its key; NULL: the element itself. */
static enum gr_status read_part(struct arena *arena, const struct json_value *item,
                                const char *name, struct manifest_part *out, struct gr_err *err)
{
    const struct json_value *key = name ? json_member(item, name) : item;
    if (!key || key->kind != JSON_STRING)
        return gr_fail(err, GR_EDATA,
                       "its list of parts has an element without the name of a file");
    struct str path = key_path(key->text);
    GR_TRY(check_key(key->text, path, err));
    out->key = arena_str(arena, path);
    if (name)
        return read_count(item, "dataRowCount", &out->counted, &out->rows, err);
    return GR_OK;
}

static enum gr_status read_parts(struct arena *arena, const struct json_value *list,
                                 const char *name, struct manifest *out, struct gr_err *err)
{
    if (list->kind != JSON_ARRAY)
        return gr_fail(err, GR_EDATA, "its list of parts is no list");
    if (list->count == 0)
        return gr_fail(err, GR_EDATA, "names no parts");
    if (list->count > MANIFEST_PARTS_MAX)
        return gr_fail(err, GR_EDATA, "names %zu parts, more than the %d that are read",
                       list->count, MANIFEST_PARTS_MAX);
    out->parts = arena_alloc_zeroed(arena, list->count, sizeof *out->parts);
    out->part_count = list->count;
    for (size_t i = 0; i < list->count; i++)
        GR_TRY(read_part(arena, &list->items[i], name, &out->parts[i], err));
    return GR_OK;
}

/* ---- what it says about itself ---- */

static struct str member_text(struct arena *arena, const struct json_value *object,
                              const char *name)
{
    struct str text = json_text(json_member(object, name));
    return text.ptr ? arena_str(arena, text) : STR("");
}

/* "20260501T000000.000Z" and "2026-05-01T00:00:00Z" -> "2026-05"; else "". */
static struct str month_of(struct arena *arena, struct str text)
{
    char digits[7];
    size_t count = 0;
    for (size_t i = 0; i < text.len && count < 6; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            digits[count++] = text.ptr[i];
        else if (text.ptr[i] != '-')
            break;
    }
    digits[count] = '\0';
    return count == 6 ? arena_printf(arena, "%.4s-%s", digits, digits + 4) : STR("");
}

/* The month in a folder such as BILLING_PERIOD=2026-05; "" when there is none. */
static struct str month_in_key(struct arena *arena, struct str key)
{
    static const struct str mark = {"billing_period=", 15};
    struct str rest = key;
    while (rest.ptr) {
        struct str name = str_cut(&rest, '/');
        if (name.len > mark.len && str_equal_nocase((struct str){name.ptr, mark.len}, mark))
            return month_of(arena, (struct str){name.ptr + mark.len, name.len - mark.len});
    }
    return STR("");
}

static struct str join(struct arena *arena, struct str a, struct str b)
{
    return arena_join(arena, (const struct str[]){a, b}, 2, STR(" "));
}

static enum gr_status read_aws_cur(struct arena *arena, const struct json_value *root,
                                   struct manifest *out, struct gr_err *err)
{
    const struct json_value *period = json_member(root, "billingPeriod");
    out->kind = MANIFEST_AWS_CUR;
    out->id = member_text(arena, root, "assemblyId");
    out->series = member_text(arena, root, "account");
    out->period = month_of(arena, member_text(arena, period, "start"));
    return read_parts(arena, json_member(root, "reportKeys"), NULL, out, err);
}

static enum gr_status read_aws_export(struct arena *arena, const struct json_value *root,
                                      struct manifest *out, struct gr_err *err)
{
    const struct json_value *period = json_member(root, "billingPeriod");
    out->kind = MANIFEST_AWS_EXPORT;
    out->id = member_text(arena, root, "executionId");
    out->series = member_text(arena, root, "exportArn");
    GR_TRY(read_parts(arena, json_member(root, "dataFiles"), NULL, out, err));
    out->period = month_in_key(arena, out->parts[0].key);
    if (!out->period.len)
        out->period = month_of(arena, period && period->kind == JSON_OBJECT
                                          ? member_text(arena, period, "start")
                                          : member_text(arena, root, "billingPeriod"));
    return GR_OK;
}

/* Blobs and rows must be as many as the run says in all. */
static enum gr_status check_azure_counts(const struct json_value *root, struct manifest *manifest,
                                         struct gr_err *err)
{
    bool has_blobs, has_rows, all = true;
    uint64_t blobs, rows, sum = 0;
    GR_TRY(read_count(root, "blobCount", &has_blobs, &blobs, err));
    GR_TRY(read_count(root, "dataRowCount", &has_rows, &rows, err));
    if (has_blobs && blobs != manifest->part_count)
        return gr_fail(err, GR_EDATA, "says that it has %llu parts and names %zu",
                       (unsigned long long)blobs, manifest->part_count);
    if (has_rows && manifest->part_count == 1 && !manifest->parts[0].counted) {
        manifest->parts[0].counted = true;
        manifest->parts[0].rows = rows;
    }
    for (size_t i = 0; i < manifest->part_count; i++) {
        all = all && manifest->parts[i].counted;
        sum += manifest->parts[i].rows;
    }
    if (has_rows && all && sum != rows)
        return gr_fail(err, GR_EDATA, "says that it has %llu rows, and its parts add up to %llu",
                       (unsigned long long)rows, (unsigned long long)sum);
    return GR_OK;
}

static enum gr_status read_azure(struct arena *arena, const struct json_value *root,
                                 struct manifest *out, struct gr_err *err)
{
    const struct json_value *config = json_member(root, "exportConfig");
    const struct json_value *run = json_member(root, "runInfo");
    struct str submitted = json_text(json_member(run, "submittedTime"));
    struct str name = join(arena, member_text(arena, config, "resourceId"),
                           member_text(arena, config, "exportName"));
    out->kind = MANIFEST_AZURE;
    out->id = member_text(arena, run, "runId");
    struct str type = member_text(arena, config, "type");
    out->series = join(arena, name, type);
    out->view = str_equal_nocase(type, STR("ActualCost"))      ? STR("actual")
                : str_equal_nocase(type, STR("AmortizedCost")) ? STR("amortized")
                                                               : STR("");
    out->period = month_of(arena, member_text(arena, run, "startDate"));
    out->end = member_text(arena, run, "endDate");
    if (!submitted.ptr || !moment_read(submitted, &out->submitted))
        out->submitted = MOMENT_NONE;
    GR_TRY(read_parts(arena, json_member(root, "blobs"), "blobName", out, err));
    return check_azure_counts(root, out, err);
}

static enum gr_status read_root(struct arena *arena, const struct json_value *root,
                                struct manifest *out, struct gr_err *err)
{
    if (json_member(root, "reportKeys"))
        GR_TRY(read_aws_cur(arena, root, out, err));
    else if (json_member(root, "dataFiles"))
        GR_TRY(read_aws_export(arena, root, out, err));
    else if (json_member(root, "blobs"))
        GR_TRY(read_azure(arena, root, out, err));
    return refuse_repeated(out, err);
}

enum gr_status manifest_read(struct arena *arena, struct str text, struct manifest *out,
                             struct gr_err *err)
{
    *out = (struct manifest){.submitted = MOMENT_NONE};
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = (struct str){text.ptr + 3, text.len - 3};
    struct json_parser *parser = json_open_plain();
    struct arena tree = ARENA_EMPTY;
    struct json_value root;
    const char *why = json_read(parser, &tree, text, &root);
    enum gr_status status = why ? gr_fail(err, GR_EDATA, "is not a manifest: %s", why)
                                : read_root(arena, &root, out, err);
    arena_deinit(&tree);
    json_close(parser);
    return status;
}
