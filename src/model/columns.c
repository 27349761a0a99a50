/* The columns of each dataset as tables, made from the lists of columns.h.
 *
 * Called by every floor that names a column. Must not know where values come from or go to.
 */
#include "model/columns.h"

#define COLUMN_DEF(name, kind, what) {#name, COLUMN_##kind, what},

static const struct column_def cost_defs[] = {COST_COLUMNS(COLUMN_DEF)};
static const struct column_def ai_defs[] = {AI_COLUMNS(COLUMN_DEF)};
static const struct column_def metric_defs[] = {METRIC_COLUMNS(COLUMN_DEF)};
static const struct column_def instance_defs[] = {INSTANCE_COLUMNS(COLUMN_DEF)};
static const struct column_def alert_defs[] = {ALERT_COLUMNS(COLUMN_DEF)};
static const struct column_def error_defs[] = {ERROR_COLUMNS(COLUMN_DEF)};
static const struct column_def invoice_defs[] = {INVOICE_COLUMNS(COLUMN_DEF)};
static const struct column_def billing_period_defs[] = {BILLING_PERIOD_COLUMNS(COLUMN_DEF)};
static const struct column_def commitment_defs[] = {COMMITMENT_COLUMNS(COLUMN_DEF)};

static const struct {
    const char *name;
    const struct column_def *columns;
    size_t count;
    int moment_column;
} datasets[DATASET_COUNT] = {
    [DATASET_COST] = {"cost",           cost_defs,           COST_COLUMN_COUNT,           COST_ChargePeriodStart    },
    [DATASET_AI] = {"ai",             ai_defs,             AI_COLUMN_COUNT,             AI_Timestamp              },
    [DATASET_METRIC] = {"metric",         metric_defs,         METRIC_COLUMN_COUNT,         METRIC_Timestamp          },
    [DATASET_INSTANCE] = {"instance",       instance_defs,       INSTANCE_COLUMN_COUNT,       INSTANCE_SeenAt           },
    [DATASET_ALERT] = {"alert",          alert_defs,          ALERT_COLUMN_COUNT,          ALERT_Timestamp           },
    [DATASET_ERROR] = {"error",          error_defs,          ERROR_COLUMN_COUNT,          ERROR_Timestamp           },
    [DATASET_INVOICE] = {"invoice",        invoice_defs,        INVOICE_COLUMN_COUNT,        INVOICE_BillingPeriodStart},
    [DATASET_BILLING_PERIOD] = {"billing-period", billing_period_defs, BILLING_PERIOD_COLUMN_COUNT,
                      BILLING_PERIOD_BillingPeriodStart                                                             },
    [DATASET_COMMITMENT] = {"commitment",     commitment_defs,     COMMITMENT_COLUMN_COUNT,
                      COMMITMENT_ContractCommitmentPeriodStart                                                      },
};

const char *dataset_name(enum dataset dataset)
{
    return datasets[dataset].name;
}

bool dataset_read(struct str name, enum dataset *out)
{
    for (int i = 0; i < DATASET_COUNT; i++)
        if (str_is(name, datasets[i].name)) {
            *out = (enum dataset)i;
            return true;
        }
    return false;
}

const struct column_def *dataset_columns(enum dataset dataset, size_t *count)
{
    *count = datasets[dataset].count;
    return datasets[dataset].columns;
}

int dataset_find_column(enum dataset dataset, struct str name)
{
    for (size_t i = 0; i < datasets[dataset].count; i++)
        if (str_is(name, datasets[dataset].columns[i].name))
            return (int)i;
    return -1;
}

bool column_is_money(const struct column_def *column)
{
    struct str name = str_from(column->name);
    return column->kind == COLUMN_DECIMAL && !str_starts(name, STR("PricingCurrency")) &&
           !str_starts(name, STR("PaymentCurrency")) &&
           (str_ends(name, STR("Cost")) || str_ends(name, STR("UnitPrice")) ||
            str_is(name, "x_CreditAmount"));
}

int dataset_moment_column(enum dataset dataset)
{
    return datasets[dataset].moment_column;
}

int dataset_currency_column(enum dataset dataset)
{
    switch (dataset) {
    case DATASET_COST:
        return COST_BillingCurrency;
    case DATASET_AI:
        return AI_Currency;
    case DATASET_INSTANCE:
        return INSTANCE_Currency;
    case DATASET_INVOICE:
        return INVOICE_BillingCurrency;
    case DATASET_COMMITMENT:
        return COMMITMENT_BillingCurrency;
    default:
        return -1;
    }
}
