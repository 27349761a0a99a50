/* Renders a document into memory; see rendered.h. */
#include "rendered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

char *rendered(const struct renderer *renderer, const struct report_doc *doc,
               const struct render_options *options, size_t *len)
{
    struct gr_err err = {0};
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, len);
    assert_non_null(out);
    enum gr_status status = renderer->render(doc, options, out, &err);
    if (status)
        print_error("%s: %s\n", renderer->name, err.text);
    assert_int_equal(status, GR_OK);
    fclose(out);
    return bytes;
}

static void show_difference(const char *name, struct str expected, struct str got)
{
    size_t at = 0;
    size_t line = 1;
    while (at < expected.len && at < got.len && expected.ptr[at] == got.ptr[at])
        line += expected.ptr[at++] == '\n';
    size_t start = at;
    while (start > 0 && got.ptr[start - 1] != '\n')
        start--;
    print_error("expected/%s differs at line %zu, from:\n%.*s\n", name, line,
                (int)(got.len - start > 200 ? 200 : got.len - start), got.ptr + start);
}

void assert_expected(const char *name, const char *bytes, size_t len)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/unit/render/expected/%s", GR_SOURCE_DIR, name);
    if (getenv("GR_ACCEPT")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(bytes, 1, len, out), len);
        fclose(out);
        return;
    }
    struct gr_err err = {0};
    struct strbuf expected;
    strbuf_init(&expected, STRBUF_CEILING);
    enum gr_status status = file_read(path, &expected, &err);
    if (status)
        print_error("%s\n", err.text);
    assert_int_equal(status, GR_OK);
    struct str got = {bytes, len};
    bool equal = str_equal(strbuf_str(&expected), got);
    if (!equal)
        show_difference(name, strbuf_str(&expected), got);
    strbuf_deinit(&expected);
    assert_true(equal);
}
