/* Desired state from YAML files: checked documents that know where each of their values stands.
 *
 * Nothing here does I/O: whoever reads the folder or the Git tree hands over paths and bytes. */
#ifndef SK_MANIFEST_MANIFEST_H
#define SK_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "manifest/diagnostics.h"
#include "manifest/schema.h"

struct sk_node;

/* A file of the desired-state tree. All borrowed. */
struct sk_manifest_file {
    const char *path; /* relative to the tree's root, with '/' */
    const char *data;
    size_t length;
};

/* One document. Owned by its struct sk_manifests. */
struct sk_manifest {
    const struct sk_schema_kind *kind; /* static */
    const char *name;                  /* borrowed from metadata */
    json_t *metadata;                  /* owned: {"name", "description"?, "labels"?} */
    json_t *spec;                      /* owned: as the schema of its kind says; never NULL */
    const char *path;                  /* of its file; owned by the set */
    struct sk_position position;       /* of the document */
    bool broken;                       /* has faults: its spec may lack values */
    const struct sk_node *root;        /* private */
};

struct sk_manifests {
    struct sk_manifest *items; /* owned; ordered by kind, name, path and line */
    size_t count, capacity;
    bool incomplete; /* some document could not be read at all, so that what is missing in this set
                        may be in there */
    struct sk_manifest_store *store; /* private */
};

/* Loads all files whose name ends in .yaml or .yml and of whose path no part starts with a dot; the
 * others are passed over. Faults are added to `diagnostics`; documents with faults are in the set
 * all the same as long as they have a kind and a name. The bytes are not needed afterwards. Returns
 * 0, or SK_E_INVALID when there was a fault; *out is set either way and owned by the caller. */
int sk_manifests_load(const struct sk_manifest_file *files, size_t count,
                      const struct sk_schema *schema, struct sk_manifests **out,
                      struct sk_diagnostics *diagnostics) SK_WARN_UNUSED;
void sk_manifests_free(struct sk_manifests *manifests);
SK_DEFINE_CLEANUP(struct sk_manifests, sk_manifests_free);

/* The first document of this kind and name; NULL when absent. Borrowed. */
const struct sk_manifest *sk_manifests_find(const struct sk_manifests *manifests, const char *kind,
                                            const char *name);

/* Where the value at a JSON pointer of the document ("/spec/members/2") stands; for what is not
 * there, the nearest that is. With `of_key`, where the key of that value stands. */
struct sk_position sk_manifest_position(const struct sk_manifest *manifest, const char *pointer,
                                        bool of_key);

/* Whether the document has something at the pointer, acceptable or not: a value that its schema row
 * refused is missing from `spec`, but not from the document. */
bool sk_manifest_has(const struct sk_manifest *manifest, const char *pointer);

/* Adds a fault of the value at `pointer`. */
void sk_manifest_fault(const struct sk_manifest *manifest, const char *pointer,
                       struct sk_diagnostics *diagnostics, enum sk_diagnostic_code code,
                       const char *format, ...) SK_PRINTF(5, 6);
/* The same as a warning. */
void sk_manifest_warn(const struct sk_manifest *manifest, const char *pointer,
                      struct sk_diagnostics *diagnostics, enum sk_diagnostic_code code,
                      const char *format, ...) SK_PRINTF(5, 6);

/* Loads one YAML file that holds one plain mapping (no envelope), such as a configuration file,
 * against an OBJECT row. An empty file is an empty mapping. New value in *out, also when there were
 * faults in it; NULL when it could not be read. Returns 0 or SK_E_INVALID. */
int sk_manifest_load_object(const struct sk_manifest_file *file,
                            const struct sk_schema_field *field, json_t **out,
                            struct sk_diagnostics *diagnostics) SK_WARN_UNUSED;

#endif
