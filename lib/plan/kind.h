/* The descriptor of a kind of resource: everything the rest of the program knows about it.
 *
 * Adding a kind is one file in reconcilers/ with one of these and one line in registry.c
 * (docs/guide/add-a-kind.md walks through it). The attribute table drives diff, validation,
 * clearing, masking, drift severity and the reference page; functions are only for what is odd. All
 * functions are pure: no I/O, no clock, no globals. */
#ifndef SK_PLAN_KIND_H
#define SK_PLAN_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "plan/call.h"
#include "plan/document.h"
#include "plan/observation.h"

enum sk_scope { SK_SCOPE_ORGANIZATION, SK_SCOPE_ACCOUNT, SK_SCOPE_REGION };

enum sk_kind_flags {
    SK_KIND_PROTECTED = 1 << 0, /* a delete needs an approval naming the address */
    SK_KIND_SETTLES = 1 << 1, /* goes on changing after the answer: what needs it waits for READY */
    SK_KIND_OBSERVED = 1 << 2, /* only looked at: never declared, has no create and no remove */
    SK_KIND_NO_NATURAL_KEY = 1 << 3, /* AWS lets two of one name be, so a create is not repeated
                                        while the outcome of the last one is unknown, and further
                                        ones of a name are read as NAME~ID (docs/adr/0007) */
    SK_KIND_HOLDS_DATA = 1 << 4,     /* what people keep in it goes with it: deletes are grave */
    SK_KIND_OF_HOLDER = 1 << 5, /* has no tags: ours when what its live document hangs on, the first
                                   of its edges, is ours (memberships) */
    SK_KIND_RECORDED = 1 << 6,  /* has no tags: ours is what the record says was made under its id
                                  (docs/adr/0009); names are unique */
};

enum sk_severity { SK_SEVERITY_INFO, SK_SEVERITY_LOW, SK_SEVERITY_MEDIUM, SK_SEVERITY_HIGH };

enum sk_attr_type {
    SK_ATTR_VALUE, /* any scalar or an opaque JSON value compared whole */
    SK_ATTR_LIST,  /* array, order matters */
    SK_ATTR_SET,   /* array, order and repetition do not matter */
    SK_ATTR_TREE,  /* object: only declared leaves are compared, each by its own row or this one */
    SK_ATTR_TAGS, /* [{"Key","Value"}]: compared by key, all of them ours: extra ones differ, except
                     those of the reserved prefixes "aws:" and "sagemaker:" */
    SK_ATTR_POLICY,     /* policy document (JSON object): compared by meaning */
    SK_ATTR_POLICY_MAP, /* {name: policy document}, all of them ours: extra ones differ */
};

enum sk_attr_flags {
    SK_ATTR_IMMUTABLE = 1 << 0, /* a difference blocks the change */
    SK_ATTR_SENSITIVE = 1 << 1, /* masked in all output */
    SK_ATTR_READ_ONLY = 1 << 2, /* AWS sets it: never desired, never compared */
    SK_ATTR_CASELESS = 1 << 3,  /* text compared without regard to case */
    SK_ATTR_GRANTS = 1 << 4,    /* decides who may do what: "access" in the order of apply */
    SK_ATTR_RESTRICTS = 1 << 5, /* with GRANTS: bounds what the others grant (a permissions
                                   boundary): setting it takes access away, removing it grants */
    SK_ATTR_NAMES = 1 << 6, /* part of the ARN by which others refer to the resource: while it is
                               not as declared, nothing can use what was declared */
};

/* How a field is emptied when the manifest says null. */
enum sk_clear {
    SK_CLEAR_NOT_POSSIBLE, /* AWS has no way: the change is blocked, and says so */
    SK_CLEAR_EMPTY_LIST,   /* send [] */
    SK_CLEAR_VALUE,        /* send clear_value */
    SK_CLEAR_BY_KIND,      /* the kind's update function knows (a Delete… call) */
};

struct sk_attr {
    const char *path; /* dotted, as in the body; a row also stands for everything below it that has
                         no row of its own */
    enum sk_attr_type type;
    unsigned flags;
    enum sk_clear clear;
    const char *clear_value;     /* for SK_CLEAR_VALUE */
    const char *server_default;  /* text AWS answers when nothing was set: a live value equal to it
                                    and a declared null are the same; NULL: none */
    const char *changes_only_to; /* the one text that a live value can still be changed to; any
                                    other difference blocks like IMMUTABLE. NULL: any value */
    enum sk_severity severity;   /* of drift in it */
    const char *doc;             /* one sentence for the reference page */
    const char *road;            /* for IMMUTABLE: what a person can do instead; NULL: none known */
};

/* One difference between a desired (or last applied) and a live body. */
struct sk_field {
    char *path;   /* owned: dotted path of the leaf; tags are "Tags.<key>" */
    json_t *from; /* owned: live value; NULL when absent */
    json_t *to;   /* owned: desired value, JSON null for "clear"; NULL when it is to go */
    json_t *raw;  /* owned: `to` with its references as written: what calls send */
    const struct sk_attr *attr; /* static: the row that decided */
    json_t *detail;             /* owned, may be NULL: array of sentences for people (policies) */
    bool unknown;               /* `to` holds a reference that is not known before apply */
};
struct sk_fields {
    struct sk_field *items; /* owned, sorted by path */
    size_t count, capacity;
    const struct sk_kind *kind; /* static: whose table masks what is shown; set by sk_diff */
};
/* The field at exactly this path; NULL when it does not differ. Borrowed. */
const struct sk_field *sk_fields_find(const struct sk_fields *fields, const char *path);
/* Whether the path itself or anything below it differs. */
bool sk_fields_touch(const struct sk_fields *fields, const char *path);
void sk_fields_done(struct sk_fields *fields);

