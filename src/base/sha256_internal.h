/* The two ways to hash blocks, apart, so that a test can hold them against each other. */
#ifndef GR_BASE_SHA256_INTERNAL_H
#define GR_BASE_SHA256_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hash `blocks` blocks of 64 bytes into `state`. The second needs sha256_has_instructions(). */
void sha256_blocks_portable(uint32_t state[8], const uint8_t *at, size_t blocks);
void sha256_blocks_instructions(uint32_t state[8], const uint8_t *at, size_t blocks);

#endif
