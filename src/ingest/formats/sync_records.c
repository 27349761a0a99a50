/* The six kinds of records of a sync payload (see sync_records.h).
 *
 * Names are those of the tenant API for GPU cost that the payload comes from, and their usual
 * variants; the first of several names for one column holds.
 */
#include "ingest/formats/sync_records.h"

#include <string.h>

#include "base/day.h"

static const struct field instance_fields[] = {
    {"instance_id",    INSTANCE_InstanceId,   FIELD_TEXT   },
    {"cloud_provider", INSTANCE_Provider,     FIELD_TEXT   },
    {"provider",       INSTANCE_Provider,     FIELD_TEXT   },
    {"region",         INSTANCE_Region,       FIELD_TEXT   },
    {"location",       INSTANCE_Region,       FIELD_TEXT   },
    {"instance_type",  INSTANCE_InstanceType, FIELD_TEXT   },
    {"gpu_type",       INSTANCE_GpuType,      FIELD_TEXT   },
    {"gpu_count",      INSTANCE_GpuCount,     FIELD_COUNT  },
    {"state",          INSTANCE_State,        FIELD_TEXT   },
    {"status",         INSTANCE_State,        FIELD_TEXT   },
    {"hourly_cost",    INSTANCE_HourlyCost,   FIELD_DECIMAL},
    {"price_per_hour", INSTANCE_HourlyCost,   FIELD_DECIMAL},
    {"currency",       INSTANCE_Currency,     FIELD_TEXT   },
    {"created_at",     INSTANCE_CreatedAt,    FIELD_MOMENT },
    {"tags",           INSTANCE_Tags,         FIELD_JSON   },
    {"seen_at",        INSTANCE_SeenAt,       FIELD_MOMENT },
    {"updated_at",     INSTANCE_SeenAt,       FIELD_MOMENT },
    {"last_seen",      INSTANCE_SeenAt,       FIELD_MOMENT },
    {"timestamp",      INSTANCE_SeenAt,       FIELD_MOMENT },
    {"ip",             0,                     FIELD_IGNORED},
};

static const struct field metric_fields[] = {
    {"timestamp",          METRIC_Timestamp,         FIELD_MOMENT },
    {"time",               METRIC_Timestamp,         FIELD_MOMENT },
    {"ts",                 METRIC_Timestamp,         FIELD_MOMENT },
    {"instance_id",        METRIC_InstanceId,        FIELD_TEXT   },
    {"gpu_uuid",           METRIC_GpuUuid,           FIELD_TEXT   },
    {"uuid",               METRIC_GpuUuid,           FIELD_TEXT   },
    {"gpu_index",          METRIC_GpuIndex,          FIELD_TEXT   },
    {"gpu_name",           METRIC_GpuName,           FIELD_TEXT   },
    {"gpu_type",           METRIC_GpuName,           FIELD_TEXT   },
    {"gpu_utilization",    METRIC_GpuUtilization,    FIELD_DECIMAL},
    {"memory_utilization", METRIC_MemoryUtilization, FIELD_DECIMAL},
    {"memory_used",        METRIC_MemoryUsed,        FIELD_DECIMAL},
    {"memory_used_mib",    METRIC_MemoryUsed,        FIELD_DECIMAL},
    {"memory_total",       METRIC_MemoryTotal,       FIELD_DECIMAL},
    {"memory_total_mib",   METRIC_MemoryTotal,       FIELD_DECIMAL},
    {"power",              METRIC_PowerDraw,         FIELD_DECIMAL},
    {"power_draw",         METRIC_PowerDraw,         FIELD_DECIMAL},
    {"power_usage",        METRIC_PowerDraw,         FIELD_DECIMAL},
    {"power_watts",        METRIC_PowerDraw,         FIELD_DECIMAL},
    {"temperature",        METRIC_Temperature,       FIELD_DECIMAL},
    {"gpu_temperature",    METRIC_Temperature,       FIELD_DECIMAL},
    {"cpu_utilization",    METRIC_CpuUtilization,    FIELD_DECIMAL},
    {"tags",               METRIC_Tags,              FIELD_JSON   },
    {"metric",             0,                        FIELD_IGNORED}, /* see put_long_metric */
    {"metric_name",        0,                        FIELD_IGNORED},
    {"value",              0,                        FIELD_IGNORED},
};