/* What a kind's functions get to see. All borrowed. */
struct sk_change_input {
    const struct sk_kind *kind;
    const char *account_id, *partition;
    const struct sk_document *desired;   /* NULL for remove; references unresolved */
    const struct sk_document *live;      /* NULL for create */
    const struct sk_fields *fields;      /* what differs (update, adopt) */
    struct sk_wall now;                  /* when the plan is made */
    bool own_copy;                       /* remove: sk_change.own_copy */
    const struct sk_documents *live_set; /* private: see sk_change_user */
    const json_t *users;                 /* private */
};
/* The live documents that have an edge to `live`, one by one: NULL behind the last. Borrowed. */
const struct sk_document *sk_change_user(const struct sk_change_input *input,
                                         const struct sk_document *live, size_t index);

/* Asks for what it needs and emits live documents; see plan/observation.h. MUST. */
typedef int (*sk_read_fn)(struct sk_observation *observation, struct sk_err *err);
/* Appends the calls that make the change, access taken away first and granted last. MUST for create
 * and remove; MAY be NULL for update when every attribute is immutable. */
typedef int (*sk_calls_fn)(const struct sk_change_input *input, struct sk_calls *calls,
                           struct sk_err *err);
/* MAY: why a live resource cannot be updated (input->desired is set) or removed now although the
 * attribute table has nothing against it: something that only the kind sees is in the way. NULL:
 * nothing is. Owned by the caller. */
typedef char *(*sk_obstacle_fn)(const struct sk_change_input *input);
/* MAY: what an update takes from one person and gives to another, in words: the guard wants an
 * approval for that. *certain: the resource itself says whose it was last; else somebody may have
 * changed what says so, and what was applied last has to tell (controller/loop/handover.h). NULL:
 * nothing passes. Owned by the caller. */
typedef char *(*sk_handover_fn)(const struct sk_change_input *input, bool *certain);
/* MAY: what can be done at once about a resource that is not declared any more, without deleting
 * it: access goes, what runs is ended. Appends these calls, none when all of that is done. *due is
 * the first moment at which it may be deleted (its grace time), 0 or the past for now. `remove`
 * does all of it, the rest included. */
typedef int (*sk_retire_fn)(const struct sk_change_input *input, struct sk_wall *due,
                            struct sk_calls *calls, struct sk_err *err);
/* MAY; NULL: always READY. *reason (borrowed from the body, may stay NULL) says why it failed. */
typedef enum sk_state (*sk_state_fn)(const json_t *body, const char **reason);
/* MAY: checks a desired body for what AWS would refuse (names, sizes) beyond the attribute table.
 */
typedef int (*sk_check_fn)(const struct sk_document *desired, struct sk_err *err);
/* MAY, for SK_KIND_RECORDED: whether the body says by itself (in a text that we write) that
 * organization `owner` made it. That makes nothing ours; it is what an undeclared one without a
 * record is shown for. */
typedef bool (*sk_claims_fn)(const json_t *body, const char *owner);
/* MAY: true for resources nobody may manage with sagekeeper (service-linked roles …). */
typedef bool (*sk_denied_fn)(const json_t *body);

struct sk_kind {
    const char *name;    /* "iam_role" */
    const char *service; /* "iam": a name of aws/service.h */
    const char *doc;     /* one sentence */
    const char *noun;    /* "role", for people */
    enum sk_scope scope;
    unsigned flags;
    const struct sk_attr *attrs; /* ends with a row whose path is NULL */
    /* MUST for SK_KIND_NO_NATURAL_KEY and SK_KIND_RECORDED: members of the live body, the id that AWS gave, and when it
     * was made (epoch seconds, a number). */
    const char *id_member, *made_member;
    sk_read_fn read;
    sk_calls_fn create, update, remove;
    sk_retire_fn retire;
    sk_obstacle_fn obstacle;
    sk_handover_fn handover;
    sk_state_fn state;
    sk_check_fn check;
    sk_denied_fn denied;
    sk_claims_fn claims;
};

/* The row that decides about a path: the longest that equals it or is a prefix of it at a dot; NULL
 * when the kind does not know the path. */
const struct sk_attr *sk_kind_attr(const struct sk_kind *kind, const char *path);
/* A copy of the part of a body under `path` (NULL: the whole body) in which the values of SENSITIVE
 * attributes read "(sensitive)". New reference. */
json_t *sk_kind_mask(const struct sk_kind *kind, const char *path, const json_t *value);
/* The noun for more than one: "user profiles", "policies". Owned by the caller. */
char *sk_kind_plural(const struct sk_kind *kind) SK_WARN_UNUSED;
/* State through kind->state, READY without one. */
enum sk_state sk_kind_state(const struct sk_kind *kind, const json_t *body, const char **reason);

/* A set of kinds, as registry.c builds it. */
struct sk_kinds {
    const struct sk_kind *const *items;
    size_t count;
};
/* NULL when unknown. */
const struct sk_kind *sk_kinds_find(const struct sk_kinds *kinds, const char *name);

#endif
