/* dict and hash_bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "unit.h"

enum { TEXTS = 200000 };

static void codes_count_from_one_in_order_of_sight(void **state)
{
    (void)state;
    struct dict dict;
    dict_init(&dict);
    assert_int_equal(dict_find(&dict, STR("x")), 0);
    assert_int_equal(dict_intern(&dict, STR("b")), 1);
    assert_int_equal(dict_intern(&dict, STR("a")), 2);
    assert_int_equal(dict_intern(&dict, STR("b")), 1);
    assert_int_equal(dict_intern(&dict, STR("")), 3); /* empty is a text */
    assert_int_equal(dict_intern(&dict, STR_NONE), 0);
    assert_int_equal(dict_find(&dict, STR_NONE), 0);
    assert_int_equal(dict_find(&dict, STR("c")), 0);
    assert_int_equal(dict.count, 3);
    assert_null(dict_text(&dict, 0).ptr);
    assert_true(str_is(dict_text(&dict, 2), "a"));
    assert_true(str_is(dict_text(&dict, 3), ""));
    assert_int_equal(dict_intern(&dict, (struct str){"a\0b", 3}), 4);
    assert_int_equal(dict_find(&dict, STR("a")), 2);
    dict_deinit(&dict);
}

static void many_texts_keep_their_codes_and_places(void **state)
{
    (void)state;
    struct dict dict;
    dict_init(&dict);
    const char *first = NULL;
    for (uint32_t i = 1; i <= TEXTS; i++) {
        char text[40];
        int len = snprintf(text, sizeof text, "i-%08x", i * 2654435761U);
        assert_int_equal(dict_intern(&dict, (struct str){text, (size_t)len}), i);
        if (i == 1)
            first = dict_text(&dict, 1).ptr;
    }
    assert_ptr_equal(dict_text(&dict, 1).ptr, first); /* growth moves no text */
    for (uint32_t i = 1; i <= TEXTS; i++) {
        char text[40];
        snprintf(text, sizeof text, "i-%08x", i * 2654435761U);
        assert_int_equal(dict_find(&dict, str_from(text)), i);
        assert_true(str_is(dict_text(&dict, i), text));
    }
    assert_int_equal(dict_find(&dict, STR("i-")), 0);
    dict_deinit(&dict);
    assert_int_equal(dict.count, 0);
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void a_cleared_dictionary_starts_anew(void **state)
{
    (void)state;
    struct dict dict;
    char text[32];
    dict_init(&dict);
    dict_clear(&dict);
    for (uint32_t round = 1; round <= 2; round++) {
        for (uint32_t i = 1; i <= 70000; i++) {
            int len = snprintf(text, sizeof text, "%u-%u", round, i);
            assert_int_equal(dict_intern(&dict, (struct str){text, (size_t)len}), i);
        }
        assert_true(dict_bytes(&dict) > 70000 * 8);
        dict_clear(&dict);
        assert_int_equal(dict_bytes(&dict), 0);
        assert_int_equal(dict.generation, round + 1);
        assert_int_equal(dict_find(&dict, STR("1-1")), 0);
    }
    dict_deinit(&dict);
}

static void looking_up_in_two_steps_gives_the_same_codes(void **state)
{
    (void)state;
    struct dict dict;
    dict_init(&dict);
    uint32_t hash = dict_hash(STR("a"));
    dict_prefetch(&dict, hash);
    assert_int_equal(dict_intern_hashed(&dict, STR("a"), hash), 1);
    assert_int_equal(dict_intern(&dict, STR("a")), 1);
    assert_int_equal(dict_intern(&dict, STR("b")), 2);
    dict_prefetch(&dict, dict_hash(STR("b")));
    assert_int_equal(dict_intern_hashed(&dict, STR("b"), dict_hash(STR("b"))), 2);
    dict_deinit(&dict);
}

static void hashes_of_similar_texts_differ(void **state)
{
    (void)state;
    uint64_t *hashes = gr_alloc(TEXTS * sizeof *hashes);
    for (size_t i = 0; i < TEXTS; i++) {
        char text[64];
        int len = snprintf(text, sizeof text, "arn:aws:ec2:us-east-1:%06zu:volume/vol-0", i);
        hashes[i] = hash_bytes(text, (size_t)len);
    }
    qsort(hashes, TEXTS, sizeof *hashes, compare_hashes);
    for (size_t i = 1; i < TEXTS; i++)
        assert_true(hashes[i] != hashes[i - 1]);
    /* the dictionary uses the upper half: spread over 4,096 places, none takes ten times its share
     */
    static unsigned places[4096];
    for (size_t i = 0; i < TEXTS; i++)
        places[hashes[i] >> 32 & 4095]++;
    for (size_t i = 0; i < 4096; i++)
        assert_in_range(places[i], 1, TEXTS / 4096 * 10);
    free(hashes);
}

/* Every length up to some words: flipping any bit, or adding a zero byte, changes the hash. */
static void every_byte_counts_in_a_hash(void **state)
{
    (void)state;
    unsigned char bytes[70];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t len = 0; len < sizeof bytes; len++) {
        uint64_t hash = hash_bytes(bytes, len);
        for (size_t bit = 0; bit < len * 8; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
            assert_true(hash_bytes(bytes, len) != hash);
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        }
        assert_true(hash_bytes(bytes, len) == hash);
    }
    static const unsigned char zeros[70];
    for (size_t len = 1; len < sizeof zeros; len++)
        assert_true(hash_bytes(zeros, len) != hash_bytes(zeros, len - 1));
}

/* Stored hashes would go stale unseen if the function changed: these are its values. */
static void hashes_are_the_same_on_every_machine(void **state)
{
    (void)state;
    assert_true(hash_bytes("", 0) == UINT64_C(0x480FE49664288F5D));
    assert_true(hash_bytes("team", 4) == UINT64_C(0x1905F41170DD84DE));
    assert_true(hash_bytes("arn:aws:ec2:us-east-1:000001", 28) == UINT64_C(0x1FD478ACF7BC49C6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_count_from_one_in_order_of_sight),
        cmocka_unit_test(many_texts_keep_their_codes_and_places),
        cmocka_unit_test(a_cleared_dictionary_starts_anew),
        cmocka_unit_test(looking_up_in_two_steps_gives_the_same_codes),
        cmocka_unit_test(hashes_of_similar_texts_differ),
        cmocka_unit_test(every_byte_counts_in_a_hash),
        cmocka_unit_test(hashes_are_the_same_on_every_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
