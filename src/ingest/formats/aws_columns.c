/* Columns of AWS bills (see aws_columns.h).
 *
 * Tags: a user's tag is called by its own key (resourceTags/user:team is team), one that AWS makes
 * keeps its prefix (aws:createdBy), a cost category is costCategory/Name. Athena's names are in
 * lower case with underscores, so Custom-Tag is custom_tag there: what is lost in the file cannot
 * be brought back. In CUR 2.0 tags are maps of JSON with keys user_team or user:team; the newer map
 * `tags` has keys with the kind before them (resourceTags/user:team, accountTag/...), which only
 * the tags of resources lose.
 */
#include "ingest/formats/aws_columns.h"

#include <string.h>

const struct bill_name aws_names[] = {
    {"line_item_unblended_cost",                                    COST_BilledCost                     },
    {"pricing_public_on_demand_cost",                               COST_ListCost                       },
    {"line_item_currency_code",                                     COST_BillingCurrency                },
    {"line_item_usage_start_date",                                  COST_ChargePeriodStart              },
    {"line_item_usage_end_date",                                    COST_ChargePeriodEnd                },
    {"bill_billing_period_start_date",                              COST_BillingPeriodStart             },
    {"bill_billing_period_end_date",                                COST_BillingPeriodEnd               },
    {"bill_payer_account_id",                                       COST_BillingAccountId               },
    {"bill_payer_account_name",                                     COST_BillingAccountName             },
    {"line_item_usage_account_id",                                  COST_SubAccountId                   },
    {"line_item_usage_account_name",                                COST_SubAccountName                 },
    {"product_product_name",                                        COST_ServiceName                    },
    {"product_region_code",                                         COST_RegionId                       },
    {"product_region",                                              COST_RegionId                       },
    {"line_item_resource_id",                                       COST_ResourceId                     },
    {"product_sku",                                                 COST_SkuId                          },
    {"pricing_rate_code",                                           COST_SkuPriceId                     },
    {"pricing_rate_id",                                             COST_SkuPriceId                     },
    {"line_item_usage_amount",                                      COST_PricingQuantity                },
    {"pricing_unit",                                                COST_PricingUnit                    },
    {"pricing_public_on_demand_rate",                               COST_ListUnitPrice                  },
    {"line_item_unblended_rate",                                    COST_ContractedUnitPrice            },
    {"pricing_currency",                                            COST_PricingCurrency                },
    {"line_item_availability_zone",                                 COST_AvailabilityZone               },
    {"line_item_line_item_description",                             COST_ChargeDescription              },
    {"line_item_line_item_type",                                    COST_x_ChargeType                   },
    {"reservation_reservation_a_r_n",                               COST_CommitmentDiscountId           },
    {"reservation_reservation_arn",                                 COST_CommitmentDiscountId           },
    {"bill_invoice_id",                                             COST_InvoiceId                      },
    {"bill_invoicing_entity",                                       COST_InvoiceIssuerName              },
    {"line_item_legal_entity",                                      COST_PublisherName                  },
    {"product_instance_type",                                       COST_x_InstanceType                 },
    {"line_item_blended_cost",                                      COST_x_BlendedCost                  },
    {"line_item_net_unblended_cost",                                COST_x_NetUnblendedCost             },
    {"line_item_normalized_usage_amount",                           COST_x_NormalizedUsageAmount        },
    {"discount_total_discount",                                     COST_x_TotalDiscount                },
    {"reservation_effective_cost",                                  COST_x_ReservationEffectiveCost     },
    {"reservation_net_effective_cost",                              COST_x_ReservationNetEffectiveCost  },
    {"reservation_amortized_upfront_cost_for_usage",                COST_x_ReservationUpfrontCost       },
    {"reservation_recurring_fee_for_usage",                         COST_x_ReservationRecurringFee      },
    {"reservation_unused_amortized_upfront_fee_for_billing_period",
     COST_x_ReservationUnusedUpfrontFee                                                                 },
    {"reservation_unused_recurring_fee",                            COST_x_ReservationUnusedRecurringFee},
    {"savings_plan_savings_plan_effective_cost",                    COST_x_SavingsPlanEffectiveCost     },
    {"savings_plan_net_savings_plan_effective_cost",                COST_x_SavingsPlanNetEffectiveCost  },
    {"savings_plan_total_commitment_to_date",                       COST_x_SavingsPlanTotalCommitment   },
    {"savings_plan_used_commitment",                                COST_x_SavingsPlanUsedCommitment    },
};

const size_t aws_name_count = sizeof aws_names / sizeof aws_names[0];

/* What a row is completed from and its way into a delivery needs, whatever the user wants to keep.
 */
static const char *const needed_names[] = {
    "line_item_unblended_cost",
    "line_item_currency_code",
    "line_item_usage_start_date",
    "line_item_line_item_type",
    "bill_billing_period_start_date",
    "bill_billing_period_end_date",
    "bill_payer_account_id",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
    "reservation_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "reservation_reservation_a_r_n",
    "pricing_public_on_demand_cost",
    "line_item_product_code",
    "line_item_line_item_description",
    "reservation_reservation_arn",
    "savings_plan_savings_plan_a_r_n",
    "savings_plan_savings_plan_arn",
    "pricing_currency",
    "identity_time_interval",
};

