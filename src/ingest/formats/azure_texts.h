/* What texts of an Azure cost export mean. Pure; private to the Azure reader and its tests.
 *
 * Sources: Microsoft's dataset schema pages and its guide to converting cost data to FOCUS.
 */
#ifndef GR_INGEST_FORMATS_AZURE_TEXTS_H
#define GR_INGEST_FORMATS_AZURE_TEXTS_H

#include "base/arena.h"
#include "base/decimal.h"

enum azure_charge {
    AZURE_USAGE, /* also where a dialect has no ChargeType */
    AZURE_UNUSED,
    AZURE_PURCHASE,
    AZURE_REFUND,
    AZURE_TAX,
    AZURE_CREDIT,
    AZURE_ADJUSTMENT, /* RoundingAdjustment and what is not known */
};

enum azure_model {
    AZURE_MODEL_ABSENT,
    AZURE_ON_DEMAND,
    AZURE_SPOT,
    AZURE_RESERVATION,
    AZURE_SAVINGS_PLAN,
    AZURE_MODEL_OTHER,
};

enum azure_charge azure_charge_of(struct str charge_type); /* absent: AZURE_USAGE */
enum azure_model azure_model_of(struct str pricing_model); /* absent: AZURE_MODEL_ABSENT */

/* FOCUS words. */
struct str azure_charge_category(enum azure_charge charge);
struct str azure_pricing_category(enum azure_model model); /* STR_NONE for absent */
struct str azure_charge_frequency(struct str frequency);   /* what is not known stays as it is */
struct str azure_service_category(struct str service_family);

/* "10K", "100 Hours", "1/Month", "1 GB/Month": how many plain units one of it is, and their name.
 * A unit without a name is called "Units". False: the text does not say. */
bool azure_unit_read(struct arena *arena, struct str unit_of_measure, struct decimal *factor,
                     struct str *unit);

/* Tags as the text of a JSON object: braces where they are missing. STR_NONE for none ({}, "" and
 * empty). What is no list of members comes back as it is. */
struct str azure_tags_object(struct arena *arena, struct str tags);
/* The same with one more member, unless one of that name is there; `tags` is an object or absent.
 */
struct str azure_tags_with(struct arena *arena, struct str tags, struct str key, struct str value);

/* Of /subscriptions/.../providers/Microsoft.Compute/virtualMachines/name: type in lower case
 * ("microsoft.compute/virtualmachines"), name as it is. STR_NONE where it is no such id. */
struct str azure_resource_type(struct arena *arena, struct str resource_id);
struct str azure_resource_name(struct str resource_id);

struct str azure_lower(struct arena *arena, struct str text);     /* ASCII letters */
struct str azure_region_id(struct arena *arena, struct str text); /* lower case without blanks */

/* GPU model of a machine type or meter ("Standard_NC24ads_A100_v4", "NC24ads A100 v4": "A100");
 * STR_NONE: not known. */
struct str azure_gpu_of(struct str instance_type);

#endif
