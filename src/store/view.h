/* A column as it lies in its chunk: for scans that sum packed values and walk runs without spelling
 * them out row by row.
 *
 * Pure, as decode.c is, and as distrustful: everything is checked before use, but for the number of
 * absent rows of a text column, which nobody here needs. A column that is like another one but for
 * patches is the other's packed bytes and the patches. An encoding that this file does not know is
 * decoded (COLUMN_VIEW_DECODED), so a new one works before it is fast.
 */
#ifndef GR_STORE_VIEW_H
#define GR_STORE_VIEW_H

#include "store/scan.h"

enum column_view_form {
    COLUMN_VIEW_ABSENT,   /* every row */
    COLUMN_VIEW_CONSTANT, /* data.constant, or data.dictionary[0] */
    COLUMN_VIEW_CODES,    /* text: data.dictionary, data.codes */
    COLUMN_VIEW_RUNS,     /* runs[]: text with places in data.dictionary, or numbers */
    COLUMN_VIEW_STEP,     /* numbers: base + row * factor */
    COLUMN_VIEW_PACKED,   /* numbers, none absent: base + factor * unsigned(packed + row * width) */
    COLUMN_VIEW_DECODED   /* numbers: all of data, as column_decode() gives it */
};

/* Rows up to `end` (not with it) that no earlier run has. */
struct column_run {
    uint32_t end;
    int64_t value; /* or the place in the dictionary */
};

/* A row of a PACKED column whose number is another one than the packed one. */
struct column_patch {
    uint32_t row;
    i128 difference; /* number - packed number */
};

/* Owns its buffers, which are reused from read to read. */
struct column_view {
    enum column_view_form form;
    struct column_data data; /* kind, rows, nulls and scale always */
    const uint8_t *packed;   /* in the bytes that were read, with KERNEL_SLACK_BYTES behind them */
    unsigned width;          /* 1..8 */
    int64_t base;
    int64_t factor;               /* PACKED: 1 or more */
    struct column_patch *patches; /* PACKED: by row */
    uint32_t patch_count;
    uint32_t patch_capacity;
    struct column_run *runs;
    uint32_t run_count; /* at most COLUMN_VIEW_RUNS_MAX: more are spelt out */
};

enum { COLUMN_VIEW_RUNS_MAX = 1024 };

void column_view_init(struct column_view *view);
void column_view_deinit(struct column_view *view);
/* The bytes must outlive the view's use; the rest as column_decode(). */
enum gr_status column_view_read(const uint8_t *bytes, size_t length, uint32_t rows,
                                const struct kernels *kernels, struct column_view *view,
                                struct gr_err *err) GR_MUST_CHECK;
/* Makes RUNS, STEP and PACKED numbers into DECODED ones. */
enum gr_status column_view_decode(const uint8_t *bytes, size_t length, uint32_t rows,
                                  const struct kernels *kernels, struct column_view *view,
                                  struct gr_err *err) GR_MUST_CHECK;

/* A code that none of a text chunk's is above, from its header and one entry; 0 when it cannot be
 * told. Nothing may rest on it before the chunk is decoded. */
uint32_t column_last_code(const uint8_t *bytes, size_t length);

#endif
