/* Reading a mapping file: what its sections share. Private to ingest/mapping. */
#ifndef GR_INGEST_MAPPING_READER_H
#define GR_INGEST_MAPPING_READER_H

#include "base/ini.h"
#include "ingest/mapping/mapping_internal.h"

struct mapping_reader {
    struct arena *arena;
    struct mapping *mapping;
    const struct ini_file *file;
    const struct ini_entry *entry; /* at hand */
    struct mapping_value *values;
    size_t value_count;
    struct rate_card *card; /* of lines in the file */
    struct str card_file;
    long card_line;
};

#define FAIL(reader, ...) mapping_fail((reader), err, __VA_ARGS__)

/* "FILE:LINE: ..." of the entry at hand; GR_EUSAGE. */
enum gr_status mapping_fail(const struct mapping_reader *reader, struct gr_err *err,
                            const char *format, ...) GR_PRINTF(3, 4);
enum gr_status mapping_unknown_key(const struct mapping_reader *reader, const char *known,
                                   struct gr_err *err);
/* Number of the text among `words` (up to NULL); -1: it is none. */
int mapping_word(struct str text, const char *const *words);
/* The same of the entry's value; GR_EUSAGE listing the words. */
enum gr_status mapping_take_word(const struct mapping_reader *reader, const char *const *words,
                                 int *out, struct gr_err *err) GR_MUST_CHECK;
/* Adds the texts of a comma list. */
enum gr_status mapping_take_list(const struct mapping_reader *reader, struct str *list,
                                 size_t *count, struct gr_err *err) GR_MUST_CHECK;
/* A source column by name; GR_EUSAGE: none is named, it may hold a secret, too many. */
enum gr_status mapping_take_source(const struct mapping_reader *reader, struct str name,
                                   size_t *out, struct gr_err *err) GR_MUST_CHECK;
/* A column of numbers of the dataset. */
enum gr_status mapping_number_column(const struct mapping_reader *reader, struct str name, int *out,
                                     struct gr_err *err) GR_MUST_CHECK;

/* The sections that say something of columns; each takes the entry at hand. */
enum gr_status mapping_take_value(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_numbers(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_dates(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_null(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_tag(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_skip(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_compute(struct mapping_reader *reader, struct gr_err *err);
enum gr_status mapping_take_rates(struct mapping_reader *reader, struct gr_err *err);
/* Reads the card of a file, checks that of lines. */
enum gr_status mapping_finish_rates(struct mapping_reader *reader, struct gr_err *err);

#endif