static const struct field cost_fields[] = {
    {"date",            COST_ChargePeriodStart, FIELD_MOMENT },
    {"timestamp",       COST_ChargePeriodStart, FIELD_MOMENT },
    {"start_time",      COST_ChargePeriodStart, FIELD_MOMENT },
    {"start_date",      COST_ChargePeriodStart, FIELD_MOMENT },
    {"end_time",        COST_ChargePeriodEnd,   FIELD_MOMENT },
    {"cost",            COST_BilledCost,        FIELD_DECIMAL},
    {"amount",          COST_BilledCost,        FIELD_DECIMAL},
    {"total_cost",      COST_BilledCost,        FIELD_DECIMAL},
    {"daily_cost",      COST_BilledCost,        FIELD_DECIMAL},
    {"currency",        COST_BillingCurrency,   FIELD_TEXT   },
    {"provider",        COST_ProviderName,      FIELD_TEXT   },
    {"cloud_provider",  COST_ProviderName,      FIELD_TEXT   },
    {"account_id",      COST_BillingAccountId,  FIELD_TEXT   },
    {"sub_account_id",  COST_SubAccountId,      FIELD_TEXT   },
    {"service",         COST_ServiceName,       FIELD_TEXT   },
    {"service_name",    COST_ServiceName,       FIELD_TEXT   },
    {"region",          COST_RegionId,          FIELD_TEXT   },
    {"instance_id",     COST_ResourceId,        FIELD_TEXT   },
    {"resource_id",     COST_ResourceId,        FIELD_TEXT   },
    {"resource_type",   COST_ResourceType,      FIELD_TEXT   },
    {"charge_category", COST_ChargeCategory,    FIELD_TEXT   },
    {"description",     COST_ChargeDescription, FIELD_TEXT   },
    {"tags",            COST_Tags,              FIELD_JSON   },
    {"usage_quantity",  COST_ConsumedQuantity,  FIELD_DECIMAL},
    {"usage_unit",      COST_ConsumedUnit,      FIELD_TEXT   },
    {"instance_type",   COST_x_InstanceType,    FIELD_TEXT   },
    {"gpu_type",        COST_x_GpuType,         FIELD_TEXT   },
};

