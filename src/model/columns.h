/* The columns of each dataset: names, kinds and fixed numbers.
 *
 * FOCUS columns keep their FOCUS names. Columns that no dataset knows (`x_...`) are text and are
 * appended to a batch by name. The reader fills them, the store packs them, rollups read them.
 */
#ifndef GR_MODEL_COLUMNS_H
#define GR_MODEL_COLUMNS_H

#include "base/str.h"

enum dataset {
    DATASET_COST,     /* charge rows in FOCUS terms */
    DATASET_AI,       /* LLM usage */
    DATASET_METRIC,   /* GPU and host samples */
    DATASET_INSTANCE, /* inventory snapshots */
    DATASET_ALERT,
    DATASET_ERROR,
    DATASET_INVOICE,        /* lines of invoices: what is to be paid */
    DATASET_BILLING_PERIOD, /* which billing months are open or closed */
    DATASET_COMMITMENT,     /* terms of contracts */
    DATASET_COUNT
};

enum column_kind { COLUMN_TEXT, COLUMN_DECIMAL, COLUMN_MOMENT };

struct column_def {
    const char *name;
    enum column_kind kind;
    const char *what; /* one line for help */
};

/* FOCUS 1.0 to 1.4 CostAndUsage, then what gpureport derives while reading. X(name, kind, what) */
#define COST_COLUMNS(X)                                                                            \
    X(BilledCost, DECIMAL, "what the invoice charges")                                             \
    X(EffectiveCost, DECIMAL, "amortised cost after all discounts")                                \
    X(ListCost, DECIMAL, "at published list price")                                                \
    X(ContractedCost, DECIMAL, "at negotiated price")                                              \
    X(BillingCurrency, TEXT, "currency of the four costs")                                         \
    X(ChargePeriodStart, MOMENT, "inclusive start of the charge")                                  \
    X(ChargePeriodEnd, MOMENT, "exclusive end of the charge")                                      \
    X(BillingPeriodStart, MOMENT, "inclusive start of the billing period")                         \
    X(BillingPeriodEnd, MOMENT, "exclusive end of the billing period")                             \
    X(ProviderName, TEXT, "who made the resource available")                                       \
    X(BillingAccountId, TEXT, "account that is invoiced")                                          \
    X(SubAccountId, TEXT, "account, subscription or project below it")                             \
    X(ServiceName, TEXT, "offering")                                                               \
    X(ServiceCategory, TEXT, "FOCUS category of the service")                                      \
    X(RegionId, TEXT, "region")                                                                    \
    X(ResourceId, TEXT, "resource that was charged")                                               \
    X(ResourceType, TEXT, "kind of resource")                                                      \
    X(SkuId, TEXT, "stock keeping unit")                                                           \
    X(ChargeCategory, TEXT, "Usage, Purchase, Tax, Credit or Adjustment")                          \
    X(Tags, TEXT, "tags as JSON, raw")                                                             \
    X(ConsumedQuantity, DECIMAL, "quantity used")                                                  \
    X(ConsumedUnit, TEXT, "unit of the quantity used")                                             \
    X(PricingQuantity, DECIMAL, "quantity priced")                                                 \
    X(PricingUnit, TEXT, "unit of the quantity priced")                                            \
    X(ListUnitPrice, DECIMAL, "list price of a unit")                                              \
    X(ContractedUnitPrice, DECIMAL, "negotiated price of a unit")                                  \
    X(AvailabilityZone, TEXT, "zone")                                                              \
    X(BillingAccountName, TEXT, "")                                                                \
    X(BillingAccountType, TEXT, "")                                                                \
    X(CapacityReservationId, TEXT, "")                                                             \
    X(CapacityReservationStatus, TEXT, "")                                                         \
    X(ChargeClass, TEXT, "Correction or absent")                                                   \
    X(ChargeDescription, TEXT, "")                                                                 \
    X(ChargeFrequency, TEXT, "")                                                                   \
    X(CommitmentDiscountCategory, TEXT, "")                                                        \
    X(CommitmentDiscountId, TEXT, "")                                                              \
    X(CommitmentDiscountName, TEXT, "")                                                            \
    X(CommitmentDiscountQuantity, DECIMAL, "")                                                     \
    X(CommitmentDiscountStatus, TEXT, "")                                                          \
    X(CommitmentDiscountType, TEXT, "")                                                            \
    X(CommitmentDiscountUnit, TEXT, "")                                                            \
    X(InvoiceId, TEXT, "")                                                                         \
    X(InvoiceIssuerName, TEXT, "")                                                                 \
    X(PricingCategory, TEXT, "")                                                                   \
    X(PricingCurrency, TEXT, "")                                                                   \
    X(PricingCurrencyContractedUnitPrice, DECIMAL, "")                                             \
    X(PricingCurrencyEffectiveCost, DECIMAL, "")                                                   \
    X(PricingCurrencyListUnitPrice, DECIMAL, "")                                                   \
    X(PublisherName, TEXT, "")                                                                     \
    X(RegionName, TEXT, "")                                                                        \
    X(ResourceName, TEXT, "")                                                                      \
    X(ServiceSubcategory, TEXT, "")                                                                \
    X(SkuMeter, TEXT, "")                                                                          \
    X(SkuPriceDetails, TEXT, "JSON, raw")                                                          \
    X(SkuPriceId, TEXT, "")                                                                        \
    X(SubAccountName, TEXT, "")                                                                    \
    X(SubAccountType, TEXT, "")                                                                    \
    X(ServiceProviderName, TEXT, "FOCUS 1.3")                                                      \
    X(HostProviderName, TEXT, "FOCUS 1.3")                                                         \
    X(ContractApplied, TEXT, "FOCUS 1.3, JSON, raw")                                               \
    X(AllocatedMethodId, TEXT, "FOCUS 1.3")                                                        \
    X(AllocatedMethodDetails, TEXT, "FOCUS 1.3, JSON, raw")                                        \
    X(AllocatedResourceId, TEXT, "FOCUS 1.3")                                                      \
    X(AllocatedResourceName, TEXT, "FOCUS 1.3")                                                    \
    X(AllocatedTags, TEXT, "FOCUS 1.3, JSON, raw")                                                 \
    X(CommitmentProgramEligibilityDetails, TEXT, "FOCUS 1.4, JSON, raw")                           \
    X(InvoiceDetailId, TEXT, "FOCUS 1.4")                                                          \
    X(x_InstanceType, TEXT, "machine type")                                                        \
    X(x_GpuType, TEXT, "GPU model")                                                                \
    X(x_ChargeType, TEXT, "the provider's own kind of line, e.g. SavingsPlanCoveredUsage")         \
    X(x_CreditAmount, DECIMAL, "credits that BilledCost is net of, negative (Google Cloud)")       \
    X(x_BlendedCost, DECIMAL, "AWS: at the average rate of the organisation")                      \
    X(x_NetUnblendedCost, DECIMAL, "AWS: after discounts that are lines of their own, or none")    \
    X(x_NormalizedUsageAmount, DECIMAL, "AWS: usage in units of a small instance")                 \
    X(x_TotalDiscount, DECIMAL, "AWS: discounts of the line")                                      \
    X(x_ReservationEffectiveCost, DECIMAL, "AWS")                                                  \
    X(x_ReservationNetEffectiveCost, DECIMAL, "AWS")                                               \
    X(x_ReservationUpfrontCost, DECIMAL, "AWS: upfront fee, amortised over the usage")             \
    X(x_ReservationRecurringFee, DECIMAL, "AWS: hourly fee of the usage")                          \
    X(x_ReservationUnusedUpfrontFee, DECIMAL, "AWS: amortised, of hours that nobody used")         \
    X(x_ReservationUnusedRecurringFee, DECIMAL, "AWS: of hours that nobody used")                  \
    X(x_SavingsPlanEffectiveCost, DECIMAL, "AWS")                                                  \
    X(x_SavingsPlanNetEffectiveCost, DECIMAL, "AWS")                                               \
    X(x_SavingsPlanTotalCommitment, DECIMAL, "AWS: commitment to date, upfront and recurring")     \
    X(x_SavingsPlanUsedCommitment, DECIMAL, "AWS: of it used")

