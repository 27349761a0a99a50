/* Allocation rules: what a file may say, and the line of what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/allocation.h"

static struct arena arena;

static int clean(void **state)
{
    (void)state;
    arena_deinit(&arena);
    arena = ARENA_EMPTY;
    return 0;
}

static struct allocation read_good(const char *text)
{
    struct gr_err err = {0};
    struct allocation all = {0};
    if (allocation_read_text(&arena, "rules.ini", str_from(text), &all, &err) != GR_OK)
        fail_msg("%s", err.text);
    return all;
}

static void expect_bad(const char *text, const char *message)
{
    struct gr_err err = {0};
    struct allocation all = {0};
    assert_int_equal(allocation_read_text(&arena, "rules.ini", str_from(text), &all, &err),
                     GR_EUSAGE);
    if (!strstr(err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", err.text, message);
}

static void reads_rules_in_their_order(void **state)
{
    (void)state;
    struct allocation all = read_good("; ours\n"
                                      "[allocate b]\n"
                                      "from.1 = tag:team=platform\n"
                                      "from.2 = service!=Tax\n"
                                      "to = tag:team\n"
                                      "method = even\n"
                                      "targets = web, ml\n"
                                      "targets = with\\, comma\n"
                                      "[allocate a]\n"
                                      "from = charge_category=Tax\n"
                                      "to = account\n"
                                      "method = fixed\n"
                                      "shares = x:y:2.5, a:0, b:97.5%\n"
                                      "[allocate c]\n"
                                      "from = region~eu-*\n"
                                      "to = cost_center\n"
                                      "method = measure\n"
                                      "weight = ai:tokens\n");
    assert_int_equal(all.count, 3);
    const struct allocation_rule *rule = &all.rules[0];
    assert_true(str_is(rule->name, "b"));
    assert_true(str_is(rule->from, "tag:team=platform\nservice!=Tax"));
    assert_int_equal(rule->target_count, 3);
    assert_true(str_is(rule->targets[0].group, "ml"));
    assert_true(str_is(rule->targets[2].group, "with, comma"));
    rule = &all.rules[1];
    assert_int_equal(rule->method, ALLOCATE_FIXED);
    assert_true(str_is(rule->targets[2].group, "x:y"));
    assert_int_equal(decimal_compare(rule->targets[2].share, (struct decimal){25, 1}), 0);
    assert_int_equal(decimal_compare(rule->targets[1].share, (struct decimal){975, 1}), 0);
    assert_true(str_is(all.rules[2].weight, "ai:tokens"));
    assert_int_equal(all.sha256.len, 12);
}

static void a_rule_says_all_that_its_method_needs(void **state)
{
    (void)state;
    expect_bad("[allocate a]\nto = service\nmethod = even\n",
               "rules.ini:1: rule \"a\" has no from");
    expect_bad("[allocate a]\nfrom = team=x\nmethod = even\n", "has no to");
    expect_bad("[allocate a]\nfrom = team=x\nto = team\n", "has no method");
    expect_bad("[allocate a]\nfrom = team=x\nto = team\nmethod = fixed\n", "has no shares");
    expect_bad("[allocate a]\nfrom = team=x\nto = team\nmethod = measure\n", "has no weight");
    expect_bad("", "no rule; wanted [allocate NAME]");
}

static void a_rule_says_nothing_that_its_method_ignores(void **state)
{
    (void)state;
    static const char head[] = "[allocate a]\nfrom = team=x\nto = team\n";
    struct {
        const char *rest, *message;
    } cases[] = {
        {"method = even\nshares = a:1\n",                "even has no use for shares"   },
        {"method = even\nweight = billed\n",             "even has no use for billed"   },
        {"method = proportional\nweight = ai:tokens\n",  "has no use for ai:tokens"     },
        {"method = measure\nweight = billed\n",          "measure has no use for billed"},
        {"method = fixed\ntargets = a\nshares = a:1\n",  "either targets or shares"     },
        {"method = even\nmethod = even\n",               "rules.ini:5: method stands"   },
        {"method = evenly\n",                            "rules.ini:4: method: \"even"  },
        {"method = measure\nweight = cpu\n",             "weight: \"cpu\" is not"       },
        {"method = even\ntarget = a\n",                  "no key \"target\""            },
        {"method = fixed\nshares = a:0, b:0\n",          "add up to 0"                  },
        {"method = fixed\nshares = a:-1, b:2\n",         "shares of 0 or more"          },
        {"method = fixed\nshares = a, b:2\n",            "shares of 0 or more"          },
        {"method = fixed\nshares = a:1\nshares = a:2\n", "the group \"a\" twice"        },
        {"method = even\ntargets = a,,b\n",              "rules.ini:5: targets"         },
        {"method = even\nfrom.x = team=y\n",             "no key \"from.x\""            },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str text = arena_join(
            &arena, (const struct str[]){str_from(head), str_from(cases[i].rest)}, 2, STR(""));
        expect_bad(text.ptr, cases[i].message);
    }
}

static void names_the_line_of_a_wrong_filter_dimension_or_section(void **state)
{
    (void)state;
    expect_bad("[allocate a]\nfrom = teem=x\n", "rules.ini:2: from: no dimension named teem");
    expect_bad("[allocate a]\nfrom = team==x\n", "rules.ini:2: from: filter");
    expect_bad("[allocate a]\nfrom =\n", "rules.ini:2: from");
    expect_bad("[allocate a]\nto = day\n", "rules.ini:2: to: \"day\"");
    expect_bad("[allocate a]\nto = nothing\n", "rules.ini:2: to: no dimension named nothing");
    expect_bad("[share a]\n", "rules.ini:1: [share a] is not [allocate NAME]");
    expect_bad("[allocate]\n", "is not [allocate NAME]");
    expect_bad("[allocate a]\nfrom = team=x\nto = team\nmethod = even\n[allocate a]\n",
               "rules.ini:5: a rule \"a\" stands in line 1 already");
}

static void a_tag_and_the_dimension_of_its_name_are_one(void **state)
{
    (void)state;
    assert_true(allocation_same_dimension(STR("tag:team"), STR("team")));
    assert_true(allocation_same_dimension(STR("team"), STR("tag:team")));
    assert_true(allocation_same_dimension(STR("service"), STR("service")));
    assert_false(allocation_same_dimension(STR("tag:service"), STR("service")));
    assert_false(allocation_same_dimension(STR("tag:team"), STR("project")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reads_rules_in_their_order, clean),
        cmocka_unit_test_teardown(a_rule_says_all_that_its_method_needs, clean),
        cmocka_unit_test_teardown(a_rule_says_nothing_that_its_method_ignores, clean),
        cmocka_unit_test_teardown(names_the_line_of_a_wrong_filter_dimension_or_section, clean),
        cmocka_unit_test(a_tag_and_the_dimension_of_its_name_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
