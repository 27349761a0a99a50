/* JSON a line (see json_lines.h). */
#include "ingest/json_lines.h"

#include "ingest/lines.h"
#include "ingest/secrets.h"

struct json_lines {
    struct lines lines;
    struct json_parser *parser;
    struct arena arena; /* of the line */
    struct emit *emit;
    enum gr_status (*take)(void *context, const struct json_place *place,
                           const struct json_value *value, struct gr_err *err);
    void *context;
};

static enum gr_status read_line(struct json_lines *json, const struct line *line,
                                struct gr_err *err)
{
    struct json_value value;
    struct json_place place = {"", line->number, line->byte_offset};
    arena_reset(&json->arena);
    const char *broken =
        line->fault ? line->fault : json_read(json->parser, &json->arena, line->text, &value);
    if (!broken)
        return json->take(json->context, &place, &value, err);
    bool secret = secret_in_text(line->text);
    return emit_reject(json->emit,
                       (struct ingest_reject){
                           .line = line->number,
                           .byte_offset = line->byte_offset,
                           .reason = str_from(broken),
                           .raw = secret ? STR("(withheld: it may hold a secret)") : line->text},
                       err);
}

static enum gr_status read_all(struct json_lines *json, struct gr_err *err)
{
    for (;;) {
        struct line line;
        bool more;
        GR_TRY(lines_next(&json->lines, &line, &more, err));
        if (!more)
            return emit_flush(json->emit, err);
        if (!line.fault && str_trim(line.text).len == 0)
            emit_skip(json->emit, 1);
        else
            GR_TRY(read_line(json, &line, err));
    }
}

enum gr_status json_lines_read(struct ingest_source *source, struct emit *emit,
                               enum gr_status (*take)(void *context, const struct json_place *place,
                                                      const struct json_value *value,
                                                      struct gr_err *err),
                               void *context, struct gr_err *err)
{
    struct json_lines json = {.parser = json_open(),
                              .arena = ARENA_EMPTY,
                              .emit = emit,
                              .take = take,
                              .context = context};
    lines_init(&json.lines, source);
    enum gr_status status = read_all(&json, err);
    lines_deinit(&json.lines);
    json_close(json.parser);
    arena_deinit(&json.arena);
    return status;
}