/* One row is one request or one bucket of requests; token classes are disjoint (field: llm 0). */
#define AI_COLUMNS(X)                                                                              \
    X(Timestamp, MOMENT, "start of the request or bucket")                                         \
    X(Provider, TEXT, "openai, anthropic, ...")                                                    \
    X(Model, TEXT, "model name as billed")                                                         \
    X(SpendType, TEXT, "inference, training, fine_tuning, embedding")                              \
    X(RequestId, TEXT, "")                                                                         \
    X(ServiceTier, TEXT, "standard, batch, flex, priority")                                        \
    X(Region, TEXT, "")                                                                            \
    X(Project, TEXT, "")                                                                           \
    X(Team, TEXT, "")                                                                              \
    X(CostCenter, TEXT, "")                                                                        \
    X(BusinessUnit, TEXT, "")                                                                      \
    X(Workload, TEXT, "")                                                                          \
    X(RunId, TEXT, "training or fine-tuning run")                                                  \
    X(Tags, TEXT, "tags as JSON, raw")                                                             \
    X(Units, TEXT, "counted units as JSON, e.g. {\"web_search\":2}")                               \
    X(Currency, TEXT, "currency of the costs")                                                     \
    X(Requests, DECIMAL, "requests in the row")                                                    \
    X(Failed, DECIMAL, "of them failed")                                                           \
    X(Input, DECIMAL, "uncached text tokens in")                                                   \
    X(CacheRead, DECIMAL, "tokens read from the cache")                                            \
    X(CacheWrite5m, DECIMAL, "tokens written to the cache for 5 minutes")                          \
    X(CacheWrite1h, DECIMAL, "tokens written to the cache for 1 hour")                             \
    X(Output, DECIMAL, "text tokens out, without reasoning")                                       \
    X(Reasoning, DECIMAL, "reasoning tokens out")                                                  \
    X(InputAudio, DECIMAL, "")                                                                     \
    X(CacheReadAudio, DECIMAL, "")                                                                 \
    X(OutputAudio, DECIMAL, "")                                                                    \
    X(InputImage, DECIMAL, "")                                                                     \
    X(OutputImage, DECIMAL, "")                                                                    \
    X(InputVideo, DECIMAL, "")                                                                     \
    X(BilledCost, DECIMAL, "cost that came with the row")                                          \
    X(InputCost, DECIMAL, "computed by the price book, as the columns up to UnitsCost")            \
    X(CacheReadCost, DECIMAL, "")                                                                  \
    X(CacheWrite5mCost, DECIMAL, "")                                                               \
    X(CacheWrite1hCost, DECIMAL, "")                                                               \
    X(OutputCost, DECIMAL, "")                                                                     \
    X(ReasoningCost, DECIMAL, "")                                                                  \
    X(InputAudioCost, DECIMAL, "")                                                                 \
    X(CacheReadAudioCost, DECIMAL, "")                                                             \
    X(OutputAudioCost, DECIMAL, "")                                                                \
    X(InputImageCost, DECIMAL, "")                                                                 \
    X(OutputImageCost, DECIMAL, "")                                                                \
    X(InputVideoCost, DECIMAL, "")                                                                 \
    X(UnitsCost, DECIMAL, "")                                                                      \
    X(ComputedCost, DECIMAL, "sum of the classes; absent when nothing could be priced")            \
    X(Cost, DECIMAL, "BilledCost where there is one, else ComputedCost")                           \
    X(UnpricedTokens, DECIMAL, "tokens without a price")                                           \
    X(Pricing, TEXT, "billed, priced, partial or unpriced")                                        \
    X(Latency, DECIMAL, "milliseconds from the request to its answer")

