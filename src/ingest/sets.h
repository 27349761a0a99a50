/* Delivery sets: which of the files that were found belong together, by the manifests beside them.
 *
 * expand.c fills a tree with what the paths of the call lead to; sets_decide() reads the manifests
 * in it and says of each file whether it is read, and as part of what. Only files of the tree are
 * ever read: a manifest can't name its way out of the folders that were given. Private to ingest.
 *
 * The rules. Manifests of the same report (or export) and month are rivals, and one decides: the
 * one that was named as a path; else the one that lies outside of the assembly folders, which
 * AWS renews with each assembly; else the newest by its time of submission (Azure) or by folders
 * that are named by a time (AWS); else nothing can be known and the call is refused. All parts that
 * it names must be there, under the longest end of their key that is found, from the folder of the
 * manifest upwards. Parts of its rivals, and files beside its parts that are named like them, are
 * passed over. Folders of one month with bills of the same name and no manifest to decide between
 * them are refused, since adding them up would double the bill.
 */
#ifndef GR_INGEST_SETS_H
#define GR_INGEST_SETS_H

#include "base/dict.h"
#include "ingest/ingest.h"

/* A file that a path of the call leads to. */
struct tree_file {
    struct str path;
    struct str root;  /* the folder that was given; manifests may look up to it */
    bool wanted;      /* read unless a manifest says otherwise */
    bool is_manifest; /* by its name */
    bool is_walked;   /* found in a folder that was given, not only beside a manifest */
    bool is_named;    /* a path of the call is this file */
    bool is_passed;   /* a manifest says otherwise */
    bool is_part;     /* a manifest names it: */
    struct ingest_set set;
};

struct tree {
    struct arena *arena;
    struct tree_file *files; /* own */
    size_t count, capacity;
    struct dict paths;            /* code - 1 is the number of the file */
    struct ingest_passed *passed; /* own */
    size_t passed_count, passed_capacity;
};

/* The name of a file says that it is a manifest. */
bool sets_manifest_name(struct str name);
/* GR_EDATA: a manifest is broken, names what is not there, or several could decide. GR_ESTORE: a
 * manifest can't be read. */
enum gr_status sets_decide(struct tree *tree, struct gr_err *err) GR_MUST_CHECK;

#endif