/* ---- names ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool has_lower(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] >= 'a' && name.ptr[i] <= 'z')
            return true;
    return false;
}

struct str aws_column_name(struct arena *arena, struct str name)
{
    bool shouted = !has_lower(name); /* LINE_ITEM_USAGE_TYPE of a database's export */
    char *out = arena_alloc(arena, 2 * name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool parts = c == '/' || c == ':' || c == ' ' || c == '-' || c == '.';
        if ((parts || (is_upper(c) && !shouted)) && len > 0 && out[len - 1] != '_')
            out[len++] = '_';
        if (!parts)
            out[len++] = (char)(is_upper(c) ? c - 'A' + 'a' : c);
    }
    out[len] = '\0';
    return (struct str){out, len};
}

static bool starts(struct str text, const char *prefix)
{
    return str_starts(text, str_from(prefix));
}

const char *const *aws_needed_columns(const struct bill_header *header)
{
    const struct bill_rows *rows = header->rows;
    const char **needed = arena_alloc_zeroed(header->arena, rows->column_count + 1, sizeof *needed);
    size_t count = 0;
    for (size_t i = 0; i < rows->column_count; i++)
        for (size_t k = 0; k < sizeof needed_names / sizeof *needed_names; k++)
            if (str_is(header->names[i], needed_names[k]))
                needed[count++] = rows->columns[i].name.ptr;
    return needed;
}

static const char *const map_names[] = {"resource_tags", "tags", "cost_category", "product",
                                        "discount"};

const char *aws_dialect(const struct bill_header *header)
{
    const struct bill_rows *rows = header->rows;
    for (size_t i = 0; i < rows->column_count; i++)
        if (starts(rows->columns[i].name, "lineItem/"))
            return "legacy";
    for (size_t k = 0; k < sizeof map_names / sizeof map_names[0]; k++)
        if (bill_header_find(header, map_names[k]) >= 0)
            return "2.0";
    return bill_header_find(header, "bill_payer_account_name") >= 0 ? "2.0" : "athena";
}

int aws_sniff_names(const struct str *cells, size_t count)
{
    static const char *const groups[] = {"identity", "bill", "pricing", "product"};
    int lines = 0, others = 0;
    for (size_t i = 0; i < count; i++) {
        struct str name = str_trim(cells[i]);
        lines += starts(name, "lineItem/Unblended") || starts(name, "lineItem/Usage") ||
                 starts(name, "lineItem/LineItem") || starts(name, "line_item_u") ||
                 starts(name, "line_item_line_item_") || starts(name, "LINE_ITEM_");
        for (size_t k = 0; k < sizeof groups / sizeof groups[0]; k++) {
            struct str group = str_from(groups[k]);
            others += starts(name, groups[k]) && name.len > group.len &&
                      (name.ptr[group.len] == '/' || name.ptr[group.len] == '_');
        }
    }
    if (lines >= 2)
        return lines + others >= 10 ? 95 : 80;
    return lines + others >= 2 && (starts(cells[0], "identity") || lines) ? 60 : 0;
}

/* ---- tags ---- */

static struct str without(struct str text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (starts(text, prefix) && text.len > len)
        return (struct str){text.ptr + len, text.len - len};
    return text;
}

static struct str tag_of_map(struct str key)
{
    key = without(key, "resourceTags/");
    return starts(key, "user_") ? without(key, "user_") : without(key, "user:");
}

static struct str category_of_map(struct str key)
{
    return without(key, "costCategory/");
}

struct tag_group {
    const char *prefix;   /* of the column's name in the file */
    const char *user;     /* what is taken off the key behind it */
    const char *category; /* what is put before the key; NULL: nothing */
};

static const struct tag_group tag_groups[] = {
    {"resourceTags/",  "user:", NULL           },
    {"resource_tags_", "user_", NULL           },
    {"costCategory/",  "",      "costCategory/"},
    {"cost_category_", "",      "costCategory/"},
};

static void add_tag(struct bill_tags *tags, struct batch *batch, const struct bill_column *column,
                    struct arena *arena)
{
    for (size_t i = 0; i < sizeof tag_groups / sizeof tag_groups[0]; i++) {
        const struct tag_group *group = &tag_groups[i];
        struct str full = without(column->name, group->prefix);
        if (full.len == column->name.len)
            continue;
        struct str parts[] = {str_from(group->category ? group->category : ""),
                              without(full, group->user)};
        bill_tags_add(tags, batch, column->column, arena_join(arena, parts, 2, STR("")),
                      group->category ? column->name : full);
        return;
    }
}

void aws_add_tags(const struct bill_header *header, struct batch *batch, struct bill_tags *tags)
{
    for (size_t i = 0; i < header->rows->column_count; i++) {
        const struct bill_column *column = &header->rows->columns[i];
        if (column->dropped)
            continue;
        if (str_is(header->names[i], "resource_tags") || str_is(header->names[i], "tags"))
            bill_tags_add_map(tags, batch, column->column, STR(""), column->name, tag_of_map);
        else if (str_is(header->names[i], "cost_category"))
            bill_tags_add_map(tags, batch, column->column, STR("costCategory/"), column->name,
                              category_of_map);
        else
            add_tag(tags, batch, column, header->arena);
    }
}
