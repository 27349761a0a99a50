/* What the tests of analysis/ share: cmocka's headers and comparisons. */
#ifndef GR_TESTS_ANALYSIS_TESTING_H
#define GR_TESTS_ANALYSIS_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/decimal.h"

#define assert_near(actual, wanted, tolerance)                                                     \
    do {                                                                                           \
        double actual_ = (actual), wanted_ = (wanted);                                             \
        if (!(fabs(actual_ - wanted_) <= (tolerance)))                                             \
            fail_msg("%s is %.12g, wanted %.12g", #actual, actual_, wanted_);                      \
    } while (0)

#define assert_decimal(actual, text)                                                               \
    do {                                                                                           \
        struct decimal wanted_;                                                                    \
        assert_int_equal(decimal_read(str_from(text), &wanted_), DECIMAL_READ_OK);                 \
        if (decimal_compare((actual), wanted_) != 0)                                               \
            fail_msg("%s is %.15g, wanted %s", #actual, decimal_to_double(actual), text);          \
    } while (0)

#endif
