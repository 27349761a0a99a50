/* The words of FOCUS columns (see focus_words.h). Source: FOCUS 0.5, 1.0-preview, 1.0 to 1.4. */
#include "ingest/formats/focus_words.h"

const int focus_word_columns[] = {COST_ChargeCategory,           COST_ChargeClass,
                                  COST_ChargeFrequency,          COST_PricingCategory,
                                  COST_CommitmentDiscountStatus, COST_CommitmentDiscountCategory,
                                  COST_CapacityReservationStatus};

_Static_assert(sizeof focus_word_columns / sizeof *focus_word_columns == FOCUS_WORD_COLUMNS,
               "as many columns as the header says");

struct word {
    int column;
    const char *spelled; /* lower-case letters only */
    const char *meant;
};

static const struct word words[] = {
    {COST_ChargeCategory,             "usage",           "Usage"      },
    {COST_ChargeCategory,             "purchase",        "Purchase"   },
    {COST_ChargeCategory,             "tax",             "Tax"        },
    {COST_ChargeCategory,             "credit",          "Credit"     },
    {COST_ChargeCategory,             "adjustment",      "Adjustment" },
    {COST_ChargeClass,                "correction",      "Correction" },
    {COST_ChargeFrequency,            "onetime",         "One-Time"   },
    {COST_ChargeFrequency,            "recurring",       "Recurring"  },
    {COST_ChargeFrequency,            "usagebased",      "Usage-Based"},
    {COST_PricingCategory,            "standard",        "Standard"   },
    {COST_PricingCategory,            "ondemand",        "Standard"   },
    {COST_PricingCategory,            "dynamic",         "Dynamic"    },
    {COST_PricingCategory,            "committed",       "Committed"  },
    {COST_PricingCategory,            "commitmentbased", "Committed"  },
    {COST_PricingCategory,            "other",           "Other"      },
    {COST_CommitmentDiscountStatus,   "used",            "Used"       },
    {COST_CommitmentDiscountStatus,   "unused",          "Unused"     },
    {COST_CommitmentDiscountCategory, "spend",           "Spend"      },
    {COST_CommitmentDiscountCategory, "usage",           "Usage"      },
    {COST_CapacityReservationStatus,  "used",            "Used"       },
    {COST_CapacityReservationStatus,  "unused",          "Unused"     },
};

static bool is_spelled(struct str text, const char *spelled)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '-' || c == '_')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != *spelled++)
            return false;
    }
    return *spelled == 0;
}

struct str focus_word(int column, struct str text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].column == column && is_spelled(text, words[i].spelled))
            return str_from(words[i].meant);
    return text;
}
