/* Status codes, error texts and the allocator that never returns NULL.
 *
 * Called by everyone. Must not know anything but the C library; never prints.
 */
#include "base/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The only state of this floor besides file.c's list of temporary files: what to do when memory is
 * gone, and the countdown of the torture tests. */
static _Atomic(void (*)(void)) out_of_memory_handler;
static atomic_ulong allocations_until_failure;

/* An error is one line on a terminal: bytes of a hostile cell must not move the cursor. */
static void replace_control_characters(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7F)
            *c = '?';
}

/* A cut may fall inside a UTF-8 character: drop the part of it that is left. */
static void trim_cut_character(char *text)
{
    size_t len = strlen(text);
    size_t back = 0;
    while (back < 3 && back < len && ((unsigned char)text[len - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back >= len)
        return;
    unsigned char lead = (unsigned char)text[len - 1 - back];
    size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (wanted > back)
        text[len - 1 - back] = '\0';
}

static void set_text(struct gr_err *err, const char *text, bool was_cut)
{
    memcpy(err->text, text, strlen(text) + 1);
    if (was_cut)
        trim_cut_character(err->text);
    replace_control_characters(err->text);
}

enum gr_status gr_fail(struct gr_err *err, enum gr_status status, const char *format, ...)
{
    assert(err && status != GR_OK);
    char text[GR_ERR_TEXT_MAX]; /* an argument may point into err->text */
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        text[0] = '\0';
    err->status = status;
    set_text(err, text, len >= (int)sizeof text);
    return status;
}

enum gr_status gr_wrap(struct gr_err *err, const char *format, ...)
{
    assert(err);
    char text[GR_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    if ((size_t)len >= sizeof text)
        len = sizeof text - 1;
    size_t room = sizeof text - (size_t)len;
    int rest = snprintf(text + len, room, ": %s", err->text);
    set_text(err, text, rest < 0 || (size_t)rest >= room);
    return err->status;
}

void gr_on_out_of_memory(void (*handler)(void))
{
    atomic_store(&out_of_memory_handler, handler);
}

void gr_alloc_fail_at(unsigned long nth)
{
    atomic_store(&allocations_until_failure, nth);
}

static bool allocation_is_to_fail(void)
{
    unsigned long left = atomic_load_explicit(&allocations_until_failure, memory_order_relaxed);
    while (left != 0)
        if (atomic_compare_exchange_weak(&allocations_until_failure, &left, left - 1))
            return left == 1;
    return false;
}

static _Noreturn void out_of_memory(void)
{
    void (*handler)(void) = atomic_load(&out_of_memory_handler);
    if (handler)
        handler();
    abort();
}

/* What no object can have: asked for only when a size was computed past the end. */
static bool is_impossible(size_t size)
{
    return size > PTRDIFF_MAX;
}

void *gr_alloc(size_t size)
{
    if (allocation_is_to_fail() || is_impossible(size))
        out_of_memory();
    void *memory = malloc(size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *gr_alloc_zeroed(size_t count, size_t size)
{
    size_t bytes;
    if (allocation_is_to_fail() || __builtin_mul_overflow(count, size, &bytes) ||
        is_impossible(bytes))
        out_of_memory();
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *gr_realloc(void *old, size_t size)
{
    if (allocation_is_to_fail() || is_impossible(size))
        out_of_memory();
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}
