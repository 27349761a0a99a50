/* JSON on yajl: small trees with numbers as text, read from a line or streamed out of a big
 * document.
 *
 * formats/usage.c reads a tree a line, formats/sync.c one a record of the arrays
 * of a document, report/ reads JSON cells. Secrets (secrets.h) are dropped while reading. A member
 * name that comes twice in an object: the last one holds, and the value says so. Must not know what
 * a member means.
 */
#ifndef GR_INGEST_JSON_H
#define GR_INGEST_JSON_H

#include "base/arena.h"
#include "ingest/source.h"

enum {
    JSON_DEPTH_MAX = 32,
    JSON_MEMBERS_MAX = 1024,    /* of an object */
    JSON_RECORD_MAX = 16 << 20, /* bytes of memory of one tree */
    JSON_PATH_MAX = 128,
};

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    bool repeated;               /* OBJECT: a name came twice, here or below */
    struct str text;             /* STRING decoded, NUMBER and BOOL as written */
    struct json_member *members; /* OBJECT */
    struct json_value *items;    /* ARRAY */
    size_t count;
};

struct json_member {
    struct str name;
    struct json_value value;
};

/* The member of that name; NULL when there is none or `object` is none. */
const struct json_value *json_member(const struct json_value *object, const char *name);
/* Text of a scalar; STR_NONE for null, containers and NULL. */
struct str json_text(const struct json_value *value);
/* Appends compact JSON text of the tree. */
void json_write(const struct json_value *value, struct strbuf *out);

struct json_parser;

struct json_parser *json_open(void);
/* Keeps every member, for files that no row comes from: manifests name their parts in reportKeys.
 */
struct json_parser *json_open_plain(void);
void json_close(struct json_parser *parser); /* NULL is fine */

/* Reads one whole value from `text` into `arena`. NULL on success, else the reason it can't be
 * read, valid until the next call. */
const char *json_read(struct json_parser *parser, struct arena *arena, struct str text,
                      struct json_value *out);

/* Where a record of a document was found. */
struct json_place {
    const char
        *path; /* names of the members around the array, joined by '.'; "" for a bare array */
    uint64_t line;
    uint64_t byte_offset;
};

/* Records are the elements of the outermost arrays; scalars that stand in no array come as they
 * are, with their own path. Values live until the callback returns. */
struct json_visitor {
    void *context;
    enum gr_status (*record)(void *context, const struct json_place *place,
                             const struct json_value *value, struct gr_err *err);
    enum gr_status (*scalar)(void *context, const struct json_place *place,
                             const struct json_value *value, struct gr_err *err);
    /* an array begins (it may stay empty) */
    enum gr_status (*array)(void *context, const struct json_place *place, struct gr_err *err);
};

/* Reads a whole document from a source. GR_EDATA with the line: not JSON, cut, too deep, too large.
 */
enum gr_status json_stream(struct ingest_source *source, const struct json_visitor *visitor,
                           struct gr_err *err) GR_MUST_CHECK;

/* The same over the head of a file, for sniffing: whatever comes before the bytes end or break. */
void json_peek(struct str bytes, const struct json_visitor *visitor);

#endif
