/* SHA-256 (FIPS 180-4), used to know a file again. Uses the CPU's SHA instructions where they
 * exist. */
#ifndef GR_BASE_SHA256_H
#define GR_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t total_bytes;
    uint8_t block[64];
    size_t block_len;
};

/* Whether the CPU has instructions for it. It is asked each time, which is slow on a virtual
 * machine: remember the answer. */
bool sha256_has_instructions(void);

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *bytes, size_t len);
void sha256_hex(struct sha256 *hash, char out[65]); /* lower case and NUL; hash is used up */

#endif
