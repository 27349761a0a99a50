/* Private to sets.c, month_folders.c and expand.c: manifests at their places, and paths as text. */
#ifndef GR_INGEST_SETS_INTERNAL_H
#define GR_INGEST_SETS_INTERNAL_H

#include "ingest/manifest.h"
#include "ingest/sets.h"

/* A manifest that was found. */
struct set {
    size_t file;       /* number of its file in the tree */
    struct str folder; /* that it lies in */
    struct str series; /* what it is an edition of */
    bool is_top;       /* of AWS, outside of the assembly folders */
    struct manifest manifest;
    struct set *winner; /* of the first of its rivals: the one that decides */
};

struct set_list {
    struct set *sets; /* rivals stand together */
    size_t count;
};

void sets_pass(struct tree *tree, struct str path, struct str reason);

/* Views of the path: "a/b/c.csv" -> "a/b", "." without a slash; -> "c.csv"; -> what is left of the
 * base name without endings and part numbers ("bill-00001.csv.gz" -> "bill"). */
struct str path_folder(struct str path);
struct str path_base(struct str path);
struct str path_stem(struct str path);
/* The folder of a month (20260501-20260601, BILLING_PERIOD=2026-05) that the file is in, else its
 * own folder. *inner (may be NULL): the name below that folder of the folder it is in; empty when
 * it lies in the month's folder itself, absent when there is none of a month. */
struct str path_month_folder(struct str path, struct str *inner);
bool path_is_under_any(struct str path, const struct dict *folders);

/* month_folders.c: refuses what would be added up although it may be the same bill twice: files
 * that are read and lie in several folders of one month. files: sorted by path. */
enum gr_status month_folders_check(const struct tree_file *const *files, size_t count,
                                   struct gr_err *err) GR_MUST_CHECK;

#endif
