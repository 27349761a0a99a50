/* The shape of the objects of an NDJSON file: what stands between their values.
 *
 * Objects of one source repeat themselves: the bytes between two values (`","model":"`) are those
 * of an earlier line. A shape learns these pieces from lines that the parser (json.h) has read and
 * then reads lines by comparing pieces and looking only at the values: no tree, no copy, no look-up
 * of names. Which piece may follow a value is a small graph, so members that come and go cost a
 * second comparison, not a second shape.
 *
 * A shape reads a line whole or leaves it alone: what it does not know for certain (new members,
 * a name twice, other blanks, unpaired surrogates, bytes that are not UTF-8, a line without end)
 * is the parser's to judge, so that both give the same cells and the same reasons.
 * Private to ingest; used by ndjson.c. Must not know what a member means.
 */
#ifndef GR_INGEST_JSON_SHAPE_H
#define GR_INGEST_JSON_SHAPE_H

#include "ingest/json.h"

enum {
    SHAPE_NODES_MAX = 512,
    SHAPE_EDGES_MAX = 2048,
    SHAPE_PATH_MAX = 128,         /* bytes of the names of a member and those around it */
    SHAPE_LINE_MAX = 1 << 20,     /* bytes of a line that is read by shape */
    SHAPE_NESTED_MAX = 16,        /* depth of a value that is read as one piece */
    SHAPE_SLACK_BYTES = 64,       /* readable zero bytes behind what is given to shape_read() */
    SHAPE_DECODED_MAX = 64 << 10, /* decoded bytes of the escaped texts of a line */
};

/* A member by its place: names from the root down. */
struct shape_node {
    struct str path; /* names joined by '.' */
    struct str name; /* the last of them */
    uint16_t parent; /* SHAPE_ROOT: a member of the outermost object */
    bool secret;     /* to be dropped by its name (secrets.h) */
    bool token;      /* to be dropped unless it is a number */
    uint16_t edges;  /* the first piece that was seen behind its value; 0: none */
    uint64_t seen;   /* number of the line that it was in last */
};

enum { SHAPE_ROOT = 0 };

struct shape_value {
    uint16_t node;
    bool decoded; /* `text` lives until the next line only; else it is a view into the bytes read */
    uint8_t kind; /* enum json_kind; of objects and arrays `text` is all of their bytes, unread */
    struct str text; /* STRING decoded, NUMBER and BOOL as written */
    int64_t whole;   /* NUMBER: its value where it is written as up to 15 digits; else -1 */
};

/* A line that was read. */
struct shape_row {
    struct shape_value values[SHAPE_NODES_MAX]; /* in the order of the line */
    size_t count;
    size_t len; /* bytes of the line with its end */
};

struct shape;

/* descends: whether the object at that path is read member by member; else it is one value. */
struct shape *shape_open(bool (*descends)(const void *context, struct str path),
                         const void *context);
void shape_close(struct shape *shape); /* NULL is fine */

/* Learns from a line (without its end) that json_read() took, as an object without repeated
 * names. */
void shape_learn(struct shape *shape, struct str line);

/* Reads the line at the front of `held`, behind which SHAPE_SLACK_BYTES zero bytes can be read;
 * `last`: the file ends with it. False: the line is not known for certain, or not whole. Values are
 * views into `held` or live until the next call. */
bool shape_read(struct shape *shape, struct str held, bool last, struct shape_row *row);

/* By number; valid until the next shape_learn(). */
const struct shape_node *shape_node(const struct shape *shape, uint16_t number);

#endif
