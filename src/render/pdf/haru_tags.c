/* The structure tree of a tagged PDF: which drawn text is a heading, a paragraph, a table cell.
 *
 * libharu has no call for it; the tree is made of its dictionaries (ISO 32000-1, 14.7 and 14.8).
 */
#include <string.h>

#include "render/pdf/haru_internal.h"

/* Text strings beyond this are cut; libharu's limit is 65,535 bytes. */
enum { STRING_BYTES_MAX = 4000 };

HPDF_Dict haru_dict(struct canvas *canvas)
{
    HPDF_Dict dict = HARU(canvas, HPDF_Dict_New, canvas->doc->mmgr);
    if (dict)
        HARU(canvas, HPDF_Xref_Add, canvas->doc->xref, dict);
    return dict;
}

HPDF_Array haru_array(struct canvas *canvas)
{
    return HARU(canvas, HPDF_Array_New, canvas->doc->mmgr);
}

HPDF_String haru_string(struct canvas *canvas, struct str text)
{
    struct str cut = text;
    if (cut.len > STRING_BYTES_MAX) {
        cut.len = STRING_BYTES_MAX;
        while (cut.len && ((unsigned char)cut.ptr[cut.len] & 0xC0) == 0x80)
            cut.len--;
    }
    struct str copy = arena_str(&canvas->texts, cut);
    HPDF_Encoder utf8 = HARU(canvas, HPDF_GetEncoder, canvas->doc, "UTF-8");
    return HARU(canvas, HPDF_String_New, canvas->doc->mmgr, copy.ptr ? copy.ptr : "", utf8);
}

static HPDF_Dict element(struct canvas *canvas, HPDF_Dict parent, HPDF_Array siblings,
                         const char *kind)
{
    /* no /Type: it may be left out, and a long table has thousands of elements */
    HPDF_Dict dict = haru_dict(canvas);
    HARU(canvas, HPDF_Dict_AddName, dict, "S", kind);
    HARU(canvas, HPDF_Dict_Add, dict, "P", parent);
    HARU(canvas, HPDF_Array_Add, siblings, dict);
    return dict;
}

/* The value of a key whatever its class (HPDF_Dict_GetItem takes another class than asked for as an
 * error that stays). */
static HPDF_Obj_Header *entry_of(struct canvas *canvas, HPDF_Dict dict, const char *key)
{
    if (canvas->failed_call)
        return NULL;
    for (HPDF_UINT i = 0; i < dict->list->count; i++) {
        HPDF_DictElement entry = HPDF_List_ItemAt(dict->list, i);
        if (!strcmp(entry->key, key))
            return entry->value;
    }
    return NULL;
}

/* The list of an element's children; a single mark (a plain number so far) becomes its first. */
static HPDF_Array children(struct canvas *canvas, HPDF_Dict parent)
{
    HPDF_Obj_Header *kids = entry_of(canvas, parent, "K");
    if (kids && (kids->obj_class & HPDF_OCLASS_ANY) == HPDF_OCLASS_ARRAY)
        return (HPDF_Array)(void *)kids;
    HPDF_Array list = haru_array(canvas);
    if (kids) /* adding under the same key frees the number */
        HARU(canvas, HPDF_Array_AddNumber, list, ((HPDF_Number)(void *)kids)->value);
    HARU(canvas, HPDF_Dict_Add, parent, "K", list);
    return list;
}

void tags_open(struct canvas *canvas)
{
    HPDF_Dict catalog = canvas->doc->catalog;
    canvas->struct_root = haru_dict(canvas);
    HARU(canvas, HPDF_Dict_AddName, canvas->struct_root, "Type", "StructTreeRoot");
    HARU(canvas, HPDF_Dict_Add, catalog, "StructTreeRoot", canvas->struct_root);
    HPDF_Array roots = haru_array(canvas);
    HARU(canvas, HPDF_Dict_Add, canvas->struct_root, "K", roots);
    canvas->document_tag = element(canvas, canvas->struct_root, roots, "Document");

    HPDF_Dict numbers = haru_dict(canvas);
    HARU(canvas, HPDF_Dict_Add, canvas->struct_root, "ParentTree", numbers);
    canvas->parent_numbers = haru_array(canvas);
    HARU(canvas, HPDF_Dict_Add, numbers, "Nums", canvas->parent_numbers);

    HPDF_Dict marked = HARU(canvas, HPDF_Dict_New, canvas->doc->mmgr);
    HARU(canvas, HPDF_Dict_AddBoolean, marked, "Marked", HPDF_TRUE);
    HARU(canvas, HPDF_Dict_Add, catalog, "MarkInfo", marked);
    HPDF_String language = HARU(canvas, HPDF_String_New, canvas->doc->mmgr, "en-GB", NULL);
    HARU(canvas, HPDF_Dict_Add, catalog, "Lang", language);
    HPDF_Dict viewer = HARU(canvas, HPDF_Dict_New, canvas->doc->mmgr);
    HARU(canvas, HPDF_Dict_AddBoolean, viewer, "DisplayDocTitle", HPDF_TRUE);
    HARU(canvas, HPDF_Dict_Add, catalog, "ViewerPreferences", viewer);
}

