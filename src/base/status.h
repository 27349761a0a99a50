/* Status codes and error texts: how every function of gpureport says that it failed.
 *
 * A function that can fail returns `enum gr_status` (must be checked) and takes `struct gr_err
 * *err` last. gr_fail() is called once, where the facts are; callers that add meaning use
 * gr_wrap(). Nothing here prints or exits: only src/cli/ does. Must not know anything but the C
 * library.
 */
#ifndef GR_BASE_STATUS_H
#define GR_BASE_STATUS_H

#include <stddef.h>

/* The values are the program's exit codes (contract: Exit codes). */
enum gr_status {
    GR_OK = 0,
    GR_BREACHED = 1, /* done, and a budget is breached */
    GR_EUSAGE = 2,   /* command line, configuration or definition */
    GR_EDATA = 3,    /* data refused */
    GR_ESTORE = 4,   /* store, file or other resource */
    GR_ERENDER = 5,  /* renderer or gnuplot */
    GR_EBUSY = 75,   /* another run holds the store */
    GR_EINTERRUPTED = 130,
};

enum { GR_ERR_TEXT_MAX = 1024 };

/* Holds one line; nothing is allocated. Zero-initialise: `struct gr_err err = {0};` */
struct gr_err {
    enum gr_status status;
    char text[GR_ERR_TEXT_MAX];
};

#define GR_MUST_CHECK __attribute__((warn_unused_result))
#define GR_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* Writes the message (control characters become '?') and returns `status`. err must not be NULL. */
enum gr_status gr_fail(struct gr_err *err, enum gr_status status, const char *format, ...)
    GR_PRINTF(3, 4);

/* Puts "<formatted>: " before the message that is there and returns err->status. */
enum gr_status gr_wrap(struct gr_err *err, const char *format, ...) GR_PRINTF(2, 3);

/* For functions that hold nothing: leave at once on failure. */
#define GR_TRY(call)                                                                               \
    do {                                                                                           \
        enum gr_status gr_try_status_ = (call);                                                    \
        if (gr_try_status_ != GR_OK)                                                               \
            return gr_try_status_;                                                                 \
    } while (0)

/* Out of memory ends the run: the store is transactional and outputs are renamed whole, so nothing
 * is left half-written. `handler` must not return; main installs one that says so and exits 4. */
void gr_on_out_of_memory(void (*handler)(void));

/* malloc / realloc that never return NULL (they call the handler). Free with free(). size may be 0.
 */
void *gr_alloc(size_t size);
void *gr_alloc_zeroed(size_t count, size_t size);
void *gr_realloc(void *old, size_t size);

/* Torture tests: fail the nth allocation from now on (0 switches it off). */
void gr_alloc_fail_at(unsigned long nth);

#endif
