/* What every unit test of this floor includes: cmocka and a seeded random source. */
#ifndef GR_TESTS_UNIT_H
#define GR_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* splitmix64 (Sebastiano Vigna, public domain): the same numbers on every machine. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 .. below-1 */
static inline unsigned random_below(uint64_t *state, unsigned below)
{
    return (unsigned)(random_next(state) % below);
}

#endif