static const struct field ai_fields[] = {
    {"timestamp",             AI_Timestamp,    FIELD_MOMENT },
    {"date",                  AI_Timestamp,    FIELD_MOMENT },
    {"ts",                    AI_Timestamp,    FIELD_MOMENT },
    {"created_at",            AI_Timestamp,    FIELD_MOMENT },
    {"provider",              AI_Provider,     FIELD_TEXT   },
    {"model_name",            AI_Model,        FIELD_TEXT   },
    {"model",                 AI_Model,        FIELD_TEXT   },
    {"spend_type",            AI_SpendType,    FIELD_TEXT   },
    {"request_id",            AI_RequestId,    FIELD_TEXT   },
    {"service_tier",          AI_ServiceTier,  FIELD_TEXT   },
    {"region",                AI_Region,       FIELD_TEXT   },
    {"project_id",            AI_Project,      FIELD_TEXT   },
    {"project",               AI_Project,      FIELD_TEXT   },
    {"team_id",               AI_Team,         FIELD_TEXT   },
    {"team",                  AI_Team,         FIELD_TEXT   },
    {"cost_center",           AI_CostCenter,   FIELD_TEXT   },
    {"business_unit",         AI_BusinessUnit, FIELD_TEXT   },
    {"workload_id",           AI_Workload,     FIELD_TEXT   },
    {"workload",              AI_Workload,     FIELD_TEXT   },
    {"run_id",                AI_RunId,        FIELD_TEXT   },
    {"training_run_id",       AI_RunId,        FIELD_TEXT   },
    {"tags",                  AI_Tags,         FIELD_JSON   },
    {"currency",              AI_Currency,     FIELD_TEXT   },
    {"cost",                  AI_BilledCost,   FIELD_DECIMAL},
    {"amount",                AI_BilledCost,   FIELD_DECIMAL},
    {"total_cost",            AI_BilledCost,   FIELD_DECIMAL},
    {"requests",              AI_Requests,     FIELD_COUNT  },
    {"total_requests",        AI_Requests,     FIELD_COUNT  },
    {"request_count",         AI_Requests,     FIELD_COUNT  },
    {"failed",                AI_Failed,       FIELD_COUNT  },
    {"failed_requests",       AI_Failed,       FIELD_COUNT  },
    {"input_tokens",          AI_Input,        FIELD_COUNT  },
    {"output_tokens",         AI_Output,       FIELD_COUNT  },
    {"cache_read_tokens",     AI_CacheRead,    FIELD_COUNT  },
    {"cache_write_tokens",    AI_CacheWrite5m, FIELD_COUNT  },
    {"cache_write_5m_tokens", AI_CacheWrite5m, FIELD_COUNT  },
    {"cache_write_1h_tokens", AI_CacheWrite1h, FIELD_COUNT  },
    {"reasoning_tokens",      AI_Reasoning,    FIELD_COUNT  },
};

static const struct field alert_fields[] = {
    {"created_at",   ALERT_Timestamp,  FIELD_MOMENT},
    {"timestamp",    ALERT_Timestamp,  FIELD_MOMENT},
    {"triggered_at", ALERT_Timestamp,  FIELD_MOMENT},
    {"alert_id",     ALERT_AlertId,    FIELD_TEXT  },
    {"id",           ALERT_AlertId,    FIELD_TEXT  },
    {"alert_type",   ALERT_AlertType,  FIELD_TEXT  },
    {"type",         ALERT_AlertType,  FIELD_TEXT  },
    {"status",       ALERT_Status,     FIELD_TEXT  },
    {"severity",     ALERT_Severity,   FIELD_TEXT  },
    {"priority",     ALERT_Severity,   FIELD_TEXT  },
    {"instance_id",  ALERT_InstanceId, FIELD_TEXT  },
    {"message",      ALERT_Message,    FIELD_TEXT  },
};

static const struct field error_fields[] = {
    {"timestamp",   ERROR_Timestamp,  FIELD_MOMENT},
    {"created_at",  ERROR_Timestamp,  FIELD_MOMENT},
    {"time",        ERROR_Timestamp,  FIELD_MOMENT},
    {"instance_id", ERROR_InstanceId, FIELD_TEXT  },
    {"error_type",  ERROR_ErrorType,  FIELD_TEXT  },
    {"type",        ERROR_ErrorType,  FIELD_TEXT  },
    {"code",        ERROR_ErrorType,  FIELD_TEXT  },
    {"message",     ERROR_Message,    FIELD_TEXT  },
    {"error",       ERROR_Message,    FIELD_TEXT  },
};

/* A kind of record: its array's name, and the members that give it away (all of a set). */
struct sync_kind {
    const char *array;
    const struct field *fields;
    size_t field_count;
    int moment;   /* the column that decides the day */
    int required; /* besides it; -1: none */
};

#define FIELDS(table) (table), sizeof(table) / sizeof((table)[0])

static const struct sync_kind kinds[DATASET_COUNT] = {
    [DATASET_COST] = {"costs",     FIELDS(cost_fields),     COST_ChargePeriodStart, COST_BilledCost    },
    [DATASET_AI] = {"ai_spend",  FIELDS(ai_fields),       AI_Timestamp,           AI_BilledCost      },
    [DATASET_METRIC] = {"metrics",   FIELDS(metric_fields),   METRIC_Timestamp,       -1                 },
    [DATASET_INSTANCE] = {"instances", FIELDS(instance_fields), -1,                     INSTANCE_InstanceId},
    [DATASET_ALERT] = {"alerts",    FIELDS(alert_fields),    ALERT_Timestamp,        -1                 },
    [DATASET_ERROR] = {"errors",    FIELDS(error_fields),    ERROR_Timestamp,        -1                 },
};