/* One row is one sample of one GPU (or host). Percent are 0..100, memory MiB, power W, Celsius. */
#define METRIC_COLUMNS(X)                                                                          \
    X(Timestamp, MOMENT, "time of the sample")                                                     \
    X(InstanceId, TEXT, "host or instance")                                                        \
    X(GpuUuid, TEXT, "")                                                                           \
    X(GpuIndex, TEXT, "")                                                                          \
    X(GpuName, TEXT, "model as the driver says it")                                                \
    X(GpuUtilization, DECIMAL, "percent; absent is unknown, never 0")                              \
    X(MemoryUtilization, DECIMAL, "percent of memory time busy")                                   \
    X(MemoryUsed, DECIMAL, "MiB")                                                                  \
    X(MemoryTotal, DECIMAL, "MiB")                                                                 \
    X(PowerDraw, DECIMAL, "W")                                                                     \
    X(Temperature, DECIMAL, "Celsius")                                                             \
    X(CpuUtilization, DECIMAL, "percent")                                                          \
    X(Tags, TEXT, "tags as JSON, raw")

#define INSTANCE_COLUMNS(X)                                                                        \
    X(SeenAt, MOMENT, "time of the snapshot")                                                      \
    X(InstanceId, TEXT, "")                                                                        \
    X(Provider, TEXT, "")                                                                          \
    X(Region, TEXT, "")                                                                            \
    X(InstanceType, TEXT, "")                                                                      \
    X(GpuType, TEXT, "")                                                                           \
    X(GpuCount, DECIMAL, "")                                                                       \
    X(State, TEXT, "running, stopped, terminated")                                                 \
    X(HourlyCost, DECIMAL, "rate of the whole instance")                                           \
    X(Currency, TEXT, "")                                                                          \
    X(CreatedAt, MOMENT, "")                                                                       \
    X(Tags, TEXT, "tags as JSON, raw")

