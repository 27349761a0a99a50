/* Declarative mappings: an INI file says how any CSV, JSON or NDJSON becomes rows.
 *
 * templates/README.md documents the file; shipped ones lie in templates/mappings/ and are compiled
 * in. A set holds what can be chosen from; ingest.c asks it when no built-in format knows a file,
 * the command line shows it. Everything of a mapping lives in the arena that it was read into.
 */
#ifndef GR_INGEST_MAPPING_MAPPING_H
#define GR_INGEST_MAPPING_MAPPING_H

#include "base/arena.h"
#include "ingest/ingest.h"

struct mapping;
struct mapping_set;

/* The shipped mappings, and those of <home>/templates/mappings/ (home may be NULL), which win.
 * GR_EUSAGE: one of them is wrong; the message names file and line. */
enum gr_status mapping_set_open(struct arena *arena, const char *home, struct mapping_set **out,
                                struct gr_err *err) GR_MUST_CHECK;
size_t mapping_set_count(const struct mapping_set *set);
const struct mapping *mapping_set_at(const struct mapping_set *set, size_t number);
const struct mapping *mapping_set_find(const struct mapping_set *set,
                                       struct str name); /* or NULL */

/* The mapping of that name, or the one in that file. GR_EUSAGE, GR_ESTORE. */
enum gr_status mapping_choose(struct arena *arena, const struct mapping_set *set,
                              const char *name_or_path, const struct mapping **out,
                              struct gr_err *err) GR_MUST_CHECK;

/* From text; `path` is for messages and for the rate card beside it. GR_EUSAGE, GR_ESTORE. */
enum gr_status mapping_read_text(struct arena *arena, struct str text, const char *path,
                                 struct mapping **out, struct gr_err *err) GR_MUST_CHECK;

const char *mapping_name(const struct mapping *mapping);
const char *mapping_what(const struct mapping *mapping);
struct str mapping_text(const struct mapping *mapping); /* the file as it stands */

/* The mapping whose [detect] fits best; NULL: none. GR_EDATA: two fit equally well. */
enum gr_status mapping_detect(const struct mapping_set *set, const struct ingest_head *head,
                              const struct mapping **out, struct gr_err *err) GR_MUST_CHECK;

/* Reads all of `source`, as bill_format.read. */
enum gr_status mapping_read(const struct mapping *mapping, struct ingest_source *source,
                            const struct ingest_options *options, struct batch_texts *texts,
                            const struct ingest_sink *sink, struct ingest_file_facts *facts,
                            struct gr_err *err) GR_MUST_CHECK;

#endif