bool sync_dataset_of_name(struct str name, enum dataset *out)
{
    for (int i = 0; i < DATASET_COUNT; i++) {
        if (str_is(name, kinds[i].array)) {
            *out = (enum dataset)i;
            return true;
        }
    }
    *out = DATASET_AI;
    return str_is(name, "ai-spend");
}

static bool has(const struct json_value *record, const char *name)
{
    return json_member(record, name) != NULL;
}

bool sync_dataset_of_record(const struct json_value *record, enum dataset *out)
{
    bool has_cost = has(record, "cost") || has(record, "amount") || has(record, "total_cost") ||
                    has(record, "daily_cost");
    bool has_time = has(record, "timestamp") || has(record, "date") || has(record, "time");
    if (has(record, "alert_type"))
        *out = DATASET_ALERT;
    else if (has(record, "model_name") || has(record, "spend_type"))
        *out = DATASET_AI;
    else if (has(record, "hourly_cost") && has(record, "instance_id"))
        *out = DATASET_INSTANCE;
    else if (has_time &&
             (has(record, "gpu_utilization") || has(record, "cpu_utilization") ||
              has(record, "memory_utilization") ||
              (has(record, "value") && (has(record, "metric") || has(record, "metric_name")))))
        *out = DATASET_METRIC;
    else if (has(record, "date") && has(record, "service") && has_cost)
        *out = DATASET_COST;
    else if (has(record, "error_type") && has(record, "message"))
        *out = DATASET_ERROR;
    else
        return false;
    return true;
}

/* ---- what a kind needs beyond its table ---- */

static void default_text(struct batch *batch, size_t column, struct str text)
{
    if (!batch_text(batch, column, batch->rows).ptr)
        batch_set_text(batch, column, batch->rows, text);
}

/* A date is a day, a time an hour; midnight under the name "date" is a date that was printed in
 * full. */
static bool is_whole_day(const struct json_value *record, int64_t start)
{
    static const char *const names[] = {"date", "timestamp", "start_time", "start_date"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct str text = json_text(json_member(record, names[i]));
        if (text.len > 0)
            return text.len <= 10 || (strstr(names[i], "date") && start % MS_PER_DAY == 0);
    }
    return false;
}

/* One price stands for all four costs. */
static void complete_cost(struct batch *batch, const struct json_value *record)
{
    static const int same[] = {COST_EffectiveCost, COST_ListCost, COST_ContractedCost};
    uint32_t row = batch->rows;
    struct decimal cost;
    if (batch_decimal(batch, COST_BilledCost, row, &cost))
        for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
            batch_set_decimal(batch, (size_t)same[i], row, cost);
    default_text(batch, COST_BillingCurrency, STR("USD"));
    default_text(batch, COST_ChargeCategory, STR("Usage"));
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    if (start == MOMENT_NONE)
        return;
    if (batch_moment(batch, COST_ChargePeriodEnd, row) == MOMENT_NONE)
        batch_set_moment(batch, COST_ChargePeriodEnd, row,
                         start + (is_whole_day(record, start) ? MS_PER_DAY : MS_PER_DAY / 24));
    struct day month = month_first(day_of_moment(start));
    batch_set_moment(batch, COST_BillingPeriodStart, row, moment_of_day(month));
    batch_set_moment(batch, COST_BillingPeriodEnd, row, moment_of_day(month_add(month, 1)));
}

