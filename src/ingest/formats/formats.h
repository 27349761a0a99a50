/* The formats that exist; one file each in this folder, registered in ../detect.c. */
#ifndef GR_INGEST_FORMATS_FORMATS_H
#define GR_INGEST_FORMATS_FORMATS_H

#include "ingest/ingest.h"

extern const struct bill_format format_focus;
extern const struct bill_format format_aws_cur;
extern const struct bill_format format_focus_invoice;
extern const struct bill_format format_focus_billing_period;
extern const struct bill_format format_focus_commitment;
extern const struct bill_format format_invoices;
extern const struct bill_format format_azure;
extern const struct bill_format format_oci;
extern const struct bill_format format_gcp;
extern const struct bill_format format_usage;
extern const struct bill_format format_usage_log;
extern const struct bill_format format_sync;
extern const struct bill_format format_nvidia_smi;

#endif
