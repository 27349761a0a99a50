/* Tag rules: their file, and the view that they make of a Tags text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fold.h"
#include "rollup/tag_rules.h"

static struct arena arena;

static void rules_of(const char *text, struct tag_rules *out)
{
    struct gr_err err = {0};
    if (tag_rules_read(&arena, str_from(text), "some/rules.ini", out, &err))
        fail_msg("%s", err.text);
}

static void shows(const struct tag_rules *rules, const char *text, const char *key,
                  const char *wanted)
{
    struct tag_view view = tag_view_of(rules, str_from(key));
    struct str found = tag_view_member(&view, &arena, str_from(text), str_from(key));
    if (!str_equal(found, wanted ? str_from(wanted) : STR_NONE))
        fail_msg("%s of %s: found \"%.*s\", wanted %s", key, text, STR_ARG(found),
                 wanted ? wanted : "nothing");
}

static const char merging[] = "[tag env]\n"
                              "keys = env, environment\n"
                              "keys = Env*\n"
                              "value prod = production, prd\n"
                              "value other = p*\n"
                              "value prod = live\n";

static void the_first_key_that_a_row_has_wins(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of(merging, &rules);
    shows(&rules, "{\"environment\":\"a\",\"env\":\"b\"}", "env", "b");
    shows(&rules, "{\"environment\":\"a\",\"env\":null}", "env", "a");
    shows(&rules, "{\"EnvName\":\"c\",\"environment\":\"a\"}", "env", "a");
    shows(&rules, "{\"EnvName\":\"c\",\"EnvOther\":\"d\"}", "env", "c");
    shows(&rules, "{\"EnvName\":\"c\",\"EnvName\":\"d\"}", "env", "d");
    shows(&rules, "{\"ENV\":\"c\"}", "env", NULL);
    shows(&rules, "{\"env\":\"\",\"environment\":\"a\"}", "env", "");
    shows(&rules, "not an object", "env", NULL);
}

static void the_first_value_that_matches_wins(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of(merging, &rules);
    shows(&rules, "{\"env\":\"production\"}", "env", "prod");
    shows(&rules, "{\"env\":\"prd\"}", "env", "prod");
    shows(&rules, "{\"env\":\"live\"}", "env", "prod");
    shows(&rules, "{\"env\":\"prod\"}", "env", "prod");
    shows(&rules, "{\"env\":\"preview\"}", "env", "other");
    shows(&rules, "{\"env\":\"Production\"}", "env", "Production");
}

static void keys_without_rules_stay_raw(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of(merging, &rules);
    shows(&rules, "{\"environment\":\" Prod \"}", "environment", " Prod ");
    shows(&rules, "{\"Team\":\"ml\"}", "team", NULL);
    shows(NULL, "{\"env\":\"production\"}", "env", "production");
    assert_null(tag_view_of(&rules, STR("team")).rules);
}

static void blanks_and_case_count_as_the_file_says(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of("[tag Stage]\nkeys = Stage, phase\nvalue Live = PROD*\n"
             "[tag exact]\nfold = no\ntrim = no\n"
             "[all]\ntrim = yes\nfold = yes\n",
             &rules);
    shows(&rules, "{\" TEAM \":\" Ml\\t\"}", "team", "ml");
    shows(&rules, "{\" TEAM \":\" Ml\\t\"}", "Team", "ml");
    shows(&rules, "{\"TEAM\":\"other\",\"team\":\"exact\"}", "team", "exact");
    shows(&rules, "{\"team\":\"exact\",\"TEAM\":\"other\"}", "team", "exact");
    shows(&rules, "{\"PHASE\":\"Production\"}", "stage", "Live");
    shows(&rules, "{\"PHASE\":\"LIVE\"}", "STAGE", "Live");
    shows(&rules, "{\"exact\":\" A \"}", "exact", " A ");
    shows(&rules, "{\"Exact\":\" A \"}", "exact", NULL);
}

static void numbers_survive_folding(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of("[all]\nfold = yes\ntrim = yes\n", &rules);
    shows(&rules, "{\"n\":\"1E5\"}", "n", "1E5");
    shows(&rules, "{\"n\":1E5}", "n", "1E5");
    shows(&rules, "{\"n\":\" 007 \"}", "n", "007");
    shows(&rules, "{\"n\":\"1E5X\"}", "n", "1e5x");
    shows(&rules, "{\"n\":\"   \"}", "n", "");
}

static void letters_of_other_scripts_fold(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"STRASSE",           "strasse"          },
        {"ÄÖÜÞ×",        "äöüþ×"       },
        {"ŁÓDŹ ŽŸ",      "łódź žÿ"     },
        {"ΆΈΏ ΟΔΟΣς", "άέώ οδοσσ"},
        {"ЁЖЯ",            "ёжя"           },
        {"東京 ﷽",        "東京 ﷽"       },
        {"\xC3",              "\xC3"             },
        {"\xFF\xC3(",         "\xFF\xC3("        },
        {"İı",              "İı"             },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct str found = str_fold(&arena, str_from(pairs[i][0]));
        if (!str_is(found, pairs[i][1]))
            fail_msg("%s folds to %.*s", pairs[i][0], STR_ARG(found));
    }
    assert_null(str_fold(&arena, STR_NONE).ptr);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"[team]\n",                                "rules.ini:1: section \"team\""    },
        {"[tag]\n",                                 "[all] or [tag KEY]"               },
        {"[tag a]\n[tag a]\n",                      "rules.ini:2"                      },
        {"[all]\n[all]\n",                          "rules.ini:2"                      },
        {"[all]\nkeys = a\n",                       "wanted trim or fold"              },
        {"[tag a]\nfald = yes\n",                   "keys, trim, fold or value NAME"   },
        {"[tag a]\nfold = maybe\n",                 "fold \"maybe\": wanted yes or no" },
        {"[tag a]\nkeys = a,,b\n",                  "raw keys with commas between them"},
        {"[tag a]\nkeys =\n",                       "raw keys with commas between them"},
        {"[tag a]\nvalue = x\n",                    "keys, trim, fold or value NAME"   },
        {"[tag a]\n\nvalue x =\n",                  "rules.ini:3: value x"             },
        {"[tag a]\nkeys = b\n[other]\ntrim = no\n", "rules.ini:3: section \"other\""   },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct gr_err err = {0};
        struct tag_rules rules;
        assert_int_equal(
            tag_rules_read(&arena, str_from(wrong[i][0]), "some/rules.ini", &rules, &err),
            GR_EUSAGE);
        if (!strstr(err.text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.text);
    }
}

static void outputs_name_the_file_and_its_hash(void **state)
{
    (void)state;
    struct tag_rules rules;
    rules_of("", &rules); /* no rule at all; e3b0c442... is the SHA-256 of nothing */
    struct str label = tag_rules_label(&arena, &rules);
    assert_true(str_is(label, "rules.ini (sha256 e3b0c44298fc)"));
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_key_that_a_row_has_wins),
        cmocka_unit_test(the_first_value_that_matches_wins),
        cmocka_unit_test(keys_without_rules_stay_raw),
        cmocka_unit_test(blanks_and_case_count_as_the_file_says),
        cmocka_unit_test(numbers_survive_folding),
        cmocka_unit_test(letters_of_other_scripts_fold),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(outputs_name_the_file_and_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