#define ALERT_COLUMNS(X)                                                                           \
    X(Timestamp, MOMENT, "")                                                                       \
    X(AlertId, TEXT, "")                                                                           \
    X(AlertType, TEXT, "")                                                                         \
    X(Status, TEXT, "active, resolved, ignored")                                                   \
    X(Severity, TEXT, "")                                                                          \
    X(InstanceId, TEXT, "")                                                                        \
    X(Message, TEXT, "")

#define ERROR_COLUMNS(X)                                                                           \
    X(Timestamp, MOMENT, "")                                                                       \
    X(InstanceId, TEXT, "")                                                                        \
    X(ErrorType, TEXT, "")                                                                         \
    X(Message, TEXT, "")

/* FOCUS 1.4 InvoiceDetail: one row is one line of an invoice. */
#define INVOICE_COLUMNS(X)                                                                         \
    X(BilledCost, DECIMAL, "what is to be paid")                                                   \
    X(BillingCurrency, TEXT, "")                                                                   \
    X(BillingAccountId, TEXT, "account that is invoiced")                                          \
    X(BillingPeriodStart, MOMENT, "inclusive start of the billing period")                         \
    X(BillingPeriodEnd, MOMENT, "exclusive end of the billing period")                             \
    X(ChargeCategory, TEXT, "")                                                                    \
    X(InvoiceId, TEXT, "")                                                                         \
    X(InvoiceIssuerName, TEXT, "who sends the invoice")                                            \
    X(InvoiceIssueDate, MOMENT, "")                                                                \
    X(InvoiceIssueStatus, TEXT, "Open, Issued or Voided")                                          \
    X(InvoiceDetailId, TEXT, "")                                                                   \
    X(InvoiceDetailDescription, TEXT, "")                                                          \
    X(InvoiceDetailGrain, TEXT, "JSON, raw")                                                       \
    X(InvoiceDetailCreated, MOMENT, "")                                                            \
    X(InvoiceDetailLastUpdated, MOMENT, "")                                                        \
    X(PaymentCurrency, TEXT, "")                                                                   \
    X(PaymentCurrencyBilledCost, DECIMAL, "the same in the currency of the payment")               \
    X(PaymentCurrencyInvoiceDetailId, TEXT, "")                                                    \
    X(PaymentDueDate, MOMENT, "")                                                                  \
    X(PaymentTerms, TEXT, "")                                                                      \
    X(PurchaseOrderNumber, TEXT, "")                                                               \
    X(ReferenceInvoiceId, TEXT, "invoice that this one corrects")

/* FOCUS 1.4 BillingPeriod. */
#define BILLING_PERIOD_COLUMNS(X)                                                                  \
    X(BillingPeriodStart, MOMENT, "inclusive start")                                               \
    X(BillingPeriodEnd, MOMENT, "exclusive end")                                                   \
    X(BillingPeriodStatus, TEXT, "Open or Closed")                                                 \
    X(BillingPeriodCreated, MOMENT, "")                                                            \
    X(BillingPeriodLastUpdated, MOMENT, "")                                                        \
    X(InvoiceIssuerName, TEXT, "whose billing period it is")