static void complete_ai(struct batch *batch)
{
    struct str model = batch_text(batch, AI_Model, batch->rows);
    default_text(batch, AI_SpendType, STR("inference"));
    default_text(batch, AI_ServiceTier, STR("standard"));
    default_text(batch, AI_Currency, STR("USD"));
    struct str provider = record_provider_of(model);
    if (provider.ptr)
        default_text(batch, AI_Provider, provider);
}

static void complete_instance(struct batch *batch, const struct json_value *record)
{
    struct decimal cost;
    struct str id = json_text(json_member(record, "id"));
    if (id.len > 0)
        default_text(batch, INSTANCE_InstanceId, id);
    if (batch_decimal(batch, INSTANCE_HourlyCost, batch->rows, &cost))
        default_text(batch, INSTANCE_Currency, STR("USD"));
}

/* {metric, value}: the value goes where a wide record would have it. */
static bool put_long_metric(struct batch *batch, const struct json_value *record,
                            struct strbuf *scratch, struct record_fault *fault)
{
    const struct json_value *value = json_member(record, "value");
    struct str name = json_text(json_member(record, "metric"));
    if (!name.ptr)
        name = json_text(json_member(record, "metric_name"));
    if (!value || !name.ptr)
        return true;
    const char *reason = NULL;
    size_t i = 0, count = kinds[DATASET_METRIC].field_count;
    while (i < count &&
           !(str_is(name, metric_fields[i].name) && metric_fields[i].kind == FIELD_DECIMAL))
        i++;
    if (i < count) {
        reason = record_put(batch, (size_t)metric_fields[i].column, FIELD_DECIMAL, value, scratch);
    } else { /* a metric that has no column of its own */
        struct json_member member = {name, *value};
        struct json_value alone = {.kind = JSON_OBJECT, .members = &member, .count = 1};
        return record_put_extras(batch, NULL, 0, &alone, scratch, fault);
    }
    *fault = (struct record_fault){name, json_text(value), reason};
    return !reason;
}

static bool complete_row(struct batch *batch, const struct json_value *record,
                         struct strbuf *scratch, struct record_fault *fault)
{
    switch (batch->dataset) {
    case DATASET_COST:
        complete_cost(batch, record);
        return true;
    case DATASET_AI:
        complete_ai(batch);
        return true;
    case DATASET_INSTANCE:
        complete_instance(batch, record);
        return true;
    case DATASET_METRIC:
        return put_long_metric(batch, record, scratch, fault);
    case DATASET_ALERT:
    case DATASET_ERROR:
    case DATASET_INVOICE:
    case DATASET_BILLING_PERIOD:
    case DATASET_COMMITMENT:
    case DATASET_COUNT:
        break;
    }
    return true;
}

static bool is_absent(const struct batch *batch, int column)
{
    struct decimal value;
    size_t number = (size_t)column;
    switch (batch->columns[number].kind) {
    case COLUMN_TEXT:
        return !batch_text(batch, number, batch->rows).ptr;
    case COLUMN_DECIMAL:
        return !batch_decimal(batch, number, batch->rows, &value);
    case COLUMN_MOMENT:
        return batch_moment(batch, number, batch->rows) == MOMENT_NONE;
    }
    return true;
}

static bool require(const struct batch *batch, int column, struct record_fault *fault)
{
    if (column < 0 || !is_absent(batch, column))
        return true;
    *fault = (struct record_fault){batch->columns[column].name, STR_NONE, "is absent"};
    return false;
}

bool sync_put_record(struct batch *batch, const struct json_value *record, struct strbuf *scratch,
                     struct record_fault *fault)
{
    const struct sync_kind *kind = &kinds[batch->dataset];
    *fault = (struct record_fault){STR_NONE, STR_NONE, "is not a JSON object"};
    return record->kind == JSON_OBJECT &&
           record_put_fields(batch, kind->fields, kind->field_count, record, scratch, fault) &&
           record_put_extras(batch, kind->fields, kind->field_count, record, scratch, fault) &&
           complete_row(batch, record, scratch, fault) && require(batch, kind->moment, fault) &&
           require(batch, kind->required, fault);
}
