/* Texts and names that a workbook can hold; see workbook.h. */
#include <string.h>
#include <strings.h>

#include "render/utf8.h"
#include "render/xlsx/workbook.h"

static size_t units_of(uint32_t code)
{
    return code > 0xFFFF ? 2 : 1;
}

size_t xlsx_units(const char *text)
{
    size_t units = 0;
    for (struct str rest = str_from(text); rest.len;)
        units += units_of(utf8_next(&rest, NULL));
    return units;
}

/* Excel reads _x0041_ in a cell as A. */
static bool is_escape(struct str text)
{
    if (text.len < 7 || text.ptr[0] != '_' || text.ptr[1] != 'x' || text.ptr[6] != '_')
        return false;
    return strspn(text.ptr + 2, "0123456789abcdefABCDEF") >= 4;
}

/* Appends `text` until `units_max` are reached; returns whether all of it fitted. */
static bool append_units(struct strbuf *out, struct str text, size_t units_max, bool one_line)
{
    size_t units = 0;
    while (text.len) {
        bool escape = !one_line && is_escape(text);
        struct str bytes;
        uint32_t code = utf8_next(&text, &bytes);
        bool control = code != UTF8_BAD && utf8_is_control(code);
        units += units_of(code) + (escape ? 6 : 0);
        if (units > units_max)
            return false;
        if (escape)
            strbuf_append_cstr(out, "_x005F");
        if (control && one_line)
            strbuf_append_char(out, ' ');
        else
            utf8_append_repaired(out, bytes);
    }
    return true;
}

static const char *limited(struct arena *arena, struct str text, size_t units_max,
                           const char *cut_mark, bool one_line)
{
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    if (!append_units(&out, text, units_max, one_line)) {
        strbuf_clear(&out);
        (void)append_units(&out, text, units_max - xlsx_units(cut_mark), one_line);
        strbuf_append_cstr(&out, cut_mark);
    }
    const char *kept = arena_str(arena, (struct str){strbuf_cstr(&out), out.len}).ptr;
    strbuf_deinit(&out);
    return kept;
}

const char *xlsx_cell_text(struct arena *arena, struct str text)
{
    /* is_escape looks ahead, so the text needs its NUL; an absent one is empty here. */
    struct str kept = arena_str(arena, text.ptr ? text : STR(""));
    return limited(arena, kept, XLSX_CELL_UNITS_MAX, "\u2026 [cut]", false);
}

const char *xlsx_line(struct arena *arena, struct str text, size_t units_max)
{
    return limited(arena, text.ptr ? text : STR(""), units_max, "\u2026", true);
}

static bool is_used(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* Appends to a list in the arena; lists are short (one entry a sheet). */
static void remember(struct arena *arena, const char ***names, size_t *count, const char *name)
{
    const char **longer = arena_alloc_zeroed(arena, *count + 1, sizeof *longer);
    if (*count)
        memcpy(longer, *names, *count * sizeof *longer);
    longer[(*count)++] = name;
    *names = longer;
}

/* []:*?/\ are illegal, an apostrophe at either end too, and "History" belongs to Excel. */
static const char *legal_sheet_name(struct arena *arena, struct str title)
{
    struct str line = str_from(xlsx_line(arena, title, title.len + 1));
    char *name = arena_alloc(arena, line.len + 1);
    memcpy(name, line.ptr, line.len + 1);
    char *end = name;
    for (const char *c = name; *c; c++) {
        char kept = strchr("[]:*?/\\", *c) ? ' ' : *c;
        if (kept != ' ' || (end > name && end[-1] != ' '))
            *end++ = kept;
    }
    struct str trimmed = str_trim((struct str){name, (size_t)(end - name)});
    while (trimmed.len && (trimmed.ptr[0] == '\'' || trimmed.ptr[0] == ' '))
        trimmed = (struct str){trimmed.ptr + 1, trimmed.len - 1};
    const char *cut = xlsx_line(arena, trimmed, LXW_SHEETNAME_MAX);
    size_t len = strlen(cut);
    while (len && (cut[len - 1] == '\'' || cut[len - 1] == ' '))
        len--;
    if (len == 0)
        return "Sheet";
    cut = arena_str(arena, (struct str){cut, len}).ptr;
    return strcasecmp(cut, "History") == 0 ? "History_" : cut;
}

static const char *numbered_sheet_name(struct arena *arena, const char *name, unsigned number)
{
    struct str suffix = arena_printf(arena, " %u", number);
    const char *head = xlsx_line(arena, str_from(name), LXW_SHEETNAME_MAX - suffix.len);
    return arena_printf(arena, "%s%s", head, suffix.ptr).ptr;
}

enum gr_status xlsx_add_sheet(struct xlsx *xlsx, struct str title, lxw_worksheet **sheet,
                              const char **name)
{
    const char *wanted = legal_sheet_name(&xlsx->arena, title);
    *name = wanted;
    for (unsigned n = 2; is_used(xlsx->sheet_names, xlsx->sheet_count, *name); n++)
        *name = numbered_sheet_name(&xlsx->arena, wanted, n);
    remember(&xlsx->arena, &xlsx->sheet_names, &xlsx->sheet_count, *name);
    *sheet = workbook_add_worksheet(xlsx->book, *name);
    if (!*sheet)
        return gr_fail(xlsx->err, GR_ERENDER, "workbook: \"%s\" is refused as a sheet name", *name);
    return GR_OK;
}

/* A name such as AB12 or R1C1 would be a cell. */
static bool looks_like_cell(const char *name)
{
    size_t letters = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    size_t digits = strspn(name + letters, "0123456789");
    bool is_a1 = letters <= 3 && digits > 0 && name[letters + digits] == 0;
    bool is_r1c1 = strspn(name, "RrCc0123456789") == strlen(name);
    return is_a1 || is_r1c1;
}

const char *xlsx_table_name(struct xlsx *xlsx, struct str id)
{
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    for (size_t i = 0; i < id.len && i < 200; i++) {
        char c = id.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        if (!letter && text.len == 0)
            strbuf_append_cstr(&text, "table_");
        strbuf_append_char(&text, letter || digit ? c : '_');
    }
    if (text.len == 0 || looks_like_cell(strbuf_cstr(&text)))
        strbuf_append_cstr(&text, "_table");
    struct str wanted = arena_str(&xlsx->arena, strbuf_str(&text));
    strbuf_deinit(&text);
    const char *name = wanted.ptr;
    for (unsigned n = 2; is_used(xlsx->table_names, xlsx->table_count, name); n++)
        name = arena_printf(&xlsx->arena, "%s_%u", wanted.ptr, n).ptr;
    remember(&xlsx->arena, &xlsx->table_names, &xlsx->table_count, name);
    return name;
}
