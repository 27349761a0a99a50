/* Scanning: segments of live deliveries and their decoded columns, for rollup/ (and rows.c here).
 *
 * Segments and chunks are read on the store's thread; column_decode() and presum reading are pure,
 * so workers may run them on bytes that were read before.
 */
#ifndef GR_STORE_SCAN_H
#define GR_STORE_SCAN_H

#include "kernels/kernels.h"
#include "store/store.h"

/* Column numbers beside those of store_column_name(). */
enum {
    STORE_COLUMN_LINE = -1,
    STORE_COLUMN_FILE = -2,     /* text: its codes are file ids, absent 0 */
    STORE_COLUMN_DELIVERY = -3, /* text: its codes are delivery ids */
    STORE_COLUMN_NONE = -4      /* absent everywhere */
};

struct store_segment {
    int64_t id;
    uint32_t rows;         /* of all its deliveries */
    uint32_t moment_nulls; /* rows without a moment (or billing period start): never in a range */
    int64_t min_moment;    /* of the dataset's moment column, or of BillingPeriodStart */
    int64_t max_moment;
};

struct store_segment_list {
    struct store_segment *items; /* by first delivery, id */
    size_t count;
};

/* Segments of live deliveries that may have rows in [first_moment, end_moment); MOMENT_NONE: open
 * end, and with both open also segments without any moment. delivery 0: all, and every row of them
 * is of a live delivery; else those that hold rows of that one, beside others (its rows have its id
 * in STORE_COLUMN_DELIVERY). */
enum gr_status store_segment_list(struct store *store, struct arena *arena, enum dataset dataset,
                                  bool by_billing, int64_t first_moment, int64_t end_moment,
                                  int64_t delivery, struct store_segment_list *out,
                                  struct gr_err *err) GR_MUST_CHECK;

/* The bytes of a chunk with KERNEL_SLACK_BYTES readable behind them. ptr NULL: absent column. A
 * chunk that leans on other columns comes with their chunks (a bundle, encoding.h): column_decode()
 * takes it as it is, and who looks into chunks must pass it on. */
struct store_bytes {
    uint8_t *ptr;
    size_t length;
};

/* Memory from the arena. A column that the store never saw is absent. */
enum gr_status store_chunk_read(struct store *store, struct arena *arena, enum dataset dataset,
                                int64_t segment, int column, struct store_bytes *out,
                                struct gr_err *err) GR_MUST_CHECK;
/* The pre-sums of a dictionary column; ptr NULL when the segment has none. */
enum gr_status store_presum_read(struct store *store, struct arena *arena, enum dataset dataset,
                                 int64_t segment, int column, struct store_bytes *out,
                                 struct gr_err *err) GR_MUST_CHECK;

/* Pre-sums of Tags that are right for one key alone: each entry's code is of a text which has the
 * value of the key that the entry is for. */
enum gr_status store_tag_presum_read(struct store *store, struct arena *arena, enum dataset dataset,
                                     int64_t segment, struct str key, struct store_bytes *out,
                                     struct gr_err *err) GR_MUST_CHECK;

/* A scan reads many times and must see one state: between the two calls no writer can commit. Scans
 * may be nested, and lie in a transaction. Every begin that gave GR_OK needs its end. */
enum gr_status store_scan_begin(struct store *store, struct gr_err *err) GR_MUST_CHECK;
void store_scan_end(struct store *store);

enum column_form {
    COLUMN_ABSENT,   /* every row */
    COLUMN_CONSTANT, /* every row the same: `constant`, or dictionary[0] */
    COLUMN_CODES,    /* text: dictionary[codes[row]] is the global code, 0 absent */
    COLUMN_VALUES,   /* values[row] */
    COLUMN_WIDE      /* wide[row], with `scales` each at its own scale */
};

/* A decoded column; owns its buffers, which are reused from decode to decode. */
struct column_data {
    enum column_form form;
    enum column_kind kind; /* MOMENT also for whole numbers */
    uint32_t rows;
    uint32_t nulls;
    uint8_t scale;             /* DECIMAL: value = number * 10^-scale */
    i128 constant;             /* CONSTANT numbers */
    uint32_t dictionary_count; /* text: at least 1 */
    uint32_t *dictionary;
    uint16_t *codes;
    int64_t *values;
    i128 *wide;
    const uint8_t *scales; /* WIDE: scale of each row; NULL: all have `scale` */
    uint8_t *scale_copy;
    const uint8_t *null_bits; /* numbers with nulls > 0: 1 bit a row, 1 absent; else NULL */
    uint8_t *null_copy;
    struct column_data
        *leaned_on; /* columns that a chunk is made from; NULL until one is decoded */
};

void column_data_init(struct column_data *data);
void column_data_deinit(struct column_data *data);
/* Decodes bytes that have KERNEL_SLACK_BYTES behind them; checks everything (a store file is
 * input). `rows` is what the segment says; length 0 gives an absent column. GR_ESTORE when damaged.
 */
enum gr_status column_decode(const uint8_t *bytes, size_t length, uint32_t rows,
                             const struct kernels *kernels, struct column_data *data,
                             struct gr_err *err) GR_MUST_CHECK;
/* Only the dictionary of a text column (dictionary, dictionary_count): what the codes could be. */
enum gr_status column_decode_dictionary(const uint8_t *bytes, size_t length, uint32_t rows,
                                        struct column_data *data, struct gr_err *err) GR_MUST_CHECK;
bool column_is_null(const struct column_data *data, uint32_t row); /* numbers and text */
/* The number in a row; 0 when absent. */
i128 column_number(const struct column_data *data, uint32_t row);
/* The decimal in a row, not in normal form; 0 when absent. */
struct decimal column_decimal(const struct column_data *data, uint32_t row);
uint32_t column_code(const struct column_data *data, uint32_t row); /* global code, 0 absent */

/* The text of a global code; it lives as long as the store is open. GR_ESTORE when there is none.
 */
enum gr_status store_text(struct store *store, enum dataset dataset, int column, uint32_t code,
                          struct str *out, struct gr_err *err) GR_MUST_CHECK;
/* The code of a text; 0 when the column has no such text. */
enum gr_status store_text_find(struct store *store, enum dataset dataset, int column,
                               struct str text, uint32_t *code, struct gr_err *err) GR_MUST_CHECK;
/* Highest code of a text column; 0 when it has none. */
enum gr_status store_text_count(struct store *store, enum dataset dataset, int column,
                                uint32_t *count, struct gr_err *err) GR_MUST_CHECK;
/* Calls each(context, code, text) for the codes first..last of a column, ascending; the text is
 * valid during the call. `each` returns GR_OK to go on. */
enum gr_status store_text_each(struct store *store, enum dataset dataset, int column,
                               uint32_t first, uint32_t last,
                               enum gr_status (*each)(void *context, uint32_t code, struct str text,
                                                      struct gr_err *err),
                               void *context, struct gr_err *err) GR_MUST_CHECK;

#endif