/* FOCUS 1.3 and 1.4 ContractCommitment. */
#define COMMITMENT_COLUMNS(X)                                                                      \
    X(ContractCommitmentCost, DECIMAL, "what was agreed to spend")                                 \
    X(BillingCurrency, TEXT, "")                                                                   \
    X(ContractCommitmentQuantity, DECIMAL, "what was agreed to use")                               \
    X(ContractCommitmentUnit, TEXT, "")                                                            \
    X(ContractCommitmentPeriodStart, MOMENT, "")                                                   \
    X(ContractCommitmentPeriodEnd, MOMENT, "exclusive")                                            \
    X(ContractCommitmentId, TEXT, "")                                                              \
    X(ContractCommitmentCategory, TEXT, "Spend or Usage")                                          \
    X(ContractCommitmentType, TEXT, "")                                                            \
    X(ContractCommitmentDescription, TEXT, "")                                                     \
    X(ContractId, TEXT, "")                                                                        \
    X(ContractPeriodStart, MOMENT, "")                                                             \
    X(ContractPeriodEnd, MOMENT, "exclusive")                                                      \
    X(ContractCommitmentApplicability, TEXT, "FOCUS 1.4, JSON, raw, as those below")               \
    X(ContractCommitmentBenefitCategory, TEXT, "")                                                 \
    X(ContractCommitmentCreated, MOMENT, "")                                                       \
    X(ContractCommitmentDiscountPercentage, DECIMAL, "")                                           \
    X(ContractCommitmentDurationType, TEXT, "")                                                    \
    X(ContractCommitmentFulfillmentInterval, TEXT, "")                                             \
    X(ContractCommitmentLastUpdated, MOMENT, "")                                                   \
    X(ContractCommitmentLifecycleStatus, TEXT, "")                                                 \
    X(ContractCommitmentModel, TEXT, "")                                                           \
    X(ContractCommitmentOfferCategory, TEXT, "")                                                   \
    X(ContractCommitmentPaymentInterval, TEXT, "")                                                 \
    X(ContractCommitmentPaymentModel, TEXT, "")                                                    \
    X(ContractCommitmentPaymentUpfrontPercentage, DECIMAL, "")                                     \
    X(InvoiceIssuerName, TEXT, "")                                                                 \
    X(PricingCurrency, TEXT, "")                                                                   \
    X(PricingCurrencyContractCommitmentCost, DECIMAL, "")                                          \
    X(ServiceProviderName, TEXT, "")

#define COLUMN_ENUM_COST(name, kind, what) COST_##name,
#define COLUMN_ENUM_AI(name, kind, what) AI_##name,
#define COLUMN_ENUM_METRIC(name, kind, what) METRIC_##name,
#define COLUMN_ENUM_INSTANCE(name, kind, what) INSTANCE_##name,
#define COLUMN_ENUM_ALERT(name, kind, what) ALERT_##name,
#define COLUMN_ENUM_ERROR(name, kind, what) ERROR_##name,
#define COLUMN_ENUM_INVOICE(name, kind, what) INVOICE_##name,
#define COLUMN_ENUM_BILLING_PERIOD(name, kind, what) BILLING_PERIOD_##name,
#define COLUMN_ENUM_COMMITMENT(name, kind, what) COMMITMENT_##name,

/* Fixed column numbers: batch.columns[COST_BilledCost]. */
enum cost_column { COST_COLUMNS(COLUMN_ENUM_COST) COST_COLUMN_COUNT };
enum ai_column { AI_COLUMNS(COLUMN_ENUM_AI) AI_COLUMN_COUNT };
enum metric_column { METRIC_COLUMNS(COLUMN_ENUM_METRIC) METRIC_COLUMN_COUNT };
enum instance_column { INSTANCE_COLUMNS(COLUMN_ENUM_INSTANCE) INSTANCE_COLUMN_COUNT };
enum alert_column { ALERT_COLUMNS(COLUMN_ENUM_ALERT) ALERT_COLUMN_COUNT };
enum error_column { ERROR_COLUMNS(COLUMN_ENUM_ERROR) ERROR_COLUMN_COUNT };
enum invoice_column { INVOICE_COLUMNS(COLUMN_ENUM_INVOICE) INVOICE_COLUMN_COUNT };
enum billing_period_column {
    BILLING_PERIOD_COLUMNS(COLUMN_ENUM_BILLING_PERIOD) BILLING_PERIOD_COLUMN_COUNT
};
enum commitment_column { COMMITMENT_COLUMNS(COLUMN_ENUM_COMMITMENT) COMMITMENT_COLUMN_COUNT };

const char *dataset_name(enum dataset dataset); /* "cost", "ai", "metric", ... */
bool dataset_read(struct str name, enum dataset *out);
const struct column_def *dataset_columns(enum dataset dataset, size_t *count); /* static */
int dataset_find_column(enum dataset dataset, struct str name); /* -1 when unknown; exact case */
/* Decimal columns in the currency of their row, which a rate table converts: costs and prices of a
 * unit, but not those that are said to be in another currency (PricingCurrency...). */
bool column_is_money(const struct column_def *column);
/* The column whose moment decides a row's day: ChargePeriodStart, Timestamp, SeenAt,
 * BillingPeriodStart, ContractCommitmentPeriodStart. */
int dataset_moment_column(enum dataset dataset);
/* The TEXT column with the currency of its amounts; -1: it has none. */
int dataset_currency_column(enum dataset dataset);

#endif
