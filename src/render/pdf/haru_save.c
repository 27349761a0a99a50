/* Finishing a document: properties, PDF/A-1 marks, file ID, and writing it out.
 *
 * Nothing here depends on the clock: dates come from the report, the file ID is a hash of what was
 * drawn, so that the same document gives the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "render/pdf/haru_internal.h"
#include "render/utf8.h"

enum { ICC_BYTES_MAX = 4096 };

/* Properties are short lines; control characters and broken bytes become blanks. */
static struct str plain_line(struct canvas *canvas, struct str text)
{
    struct strbuf line;
    strbuf_init(&line, 2000);
    while (text.len && line.len < 1900) {
        uint32_t code = utf8_next(&text, NULL);
        if (code == UTF8_BAD || utf8_is_control(code) || code == 0xFFFE || code == 0xFFFF)
            strbuf_append_char(&line, ' ');
        else
            utf8_append(&line, code);
    }
    struct str copy = arena_str(&canvas->texts, str_trim(strbuf_str(&line)));
    strbuf_deinit(&line);
    return copy.ptr ? copy : STR("");
}

void canvas_set_info(struct canvas *canvas, const struct canvas_info *info)
{
    canvas->title = plain_line(canvas, info->title);
    canvas->author = plain_line(canvas, info->author);
    canvas->subject = plain_line(canvas, info->subject);
    canvas->as_of = info->as_of;
    HPDF_Doc doc = canvas->doc;
    HARU(canvas, HPDF_SetInfoAttr, doc, HPDF_INFO_TITLE, canvas->title.ptr);
    HARU(canvas, HPDF_SetInfoAttr, doc, HPDF_INFO_AUTHOR, canvas->author.ptr);
    HARU(canvas, HPDF_SetInfoAttr, doc, HPDF_INFO_SUBJECT, canvas->subject.ptr);
    HARU(canvas, HPDF_SetInfoAttr, doc, HPDF_INFO_CREATOR, "gpureport " GR_VERSION);
    int year, month, day;
    day_to_ymd(info->as_of, &year, &month, &day);
    /* '+' 0 and not 'Z', which libharu writes in a form that does not match the metadata */
    const HPDF_Date date = {year, month, day, 0, 0, 0, '+', 0, 0};
    HARU(canvas, HPDF_SetInfoDateAttr, doc, HPDF_INFO_CREATION_DATE, date);
    HARU(canvas, HPDF_SetInfoDateAttr, doc, HPDF_INFO_MOD_DATE, date);
}

static void append_xml(struct strbuf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        switch (text.ptr[i]) {
        case '<':
            strbuf_append_cstr(out, "&lt;");
            break;
        case '>':
            strbuf_append_cstr(out, "&gt;");
            break;
        case '&':
            strbuf_append_cstr(out, "&amp;");
            break;
        default:
            strbuf_append_char(out, text.ptr[i]);
        }
}

static void append_description(struct strbuf *xml, const char *prefix, const char *name_space)
{
    strbuf_printf(xml, "<rdf:Description rdf:about=\"\" xmlns:%s=\"%s\">", prefix, name_space);
}

