/* sha256: vectors of FIPS 180-4 / NIST, pieces, and both ways of hashing blocks. */
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "base/sha256_internal.h"
#include "base/status.h"
#include "unit.h"

static void expect_hash(const void *bytes, size_t len, const char *wanted)
{
    struct sha256 hash;
    char hex[65];
    sha256_init(&hash);
    sha256_update(&hash, bytes, len);
    sha256_hex(&hash, hex);
    assert_string_equal(hex, wanted);
}

static void hashes_the_published_examples(void **state)
{
    (void)state;
    expect_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect_hash(two_blocks, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    const char *long_one = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmn"
                           "opjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    expect_hash(long_one, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    char *million = gr_alloc(1000000);
    memset(million, 'a', 1000000);
    expect_hash(million, 1000000,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void pieces_do_not_change_the_hash(void **state)
{
    (void)state;
    uint64_t seed = 1;
    unsigned char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)random_next(&seed);
    for (int i = 0; i < 2000; i++) {
        size_t len = random_below(&seed, sizeof bytes + 1);
        struct sha256 whole, pieces;
        char whole_hex[65], pieces_hex[65];
        sha256_init(&whole);
        sha256_update(&whole, bytes, len);
        sha256_hex(&whole, whole_hex);
        sha256_init(&pieces);
        for (size_t at = 0; at < len;) {
            size_t step = random_below(&seed, 150);
            step = step > len - at ? len - at : step;
            sha256_update(&pieces, bytes + at, step);
            at += step;
        }
        sha256_hex(&pieces, pieces_hex);
        assert_string_equal(whole_hex, pieces_hex);
    }
}

static void instructions_and_portable_code_agree(void **state)
{
    (void)state;
    if (!sha256_has_instructions())
        skip();
    uint64_t seed = 2;
    uint8_t bytes[64 * 8];
    for (int i = 0; i < 2000; i++) {
        uint32_t portable[8], instructions[8];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)random_next(&seed);
        for (int k = 0; k < 8; k++)
            portable[k] = instructions[k] = (uint32_t)random_next(&seed);
        size_t blocks = random_below(&seed, 9);
        sha256_blocks_portable(portable, bytes, blocks);
        sha256_blocks_instructions(instructions, bytes, blocks);
        assert_memory_equal(portable, instructions, sizeof portable);
    }
}

/* The published examples again, by the way that this CPU does not take by itself. */
static void portable_code_hashes_abc(void **state)
{
    (void)state;
    uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t block[64] = {'a', 'b', 'c', 0x80};
    block[63] = 24;
    sha256_blocks_portable(hash, block, 1);
    assert_int_equal(hash[0], 0xba7816bf);
    assert_int_equal(hash[7], 0xf20015ad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_the_published_examples),
        cmocka_unit_test(pieces_do_not_change_the_hash),
        cmocka_unit_test(instructions_and_portable_code_agree),
        cmocka_unit_test(portable_code_hashes_abc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
