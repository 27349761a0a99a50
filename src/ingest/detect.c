/* Which format a file is (see detect.h), and the list of formats. */
#include "ingest/detect.h"

#include <stdio.h>
#include <string.h>

#include "ingest/formats/formats.h"

/* To add a format: one file in formats/, its line in formats.h and here. */
static const struct bill_format *const all_formats[] = {
    &format_focus,
    &format_aws_cur,
    &format_azure,
    &format_oci,
    &format_gcp,
    &format_usage,
    &format_usage_log,
    &format_sync,
    &format_nvidia_smi,
    &format_focus_invoice,
    &format_focus_billing_period,
    &format_focus_commitment,
    &format_invoices,
};

enum { FORMAT_COUNT = sizeof all_formats / sizeof all_formats[0], BEGINNING_SHOWN = 120 };

/* Files that people bring by mistake, by their first bytes. */
struct foreign {
    const char *magic;
    const char *what;
};

static const struct foreign foreigners[] = {
    {"PAR1",             "a Parquet file; export it as CSV"               },
    {"PK\003\004",       "a ZIP or XLSX file; unpack it or save it as CSV"},
    {"\x28\xB5\x2F\xFD", "a zstd file; unpack it first"                   },
    {"BZh",              "a bzip2 file; unpack it first"                  },
    {"\xFD"
     "7zXZ",        "an xz file; unpack it first"                    },
    {"%PDF",             "a PDF file"                                     },
    {"SQLite format 3",  "an SQLite file"                                 },
    {"<?xml",            "an XML file"                                    },
    {"<!DOCTYPE",        "an HTML page"                                   },
};

const struct bill_format *const *bill_formats(size_t *count)
{
    *count = FORMAT_COUNT;
    return all_formats;
}

const struct bill_format *bill_format_named(struct str name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (str_is(name, all_formats[i]->name))
            return all_formats[i];
    return NULL;
}

static enum gr_status refuse(const struct ingest_head *head, struct gr_err *err)
{
    struct str bytes = head->bytes;
    if (bytes.len == 0)
        return gr_fail(err, GR_EDATA, "is empty");
    for (size_t i = 0; i < sizeof foreigners / sizeof foreigners[0]; i++)
        if (str_starts(bytes, str_from(foreigners[i].magic)))
            return gr_fail(err, GR_EDATA, "is %s", foreigners[i].what);
    struct str rest = bytes;
    struct str first = str_trim(str_cut(&rest, '\n'));
    char looked_for[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < FORMAT_COUNT && used < sizeof looked_for - 1; i++)
        used += (size_t)snprintf(looked_for + used, sizeof looked_for - used, "%s%s",
                                 used ? ", " : "", all_formats[i]->name);
    if (first.len > BEGINNING_SHOWN)
        first.len = BEGINNING_SHOWN;
    return gr_fail(err, GR_EDATA,
                   "is no file of a known format (looked for %s); it begins with: %.*s", looked_for,
                   STR_ARG(first));
}

bool detect_known(const struct ingest_head *head)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (all_formats[i]->sniff(head) > 0)
            return true;
    return false;
}

bool detect_companion(const struct ingest_head *head)
{
    static const char *const data_suffixes[] = {".csv", ".tsv", ".ndjson", ".jsonl", ".gz"};
    static const char *const own_columns[] = {"unit_price", "thresholds", "above_tokens"};
    struct str rest = head->bytes;
    struct str first = str_trim(str_cut(&rest, '\n'));
    if (head->bytes.len == 0)
        return false;
    for (size_t i = 0; i < sizeof own_columns / sizeof own_columns[0]; i++)
        if (memmem(first.ptr, first.len, own_columns[i], strlen(own_columns[i])))
            return true;
    for (size_t i = 0; i < sizeof data_suffixes / sizeof data_suffixes[0]; i++)
        if (str_ends(head->path, str_from(data_suffixes[i])))
            return false;
    return true;
}

enum gr_status detect_format(const struct ingest_head *head, const struct bill_format **out,
                             struct gr_err *err)
{
    const struct bill_format *best = NULL, *rival = NULL;
    int best_confidence = 0;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        int confidence = all_formats[i]->sniff(head);
        if (confidence > best_confidence) {
            best = all_formats[i];
            best_confidence = confidence;
            rival = NULL;
        } else if (confidence == best_confidence && confidence > 0) {
            rival = all_formats[i];
        }
    }
    *out = NULL;
    if (rival)
        return gr_fail(err, GR_EDATA, "may be %s or %s; say which with --format", best->name,
                       rival->name);
    if (!best)
        return refuse(head, err);
    *out = best;
    return GR_OK;
}