void tags_page_added(struct canvas *canvas)
{
    HPDF_INT32 number = (HPDF_INT32)canvas->page_index;
    HPDF_Array marks = haru_array(canvas);
    if (marks)
        HARU(canvas, HPDF_Xref_Add, canvas->doc->xref, marks);
    HARU(canvas, HPDF_Dict_AddNumber, canvas->page, "StructParents", number);
    HARU(canvas, HPDF_Dict_AddName, canvas->page, "Tabs", "S");
    HARU(canvas, HPDF_Array_AddNumber, canvas->parent_numbers, number);
    HARU(canvas, HPDF_Array_Add, canvas->parent_numbers, marks);
    canvas->page_marks[canvas->page_index] = marks;
    canvas->mark_counts[canvas->page_index] = 0;
}

struct tag *canvas_tag(struct canvas *canvas, struct tag *parent, const char *kind)
{
    HPDF_Dict above = parent ? (HPDF_Dict)(void *)parent : canvas->document_tag;
    return (struct tag *)(void *)element(canvas, above, children(canvas, above), kind);
}

void canvas_tag_alt(struct canvas *canvas, struct tag *tag, struct str text)
{
    HARU(canvas, HPDF_Dict_Add, (HPDF_Dict)(void *)tag, "Alt", haru_string(canvas, text));
}

void canvas_tag_column_header(struct canvas *canvas, struct tag *tag)
{
    HPDF_Dict attributes = HARU(canvas, HPDF_Dict_New, canvas->doc->mmgr);
    HARU(canvas, HPDF_Dict_AddName, attributes, "O", "Table");
    HARU(canvas, HPDF_Dict_AddName, attributes, "Scope", "Column");
    HARU(canvas, HPDF_Dict_Add, (HPDF_Dict)(void *)tag, "A", attributes);
}

static void page_write(struct canvas *canvas, const char *operators)
{
    if (canvas->failed_call)
        return;
    HPDF_PageAttr page = canvas->page->attr;
    HARU(canvas, HPDF_Stream_WriteStr, page->stream, operators);
}

/* A mark number is unique on its page; an element that runs over pages names each mark's page. */
static void mark_element(struct canvas *canvas, HPDF_Dict dict, size_t number)
{
    HPDF_Dict page = HARU(canvas, HPDF_Dict_GetItem, dict, "Pg", HPDF_OCLASS_DICT);
    if (!page) {
        HARU(canvas, HPDF_Dict_Add, dict, "Pg", canvas->page);
        HARU(canvas, HPDF_Dict_AddNumber, dict, "K", (HPDF_INT32)number);
    } else if (page == canvas->page) {
        HARU(canvas, HPDF_Array_AddNumber, children(canvas, dict), (HPDF_INT32)number);
    } else {
        HPDF_Dict reference = HARU(canvas, HPDF_Dict_New, canvas->doc->mmgr);
        HARU(canvas, HPDF_Dict_AddName, reference, "Type", "MCR");
        HARU(canvas, HPDF_Dict_Add, reference, "Pg", canvas->page);
        HARU(canvas, HPDF_Dict_AddNumber, reference, "MCID", (HPDF_INT32)number);
        HARU(canvas, HPDF_Array_Add, children(canvas, dict), reference);
    }
    HARU(canvas, HPDF_Array_Add, canvas->page_marks[canvas->page_index], dict);
}

void canvas_mark(struct canvas *canvas, struct tag *tag, const char *kind)
{
    char operators[64];
    if (tag) {
        size_t number = canvas->mark_counts[canvas->page_index]++;
        mark_element(canvas, (HPDF_Dict)(void *)tag, number);
        snprintf(operators, sizeof operators, "/%.20s <</MCID %zu>> BDC\n", kind, number);
    } else {
        snprintf(operators, sizeof operators, "/Artifact BMC\n");
    }
    page_write(canvas, operators);
    canvas->marked = true;
}

void canvas_mark_end(struct canvas *canvas)
{
    if (canvas->marked)
        page_write(canvas, "EMC\n");
    canvas->marked = false;
}
