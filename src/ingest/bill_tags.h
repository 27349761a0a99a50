/* Tags that a bill spreads over columns, or keeps in maps, as one JSON object a row.
 *
 * A format names the text columns that are tags (AWS: resourceTags/user:team, OCI: tags/Ns.Key) and
 * the ones that hold a JSON object of tags (CUR 2.0: resource_tags); per row bill_tags_put() sets
 * COST_Tags. Rows repeat their tags, so the object is made once a combination of codes. Members are
 * sorted by key, so the text does not depend on the order of the columns; absent and empty cells
 * are no members; a row without tags has none.
 *
 * Order of calls: init, add..., then per row put, deinit. The columns are marked as passing: the
 * store does not keep them beside the Tags. Called by the formats; must not know them.
 */
#ifndef GR_INGEST_BILL_TAGS_H
#define GR_INGEST_BILL_TAGS_H

#include "ingest/json.h"
#include "model/batch.h"

enum { BILL_TAGS_MEMO_BYTES = 2 << 20 }; /* of combinations that are remembered */

/* One column. Keys that two columns have in common are spelled in full in both, so that neither
 * hides the other: user:team and team stay apart when both columns are there. */
struct bill_tag_source {
    size_t column;   /* of the batch */
    struct str key;  /* the tag's key; of a map: put before each of its keys */
    struct str full; /* the key where two would be the same; of a map: what it is then preceded by
                      */
    /* Maps only, else NULL: the key that reports use for a key of the map, a view into it. */
    struct str (*shorten)(struct str key);
    bool is_map;
};

struct bill_tags {
    struct arena names; /* of keys */
    struct arena scratch;
    struct json_parser *parser; /* of maps */
    struct bill_tag_source *sources;
    size_t count;
    bool sealed; /* put was called: keys that clash were found */
    /* Combinations: `count` codes each, in the order of the sources, and the code of the object. */
    uint32_t *known;
    uint32_t *known_tags;
    uint32_t known_count;
    uint32_t known_max;
    uint32_t *slots; /* open addressing: number of a combination + 1 */
    uint32_t *generations;
    uint32_t tags_generation;
    uint32_t *now; /* codes of the row at hand */
    uint32_t last; /* number of the combination of the row before + 1 */
};

void bill_tags_init(struct bill_tags *tags);
void bill_tags_deinit(struct bill_tags *tags);

/* The text column is the tag `key`; `full` is its name in the file. Both are copied. */
void bill_tags_add(struct bill_tags *tags, struct batch *batch, size_t column, struct str key,
                   struct str full);
/* The text column holds JSON objects of tags. Each key is shortened, then gets `prefix` before it.
 * A cell that is no JSON object becomes one tag, `full`, so that it is not lost. */
void bill_tags_add_map(struct bill_tags *tags, struct batch *batch, size_t column,
                       struct str prefix, struct str full, struct str (*shorten)(struct str key));

/* Sets COST_Tags of the row at hand (batch->rows) from its cells. */
void bill_tags_put(struct bill_tags *tags, struct batch *batch);

#endif