/* The properties again as XMP, equal to the ones above, plus the claim of PDF/A-1b. */
static void write_xmp(struct canvas *canvas)
{
    static const char end[] = "</rdf:Description>\n";
    char day[11];
    day_format(canvas->as_of, day);
    struct strbuf xml;
    strbuf_init(&xml, 1 << 16);
    strbuf_append_cstr(&xml, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                             "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
                             "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
    append_description(&xml, "dc", "http://purl.org/dc/elements/1.1/");
    strbuf_append_cstr(&xml, "<dc:format>application/pdf</dc:format><dc:title><rdf:Alt>"
                             "<rdf:li xml:lang=\"x-default\">");
    append_xml(&xml, canvas->title);
    strbuf_append_cstr(&xml, "</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>");
    append_xml(&xml, canvas->author);
    strbuf_append_cstr(&xml, "</rdf:li></rdf:Seq></dc:creator><dc:description><rdf:Alt>"
                             "<rdf:li xml:lang=\"x-default\">");
    append_xml(&xml, canvas->subject);
    strbuf_printf(&xml, "</rdf:li></rdf:Alt></dc:description>%s", end);
    append_description(&xml, "xmp", "http://ns.adobe.com/xap/1.0/");
    strbuf_printf(&xml,
                  "<xmp:CreatorTool>gpureport " GR_VERSION "</xmp:CreatorTool>"
                  "<xmp:CreateDate>%sT00:00:00+00:00</xmp:CreateDate>"
                  "<xmp:ModifyDate>%sT00:00:00+00:00</xmp:ModifyDate>%s",
                  day, day, end);
    append_description(&xml, "pdf", "http://ns.adobe.com/pdf/1.3/");
    strbuf_printf(&xml, "<pdf:Producer>Haru Free PDF Library %s</pdf:Producer>%s",
                  HPDF_GetVersion(), end);
    append_description(&xml, "pdfaid", "http://www.aiim.org/pdfa/ns/id/");
    strbuf_printf(&xml,
                  "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>%s"
                  "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>",
                  end);
    HPDF_Dict metadata = HARU(canvas, HPDF_DictStream_New, canvas->doc->mmgr, canvas->doc->xref);
    HARU(canvas, HPDF_Dict_AddName, metadata, "Type", "Metadata");
    HARU(canvas, HPDF_Dict_AddName, metadata, "Subtype", "XML");
    if (metadata)
        HARU(canvas, HPDF_Stream_WriteStr, metadata->stream, strbuf_cstr(&xml));
    HARU(canvas, HPDF_Dict_Add, canvas->doc->catalog, "Metadata", metadata);
    strbuf_deinit(&xml);
}

static void write_output_intent(struct canvas *canvas)
{
    unsigned char profile[ICC_BYTES_MAX];
    size_t len = icc_srgb(profile, sizeof profile);
    HPDF_Dict icc = HARU(canvas, HPDF_DictStream_New, canvas->doc->mmgr, canvas->doc->xref);
    if (!icc)
        return;
    icc->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    HARU(canvas, HPDF_Dict_AddNumber, icc, "N", 3);
    HARU(canvas, HPDF_Stream_Write, icc->stream, profile, (HPDF_UINT)len);
    HPDF_Dict intent = haru_dict(canvas);
    HARU(canvas, HPDF_Dict_AddName, intent, "Type", "OutputIntent");
    HARU(canvas, HPDF_Dict_AddName, intent, "S", "GTS_PDFA1");
    HARU(canvas, HPDF_Dict_Add, intent, "OutputConditionIdentifier",
         haru_string(canvas, STR("sRGB")));
    HARU(canvas, HPDF_Dict_Add, intent, "Info", haru_string(canvas, STR("sRGB")));
    HARU(canvas, HPDF_Dict_Add, intent, "DestOutputProfile", icc);
    HPDF_Array intents = haru_array(canvas);
    HARU(canvas, HPDF_Array_Add, intents, intent);
    HARU(canvas, HPDF_Dict_Add, canvas->doc->catalog, "OutputIntents", intents);
}

/* Hands each piece of the written document to `take`. */
static void stream_each(struct canvas *canvas,
                        void (*take)(void *context, const void *bytes, size_t len), void *context)
{
    HARU(canvas, HPDF_SaveToStream, canvas->doc);
    HARU(canvas, HPDF_ResetStream, canvas->doc);
    if (canvas->failed_call)
        return;
    HPDF_BYTE bytes[65536];
    for (;;) {
        HPDF_UINT32 len = sizeof bytes;
        canvas->call = "HPDF_ReadFromStream";
        HPDF_STATUS status = HPDF_ReadFromStream(canvas->doc, bytes, &len);
        if (len)
            take(context, bytes, len);
        if (status != HPDF_OK || !len)
            return; /* HPDF_STREAM_EOF comes with the last piece */
    }
}

static void take_hash(void *context, const void *bytes, size_t len)
{
    sha256_update(context, bytes, len);
}

static void take_file(void *context, const void *bytes, size_t len)
{
    fwrite(bytes, 1, len, context); /* a failure shows in ferror() */
}

static void write_id(struct canvas *canvas, struct sha256 *hash)
{
    char hex[65];
    sha256_hex(hash, hex);
    HPDF_Array id = haru_array(canvas);
    for (size_t i = 0; i < 2; i++) {
        HPDF_BYTE bytes[16];
        memcpy(bytes, hex, sizeof bytes);
        HPDF_Binary half = HARU(canvas, HPDF_Binary_New, canvas->doc->mmgr, bytes, sizeof bytes);
        HARU(canvas, HPDF_Array_Add, id, half);
    }
    HARU(canvas, HPDF_Dict_Add, canvas->doc->trailer, "ID", id);
}

enum gr_status canvas_save(struct canvas *canvas, FILE *out, struct gr_err *err)
{
    canvas->doc->pdf_version = HPDF_VER_14;
    write_xmp(canvas);
    write_output_intent(canvas);
    if (!canvas->failed_call)
        fonts_close_composites(canvas);
    struct sha256 hash;
    sha256_init(&hash);
    stream_each(canvas, take_hash, &hash);
    write_id(canvas, &hash);
    fonts_complete_descriptors(canvas);
    bool sound = !canvas->failed_call;
    stream_each(canvas, take_file, out);
    if (canvas->failed_call)
        return gr_fail(err, GR_ERENDER, "libharu: %s failed with 0x%04lX (%ld)%s",
                       canvas->failed_call, (unsigned long)canvas->failed_code,
                       (long)canvas->failed_detail, sound ? " while writing" : "");
    if (fflush(out) || ferror(out))
        return gr_fail(err, GR_ESTORE, "can't write the PDF");
    return GR_OK;
}
